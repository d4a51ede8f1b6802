-- Binary floating-point numbers of any precision, as far as a logarithm to a base needs them: what mpmath
-- computes and how it shows it. A real is {negative, man, exp}, a natural number times a power of two; zero
-- has no bits; `special` is "inf", "-inf" or "nan". Scripts share this as `python.reals`.

local nat = python.naturals
local bits_per_digit = 3.3219280948873626

local zero = {man = {}, exp = 0}

local function rounded_int(value)
  return math.tointeger(python.round(value))
end

-- The bits that so many decimals need, and back.
local function precision_of(digits)
  return math.max(1, rounded_int((digits + 1) * bits_per_digit))
end

local function shown_digits(precision)
  local digits = math.max(1, rounded_int(precision / bits_per_digit - 1))
  return digits == 15 and 17 or digits + 3
end

-- To the nearest number of so many bits, halves to even; `down` cuts them off.
local function make(negative, man, exp, precision, down)
  local drop = nat.bits(man) - precision
  if drop > 0 then
    local up = not down and nat.bit_at(man, drop - 1) == 1
      and (nat.has_low_bits(man, drop - 1) or nat.bit_at(man, drop) == 1)
    man, exp = nat.shift_right(man, drop), exp + drop
    if up then man = nat.add(man, {1}) end
  end
  if #man == 0 then return zero end
  return {negative = negative, man = man, exp = exp}
end

local function of_float(value)
  if value == 0 then return zero end
  local magnitude, exp = math.abs(value), 0
  while magnitude < 2.0 ^ 52 do magnitude, exp = magnitude * 2, exp - 1 end
  while magnitude >= 2.0 ^ 53 do magnitude, exp = magnitude / 2, exp + 1 end
  return {negative = value < 0, man = nat.from(math.tointeger(magnitude)), exp = exp}
end

local function of_integer(value)
  local magnitude = value < 0 and -value or value
  if magnitude == 0 then return zero end
  return {negative = value < 0, man = nat.from(magnitude), exp = 0}
end

-- p / q to a precision; a remainder counts as a bit beyond it.
local function ratio(negative, p, q, exp, precision, down)
  local extra = math.max(precision - nat.bits(p) + nat.bits(q) + 5, 5)
  local quotient, rest = nat.divide(nat.shift_left(p, extra), q)
  if #rest > 0 then quotient, extra = nat.add(nat.shift_left(quotient, 1), {1}), extra + 1 end
  return make(negative, quotient, exp - extra, precision, down)
end

-- A decimal literal, or nil.
local function of_text(text, precision)
  local sign, whole, part, exponent = text:match("^%s*([+-]?)(%d*)%.?(%d*)[eE]?([+-]?%d*)%s*$")
  if not whole or whole .. part == "" or text:find("[eE]%s*$") then return nil end
  local digits, power = nat.from_text(whole .. part), (math.tointeger(tonumber(exponent)) or 0) - #part
  if power < -400 or power > 400 then return nil end
  if #digits == 0 then return zero end
  local ten = nat.power({10}, math.abs(power))
  if power >= 0 then return make(sign == "-", nat.multiply(digits, ten), 0, precision) end
  return ratio(sign == "-", digits, ten, 0, precision)
end

-- Fixed-point numbers: naturals over 2^wp. The sum of x^(2k+1)/(2k+1), with alternating signs or without.
local function odd_series(x, square, wp, alternating)
  local sum, term, k = x, x, 1
  while true do
    term = nat.shift_right(nat.multiply(term, square), wp)
    if #term == 0 then return sum end
    local part = nat.divide(term, nat.from(2 * k + 1))
    if alternating and k % 2 == 1 then sum = nat.subtract(sum, part) else sum = nat.add(sum, part) end
    k = k + 1
  end
end

local function inverse_series(n, wp, alternating)
  local x = nat.divide(nat.shift_left({1}, wp), nat.from(n))
  return odd_series(x, nat.shift_right(nat.multiply(x, x), wp), wp, alternating)
end

local function ln_2(wp)
  return nat.shift_left(inverse_series(3, wp, false), 1)
end

local function pi(wp)
  local fifth, small = inverse_series(5, wp, true), inverse_series(239, wp, true)
  return nat.shift_left(nat.subtract(nat.shift_left(fifth, 2), small), 2)
end

-- The sum of two signed naturals.
local function signed_add(a, a_negative, b, b_negative)
  if a_negative == b_negative then return nat.add(a, b), a_negative end
  if nat.compare(a, b) >= 0 then return nat.subtract(a, b), a_negative end
  return nat.subtract(b, a), b_negative
end

-- |x| as a fraction near one and a power of two: how far the fraction is from one decides what is lost.
local function near_one(x)
  local size = nat.bits(x.man)
  local magnitude = size + x.exp
  local low = size < 2 or nat.bit_at(x.man, size - 2) == 0
  if low then magnitude, size = magnitude - 1, size - 1 end
  local one = nat.shift_left({1}, size)
  local distance = signed_add(x.man, false, one, true)
  return magnitude, size, distance
end

-- The natural logarithm of |x|, correctly rounded.
local function log_of_absolute(x, precision)
  if #x.man == 0 then return {man = {}, exp = 0, special = "-inf"} end
  local magnitude, size, distance = near_one(x)
  if #distance == 0 and magnitude == 0 then return zero end
  local lost = magnitude == 0 and math.max(size - nat.bits(distance), 0) or 0
  local wp = precision + lost + 60
  local one = nat.shift_left({1}, wp)
  local fraction = wp >= size and nat.shift_left(x.man, wp - size) or nat.shift_right(x.man, size - wp)
  local over, below = signed_add(fraction, false, one, true)
  local y = nat.divide(nat.shift_left(over, wp), nat.add(fraction, one))
  local log = nat.shift_left(odd_series(y, nat.shift_right(nat.multiply(y, y), wp), wp, false), 1)
  local whole = nat.multiply(nat.from(math.abs(magnitude)), ln_2(wp))
  local sum, negative = signed_add(log, below, whole, magnitude < 0)
  return make(negative, sum, -wp, precision)
end

local function multiply(a, b)
  return {negative = (a.negative or false) ~= (b.negative or false), man = nat.multiply(a.man, b.man),
    exp = a.exp + b.exp}
end

local function negated(a)
  return {negative = not a.negative, man = a.man, exp = a.exp}
end

local function add(a, b, precision)
  local exp = math.min(a.exp, b.exp)
  local man, negative = signed_add(nat.shift_left(a.man, a.exp - exp), a.negative or false,
    nat.shift_left(b.man, b.exp - exp), b.negative or false)
  return make(negative, man, exp, precision, true)
end

-- a / b; nil when b is zero.
local function divide(a, b, precision)
  if #b.man == 0 and not b.special then return nil end
  if a.special and b.special then return {man = {}, special = "nan"} end
  local negative = (a.negative or false) ~= (b.negative or false)
  if a.special then
    return {man = {}, special = (negative ~= (a.special == "-inf")) and "-inf" or "inf"}
  end
  if b.special or #a.man == 0 then return zero end
  return ratio(negative, a.man, b.man, a.exp - b.exp, precision)
end

-- The parts of -inf / (c + di) for a positive d.
local function over_complex(c)
  local real = #c.man == 0 and "nan" or c.negative and "inf" or "-inf"
  return {man = {}, special = real}, {man = {}, special = "inf"}
end

-- Digits, cut off, and the power of ten of the first.
local function decimal_digits(x, digits)
  local precision = math.floor(digits * bits_per_digit) + 10
  local fixed = math.max(precision - x.exp - nat.bits(x.man), 0)
  local decimals = math.floor(fixed / bits_per_digit + 0.5)
  local shift = x.exp + fixed
  local scaled = shift >= 0 and nat.shift_left(x.man, shift) or nat.shift_right(x.man, -shift)
  local text = nat.text(nat.shift_right(nat.multiply(scaled, nat.power({10}, decimals)), fixed))
  return text, #text - decimals - 1
end

local function rounded_digits(text, exponent, digits)
  if #text <= digits or text:sub(digits + 1, digits + 1) < "5" then return text:sub(1, digits), exponent end
  local kept, nines = text:sub(1, digits):match("^(.-)(9*)$")
  if kept == "" then return "1" .. ("0"):rep(digits - 1), exponent + 1 end
  return kept:sub(1, -2) .. math.tointeger(tonumber(kept:sub(-1)) + 1) .. ("0"):rep(#nines), exponent
end

-- As mpmath shows it with so many digits.
local function text_of(x, digits)
  if x.special then return x.special == "inf" and "+inf" or x.special end
  if #x.man == 0 then return "0.0" end
  local text, exponent = decimal_digits(x, digits + 3)
  text, exponent = rounded_digits(text, exponent, digits)
  local split, suffix = 1, ""
  if math.min(-(digits // 3), -5) < exponent and exponent < digits then
    if exponent < 0 then
      text = ("0"):rep(-exponent) .. text
    else
      split = exponent + 1
    end
  else
    suffix = exponent >= 0 and "e+" .. exponent or "e" .. exponent
  end
  text = (text:sub(1, split) .. "." .. text:sub(split + 1)):gsub("0+$", ""):gsub("%.$", ".0")
  return (x.negative and "-" or "") .. text .. suffix
end

python.reals = {
  precision_of = precision_of, shown_digits = shown_digits, of_float = of_float, of_integer = of_integer,
  of_text = of_text, log_of_absolute = log_of_absolute, multiply = multiply, negated = negated, add = add,
  divide = divide, over_complex = over_complex, make = make, pi = pi, text_of = text_of,
}

return {}
