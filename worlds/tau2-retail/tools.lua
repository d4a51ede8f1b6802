-- The shop of tau2-bench. Its tools stand in for Python methods over pydantic models, so an argument of the
-- wrong type answers what Python would say of it, at the place where Python would stumble.

local pydantic = "2.10"  -- The release that validation errors link to.

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

-- What a for loop sees of a value.
local function elements(value)
  local kind, seen = type_of(value), {}
  if kind == "str" then
    for _, code in utf8.codes(value) do seen[#seen + 1] = utf8.char(code) end
  elseif kind == "list" then
    for i, item in pairs(value) do seen[i] = item end
  elseif kind == "dict" then
    for key in pairs(value) do seen[#seen + 1] = key end
  else
    raise("'" .. kind .. "' object is not iterable")
  end
  return seen
end

local function length(value)
  local kind = type_of(value)
  if kind ~= "str" and kind ~= "list" and kind ~= "dict" then
    raise("object of type '" .. kind .. "' has no len()")
  end
  return #elements(value)
end

local function sorted(value)
  local all, result = elements(value), array()
  table.sort(all)
  for i, item in ipairs(all) do result[i] = item end
  return result
end

local function lower(value)
  if type(value) ~= "string" then raise("'" .. type_of(value) .. "' object has no attribute 'lower'") end
  return value:lower()
end

-- A key has to be hashable; one that is no string is just not there.
local function at(mapping, key)
  if is_array(key) or is_object(key) then raise("unhashable type: '" .. type_of(key) .. "'") end
  return type(key) == "string" and mapping[key] or nil
end

local function order_of(state, id)
  return at(state.orders, id) or raise("Order not found")
end

local function user_of(state, id)
  return at(state.users, id) or raise("User not found")
end

local function product_of(state, id)
  return at(state.products, id) or raise("Product not found")
end

local function variant_of(state, product_id, id)
  return at(product_of(state, product_id).variants, id) or raise("Variant not found")
end

local function method_of(state, user_id, id)
  return at(user_of(state, user_id).payment_methods, id) or raise("Payment method not found")
end

local function is_gift_card(method)
  return method.source == "gift_card"
end

local function credit(method, amount)
  method.balance = python.round(method.balance + amount, 2)
end

local function payment(kind, amount, method_id)
  return object("transaction_type", kind, "amount", amount + 0.0, "payment_method_id", method_id)
end

local function append(list, item)
  list[#list + 1] = item
end

local function starts_character(text, at)
  return text:byte(at) & 0xC0 ~= 0x80
end

-- Pydantic shows the two ends of a long value: it counts bytes, but tears no character.
local function excerpt(value)
  local whole = repr(value)
  if #whole <= 50 then return whole end
  local head, tail = 25, #whole - 23
  while not starts_character(whole, head + 1) do head = head - 1 end
  while not starts_character(whole, tail) do tail = tail + 1 end
  return whole:sub(1, head) .. "..." .. whole:sub(tail)
end

-- The members of an address in the model's order, all of them strings.
local function address_of(args)
  local address, problems = object(), {}
  for _, name in ipairs { "address1", "address2", "city", "country", "state", "zip" } do
    local value = args[name]
    address[name] = value
    if type(value) ~= "string" then
      problems[#problems + 1] = name .. "\n  Input should be a valid string [type=string_type, input_value="
        .. excerpt(value) .. ", input_type=" .. type_of(value)
        .. "]\n    For further information visit https://errors.pydantic.dev/" .. pydantic .. "/v/string_type"
    end
  end
  if #problems > 0 then
    raise(#problems .. " validation error" .. (#problems > 1 and "s" or "") .. " for UserAddress\n"
      .. table.concat(problems, "\n"))
  end
  return address
end

local later = { "cancel_reason", "exchange_items", "exchange_new_items", "exchange_payment_method_id",
                "exchange_price_difference", "return_items", "return_payment_method_id" }

-- An order has these members from the start, and shows them.
local function prepare(state)
  for _, order in pairs(state.orders) do
    for _, name in ipairs(later) do
      if order[name] == nil then order[name] = null end
    end
  end
end

local function calculate(_, args)
  for _, char in ipairs(elements(args.expression)) do
    if type(char) ~= "string" then
      raise("'in <string>' requires string as left operand, not " .. type_of(char))
    end
    if not ("0123456789+-*/(). "):find(char, 1, true) then raise("Invalid characters in expression") end
  end
  if type(args.expression) ~= "string" then raise("eval() arg 1 must be a string, bytes or code object") end
  local value, problem = python.calculate(args.expression)
  if value == nil then raise(problem) end
  return python.str(python.round(value + 0.0, 2))
end

local function transfer_to_human_agents()
  return "Transfer successful"
end

local function find_user_id_by_email(state, args)
  local email = lower(args.email)
  for id, user in pairs(state.users) do
    if user.email:lower() == email then return id end
  end
  raise("User not found")
end

local function find_user_id_by_name_zip(state, args)
  local first_name = lower(args.first_name)
  for id, user in pairs(state.users) do
    if user.name.first_name:lower() == first_name and user.name.last_name:lower() == lower(args.last_name)
      and user.address.zip == args.zip then
      return id
    end
  end
  raise("User not found")
end

local function get_user_details(state, args)
  return user_of(state, args.user_id)
end

local function get_order_details(state, args)
  return order_of(state, args.order_id)
end

local function get_product_details(state, args)
  return product_of(state, args.product_id)
end

local function list_all_product_types(state)
  local names, ids = {}, {}
  for _, product in pairs(state.products) do
    names[#names + 1] = product.name
    ids[product.name] = product.product_id
  end
  table.sort(names)
  local types = object()
  for _, name in ipairs(names) do types[name] = ids[name] end
  return types
end

local function cancel_pending_order(state, args)
  local order = order_of(state, args.order_id)
  if order.status ~= "pending" then raise("Non-pending order cannot be cancelled") end
  if not at(object("no longer needed", true, "ordered by mistake", true), args.reason) then
    raise("Invalid reason")
  end
  local refunds = {}
  for i, paid in pairs(order.payment_history) do
    refunds[i] = payment("refund", paid.amount, paid.payment_method_id)
    local method = method_of(state, order.user_id, paid.payment_method_id)
    if is_gift_card(method) then credit(method, paid.amount) end
  end
  order.status = "cancelled"
  order.cancel_reason = args.reason
  for _, refund in ipairs(refunds) do append(order.payment_history, refund) end
  return order
end

local function item_of(order, id)
  for _, item in pairs(order.items) do
    if item.item_id == id then return item end
  end
  raise("Item " .. str(id) .. " not found")
end

-- Raises for the first item that is asked for more often than the order has it.
local function check_items(order, item_ids, problem)
  local there, asked = {}, {}
  for _, item in pairs(order.items) do there[item.item_id] = (there[item.item_id] or 0) + 1 end
  local ids = elements(item_ids)
  for _, id in ipairs(ids) do
    if type(id) == "string" then asked[id] = (asked[id] or 0) + 1 end
  end
  for _, id in ipairs(ids) do
    if is_object(item_ids) then raise("'dict' object has no attribute 'count'") end
    if type(id) ~= "string" or asked[id] > (there[id] or 0) then raise(problem(str(id))) end
  end
end

-- What the new items cost more, unrounded, and the last of them.
local function price_difference(state, order, item_ids, new_item_ids, check_pair)
  local difference, variant = 0, nil
  local new_ids = elements(new_item_ids)
  for i, id in ipairs(elements(item_ids)) do
    if check_pair then check_pair(id, new_ids[i]) end
    local item = item_of(order, id)
    variant = variant_of(state, item.product_id, new_ids[i])
    if not variant.available then raise("New item " .. str(new_ids[i]) .. " not found or available") end
    difference = difference + (variant.price - item.price)
  end
  return difference, variant
end

local function exchange_delivered_order_items(state, args)
  local order = order_of(state, args.order_id)
  if order.status ~= "delivered" then raise("Non-delivered order cannot be exchanged") end
  check_items(order, args.item_ids, function(id) return "Number of " .. id .. " not found." end)
  if length(args.item_ids) ~= length(args.new_item_ids) then
    raise("The number of items to be exchanged should match.")
  end
  local difference = python.round(price_difference(state, order, args.item_ids, args.new_item_ids), 2)
  local method = method_of(state, order.user_id, args.payment_method_id)
  if is_gift_card(method) and method.balance < difference then
    raise("Insufficient gift card balance to pay for the price difference")
  end
  order.status = "exchange requested"
  order.exchange_items = sorted(args.item_ids)
  order.exchange_new_items = sorted(args.new_item_ids)
  order.exchange_payment_method_id = args.payment_method_id
  order.exchange_price_difference = difference
  return order
end

local function modify_pending_order_address(state, args)
  local order = order_of(state, args.order_id)
  if not order.status:find("pending", 1, true) then raise("Non-pending order cannot be modified") end
  order.address = address_of(args)
  return order
end

local function differ(id, new_id)
  if id == new_id then raise("The new item id should be different from the old item id") end
end

local function modify_pending_order_items(state, args)
  local order = order_of(state, args.order_id)
  if order.status ~= "pending" then raise("Non-pending order cannot be modified") end
  check_items(order, args.item_ids, function(id) return id .. " not found" end)
  if length(args.item_ids) ~= length(args.new_item_ids) then
    raise("The number of items to be exchanged should match")
  end
  local difference, last = price_difference(state, order, args.item_ids, args.new_item_ids, differ)
  local method = method_of(state, order.user_id, args.payment_method_id)
  if is_gift_card(method) and method.balance < difference then
    raise("Insufficient gift card balance to pay for the new item")
  end
  append(order.payment_history,
    payment(difference > 0 and "payment" or "refund", math.abs(difference), args.payment_method_id))
  if is_gift_card(method) then credit(method, -difference) end
  local new_ids = elements(args.new_item_ids)
  for i, id in ipairs(elements(args.item_ids)) do
    local item = item_of(order, id)
    item.item_id = new_ids[i]
    -- Upstream gives every item what the last new one costs and offers, and recordings show it.
    item.price = last.price
    item.options = last.options
  end
  order.status = "pending (item modified)"
  return order
end

local function modify_pending_order_payment(state, args)
  local order = order_of(state, args.order_id)
  if not order.status:find("pending", 1, true) then raise("Non-pending order cannot be modified") end
  local method = method_of(state, order.user_id, args.payment_method_id)
  local history = order.payment_history
  if #history ~= 1 or history[1].transaction_type ~= "payment" then
    raise("There should be exactly one payment for a pending order")
  end
  local old_id, amount = history[1].payment_method_id, history[1].amount
  if old_id == args.payment_method_id then
    raise("The new payment method should be different from the current one")
  end
  if is_gift_card(method) and method.balance < amount then
    raise("Insufficient gift card balance to pay for the order")
  end
  append(history, payment("payment", amount, args.payment_method_id))
  append(history, payment("refund", amount, old_id))
  if is_gift_card(method) then credit(method, -amount) end
  local old_method = method_of(state, order.user_id, old_id)
  if is_gift_card(old_method) then credit(old_method, amount) end
  return order
end

local function modify_user_address(state, args)
  local user = user_of(state, args.user_id)
  user.address = address_of(args)
  return user
end

local function return_delivered_order_items(state, args)
  local order = order_of(state, args.order_id)
  if order.status ~= "delivered" then raise("Non-delivered order cannot be returned") end
  local method = method_of(state, order.user_id, args.payment_method_id)
  if not is_gift_card(method) and args.payment_method_id ~= order.payment_history[1].payment_method_id then
    raise("Payment method should be the original payment method")
  end
  check_items(order, args.item_ids, function() return "Some item not found" end)
  order.status = "return requested"
  order.return_items = sorted(args.item_ids)
  order.return_payment_method_id = args.payment_method_id
  return order
end

return {
  prepare = prepare,
  calculate = calculate,
  transfer_to_human_agents = transfer_to_human_agents,
  find_user_id_by_email = find_user_id_by_email,
  find_user_id_by_name_zip = find_user_id_by_name_zip,
  get_user_details = get_user_details,
  get_order_details = get_order_details,
  get_product_details = get_product_details,
  list_all_product_types = list_all_product_types,
  cancel_pending_order = cancel_pending_order,
  exchange_delivered_order_items = exchange_delivered_order_items,
  modify_pending_order_address = modify_pending_order_address,
  modify_pending_order_items = modify_pending_order_items,
  modify_pending_order_payment = modify_pending_order_payment,
  modify_user_address = modify_user_address,
  return_delivered_order_items = return_delivered_order_items,
}
