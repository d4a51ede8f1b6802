-- GorillaFileSystem: a tree of directories and files, and a current directory.
--
-- Upstream's tree is one of references: a copied directory shares its files with the original, a moved one
-- shares the dict of its contents with the object that it was, which its children still have for parent. So
-- it is kept as such: `nodes` are the objects, `listings` the dicts that directories hold; what `classes`
-- shows is the tree spelled out.

local values, classes = python.values, python.classes
local raise = values.raise

local function next_id(private)
  private.made = private.made + 1
  return tostring(private.made)
end

local function new_file(fs, name, content)
  local id = next_id(fs.private)
  fs.nodes[id] = object("name", name, "content", content)
  return id
end

local function new_listing(fs)
  local id = next_id(fs.private)
  fs.listings[id] = object()
  return id
end

local function new_directory(fs, name, parent)
  local id = next_id(fs.private)
  fs.nodes[id] = object("name", name, "parent", parent or null, "listing", new_listing(fs))
  return id
end

local function node_of(fs, id)
  return fs.nodes[id]
end

local function is_directory(fs, id)
  return fs.nodes[id].listing ~= nil
end

local function contents_of(fs, id)
  return fs.listings[fs.nodes[id].listing]
end

-- The object spelled out. One that holds itself ends where it comes again: upstream cannot compare it either.
local function spelled_out(fs, id, inside)
  local node = node_of(fs, id)
  if not is_directory(fs, id) then return object("name", node.name, "content", copy(node.content)) end
  local contents, listing = object(), node.listing
  if inside[listing] then return object("name", node.name, "contents", null) end
  inside[listing] = true
  for name, child in pairs(fs.listings[listing]) do contents[name] = spelled_out(fs, child, inside) end
  inside[listing] = nil
  return object("name", node.name, "contents", contents)
end

local function publish(fs)
  fs.vars.root = spelled_out(fs, fs.private.root, {})
end

-- How an episode begins.

local function fill(fs, directory, scenario, extended)
  local bottommost = true
  for name, one in pairs(scenario) do
    local contents = contents_of(fs, directory)
    if one.type == "directory" then
      bottommost = false
      contents[name] = new_directory(fs, name, directory)
      fill(fs, contents[name], one.contents, extended)
    elseif one.type == "file" then
      contents[name] = new_file(fs, name, extended and extended(name, one.content) or one.content)
    end
  end
  if not (bottommost and extended) then return end
  for _, name in pairs(classes.extension(fs.state, "POPULATE_FILE_EXTENSION")) do
    contents_of(fs, directory)[name] = new_file(fs, name, "")
  end
end

-- The long context makes most files longer.
local function extender(state)
  local short = {}
  for _, name in pairs(classes.extension(state, "FILES_TAIL_USED")) do short[name] = true end
  local extension = classes.extension(state, "FILE_CONTENT_EXTENSION")
  return function(name, content)
    return short[name] and content or content .. extension
  end
end

local function load(scenario, long_context, state)
  local fs = {
    vars = object("long_context", long_context), private = object("made", 0),
    nodes = state.nodes, listings = state.listings, state = state,
  }
  local root_name, root = "/", nil
  for name, one in pairs(scenario.root or object()) do
    if not root then root_name, root = name, one end
  end
  fs.private.root = new_directory(fs, root_name, nil)
  if root then fill(fs, fs.private.root, root.contents, long_context and extender(state) or nil) end
  fs.private.current = fs.private.root
  publish(fs)
  return fs.vars, fs.private
end

-- What methods find.
local function system_of(self)
  return {
    vars = self.vars, private = self.private, state = self.state, nodes = self.state.nodes,
    listings = self.state.listings, current = self.private.current,
  }
end

local function get_item(fs, directory, name)
  if name == "." then return directory end
  return values.get(contents_of(fs, directory), name)
end

local function add_file(fs, directory, name, content)
  local contents = contents_of(fs, directory)
  if contents[name] then
    raise(("File '%s' already exists in directory '%s'."):format(name, node_of(fs, directory).name))
  end
  contents[name] = new_file(fs, name, content)
end

local function add_directory(fs, directory, name)
  local contents = contents_of(fs, directory)
  if contents[name] then
    raise(("Directory '%s' already exists in directory '%s'."):format(name, node_of(fs, directory).name))
  end
  contents[name] = new_directory(fs, name, directory)
  return contents[name]
end

python.files = {
  load = load, system_of = system_of, publish = publish, node_of = node_of, is_directory = is_directory,
  contents_of = contents_of, get_item = get_item, add_file = add_file, add_directory = add_directory,
}

return {}
