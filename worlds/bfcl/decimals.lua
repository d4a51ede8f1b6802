-- The square root of a number as Python's decimal module takes and shows it: the number exactly, the root
-- rounded to so many digits, halves to even; an exact root keeps the exponent that is ideal for it.

local nat = python.naturals

local function trimmed_zeros(man, exp)
  while #man > 0 and nat.bit_at(man, 0) == 0 do man, exp = nat.shift_right(man, 1), exp + 1 end
  return man, exp
end

-- Decimal(number): a coefficient and a power of ten.
local function exact(number)
  local reals = python.reals
  local real = math.type(number) == "integer" and reals.of_integer(number) or reals.of_float(number)
  local man, exp = trimmed_zeros(real.man, real.exp)
  if #man == 0 then return man, 0 end
  if exp >= 0 then return nat.shift_left(man, exp), 0 end
  return nat.multiply(man, nat.power({5}, -exp)), exp
end

local function ten_to(power)
  return nat.power({10}, power)
end

-- To `digits` digits, halves to even.
local function fixed(coefficient, exp, digits)
  local drop = #nat.text(coefficient) - digits
  if drop <= 0 then return coefficient, exp end
  local quotient, rest = nat.divide(coefficient, ten_to(drop))
  local order = nat.compare(nat.shift_left(rest, 1), ten_to(drop))
  if order > 0 or order == 0 and nat.bit_at(quotient, 0) == 1 then quotient = nat.add(quotient, {1}) end
  if #nat.text(quotient) > digits then return nat.divide(quotient, {10}), exp + drop + 1 end
  return quotient, exp + drop
end

local function root(coefficient, exp, digits)
  local wanted, half = digits + 1, exp // 2
  local length = #nat.text(coefficient)
  local left = (length + 1) // 2
  if exp % 2 == 1 then coefficient, left = nat.multiply(coefficient, {10}), length // 2 + 1 end
  local shift, is_exact = wanted - left, true
  if shift >= 0 then
    coefficient = nat.multiply(coefficient, ten_to(2 * shift))
  else
    local rest
    coefficient, rest = nat.divide(coefficient, ten_to(-2 * shift))
    is_exact = #rest == 0
  end
  half = half - shift
  local n = nat.square_root(coefficient)
  if is_exact and nat.compare(nat.multiply(n, n), coefficient) == 0 then
    n = shift >= 0 and (nat.divide(n, ten_to(shift))) or nat.multiply(n, ten_to(-shift))
    return fixed(n, half + shift, digits)
  end
  local _, fifth = nat.divide(n, {5})
  if #fifth == 0 then n = nat.add(n, {1}) end
  return fixed(n, half, digits)
end

local function text_of(coefficient, exp)
  local digits = nat.text(coefficient)
  local point = exp + #digits
  if exp > 0 or point <= -6 then
    local mantissa = #digits > 1 and digits:sub(1, 1) .. "." .. digits:sub(2) or digits
    return ("%sE%+d"):format(mantissa, point - 1)
  end
  if point <= 0 then return "0." .. ("0"):rep(-point) .. digits end
  if point >= #digits then return digits end
  return digits:sub(1, point) .. "." .. digits:sub(point + 1)
end

-- The text of Decimal(number).sqrt() with a precision.
function python.decimal_root(number, precision)
  local coefficient, exp = exact(number)
  if #coefficient == 0 then return 1 / number < 0 and "-0" or "0" end
  return text_of(root(coefficient, exp, precision))
end

return {}
