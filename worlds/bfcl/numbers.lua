-- Python's numbers where they go beyond 64 bits, and the operations of MathAPI on them. A number is one of
-- Lua's, or {negative, digits} for an integer that Lua has none for. Scripts share this as `python.numbers`.

local values, nat = python.values, python.naturals
local raise = values.raise

-- Lua's operator squares where C's pow() rounds otherwise, once in a thousand times.
local c_power = math.pow or function(a, b) return a ^ b end

local function is_big(value)
  return type(value) == "table"
end

local function is_float(value)
  return math.type(value) == "float"
end

local function parts(value)
  if is_big(value) then return value.digits, value.negative end
  return nat.from(value < 0 and -value or value), value < 0
end

-- A Lua integer again when it fits.
local function integer_of(digits, negative)
  if nat.bits(digits) > 63 then return {negative = negative, digits = digits} end
  local value = 0
  for i = #digits, 1, -1 do value = value << 24 | digits[i] end
  return negative and -value or value
end

local function float_of(value)
  if is_float(value) then return value end  -- Adding 0.0 would lose the sign of -0.0.
  if not is_big(value) then return value + 0.0 end
  local float = nat.to_float(value.digits, 0)
  if float == math.huge then raise("int too large to convert to float") end
  return value.negative and -float or float
end

local function opposite(value)
  if is_big(value) then return {negative = not value.negative, digits = value.digits} end
  if value == math.mininteger then return {negative = false, digits = nat.from(value)} end
  return -value
end

local function big_sum(a, b)
  local one, one_negative = parts(a)
  local other, other_negative = parts(b)
  if one_negative == other_negative then return integer_of(nat.add(one, other), one_negative) end
  if nat.compare(one, other) >= 0 then return integer_of(nat.subtract(one, other), one_negative) end
  return integer_of(nat.subtract(other, one), other_negative)
end

local function plus(a, b)
  if is_float(a) or is_float(b) then return float_of(a) + float_of(b) end
  if is_big(a) or is_big(b) then return big_sum(a, b) end
  local sum = a + b
  if (sum ~ a) & (sum ~ b) < 0 then return big_sum(a, b) end
  return sum
end

local function minus(a, b)
  if is_float(a) or is_float(b) then return float_of(a) - float_of(b) end
  return plus(a, opposite(b))
end

local function times(a, b)
  if is_float(a) or is_float(b) then return float_of(a) * float_of(b) end
  if math.abs((a + 0.0) * b) < 2.0 ^ 62 then return a * b end
  local one, one_negative = parts(a)
  local other, other_negative = parts(b)
  return integer_of(nat.multiply(one, other), one_negative ~= other_negative)
end

-- a / b, correctly rounded for integers too; b is not zero.
local function over(a, b)
  if is_float(a) or is_float(b) then return float_of(a) / float_of(b) end
  local exact = 2 ^ 53
  if not is_big(a) and not is_big(b) and math.abs(a) <= exact and math.abs(b) <= exact then return a / b end
  local one, one_negative = parts(a)
  local other, other_negative = parts(b)
  local quotient = nat.quotient_float(one, other)
  return one_negative ~= other_negative and -quotient or quotient
end

-- sum(numbers). From 3.12 on Python keeps account of what is lost between floats (Neumaier).
local function sum(list, compensated)
  local total, lost = 0, 0.0
  for _, one in ipairs(list) do
    local before = total
    total = plus(total, one)
    if compensated and is_float(before) and is_float(one) then
      if math.abs(before) >= math.abs(one) then
        lost = lost + ((before - total) + one)
      else
        lost = lost + ((one - total) + before)
      end
    end
  end
  if lost ~= 0 and lost - lost == 0 then return total + lost end
  return total
end

local function too_long()
  raise("Exceeds the limit (4300 digits) for integer string conversion; "
    .. "use sys.set_int_max_str_digits() to increase the limit")
end

local function integer_power(base, exponent)
  local digits, negative = parts(base)
  if #digits > 1 or (digits[1] or 0) > 1 then
    if nat.bits(digits) > 1 and (nat.bits(digits) - 1) * exponent > 20000 then too_long() end
  else
    exponent = exponent > 0 and 2 - exponent % 2 or 0
  end
  return integer_of(nat.power(digits, exponent), negative and exponent % 2 == 1)
end

-- What a negative base has of a power that is no whole number: the text of a complex.
local function complex_power(base, exponent)
  local length, phase = c_power(-base, exponent), math.pi * exponent
  local real, imaginary = length * math.cos(phase), length * math.sin(phase)
  if math.abs(length) == math.huge then raise("complex exponentiation") end
  local function shown(value)
    return (python.repr(value):gsub("%.0$", ""))
  end
  if real == 0 and 1 / real > 0 then return shown(imaginary) .. "j" end
  local sign = (imaginary < 0 or 1 / imaginary < 0) and "" or "+"
  return "(" .. shown(real) .. sign .. shown(imaginary) .. "j)"
end

-- base ** exponent; a text when it is complex.
local function power(base, exponent)
  if math.type(base) == "integer" and math.type(exponent) == "integer" and exponent >= 0 then
    return integer_power(base, exponent)
  end
  local one, other = float_of(base), float_of(exponent)
  if one == 0 and other < 0 then raise("0.0 cannot be raised to a negative power") end
  if one < 0 and one ~= -math.huge and other % 1 ~= 0 then return complex_power(one, other) end
  local result = c_power(one, other)
  if math.abs(result) == math.huge and math.abs(one) ~= math.huge and math.abs(other) ~= math.huge then
    raise("(34, 'Numerical result out of range')")
  end
  return result
end

-- round(integer, -digits): to even.
local function rounded_integer(value, digits)
  if digits > 19 then return 0 end
  local ten = nat.power({10}, digits)
  local magnitude, negative = parts(value)
  local quotient, rest = nat.divide(magnitude, ten)
  local order = nat.compare(nat.shift_left(rest, 1), ten)
  if order > 0 or order == 0 and nat.bit_at(quotient, 0) == 1 then quotient = nat.add(quotient, {1}) end
  return integer_of(nat.multiply(quotient, ten), negative)
end

-- round(float, -digits), by its exact value.
local function rounded_float(value, digits)
  local negative = value < 0 or 1 / value < 0
  if digits > 308 then return negative and -0.0 or 0.0 end
  local whole, rest = math.modf(math.abs(value))
  local text = ("%.0f"):format(whole)
  local ten = nat.power({10}, digits)
  local quotient, left = nat.divide(nat.from_text(text), ten)
  local order = nat.compare(nat.shift_left(left, 1), ten)
  if order == 0 and rest > 0 then order = 1 end
  if order > 0 or order == 0 and nat.bit_at(quotient, 0) == 1 then quotient = nat.add(quotient, {1}) end
  local result = nat.to_float(nat.multiply(quotient, ten), 0)
  if result == math.huge then raise("rounded value too large to represent") end
  return negative and -result or result
end

-- round(value)
local function whole(value)
  if math.type(value) == "integer" or math.abs(value) < 2.0 ^ 62 then return python.round(value) end
  return integer_of(nat.from_text(("%.0f"):format(math.abs(value))), value < 0)
end

-- round(value, digits)
local function round(value, digits)
  if value ~= value or value == math.huge or value == -math.huge then return value end
  if digits >= 0 then
    if digits > 323 or digits > 40 and math.abs(value) >= 1e-20 then return value end
    return python.round(value, math.min(digits, 40))
  end
  if is_float(value) then return rounded_float(value, -digits) end
  return rounded_integer(value, -digits)
end

local function text_of(value)
  if not is_big(value) then return python.json(value) end
  local digits = nat.text(value.digits)
  if #digits > 4300 then too_long() end
  return (value.negative and "-" or "") .. digits
end

python.numbers = {
  is_big = is_big, plus = plus, minus = minus, times = times, over = over, sum = sum, power = power,
  round = round, whole = whole, opposite = opposite, text_of = text_of,
}

return {}
