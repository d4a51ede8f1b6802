-- TicketAPI: a queue of support tickets.

local values, method, constant = python.values, python.classes.method, python.classes.constant

local function load(scenario)
  return object(
    "ticket_queue", scenario.ticket_queue or array(),
    "ticket_counter", scenario.ticket_counter or 1,
    "current_user", scenario.current_user or null)
end

local function is_logged_in(self)
  return values.truth(self.vars.current_user)
end

local function not_found(ticket_id)
  return object("error", "Ticket with ID " .. values.str(ticket_id) .. " not found.")
end

local function find_ticket(self, ticket_id)
  for _, ticket in pairs(self.vars.ticket_queue) do
    if values.equal(values.item(ticket, "id"), ticket_id) then return ticket end
  end
end

local function create_ticket(self, title, description, priority)
  local vars = self.vars
  if not is_logged_in(self) then
    return object("error", "User not authenticated. Please log in to create a ticket.")
  end
  if values.compare("<", priority, 1) or values.compare(">", priority, 5) then
    return object("error", "Invalid priority. Priority must be between 1 and 5.")
  end
  local ticket = object("id", vars.ticket_counter, "title", title, "description", description,
    "status", "Open", "priority", priority, "created_by", vars.current_user)
  values.append(vars.ticket_queue, ticket)
  vars.ticket_counter = values.add(vars.ticket_counter, 1)
  return ticket
end

local function get_ticket(self, ticket_id)
  return find_ticket(self, ticket_id) or not_found(ticket_id)
end

local function close_ticket(self, ticket_id)
  local ticket = find_ticket(self, ticket_id)
  if not ticket then return not_found(ticket_id) end
  local shown = values.str(ticket_id)
  if values.item(ticket, "status") == "Closed" then
    return object("error", "Ticket with ID " .. shown .. " is already closed.")
  end
  ticket.status = "Closed"
  return object("status", "Ticket " .. shown .. " has been closed successfully.")
end

local function resolve_ticket(self, ticket_id, resolution)
  local ticket = find_ticket(self, ticket_id)
  if not ticket then return not_found(ticket_id) end
  local shown = values.str(ticket_id)
  if values.item(ticket, "status") == "Resolved" then
    return object("error", "Ticket with ID " .. shown .. " is already resolved.")
  end
  ticket.status = "Resolved"
  ticket.resolution = resolution
  return object("status", "Ticket " .. shown .. " has been resolved successfully.")
end

local editable = {title = true, description = true, status = true, priority = true}

-- Several wrong fields are a Python set, whose order differs from process to process: here, as they came.
local function edit_ticket(self, ticket_id, updates)
  local ticket = find_ticket(self, ticket_id)
  if not ticket then return not_found(ticket_id) end
  values.need_type(updates, "dict", "keys")
  local wrong = {}
  for key in pairs(updates) do
    if not editable[key] then wrong[#wrong + 1] = key end
  end
  if #wrong > 0 then return object("error", "Invalid fields for update: " .. table.concat(wrong, ", ")) end
  for key, value in pairs(updates) do
    if value ~= null then ticket[key] = value end
  end
  return object("status", "Ticket " .. values.str(ticket_id) .. " has been updated successfully.")
end

local function ticket_login(self, username, password)
  local success = values.truth(username) and values.truth(password)
  if success then self.vars.current_user = username end
  return object("success", success)
end

local function ticket_get_login_status(self)
  return object("login_status", is_logged_in(self))
end

local function logout(self)
  local success = is_logged_in(self)
  if success then self.vars.current_user = null end
  return object("success", success)
end

local function get_user_tickets(self, status)
  if not is_logged_in(self) then
    return array(object("error", "User not authenticated. Please log in to view tickets."))
  end
  local own = {}
  for _, ticket in pairs(self.vars.ticket_queue) do
    if values.equal(values.item(ticket, "created_by"), self.vars.current_user) then own[#own + 1] = ticket end
  end
  local found = array()
  local all = not values.truth(status)
  for _, ticket in ipairs(own) do
    local wanted = all or values.lower(values.item(ticket, "status")) == values.lower(status)
    if wanted then values.append(found, copy(ticket)) end
  end
  return found
end

return python.classes.define("TicketAPI", load, {
  create_ticket = method("title, description, priority", create_ticket,
    {description = constant(""), priority = constant(1)}),
  get_ticket = method("ticket_id", get_ticket),
  close_ticket = method("ticket_id", close_ticket),
  resolve_ticket = method("ticket_id, resolution", resolve_ticket),
  edit_ticket = method("ticket_id, updates", edit_ticket),
  ticket_login = method("username, password", ticket_login),
  ticket_get_login_status = method("", ticket_get_login_status),
  logout = method("", logout),
  get_user_tickets = method("status", get_user_tickets, {status = constant(null)}),
})
