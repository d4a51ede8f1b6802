-- Natural numbers without an end: arrays of 24 bits, the lowest first, without zeros at the top; {} is zero.
-- Scripts share them as `python.naturals`.

local width, base = 24, 1 << 24
local mask = base - 1

local function trim(a)
  while a[#a] == 0 do a[#a] = nil end
  return a
end

-- Of an integer that is not negative (or of the lowest one, whose absolute value Lua cannot write).
local function from(integer)
  local a = {}
  while integer ~= 0 do
    a[#a + 1] = integer & mask
    integer = integer >> width
  end
  return a
end

local function compare(a, b)
  if #a ~= #b then return #a < #b and -1 or 1 end
  for i = #a, 1, -1 do
    if a[i] ~= b[i] then return a[i] < b[i] and -1 or 1 end
  end
  return 0
end

local function add(a, b)
  local sum, carry = {}, 0
  for i = 1, math.max(#a, #b) do
    local digit = (a[i] or 0) + (b[i] or 0) + carry
    sum[i], carry = digit & mask, digit >> width
  end
  if carry > 0 then sum[#sum + 1] = carry end
  return sum
end

-- a - b; b is not the greater one.
local function subtract(a, b)
  local difference, borrow = {}, 0
  for i = 1, #a do
    local digit = a[i] - (b[i] or 0) - borrow
    borrow = digit < 0 and 1 or 0
    difference[i] = digit & mask
  end
  return trim(difference)
end

local function multiply(a, b)
  if #a == 0 or #b == 0 then return {} end
  local product = {}
  for i = 1, #a + #b do product[i] = 0 end
  for i = 1, #a do
    local carry, digit = 0, a[i]
    for j = 1, #b do
      local sum = product[i + j - 1] + digit * b[j] + carry
      product[i + j - 1], carry = sum & mask, sum >> width
    end
    product[i + #b] = carry
  end
  return trim(product)
end

local function bits(a)
  local top, count = a[#a] or 0, 0
  while top > 0 do
    top, count = top >> 1, count + 1
  end
  return math.max(#a - 1, 0) * width + count
end

local function shift_left(a, count)
  if #a == 0 or count == 0 then return a end
  local shifted, part, carry = {}, count % width, 0
  for _ = 1, count // width do shifted[#shifted + 1] = 0 end
  for i = 1, #a do
    local digit = a[i] << part | carry
    shifted[#shifted + 1], carry = digit & mask, digit >> width
  end
  if carry > 0 then shifted[#shifted + 1] = carry end
  return shifted
end

local function shift_right(a, count)
  local skipped, part = count // width, count % width
  local shifted = {}
  for i = skipped + 1, #a do
    shifted[i - skipped] = (a[i] >> part | (a[i + 1] or 0) << (width - part)) & mask
  end
  return trim(shifted)
end

-- Are there ones among the lowest `count` bits?
local function has_low_bits(a, count)
  local whole = count // width
  for i = 1, math.min(whole, #a) do
    if a[i] ~= 0 then return true end
  end
  return (a[whole + 1] or 0) & ((1 << count % width) - 1) ~= 0
end

local function bit_at(a, place)
  return (a[place // width + 1] or 0) >> place % width & 1
end

-- By a number of at most 24 bits: quotient and remainder.
local function divide_small(a, divisor)
  local quotient, rest = {}, 0
  for i = #a, 1, -1 do
    local part = rest << width | a[i]
    quotient[i], rest = part // divisor, part % divisor
  end
  return trim(quotient), rest
end

-- One digit of a long division (Knuth, The Art of Computer Programming 4.3.1, D): u -= digit · v · base^at.
local function division_step(u, v, at)
  local count = #v
  local top = u[at + count + 1] << width | u[at + count]
  local digit = math.min(top // v[count], mask)
  while digit * v[count - 1] > ((top - digit * v[count]) << width | u[at + count - 1]) do
    digit = digit - 1
    if top - digit * v[count] > mask then break end
  end
  local borrow = 0
  for i = 1, count do
    local part = u[at + i] - digit * v[i] - borrow
    u[at + i], borrow = part & mask, -(part // base)
  end
  u[at + count + 1] = u[at + count + 1] - borrow
  if u[at + count + 1] >= 0 then return digit end
  local carry = 0
  for i = 1, count do
    local part = u[at + i] + v[i] + carry
    u[at + i], carry = part & mask, part >> width
  end
  u[at + count + 1] = u[at + count + 1] + carry
  return digit - 1
end

-- Quotient and remainder.
local function divide(a, b)
  if compare(a, b) < 0 then return {}, a end
  if #b == 1 then
    local quotient, rest = divide_small(a, b[1])
    return quotient, from(rest)
  end
  local normal = width - (bits(b) - (#b - 1) * width)
  local v, u, quotient = shift_left(b, normal), {}, {}
  for i, digit in ipairs(shift_left(a, normal)) do u[i] = digit end
  for i = #u + 1, #a + 1 do u[i] = 0 end
  for at = #u - #v - 1, 0, -1 do quotient[at + 1] = division_step(u, v, at) end
  return trim(quotient), shift_right(trim(u), normal)
end

local function power(a, exponent)
  local result, square = {1}, a
  while exponent > 0 do
    if exponent & 1 == 1 then result = multiply(result, square) end
    exponent = exponent >> 1
    if exponent > 0 then square = multiply(square, square) end
  end
  return result
end

-- The root's whole part, by Newton's method from above.
local function square_root(a)
  if #a == 0 then return {} end
  local root = shift_left({1}, (bits(a) + 1) // 2)
  while true do
    local better = shift_right(add(root, (divide(a, root))), 1)
    if compare(better, root) >= 0 then return root end
    root = better
  end
end

local function text(a)
  local parts, rest = {}, nil
  while #a > 0 do
    a, rest = divide_small(a, 10000000)
    parts[#parts + 1] = ("%07d"):format(rest)
  end
  local digits = "0"
  for i = #parts, 1, -1 do digits = digits .. parts[i] end
  return (digits:gsub("^0+(.)", "%1"))
end

local function from_text(digits)
  local a = {}
  for first = 1, #digits, 6 do
    local part = digits:sub(first, first + 5)
    a = add(multiply(a, from(math.tointeger(10 ^ #part))), from(math.tointeger(tonumber(part))))
  end
  return a
end

-- a · 2^exponent as the nearest float, halves to even; infinite when it is too large.
local function to_float(a, exponent)
  local size = bits(a)
  local drop = math.max(size - 53, -1074 - exponent)
  if drop > 0 then
    local up = bit_at(a, drop - 1) == 1 and (has_low_bits(a, drop - 1) or bit_at(a, drop) == 1)
    a, exponent = shift_right(a, drop), exponent + drop
    if up then a = add(a, {1}) end
  end
  local value = 0.0
  for i = #a, 1, -1 do value = value * base + a[i] end
  while exponent > 1000 do value, exponent = value * 2.0 ^ 1000, exponent - 1000 end
  while exponent < -1000 do value, exponent = value * 2.0 ^ -1000, exponent + 1000 end
  return value * 2.0 ^ exponent
end

-- a / b as the nearest float.
local function quotient_float(a, b)
  local shift = math.max(56 + bits(b) - bits(a), 0)
  local quotient, rest = divide(shift_left(a, shift), b)
  if #rest > 0 then quotient, shift = add(shift_left(quotient, 1), {1}), shift + 1 end
  return to_float(quotient, -shift)
end

python.naturals = {
  from = from, compare = compare, add = add, subtract = subtract, multiply = multiply, bits = bits,
  shift_left = shift_left, shift_right = shift_right, has_low_bits = has_low_bits, bit_at = bit_at,
  divide = divide, power = power, square_root = square_root, text = text, from_text = from_text,
  to_float = to_float, quotient_float = quotient_float,
}

return {}
