-- MessageAPI: users of a workspace and the messages between them.

local values, method = python.values, python.classes.method
local raise = values.raise

local function default_users()
  return object("Alice", "USR001", "Bob", "USR002", "Catherine", "USR003", "Daniel", "USR004")
end

local function default_inbox()
  return array(
    object("USR002", "My name is Alice. I want to connect."),
    object("USR003", "Could you upload the file?"),
    object("USR004", "Could you upload the file?"))
end

local function load(scenario)
  local vars = object(
    "generated_ids", scenario.generated_ids or array(),
    "user_count", scenario.user_count or 4,
    "user_map", scenario.user_map or default_users(),
    "inbox", scenario.inbox or default_inbox(),
    "message_count", scenario.message_count or 3,
    "current_user", scenario.current_user or null)
  -- Upstream's own default is a set; a scenario can only bring a list, which has no `add`.
  local private = object("random", object("seed", scenario.random_seed or 200191, "drawn", 0),
    "ids_are_a_set", scenario.generated_ids == nil)
  return vars, private
end

local no_user = "No user is currently logged in."

local function is_logged_in(self)
  return values.truth(self.vars.current_user)
end

-- The set is kept as a sorted array.
local function new_id(self)
  local random, ids = python.random(self.private.random), self.vars.generated_ids
  local id = random:randint(10000, 99999)
  while values.place_in(ids, id) do id = random:randint(10000, 99999) end
  if not self.private.ids_are_a_set then raise("'list' object has no attribute 'add'") end
  local place = 1
  while ids[place] and ids[place] < id do place = place + 1 end
  for i = #ids, place, -1 do ids[i + 1] = ids[i] end
  ids[place] = id
  return object("new_id", id)
end

-- A message is a dict of one member: its receiver and its text.
local function parts_of(message)
  values.need_type(message, "dict", "items")
  for receiver, text in pairs(message) do return receiver, text end
  raise("list index out of range")
end

local function is_user_id(self, wanted)
  for _, id in pairs(self.vars.user_map) do
    if values.equal(id, wanted) then return true end
  end
  return false
end

local function list_users(self)
  return object("user_list", values.keys(self.vars.user_map))
end

local function get_user_id(self, user)
  local id = values.get(self.vars.user_map, user)
  if id ~= nil then return object("user_id", id) end
  return object("error", "User '" .. values.str(user) .. "' not found in the workspace.")
end

local function message_login(self, user_id)
  local shown = values.str(user_id)
  if not is_user_id(self, user_id) then
    return object("login_status", false, "message", "User ID '" .. shown .. "' not found.")
  end
  self.vars.current_user = user_id
  return object("login_status", true, "message", "User '" .. shown .. "' logged in successfully.")
end

local function message_get_login_status(self)
  return object("login_status", is_logged_in(self))
end

local function send_message(self, receiver_id, message)
  if not is_logged_in(self) then return object("error", no_user) end
  local shown = values.str(receiver_id)
  if not is_user_id(self, receiver_id) then
    return object("error", "Receiver ID '" .. shown .. "' not found.")
  end
  local id = new_id(self)
  values.append(self.vars.inbox, object(values.key_of(receiver_id), message))
  self.vars.message_count = values.add(self.vars.message_count, 1)
  return object("sent_status", true, "message_id", id,
    "message", "Message sent to '" .. shown .. "' successfully.")
end

-- Removes the first message that equals the latest one: what Python's list.remove does.
local function delete_message(self, receiver_id)
  if not is_logged_in(self) then return object("error", no_user) end
  local inbox, shown = self.vars.inbox, values.str(receiver_id)
  for i = #inbox, 1, -1 do
    local receiver = parts_of(inbox[i])
    if values.equal(receiver, receiver_id) then
      values.remove_at(inbox, values.place_in(inbox, inbox[i]))
      return object("deleted_status", true, "receiver_id", receiver,
        "message", "Receiver " .. shown .. "'s latest message deleted successfully.")
    end
  end
  return object("error", "Receiver ID " .. shown .. " not found.")
end

local function view_messages_sent(self)
  if not is_logged_in(self) then return object("error", no_user) end
  local sent = object()
  for _, message in pairs(self.vars.inbox) do
    local receiver, text = parts_of(message)
    sent[receiver] = sent[receiver] or array()
    values.append(sent[receiver], copy(text))
  end
  return object("messages", sent)
end

local function add_contact(self, user_name)
  local users, shown = self.vars.user_map, values.str(user_name)
  local key = values.key_of(user_name)
  if users[key] ~= nil then return object("error", "User name '" .. shown .. "' already exists.") end
  self.vars.user_count = values.add(self.vars.user_count, 1)
  local digits = values.str(self.vars.user_count)
  local user_id = "USR" .. ("0"):rep(3 - #digits) .. digits
  if is_user_id(self, user_id) then return object("error", "User ID '" .. user_id .. "' already exists.") end
  users[key] = user_id
  return object("added_status", true, "user_id", user_id,
    "message", "Contact '" .. shown .. "' added successfully.")
end

local function search_messages(self, keyword)
  if not is_logged_in(self) then return object("error", no_user) end
  local wanted, results = values.lower(keyword), array()
  for _, message in pairs(self.vars.inbox) do
    local receiver, text = parts_of(message)
    if values.lower(text):find(wanted, 1, true) then
      values.append(results, object("receiver_id", receiver, "message", text))
    end
  end
  return object("results", results)
end

local function get_message_stats(self)
  if not is_logged_in(self) then return object("error", no_user) end
  local seen, contacts = {}, 0
  for _, message in pairs(self.vars.inbox) do
    local receiver = parts_of(message)
    if not seen[receiver] then contacts = contacts + 1 end
    seen[receiver] = true
  end
  return object("stats", object("received_count", #self.vars.inbox, "total_contacts", contacts))
end

return python.classes.define("MessageAPI", load, {
  list_users = method("", list_users),
  get_user_id = method("user", get_user_id),
  message_login = method("user_id", message_login),
  message_get_login_status = method("", message_get_login_status),
  send_message = method("receiver_id, message", send_message),
  delete_message = method("receiver_id", delete_message),
  view_messages_sent = method("", view_messages_sent),
  add_contact = method("user_name", add_contact),
  search_messages = method("keyword", search_messages),
  get_message_stats = method("", get_message_stats),
})
