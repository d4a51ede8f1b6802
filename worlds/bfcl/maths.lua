-- MathAPI: arithmetic on what it is given; it has no state.

local values, numbers, reals = python.values, python.numbers, python.reals
local method, constant = python.classes.method, python.classes.constant
local raise, number = values.raise, values.number

local function load()
  return object()
end

local function failed(text)
  return object("error", text)
end

local not_numbers = "Both inputs must be numbers"
local not_all_numbers = "All elements in the list must be numbers"

-- {"result": value}; integers beyond 64 bits and complex numbers are no values of a world.
local function result(value)
  if numbers.is_big(value) then return '{"result": ' .. numbers.text_of(value) .. "}" end
  return object("result", value)
end

-- What int() makes of a precision; or nil and its exception's text.
local function whole_number(value)
  if number(value) then
    local known = number(value)
    return math.tointeger(known < 0 and math.ceil(known) or math.floor(known))
  end
  if not values.is_str(value) then
    return nil, "int() argument must be a string, a bytes-like object or a real number, not '"
      .. values.type_name(value) .. "'"
  end
  local digits = values.stripped(value):match("^[+-]?%d+$")
  if digits then return math.tointeger(tonumber((digits:gsub("^%+", "")))) end
  return nil, "invalid literal for int() with base 10: " .. values.repr(value)
end

-- What mpmath makes of a value; or nil and its exception's text.
local function real_of(value, precision)
  local known = number(value)
  if math.type(known) == "integer" then return reals.of_integer(known) end
  if known then return reals.of_float(known) end
  local read = values.is_str(value) and reals.of_text(value, precision)
  if read then return read end
  return nil, "cannot create mpf from " .. values.repr(value)
end

-- A logarithm: a real part and, for a negative number, an imaginary one.
local function log_of(value, precision)
  local real, problem = real_of(value, precision)
  if not real then return nil, problem end
  local log = {real = reals.log_of_absolute(real, precision)}
  if real.negative then
    log.imaginary = reals.make(false, reals.pi(precision + 40), -precision - 40, precision)
  end
  return log
end

-- (a + bi) / (c + di), rounded where mpmath rounds.
local function complex_ratio(a, b, c, d, precision)
  local sum = reals.add(reals.multiply(c, c), reals.multiply(d, d), precision + 10)
  local real = reals.add(reals.multiply(a, c), reals.multiply(b, d), precision + 10)
  local imaginary = reals.add(reals.multiply(b, c), reals.negated(reals.multiply(a, d)), precision + 10)
  return reals.divide(real, sum, precision), reals.divide(imaginary, sum, precision)
end

-- p / (c + di) for a real p: the products are not rounded.
local function real_over_complex(p, c, d, precision)
  local sum = reals.add(reals.multiply(c, c), reals.multiply(d, d), precision + 10)
  return reals.divide(reals.multiply(c, p), sum, precision),
    reals.divide(reals.negated(reals.multiply(d, p)), sum, precision)
end

local function ratio_of_logs(a, b, precision)
  if b.imaginary and a.real.special then return reals.over_complex(b.real) end
  if b.imaginary and a.imaginary then
    return complex_ratio(a.real, a.imaginary, b.real, b.imaginary, precision)
  end
  if b.imaginary then return real_over_complex(a.real, b.real, b.imaginary, precision) end
  return reals.divide(a.real, b.real, precision),
    a.imaginary and reals.divide(a.imaginary, b.real, precision) or nil
end

local function logarithm(_, value, base, precision)
  local digits, problem = whole_number(precision)
  if not digits then return failed(problem) end
  local bits = reals.precision_of(digits)
  local one, other
  one, problem = log_of(value, bits)
  if not one then return failed(problem) end
  other, problem = log_of(base, bits)
  if not other then return failed(problem) end
  local real, imaginary = ratio_of_logs(one, other, bits)
  if not real then return failed("") end
  local shown = reals.shown_digits(bits)
  local text = "'" .. reals.text_of(real, shown) .. "'"
  if not imaginary then return "{'result': mpf(" .. text .. ")}" end
  return "{'result': mpc(real=" .. text .. ", imag='" .. reals.text_of(imaginary, shown) .. "')}"
end

-- The numbers of a list; nil when one is none, or it is no list.
local function numbers_of(list)
  if not (is_array(list) or is_object(list) or values.is_str(list)) then return nil end
  local known = {}
  for i, one in ipairs(values.iterate(list)) do
    known[i] = number(one)
    if not known[i] then return nil end
  end
  return known
end

local function sum_of(self, list)
  return numbers.sum(list, self.state.private.episode.python_minor >= 12)
end

local function mean(self, list)
  if not values.truth(list) then return failed("Cannot calculate mean of an empty list") end
  local known = numbers_of(list)
  if not known then return failed(not_all_numbers) end
  return result(numbers.over(sum_of(self, known), #known))
end

local function standard_deviation(self, list)
  if not values.truth(list) then return failed("Cannot calculate standard deviation of an empty list") end
  local known = numbers_of(list)
  if not known then return failed(not_all_numbers) end
  local middle, squares = numbers.over(sum_of(self, known), #known), {}
  for i, one in ipairs(known) do squares[i] = numbers.power(numbers.minus(one, middle), 2) end
  return result(math.sqrt(numbers.over(sum_of(self, squares), #squares)))
end

-- Divided by what upstream's table holds, so that the last digit is the same.
local metres = {km = 1000, m = 1, cm = 0.01, mm = 0.001, um = 1e-6, nm = 1e-9}

local function unsupported_conversion(unit_in, unit_out)
  return failed("Conversion from '" .. values.str(unit_in) .. "' to '" .. values.str(unit_out)
    .. "' is not supported")
end

local function si_unit_conversion(_, value, unit_in, unit_out)
  local known = number(value)
  if not known then return failed("Value must be a number") end
  local from = metres[values.key_of(unit_in)]
  local to = from and metres[values.key_of(unit_out)]
  if not to then return unsupported_conversion(unit_in, unit_out) end
  return result(numbers.times(numbers.times(known, from), 1 / to))
end

local factors = {
  cm_to_in = 0.393701, in_to_cm = 2.54, m_to_ft = 3.28084, ft_to_m = 0.3048, m_to_yd = 1.09361,
  yd_to_m = 0.9144, km_to_miles = 0.621371, miles_to_km = 1.60934, kg_to_lb = 2.20462, lb_to_kg = 0.453592,
  celsius_to_fahrenheit = 1.8, fahrenheit_to_celsius = 5 / 9,
}

local function imperial_si_conversion(_, value, unit_in, unit_out)
  local known = number(value)
  if not known then return failed("Value must be a number") end
  if values.equal(unit_in, unit_out) then return result(value) end
  local conversion = values.str(unit_in) .. "_to_" .. values.str(unit_out)
  local factor = factors[conversion]
  if not factor then return unsupported_conversion(unit_in, unit_out) end
  if conversion == "fahrenheit_to_celsius" then return result(numbers.minus(known, 32) * factor) end
  return result(known * factor + (conversion == "celsius_to_fahrenheit" and 32 or 0))
end

local function add(_, a, b)
  local one, other = number(a), number(b)
  if one and other then return result(numbers.plus(one, other)) end
  local joins = values.is_str(a) and values.is_str(b) or is_array(a) and is_array(b)
  return joins and result(values.add(a, b)) or failed(not_numbers)
end

local function subtract(_, a, b)
  local one, other = number(a), number(b)
  if not (one and other) then return failed(not_numbers) end
  return result(numbers.minus(one, other))
end

local function multiply(_, a, b)
  local one, other = number(a), number(b)
  if not (one and other) then return failed(not_numbers) end
  return result(numbers.times(one, other))
end

local function divide(_, a, b)
  local one, other = number(a), number(b)
  if other == 0 then return failed("Cannot divide by zero") end
  if not (one and other) then return failed(not_numbers) end
  return result(numbers.over(one, other))
end

local function power(_, base, exponent)
  local one, other = number(base), number(exponent)
  if not (one and other) then return failed(not_numbers) end
  local value = numbers.power(one, other)
  return values.is_str(value) and "{'result': " .. value .. "}" or result(value)
end

local function square_root(_, value, precision)
  local known = number(value)
  local refusal = failed("Input must be a number or computation resulted in an invalid operation")
  if not known then return refusal end
  if known < 0 then return failed("Cannot calculate square root of a negative number") end
  local digits = number(precision)
  if math.type(digits) ~= "integer" then return refusal end
  if digits < 1 or digits > 999999999999999999 then raise("valid range for prec is [1, MAX_PREC]") end
  return "{'result': Decimal('" .. python.decimal_root(known, digits) .. "')}"
end

local function absolute_value(_, value)
  local known = number(value)
  if not known then return failed("Input must be a number") end
  return result(known < 0 and numbers.opposite(known) or math.abs(known))
end

local function round_number(_, value, decimal_places)
  local known, digits = number(value), number(decimal_places)
  if known and decimal_places == null then return result(numbers.whole(known)) end
  if not known or math.type(digits) ~= "integer" then
    return failed("First input must be a number, second input must be an integer")
  end
  return result(numbers.round(known, digits))
end

local function percentage(_, part, whole)
  local one, other = number(part), number(whole)
  if other == 0 then return failed("Whole value cannot be zero") end
  if not (one and other) then return failed(not_numbers) end
  return result(numbers.over(one, other) * 100)
end

-- a < b; nil where Python has no order for them.
local function is_less(a, b)
  local one, other = number(a), number(b)
  if one and other then return one < other end
  if values.is_str(a) and values.is_str(b) then return a < b end
  if not (is_array(a) and is_array(b)) then return nil end
  for i = 1, math.min(#a, #b) do
    if not values.equal(a[i], b[i]) then return is_less(a[i], b[i]) end
  end
  return #a < #b
end

-- The first item that no other goes before; nil when some have no order.
local function first_of(list, goes_before)
  if number(list) or list == null then return nil end
  local best
  for i, one in ipairs(values.iterate(list)) do
    local better = i == 1
    if i > 1 then better = goes_before(one, best) end
    if better == nil then return nil end
    if better then best = one end
  end
  return best
end

local function extreme(name, goes_before)
  return function(_, list)
    if not values.truth(list) then return failed("Cannot find " .. name .. " of an empty list") end
    local best = first_of(list, goes_before)
    if best == nil then return failed(not_all_numbers) end
    return result(best)
  end
end

local function is_more(a, b)
  return is_less(b, a)
end

local function sum_values(self, list)
  if not values.truth(list) then return failed("Cannot calculate sum of an empty list") end
  local known = numbers_of(list)
  if not known then return failed(not_all_numbers) end
  return result(sum_of(self, known))
end

return python.classes.define("MathAPI", load, {
  logarithm = method("value, base, precision", logarithm),
  mean = method("numbers", mean),
  standard_deviation = method("numbers", standard_deviation),
  si_unit_conversion = method("value, unit_in, unit_out", si_unit_conversion),
  imperial_si_conversion = method("value, unit_in, unit_out", imperial_si_conversion),
  add = method("a, b", add),
  subtract = method("a, b", subtract),
  multiply = method("a, b", multiply),
  divide = method("a, b", divide),
  power = method("base, exponent", power),
  square_root = method("number, precision", square_root),
  absolute_value = method("number", absolute_value),
  round_number = method("number, decimal_places", round_number, {decimal_places = constant(0)}),
  percentage = method("part, whole", percentage),
  min_value = method("numbers", extreme("minimum", is_less)),
  max_value = method("numbers", extreme("maximum", is_more)),
  sum_values = method("numbers", sum_values),
})
