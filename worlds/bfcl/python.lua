-- What Python's values do, for worlds whose tools were Python methods: types, truth, equality, texts and the
-- exceptions that an operation on the wrong type ends in. A None is `null`; dicts are objects, lists arrays.
-- Scripts share these functions as `python.values`.

local values = {}

local error_prefix = "Error during execution: "

-- An exception that nobody catches ends the call; what was changed before it stays.
local function raise(text)
  fail(error_prefix .. text)
end

local function type_name(value)
  if value == null then return "NoneType" end
  if is_object(value) then return "dict" end
  if is_array(value) then return "list" end
  local kind = math.type(value)
  if kind then return kind == "integer" and "int" or "float" end
  return type(value) == "boolean" and "bool" or "str"
end

local function is_str(value)
  return type(value) == "string"
end

-- bool is an int in Python; nil for what is no number.
local function number(value)
  if value == true then return 1 end
  if value == false then return 0 end
  return math.type(value) and value or nil
end

-- The keys of a dict that are no strings are kept as a mark and their repr.
local key_mark = "\1"

local function key_value(key)
  if key:sub(1, 1) ~= key_mark then return key end
  local text = key:sub(2)
  if text == "None" then return null end
  return math.tointeger(text) or tonumber(text) or text
end

local repr

local function repr_dict(dict)
  local parts = {}
  for key, value in pairs(dict) do parts[#parts + 1] = repr(key_value(key)) .. ": " .. repr(value) end
  return "{" .. table.concat(parts, ", ") .. "}"
end

local function repr_list(list)
  local parts = {}
  for i, value in pairs(list) do parts[i] = repr(value) end
  return "[" .. table.concat(parts, ", ") .. "]"
end

function repr(value)
  if is_object(value) then return repr_dict(value) end
  if is_array(value) then return repr_list(value) end
  return python.repr(value)
end

local function str(value)
  return is_str(value) and value or repr(value)
end

local function truth(value)
  if is_object(value) or is_array(value) then return #value > 0 end
  return value ~= null and value ~= false and value ~= "" and value ~= 0
end

local equal

local function same_lists(a, b)
  if #a ~= #b then return false end
  for i, value in pairs(a) do
    if not equal(value, b[i]) then return false end
  end
  return true
end

local function same_dicts(a, b)
  if #a ~= #b then return false end
  for key, value in pairs(a) do
    local other = b[key]
    if other == nil or not equal(value, other) then return false end
  end
  return true
end

function equal(a, b)
  local one, other = number(a), number(b)
  if one or other then return one ~= nil and other ~= nil and one == other end
  if is_object(a) then return is_object(b) and same_dicts(a, b) end
  if is_array(a) then return is_array(b) and same_lists(a, b) end
  return a == b
end

local function is_less(a, b, or_equal)
  if or_equal then return a <= b end
  return a < b
end

-- a OP b for "<", "<=", ">" and ">=".
local function compare(operator, a, b)
  local one, other = number(a), number(b)
  if not (one and other) and is_str(a) and is_str(b) then one, other = a, b end
  if one and other then
    local or_equal = #operator == 2
    if operator:sub(1, 1) == "<" then return is_less(one, other, or_equal) end
    return is_less(other, one, or_equal)
  end
  if is_array(a) and is_array(b) then
    for i = 1, math.min(#a, #b) do
      if not equal(a[i], b[i]) then return compare(operator, a[i], b[i]) end
    end
    return compare(operator, #a, #b)
  end
  local text = "'%s' not supported between instances of '%s' and '%s'"
  raise(text:format(operator, type_name(a), type_name(b)))
end

-- low <= value <= high
local function between(low, value, high)
  return compare("<=", low, value) and compare("<=", value, high)
end

local function unsupported(operator, a, b)
  raise(("unsupported operand type(s) for %s: '%s' and '%s'"):format(operator, type_name(a), type_name(b)))
end

-- Python's integers have no end; a world's have 64 bits.
local function checked(exact, wrapped)
  if math.type(wrapped) == "integer" and math.abs(exact - wrapped) > 2.0 ^ 60 then
    error("a number has more than 64 bits")
  end
  return wrapped
end

-- In-place operators name themselves "+=" in their errors.
local function add(a, b, operator)
  local one, other = number(a), number(b)
  if one and other then return checked(one + 0.0 + other, one + other) end
  if is_str(a) then
    if is_str(b) then return a .. b end
    raise(('can only concatenate str (not "%s") to str'):format(type_name(b)))
  end
  if is_array(a) and not is_array(b) then
    raise(('can only concatenate list (not "%s") to list'):format(type_name(b)))
  end
  if not is_array(a) then unsupported(operator or "+", a, b) end
  local joined = copy(a)
  for _, value in pairs(b) do joined[#joined + 1] = copy(value) end
  return joined
end

local function subtract(a, b, operator)
  local one, other = number(a), number(b)
  if not (one and other) then unsupported(operator or "-", a, b) end
  return checked(one + 0.0 - other, one - other)
end

local function is_sequence(value)
  return is_str(value) or is_array(value)
end

local function repeated(sequence, times)
  if is_str(sequence) then return sequence:rep(times) end
  local result = array()
  for _ = 1, times do
    for _, value in pairs(sequence) do result[#result + 1] = copy(value) end
  end
  return result
end

local function multiply(a, b)
  local one, other = number(a), number(b)
  if one and other then return checked((one + 0.0) * other, one * other) end
  if is_sequence(b) and not is_sequence(a) then a, b, other = b, a, one end
  if not is_sequence(a) then unsupported("*", a, b) end
  if math.type(other) ~= "integer" then
    raise(("can't multiply sequence by non-int of type '%s'"):format(type_name(b)))
  end
  return repeated(a, other)
end

local function divide(a, b)
  local one, other = number(a), number(b)
  if not (one and other) then unsupported("/", a, b) end
  if other == 0 then
    local whole = math.type(one) == "integer" and math.type(other) == "integer"
    raise(whole and "division by zero" or "float division by zero")
  end
  return one / other
end

-- str.strip() by ASCII white space, as float() and int() do first.
local function stripped(text)
  return text:match("^[ \t\n\r\v\f]*(.-)[ \t\n\r\v\f]*$")
end

local named_floats = {inf = math.huge, infinity = math.huge, nan = 0 / 0}

local function float_of_text(text)
  local sign, digits = stripped(text):match("^([+-]?)(.*)$")
  local plain = digits:gsub("(%d)_(%d)", "%1%2"):gsub("(%d)_(%d)", "%1%2")
  local known = named_floats[plain:lower()]
  if not known and plain:find("^[%d.]") and not plain:find("[xX_]") then known = tonumber(plain) end
  if not known then raise("could not convert string to float: " .. repr(text)) end
  return (sign == "-" and -1.0 or 1.0) * known
end

-- float(value)
local function to_float(value)
  if math.type(value) == "float" then return value end
  if number(value) then return number(value) + 0.0 end
  if is_str(value) then return float_of_text(value) end
  raise("float() argument must be a string or a real number, not '" .. type_name(value) .. "'")
end

-- What can be no key of a dict.
local function hash(value)
  if is_object(value) or is_array(value) then raise("unhashable type: '" .. type_name(value) .. "'") end
end

local function plain_number(value)
  local known = number(value)
  return known and math.tointeger(known) or known
end

-- The member of an object in which a dict keeps this key.
local function key_of(value)
  hash(value)
  if is_str(value) then return value end
  return key_mark .. repr(plain_number(value) or value)
end

-- The same for dicts whose keys are numbers by nature: 5 is "5", and the string "5" is "'5'".
local function number_key(value)
  hash(value)
  return repr(plain_number(value) or value)
end

local function get(dict, key)
  return dict[key_of(key)]
end

-- dict[key]; a missing key is a KeyError, something else has no keys at all.
local function item(container, key)
  if is_object(container) then
    local value = get(container, key)
    if value == nil then raise(repr(key)) end
    return value
  end
  if is_str(container) then raise("string indices must be integers, not '" .. type_name(key) .. "'") end
  if is_array(container) then
    raise("list indices must be integers or slices, not " .. type_name(key))
  end
  raise("'" .. type_name(container) .. "' object is not subscriptable")
end

local function characters(text)
  local parts = {}
  for _, code in utf8.codes(text) do parts[#parts + 1] = utf8.char(code) end
  return parts
end

-- What a for loop goes through, as a plain table.
local function iterate(value)
  if is_str(value) then return characters(value) end
  local parts = {}
  if is_array(value) then
    for i, one in pairs(value) do parts[i] = one end
  elseif is_object(value) then
    for key in pairs(value) do parts[#parts + 1] = key_value(key) end
  else
    raise("'" .. type_name(value) .. "' object is not iterable")
  end
  return parts
end

local function place_in(list, wanted)
  for i, value in pairs(list) do
    if equal(value, wanted) then return i end
  end
end

-- wanted in container
local function contains(container, wanted)
  if is_str(container) then
    if is_str(wanted) then return container:find(wanted, 1, true) ~= nil end
    raise("'in <string>' requires string as left operand, not " .. type_name(wanted))
  end
  if is_object(container) then return get(container, wanted) ~= nil end
  if not is_array(container) then
    raise("argument of type '" .. type_name(container) .. "' is not iterable")
  end
  return place_in(container, wanted) ~= nil
end

-- list.remove(list[place]); table.remove knows no arrays of the state.
local function remove_at(list, place)
  for i = place, #list - 1 do list[i] = list[i + 1] end
  list[#list] = nil
end

local function append(list, value)
  list[#list + 1] = value
end

-- A method that only this type has: an AttributeError for others.
local function need_type(value, wanted, method)
  if type_name(value) ~= wanted then
    raise("'" .. type_name(value) .. "' object has no attribute '" .. method .. "'")
  end
  return value
end

local function keys(dict)
  local list = array()
  for key in pairs(dict) do append(list, key_value(key)) end
  return list
end

-- The text that upstream's harness shows for a result; the second value says whether it reports an error.
local function shown(result)
  if result == nil then return "None", false end
  if is_object(result) then return python.json(result), result.error ~= nil end
  return str(result), false
end

values.raise, values.type_name, values.number, values.is_str = raise, type_name, number, is_str
values.repr, values.str, values.truth, values.equal, values.shown = repr, str, truth, equal, shown
values.compare, values.between, values.add, values.subtract = compare, between, add, subtract
values.multiply, values.divide, values.to_float = multiply, divide, to_float
values.hash, values.key_of, values.number_key, values.get = hash, key_of, number_key, get
values.item, values.iterate, values.contains, values.place_in = item, iterate, contains, place_in
values.remove_at, values.append, values.need_type, values.keys = remove_at, append, need_type, keys
values.stripped = stripped

python.values = values

return {}
