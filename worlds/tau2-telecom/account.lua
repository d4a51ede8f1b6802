-- The agent's side of tau2-bench's telecom world: customers, lines, bills. Its tools stand in for Python
-- methods over pydantic models, so an argument of the wrong type answers what Python would say of it.

-- The clock stands still on the 25th of February 2025; dates are texts, as upstream shows them.
local today = now:sub(1, 10)
local last_month = { first = "2025-01-01", due = "2025-01-15", last = "2025-01-31" }
local next_month = { first = "2025-03-01", due = "2025-03-15", last = "2025-03-31" }
local cycle_end = "2025-02-28"

local function raise(text)
  fail("Error: " .. text)
end

local function type_of(value)
  if is_array(value) then return "list" end
  if is_object(value) then return "dict" end
  if value == null then return "NoneType" end
  if type(value) == "number" then return math.type(value) == "integer" and "int" or "float" end
  return type(value) == "boolean" and "bool" or "str"
end

-- As Python's repr; the host's own shows an object as sorted pairs.
local function repr(value)
  local parts = {}
  if is_array(value) then
    for i, item in pairs(value) do parts[i] = repr(item) end
    return "[" .. table.concat(parts, ", ") .. "]"
  elseif is_object(value) then
    for key, item in pairs(value) do parts[#parts + 1] = python.repr(key) .. ": " .. repr(item) end
    return "{" .. table.concat(parts, ", ") .. "}"
  end
  return python.repr(value)
end

local function str(value)
  return type(value) == "string" and value or repr(value)
end

local function no_member(value, name)
  raise("'" .. type_of(value) .. "' object has no attribute '" .. name .. "'")
end

-- The first row whose member has this value.
local function find(rows, member, value)
  for _, row in pairs(rows) do
    if row[member] == value then return row end
  end
end

local function has(list, value)
  for _, item in pairs(list) do
    if item == value then return true end
  end
  return false
end

local function append(list, item)
  list[#list + 1] = item
end

local function line_of(state, id)
  return find(state.agent.lines, "line_id", id) or raise("Line with ID " .. str(id) .. " not found")
end

local function plan_of(state, id)
  return find(state.agent.plans, "plan_id", id) or raise("Plan with ID " .. str(id) .. " not found")
end

local function device_of(state, id)
  return find(state.agent.devices, "device_id", id) or raise("Device with ID " .. str(id) .. " not found")
end

local function bill_of(state, id)
  return find(state.agent.bills, "bill_id", id) or raise("Bill with ID " .. str(id) .. " not found")
end

local function customer_of(state, id)
  return find(state.agent.customers, "customer_id", id)
    or raise("Customer with ID " .. str(id) .. " not found")
end

local function customers_line(state, args)
  local customer = customer_of(state, args.customer_id)
  if not has(customer.line_ids, args.line_id) then
    raise("Line " .. str(args.line_id) .. " not found for customer " .. str(args.customer_id))
  end
  return line_of(state, args.line_id)
end

local function customer_with_phone(state, number)
  for _, customer in pairs(state.agent.customers) do
    if customer.phone_number == number then return customer end
    for _, id in pairs(customer.line_ids) do
      if line_of(state, id).phone_number == number then return customer end
    end
  end
  raise("Customer with phone number " .. str(number) .. " not found")
end

-- A customer's bills of one status, in the customer's order.
local function bills_with_status(state, customer, status)
  local bills = {}
  for _, id in pairs(customer.bill_ids) do
    local bill = bill_of(state, id)
    if bill.status == status then bills[#bills + 1] = bill end
  end
  return bills
end

local function get_customer_by_phone(state, args)
  return customer_with_phone(state, args.phone_number)
end

local function get_customer_by_id(state, args)
  return customer_of(state, args.customer_id)
end

local function get_customer_by_name(state, args)
  if type(args.full_name) ~= "string" then no_member(args.full_name, "lower") end
  local found = array()
  for _, customer in pairs(state.agent.customers) do
    if customer.full_name:lower() == args.full_name:lower() and customer.date_of_birth == args.dob then
      append(found, customer)
    end
  end
  return found
end

local by_letter = { L = line_of, D = device_of, B = bill_of, C = customer_of, P = plan_of }

local function get_details_by_id(state, args)
  if type(args.id) ~= "string" then no_member(args.id, "startswith") end
  local look_up = by_letter[args.id:sub(1, 1)]
  return look_up and look_up(state, args.id) or raise("Unknown ID format or type: " .. args.id)
end

local function suspend_line(state, args)
  local line = customers_line(state, args)
  if line.status ~= "Active" then raise("Line must be active to suspend") end
  line.status = "Suspended"
  line.suspension_start_date = today
  return object("message", "Line suspended successfully. $5/month holding fee will apply.", "line", line)
end

local function resume_line(state, args)
  local line = customers_line(state, args)
  if line.status ~= "Suspended" and line.status ~= "Pending Activation" then
    raise("Line must be suspended to resume")
  end
  line.status = "Active"
  line.suspension_start_date = null
  return object("message", "Line resumed successfully", "line", line)
end

-- Where a slice that ends there ends.
local function slice_end(limit, size)
  if limit == nil then return 12 end
  if limit == null then return size end
  if type(limit) == "boolean" then return limit and 1 or 0 end
  if type_of(limit) ~= "int" then
    raise("slice indices must be integers or None or have an __index__ method")
  end
  return limit < 0 and size + limit or limit
end

local function get_bills_for_customer(state, args)
  local customer = customer_of(state, args.customer_id)
  local newest_first = {}
  for _, id in pairs(customer.bill_ids) do
    local bill = bill_of(state, id)
    local place = #newest_first + 1
    while place > 1 and newest_first[place - 1].issue_date < bill.issue_date do place = place - 1 end
    table.insert(newest_first, place, bill)
  end
  local last, shown = slice_end(args.limit, #newest_first), array()
  for i, bill in ipairs(newest_first) do
    if i <= last then append(shown, bill) end
  end
  return shown
end

local function send_payment_request(state, args)
  local customer = customer_of(state, args.customer_id)
  if #bills_with_status(state, customer, "Awaiting Payment") > 0 then
    raise("A bill is already awaiting payment for this customer")
  end
  if not has(customer.bill_ids, args.bill_id) then
    raise("Bill " .. str(args.bill_id) .. " not found for customer " .. str(args.customer_id))
  end
  local bill = bill_of(state, args.bill_id)
  bill.status = "Awaiting Payment"
  return "Payment request sent to the customer for bill " .. bill.bill_id
end

-- Upstream shows the numbers of a plain dictionary as texts.
local function get_data_usage(state, args)
  local line = customers_line(state, args)
  local plan = plan_of(state, line.plan_id)
  return object("line_id", args.line_id, "data_used_gb", str(line.data_used_gb),
    "data_limit_gb", str(plan.data_limit_gb), "data_refueling_gb", str(line.data_refueling_gb),
    "cycle_end_date", cycle_end)
end

local function enable_roaming(state, args)
  local line = customers_line(state, args)
  if line.roaming_enabled then return "Roaming was already enabled" end
  line.roaming_enabled = true
  return "Roaming enabled successfully"
end

local function disable_roaming(state, args)
  local line = customers_line(state, args)
  if not line.roaming_enabled then return "Roaming was already disabled" end
  line.roaming_enabled = false
  return "Roaming disabled successfully"
end

local function transfer_to_human_agents()
  return "Transfer successful"
end

local function new_bill(id, customer_id, month, status)
  return object("bill_id", id, "customer_id", customer_id, "period_start", month.first,
    "period_end", month.last, "issue_date", month.first, "total_due", 0.0, "due_date", month.due,
    "line_items", array(), "status", status)
end

local function charge(bill, description, amount)
  append(bill.line_items, object("description", description, "amount", amount, "date", today,
    "item_type", amount < 0 and "Credit" or "Charge"))
  bill.total_due = bill.total_due + amount
end

-- Where the next charge goes. Upstream draws a new bill's id at random; a count serves as well.
local function draft_bill(state, customer)
  local draft = bills_with_status(state, customer, "Draft")[1]
  if draft then return draft end
  local bills = state.agent.bills
  local id = string.format("B%08x", #bills + 1)
  append(bills, new_bill(id, customer.customer_id, next_month, "Draft"))
  append(customer.bill_ids, id)
  return bills[#bills]
end

local function refuel_data(state, args)
  local line = customers_line(state, args)
  local amount = args.gb_amount
  if type(amount) == "boolean" then amount = amount and 1 or 0 end
  if type(amount) ~= "number" then
    raise("'<=' not supported between instances of '" .. type_of(amount) .. "' and 'int'")
  end
  if amount <= 0 then raise("Refuel amount must be positive") end
  local price = plan_of(state, line.plan_id).data_refueling_price_per_gb
  local cost, shown = amount * price, str(args.gb_amount)
  line.data_refueling_gb = line.data_refueling_gb + amount
  charge(draft_bill(state, customer_of(state, args.customer_id)),
    "Data refueling: " .. shown .. " GB at $" .. str(price) .. "/GB", cost)
  local message = "Successfully added " .. shown .. " GB of data for line " .. args.line_id .. " for $"
    .. string.format("%.2f", cost)
  return object("message", message, "new_data_refueling_gb", str(line.data_refueling_gb), "charge", str(cost))
end

-- What tasks call before the first turn.

local function get_available_plan_ids(state)
  local ids = array()
  for _, plan in pairs(state.agent.plans) do append(ids, plan.plan_id) end
  return ids
end

local function set_data_usage(state, args)
  customers_line(state, args).data_used_gb = args.data_used_gb
  return "Data usage set to " .. str(args.data_used_gb) .. " GB for line " .. str(args.line_id)
end

local function suspend_line_for_overdue_bill(state, args)
  local line = line_of(state, args.line_id)
  if line.status ~= "Active" then raise("Line must be active to suspend for unpaid bill") end
  local amount = plan_of(state, line.plan_id).price_per_month
  if amount <= 0 then raise("Amount must be positive for overdue bill") end
  local customer = customer_of(state, args.customer_id)
  if #bills_with_status(state, customer, "Overdue") > 0 then raise("Customer already has an overdue bill") end
  local bill = new_bill(args.new_bill_id, args.customer_id, last_month, "Overdue")
  charge(bill, "Charge for line " .. line.line_id, amount)
  append(state.agent.bills, bill)
  append(customer.bill_ids, args.new_bill_id)
  line.status = "Suspended"
  line.suspension_start_date = today
  if args.contract_ended then line.contract_end_date = last_month.last end
  return "Line " .. args.line_id .. " suspended for unpaid bill " .. args.new_bill_id .. ". Contract ended: "
    .. str(args.contract_ended)
end

-- What tasks ask in the end.

local function assert_data_refueling_amount(state, args)
  return math.abs(customers_line(state, args).data_refueling_gb - args.expected_amount) < 1e-6
end

local function assert_line_status(state, args)
  return customers_line(state, args).status == args.expected_status
end

local function assert_overdue_bill_exists(state, args)
  local customer = customer_of(state, args.customer_id)
  if not has(customer.bill_ids, args.overdue_bill_id) then
    raise("Overdue bill " .. args.overdue_bill_id .. " not found")
  end
  if bill_of(state, args.overdue_bill_id).status ~= "Overdue" then
    raise("Overdue bill " .. args.overdue_bill_id .. " is not overdue")
  end
  return true
end

local function assert_no_overdue_bill(state, args)
  local bill = find(state.agent.bills, "bill_id", args.overdue_bill_id)
  return bill == nil or bill.status == "Paid"
end

-- After every call the user's surroundings follow the line, and a payment reaches the bill.
local function sync(state)
  local around = state.user.surroundings
  local number = around.phone_number
  if number == null then return end
  local line = find(state.agent.lines, "phone_number", number)
    or raise("Line with phone number " .. str(number) .. " not found")
  around.line_active = line.status == "Active"
  around.roaming_allowed = line.roaming_enabled
  local plan = plan_of(state, line.plan_id)
  around.mobile_data_usage_exceeded = line.data_used_gb >= plan.data_limit_gb + line.data_refueling_gb
  local request = around.payment_request
  if request ~= null and request.paid then
    bill_of(state, request.bill_id).status = "Paid"
    around.payment_request = null
  end
  if around.payment_request == null then
    local bill = bills_with_status(state, customer_with_phone(state, number), "Awaiting Payment")[1]
    if bill then
      around.payment_request = object("bill_id", bill.bill_id, "amount_due", bill.total_due, "paid", false)
    end
  end
end

return {
  get_customer_by_phone = get_customer_by_phone,
  get_customer_by_id = get_customer_by_id,
  get_customer_by_name = get_customer_by_name,
  get_details_by_id = get_details_by_id,
  suspend_line = suspend_line,
  resume_line = resume_line,
  get_bills_for_customer = get_bills_for_customer,
  send_payment_request = send_payment_request,
  get_data_usage = get_data_usage,
  enable_roaming = enable_roaming,
  disable_roaming = disable_roaming,
  transfer_to_human_agents = transfer_to_human_agents,
  refuel_data = refuel_data,
  get_available_plan_ids = get_available_plan_ids,
  set_data_usage = set_data_usage,
  suspend_line_for_overdue_bill = suspend_line_for_overdue_bill,
  assert_data_refueling_amount = assert_data_refueling_amount,
  assert_line_status = assert_line_status,
  assert_overdue_bill_exists = assert_overdue_bill_exists,
  assert_no_overdue_bill = assert_no_overdue_bill,
  sync = sync,
}
