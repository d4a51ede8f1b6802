-- The multi-turn tasks of the Berkeley Function-Calling Leaderboard (BFCL v4). Its harness writes each call
-- as a line of Python, `cd(folder='a')`, rewrites it with a regular expression and evaluates it. Classes are
-- defined here, and a task's episode begins here.
-- Scripts share this as `python.classes`.

local values = python.values
local raise = values.raise

local classes = {}   -- By name: load, methods.
local class_of = {}  -- By the name of a method.

-- SyntaxErrors: a model may name an argument as no identifier can be named.

local reserved = {}
for word in ([[False None True and as assert async await break class continue def del elif else except
  finally for from global if import in is lambda nonlocal not or pass raise return try while with
  yield]]):gmatch("%w+") do
  reserved[word] = true
end

local function syntax_problem(name)
  if name == "None" or name == "True" or name == "False" then return "cannot assign to " .. name end
  if name:find("^[%a_\128-\255][%w_\128-\255]*$") and not reserved[name] then return nil end
  if name:find("^[%a_][%w_]*[.%-/][%w_.%-/]*$") or name:find("^%d+$") then
    return 'expression cannot contain assignment, perhaps you meant "=="?'
  end
  if name:find("^[%a_][%w_]* [%w_ ]*[%w_]$") then
    for word in name:gmatch("%S+") do
      if reserved[word] then return "invalid syntax" end
    end
    return "invalid syntax. Perhaps you forgot a comma?"
  end
  return "invalid syntax"
end

local function check_names(args)
  for name in pairs(args) do
    local problem = name ~= "*" and syntax_problem(name)
    if problem then raise(problem .. " (<string>, line 1)") end
  end
end

-- The rewriting: a word before "(" loses the space between them, and when it names a method of the task it
-- gets an instance's name before it, inside of string literals too.

local word_ranges = {
  {0x30, 0x39}, {0x41, 0x5A}, {0x5F, 0x5F}, {0x61, 0x7A}, {0xAA, 0xAA}, {0xB2, 0xB3}, {0xB5, 0xB5},
  {0xB9, 0xBA}, {0xBC, 0xBE}, {0xC0, 0xD6}, {0xD8, 0xF6}, {0xF8, 0x2C1}, {0x370, 0x1FFC}, {0x2070, 0x209C},
  {0x2102, 0x2189}, {0x2460, 0x249B}, {0x2C00, 0x2DFF}, {0x3005, 0x3007}, {0x3021, 0x3029}, {0x3031, 0xD7FF},
  {0xF900, 0xFDFB}, {0xFE70, 0xFEFC}, {0xFF10, 0xFF19}, {0xFF21, 0xFF3A}, {0xFF41, 0xFF5A}, {0xFF66, 0xFFDC},
  {0x10000, 0x1CFFF}, {0x1D400, 0x1E943}, {0x20000, 0x3FFFF}}

local function is_word(code)
  for _, range in ipairs(word_ranges) do
    if code <= range[2] then return code >= range[1] end
  end
  return false
end

-- The word that ends at `last`, and where it begins.
local function word_before(source, last)
  local first = last + 1
  while first > 1 do
    local before = utf8.offset(source, -1, first)
    if not is_word(utf8.codepoint(source, before)) then break end
    first = before
  end
  return source:sub(first, last), first
end

local function instance_name(state, class)
  local episode = state.private.episode
  local name = episode.model .. "_eval_" .. episode.id .. "_" .. class .. "_instance"
  return (name:gsub("[-./:]", "_"))
end

local function rewritten(state, source)
  local parts, done = {}, 1
  for at in source:gmatch("()%(") do
    local last = #source:sub(1, at - 1):match("^(.-) *$")
    local word, first = word_before(source, last)
    if first >= done and word:find("^[%a_]") then
      local class = class_of[word]
      local known = class and state.classes[class] and instance_name(state, class) .. "." or ""
      parts[#parts + 1] = source:sub(done, first - 1) .. known .. word
      done = at
    end
  end
  return table.concat(parts) .. source:sub(done)
end

local escaped = {n = "\n", r = "\r", t = "\t"}

-- The value of a literal that `python.repr` wrote.
local function literal(source)
  local text = source:sub(2, -2)
  text = text:gsub("\\(.)(%x?%x?%x?%x?%x?%x?%x?%x?)", function(mark, hex)
    local width = ({x = 2, u = 4, U = 8})[mark]
    if width then return utf8.char(tonumber(hex:sub(1, width), 16)) .. hex:sub(width + 1) end
    return (escaped[mark] or mark) .. hex
  end)
  return text
end

local function evaluated_text(state, text)
  if not text:find("(", 1, true) then return text end
  local source = python.repr(text)
  local after = rewritten(state, source)
  return after == source and text or literal(after)
end

local function evaluated(state, value)
  if values.is_str(value) then return evaluated_text(state, value) end
  if is_array(value) then
    for i, one in pairs(value) do value[i] = evaluated(state, one) end
  elseif is_object(value) then
    local made = object()
    for key, one in pairs(value) do made[evaluated_text(state, key)] = evaluated(state, one) end
    return made
  end
  return value
end

-- Binding, in CPython's order: keywords, too many positional arguments, missing ones.

local function quoted_list(names)
  local count = #names
  if count == 1 then return names[1] end
  if count == 2 then return names[1] .. " and " .. names[2] end
  return table.concat(names, ", ", 1, count - 1) .. ", and " .. names[count]
end

local function too_many(where, params, required, given)
  local most = #params + 1
  local range = required == #params and tostring(most) or ("from %d to %d"):format(required + 1, most)
  raise(("%s takes %s positional argument%s but %d were given"):format(where, range,
    (required < #params or most > 1) and "s" or "", given + 1))
end

local function unexpected(state, where, params, name)
  local hint = state.private.episode.python_minor >= 13 and python.suggestion(name, params)
  raise(("%s got an unexpected keyword argument '%s'%s"):format(where, name,
    hint and ". Did you mean '" .. hint .. "'?" or ""))
end

local function place_of(params, name)
  for i, param in ipairs(params) do
    if param.name == name then return i end
  end
end

local function bind_keywords(state, where, params, args, bound)
  for name, value in pairs(args) do
    local place = place_of(params, name)
    if name == "self" or place and bound[place] ~= nil then
      raise(("%s got multiple values for argument '%s'"):format(where, name))
    end
    if name ~= "*" then
      if not place then unexpected(state, where, params, name) end
      bound[place] = value
    end
  end
end

local function bind_defaults(where, params, bound)
  local missing = {}
  for i, param in ipairs(params) do
    if bound[i] == nil then bound[i] = param.default and param.default() end
    if bound[i] == nil then missing[#missing + 1] = python.repr(param.name) end
  end
  if #missing == 0 then return end
  local text = "%s missing %d required positional argument%s: %s"
  raise(text:format(where, #missing, #missing == 1 and "" or "s", quoted_list(missing)))
end

-- `args["*"]` is an array of positional arguments, as the published answers use them.
local function bind(state, where, params, args)
  local positional, bound, required = args["*"] or array(), {}, 0
  for i, value in pairs(positional) do
    if i <= #params then bound[i] = value end
  end
  for _, param in ipairs(params) do
    if not param.default then required = required + 1 end
  end
  bind_keywords(state, where, params, args, bound)
  if #positional > #params then too_many(where, params, required, #positional) end
  bind_defaults(where, params, bound)
  return bound
end

-- What a method finds: the attributes that upstream compares, the private ones, and the whole state.
local function instance_of(state, class)
  return {
    vars = state.classes[class], private = state.private[class], state = state,
    long_context = state.private.episode.long_context,
  }
end

local function tool_of(class, name, method)
  local where = class .. "." .. name .. "()"
  return function(state, args)
    check_names(args)
    if not state.classes[class] then raise("name '" .. name .. "' is not defined") end
    local bound = bind(state, where, method.params, evaluated(state, args))
    local text, is_error = values.shown(method.run(instance_of(state, class), table.unpack(bound)))
    if is_error then fail(text) end
    return text
  end
end

-- "title, description=" with a function that makes the default of each optional parameter.
local function parameters(names, defaults)
  local params = {}
  for name in names:gmatch("[%w_]+") do
    params[#params + 1] = {name = name, default = defaults and defaults[name]}
  end
  return params
end

local function method(names, run, defaults)
  return {params = parameters(names, defaults), run = run}
end

local function constant(value)
  return function() return value end
end

-- A class: how its episode begins, load(scenario, long_context, state) → attributes, private ones; and its
-- methods. Returns them as tools.
local function define(class, load, methods)
  classes[class] = {load = load}
  local tools = {}
  for name, one in pairs(methods) do
    class_of[name] = class
    tools[name] = tool_of(class, name, one)
  end
  return tools
end

-- A task's set-up call. `initial_config` and `involved_classes` as the task has them; `long_context`: true,
-- or an object of the extensions; `python`: the version whose texts and sums are wanted; `model` and `id`:
-- what upstream names its instances by.
local function begin(state, args)
  local long_context = args.long_context or false
  if is_object(long_context) then
    for name, one in pairs(long_context) do state.long_context[name] = one end
    long_context = true
  end
  state.private.episode = object(
    "long_context", long_context, "python_minor", math.tointeger((args.python or "3.11"):match("^3%.(%d+)")),
    "model", args.model or "model", "id", args.id or "task")
  local config = args.initial_config or object()
  for _, class in pairs(args.involved_classes) do
    if not classes[class] then error("there is no class " .. class) end
    local vars, private = classes[class].load(config[class] or object(), long_context, state)
    state.classes[class] = vars
    if private then state.private[class] = private end
  end
end

-- What the harness refuses to evaluate.
local function forbidden(name)
  return function()
    raise("Function call " .. name .. " is not allowed.")
  end
end

local functions = {begin = begin}
for name in ("kill exit quit remove unlink popen Popen run"):gmatch("%a+") do
  functions[name] = forbidden(name)
end

-- For checks: the attributes of a class, or null when the task has none of it.
function functions.attributes_of(state, args)
  return state.classes[args.class] or null
end

-- The text that extends an answer in the category long_context.
local function extension(state, name)
  local document = state.long_context[name]
  if not document then error("long_context: there is no " .. name .. " in the data") end
  return document
end

python.classes = {define = define, method = method, constant = constant, extension = extension}

return functions
