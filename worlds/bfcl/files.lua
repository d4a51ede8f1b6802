-- GorillaFileSystem's methods.

local values, classes, files = python.values, python.classes, python.files
local method, constant = classes.method, classes.constant
local raise = values.raise
local system_of, publish = files.system_of, files.publish
local node_of, is_directory = files.node_of, files.is_directory
local contents_of, get_item, add_file, add_directory =
  files.contents_of, files.get_item, files.add_file, files.add_directory

local function is_odd_name(name)
  for character in ('|/\\?%*:"><'):gmatch(".") do
    if values.contains(name, character) then return true end
  end
  return false
end

-- What lies in the current directory under this name.
local function here(fs, name)
  return values.get(contents_of(fs, fs.current), name)
end

-- The same when it is a file; its object.
local function file_here(fs, name)
  if not here(fs, name) then return nil end
  local id = get_item(fs, fs.current, name)
  return not is_directory(fs, id) and node_of(fs, id) or nil
end

local function trimmed(text, pattern, what)
  return (values.need_type(text, "str", what):gsub(pattern, ""))
end

-- A directory, or nil and the answer that refuses.
local function navigate(fs, path)
  if path == null or path == "." then return fs.current end
  if path == "/" then return fs.private.root end
  local place = trimmed(trimmed(path, "/+$", "strip"), "^/+", "strip")
  local directory = path:sub(1, 1) == "/" and fs.private.root or fs.current
  for name in (place .. "/"):gmatch("([^/]*)/") do
    local id = get_item(fs, directory, name)
    if not id or not is_directory(fs, id) then return nil, "'" .. path .. "': No such file or directory" end
    directory = id
  end
  return directory
end

local function pwd(self)
  local fs = system_of(self)
  local path, id = {}, fs.current
  while id ~= null do
    table.insert(path, 1, node_of(fs, id).name)
    id = node_of(fs, id).parent
  end
  return object("current_working_directory", "/" .. table.concat(path, "/"))
end

local function ls(self, a)
  local fs, names = system_of(self), array()
  for name in pairs(contents_of(fs, fs.current)) do
    if values.truth(a) or name:sub(1, 1) ~= "." then values.append(names, name) end
  end
  return object("current_directory_content", names)
end

local function cd(self, folder)
  local fs = system_of(self)
  folder = trimmed(folder, "/+$", "rstrip")
  if folder == "" then folder = "/" end
  if folder ~= "/" and folder:find("/", 1, true) then
    return object("error", "cd: " .. folder
      .. ": Unsupported path. Only one folder level at a time is supported.")
  end
  if folder == ".." then
    local parent = node_of(fs, fs.current).parent
    if parent == null then
      return object("error", "Current directory is already the root. Cannot go back.")
    end
    self.private.current = parent
    return object()
  end
  local directory, problem = navigate(fs, folder)
  if not directory then return object("error", "cd: " .. problem) end
  self.private.current = directory
  return object("current_working_directory", node_of(fs, directory).name)
end

local function mkdir(self, dir_name)
  local fs, shown = system_of(self), values.str(dir_name)
  local refusal = "mkdir: cannot create directory '" .. shown .. "': "
  if is_odd_name(dir_name) then return object("error", refusal .. "Invalid character") end
  if here(fs, dir_name) then return object("error", refusal .. "File exists") end
  add_directory(fs, fs.current, dir_name)
  publish(fs)
end

local function touch(self, file_name)
  local fs, shown = system_of(self), values.str(file_name)
  local refusal = "touch: cannot touch '" .. shown .. "': "
  if is_odd_name(file_name) then return object("error", refusal .. "Invalid character") end
  if here(fs, file_name) then return object("error", refusal .. "File exists") end
  add_file(fs, fs.current, file_name, "")
  publish(fs)
end

local function echo(self, content, file_name)
  local fs = system_of(self)
  if file_name == null then return object("terminal_output", content) end
  local refusal = "echo: cannot write to '" .. values.str(file_name) .. "': "
  if is_odd_name(file_name) then return object("error", refusal .. "Invalid character") end
  if not values.truth(file_name) then return object("terminal_output", content) end
  if not here(fs, file_name) then return object("error", refusal .. "No such file") end
  local file = file_here(fs, file_name)
  if not file then raise("'Directory' object has no attribute '_write'") end
  file.content = content
  publish(fs)
end

local function cat(self, file_name)
  local fs = system_of(self)
  local refusal = "cat: '" .. values.str(file_name) .. "': "
  if is_odd_name(file_name) then return object("error", refusal .. "Invalid character") end
  if not here(fs, file_name) then return object("error", refusal .. "No such file or directory") end
  local file = file_here(fs, file_name)
  if not file then return object("error", refusal .. "Is a directory") end
  return object("file_content", file.content)
end

-- Calls visit(name, id, path) for all that lies below. Without an end when a directory holds itself.
local function walk(fs, directory, path, inside, visit)
  local listing = node_of(fs, directory).listing
  if inside[listing] then raise("maximum recursion depth exceeded") end
  inside[listing] = true
  for name, id in pairs(fs.listings[listing]) do
    local its_path = path .. "/" .. name
    visit(name, id, its_path)
    if is_directory(fs, id) then walk(fs, id, its_path, inside, visit) end
  end
  inside[listing] = nil
end

local function find(self, path, name)
  local fs, matches = system_of(self), array()
  local directory, problem = navigate(fs, path)
  if not directory then return object("error", "find: " .. problem) end
  walk(fs, directory, trimmed(path, "/+$", "rstrip"), {}, function(item_name, _, item_path)
    if name == null or values.contains(item_name, name) then values.append(matches, item_path) end
  end)
  return object("matches", matches)
end

local counters = {
  l = function(content) return object("count", #values.splitlines(content), "type", "lines") end,
  w = function(content) return object("count", values.word_count(content), "type", "words") end,
  c = function(content)
    local known = values.is_str(content) and utf8.len(content)
    if not known and (is_array(content) or is_object(content)) then known = #content end
    if not known then raise("object of type '" .. values.type_name(content) .. "' has no len()") end
    return object("count", known, "type", "characters")
  end,
}

local function wc(self, file_name, mode)
  local count = values.is_str(mode) and counters[mode]
  if not count then return object("error", "wc: invalid mode '" .. values.str(mode) .. "'") end
  local file = file_here(system_of(self), file_name)
  if file then return count(file.content) end
  return object("error", "wc: " .. values.str(file_name) .. ": No such file or directory")
end

local function sort(self, file_name)
  local file = file_here(system_of(self), file_name)
  if not file then
    return object("error", "sort: " .. values.str(file_name) .. ": No such file or directory")
  end
  local lines = values.splitlines(file.content)
  table.sort(lines)
  return object("sorted_content", table.concat(lines, "\n"))
end

local function grep(self, file_name, pattern)
  local file = file_here(system_of(self), file_name)
  if not file then
    return object("error", "grep: " .. values.str(file_name) .. ": No such file or directory")
  end
  local matching = array()
  for _, line in ipairs(values.splitlines(file.content)) do
    if values.contains(line, pattern) then values.append(matching, line) end
  end
  return object("matching_lines", matching)
end

local function size_text(size)
  for _, unit in ipairs {"B", "KB", "MB", "GB", "TB"} do
    if size < 1024 then return ("%.2f %s"):format(size, unit) end
    size = size / 1024
  end
  return ("%.2f PB"):format(size)
end

local function du(self, human_readable)
  local fs, size = system_of(self), 0
  walk(fs, fs.current, "", {}, function(_, id)
    if not is_directory(fs, id) then
      size = size + #values.need_type(node_of(fs, id).content, "str", "encode")
    end
  end)
  return object("disk_usage", values.truth(human_readable) and size_text(size) or size .. " bytes")
end

-- content[-lines:]
local function last_lines(content, lines)
  if values.compare(">", lines, #content) then lines = #content end
  local count = values.number(lines)
  if math.type(count) ~= "integer" then
    raise("slice indices must be integers or None or have an __index__ method")
  end
  local first = count > 0 and #content - count or -count
  return table.concat(content, "\n", math.min(first, #content) + 1)
end

local function tail(self, file_name, lines)
  local file = file_here(system_of(self), file_name)
  if file then return object("last_lines", last_lines(values.splitlines(file.content), lines)) end
  return object("error", "tail: " .. values.str(file_name) .. ": No such file or directory")
end

local function diff(self, file_name1, file_name2)
  local fs, shown = system_of(self), values.str
  local one = here(fs, file_name1) and here(fs, file_name2) and file_here(fs, file_name1)
  local other = one and file_here(fs, file_name2)
  if not other then
    return object("error", "diff: " .. shown(file_name1) .. " or " .. shown(file_name2)
      .. ": No such file or directory")
  end
  local lines1, lines2, changed = values.splitlines(one.content), values.splitlines(other.content), {}
  for i = 1, math.min(#lines1, #lines2) do
    if lines1[i] ~= lines2[i] then changed[#changed + 1] = "- " .. lines1[i] .. "\n+ " .. lines2[i] end
  end
  return object("diff_lines", table.concat(changed, "\n"))
end

-- What mv and cp ask first: the item, or nil and the answer that refuses.
local function source_of(fs, command, verb, source, destination)
  if not here(fs, source) then
    local refusal = "%s: cannot %s '%s': No such file or directory"
    return nil, object("error", refusal:format(command, verb, values.str(source)))
  end
  if values.contains(destination, "/") then
    return nil, object("error", command
      .. ": path not allowed in destination. Provide only a file or directory name.")
  end
  return get_item(fs, fs.current, source)
end

-- Puts a file's content, or a directory with this listing, under a name.
local function put(fs, directory, name, item, listing)
  if not listing then return add_file(fs, directory, name, copy(node_of(fs, item).content)) end
  local made = add_directory(fs, directory, name)
  node_of(fs, made).listing = listing
end

local function mv(self, source, destination)
  local fs = system_of(self)
  local item, refusal = source_of(fs, "mv", "move", source, destination)
  if not item then return refusal end
  local contents, listing = contents_of(fs, fs.current), node_of(fs, item).listing
  if not here(fs, destination) then
    contents[source] = nil
    put(fs, fs.current, destination, item, listing)
    publish(fs)
    return object("result", "'" .. source .. "' moved to '" .. destination .. "'")
  end
  local target, problem = get_item(fs, fs.current, destination), "mv: cannot move '" .. source .. "' to '"
  if not is_directory(fs, target) then
    return object("error", problem .. destination .. "': Not a directory")
  end
  local path = destination .. "/" .. source
  if contents_of(fs, target)[source] then return object("error", problem .. path .. "': File exists") end
  contents[source] = nil
  put(fs, target, source, item, listing)
  publish(fs)
  return object("result", "'" .. source .. "' moved to '" .. path .. "'")
end

-- A copied directory's dict is made after the copy was listed: one that is copied into itself holds itself.
local function copy_into(fs, directory, name, item)
  local listing = node_of(fs, item).listing
  if not listing then return put(fs, directory, name, item) end
  local made = add_directory(fs, directory, name)
  for one, id in pairs(fs.listings[listing]) do contents_of(fs, made)[one] = id end
end

-- Upstream looks for the name with its path, so that what is there already is an exception of its own.
local function cp(self, source, destination)
  local fs = system_of(self)
  local item, refusal = source_of(fs, "cp", "copy", source, destination)
  if not item then return refusal end
  if not here(fs, destination) then
    copy_into(fs, fs.current, destination, item)
    publish(fs)
    return object("result", "'" .. source .. "' copied to '" .. destination .. "'")
  end
  local target = get_item(fs, fs.current, destination)
  if not is_directory(fs, target) then
    return object("error", "cp: cannot copy '" .. source .. "' to '" .. destination .. "': Not a directory")
  end
  copy_into(fs, target, source, item)
  publish(fs)
  return object("result", "'" .. source .. "' copied to '" .. destination .. "/" .. source .. "'")
end

local function removed(fs, name)
  contents_of(fs, fs.current)[name] = nil
  publish(fs)
  return object("result", "'" .. name .. "' removed")
end

local function rm(self, file_name)
  local fs = system_of(self)
  if here(fs, file_name) then return removed(fs, file_name) end
  return object("error", "rm: cannot remove '" .. values.str(file_name) .. "': No such file or directory")
end

local function rmdir(self, dir_name)
  local fs = system_of(self)
  local refusal = "rmdir: cannot remove '" .. values.str(dir_name) .. "': "
  if not here(fs, dir_name) then return object("error", refusal .. "No such file or directory") end
  local item = get_item(fs, fs.current, dir_name)
  if not is_directory(fs, item) then return object("error", refusal .. "Not a directory") end
  if #contents_of(fs, item) > 0 then return object("error", refusal .. "Directory not empty") end
  return removed(fs, dir_name)
end

return classes.define("GorillaFileSystem", files.load, {
  pwd = method("", pwd),
  ls = method("a", ls, {a = constant(false)}),
  cd = method("folder", cd),
  mkdir = method("dir_name", mkdir),
  touch = method("file_name", touch),
  echo = method("content, file_name", echo, {file_name = constant(null)}),
  cat = method("file_name", cat),
  find = method("path, name", find, {path = constant("."), name = constant(null)}),
  wc = method("file_name, mode", wc, {mode = constant("l")}),
  sort = method("file_name", sort),
  grep = method("file_name, pattern", grep),
  du = method("human_readable", du, {human_readable = constant(false)}),
  tail = method("file_name, lines", tail, {lines = constant(10)}),
  diff = method("file_name1, file_name2", diff),
  mv = method("source, destination", mv),
  rm = method("file_name", rm),
  rmdir = method("dir_name", rmdir),
  cp = method("source, destination", cp),
})
