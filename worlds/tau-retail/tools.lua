-- The tools of tau-bench's retail shop, by their described behaviour. A guard's text is the tool's answer.

local function find_user_id_by_email(state, args)
  local _, ids = where(state.users, "lower(email)", args.email:lower())
  return ids[1] or "Error: user not found"
end

local function find_user_id_by_name_zip(state, args)
  local first, last = args.first_name:lower(), args.last_name:lower()
  local found, ids = where(state.users, "address.zip", args.zip)
  for i, user in ipairs(found) do
    if user.name.first_name:lower() == first and user.name.last_name:lower() == last then return ids[i] end
  end
  return "Error: user not found"
end

local function get_user_details(state, args)
  return state.users[args.user_id] or "Error: user not found"
end

local function get_order_details(state, args)
  return state.orders[args.order_id] or "Error: order not found"
end

local function get_product_details(state, args)
  return state.products[args.product_id] or "Error: product not found"
end

local function list_all_product_types(state)
  local names, ids = {}, {}
  for _, product in pairs(state.products) do
    names[#names + 1] = product.name
    ids[product.name] = product.product_id
  end
  table.sort(names)
  local result = object()
  for _, name in ipairs(names) do result[name] = ids[name] end
  return result
end

local function is_gift_card(id)
  return id:find("gift_card", 1, true) ~= nil
end

local function credit(method, amount)
  method.balance = python.round(method.balance + amount, 2)
end

local function cancel_pending_order(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "pending" then return "Error: non-pending order cannot be cancelled" end
  if args.reason ~= "no longer needed" and args.reason ~= "ordered by mistake" then
    return "Error: invalid reason"
  end
  local refunds = {}
  for _, payment in pairs(order.payment_history) do
    refunds[#refunds + 1] = object("transaction_type", "refund", "amount", payment.amount,
      "payment_method_id", payment.payment_method_id)
    if is_gift_card(payment.payment_method_id) then
      credit(state.users[order.user_id].payment_methods[payment.payment_method_id], payment.amount)
    end
  end
  order.status = "cancelled"
  order.cancel_reason = args.reason
  for _, refund in ipairs(refunds) do order.payment_history[#order.payment_history + 1] = refund end
  return order
end

-- The first id that is asked for more often than it is there.
local function over_asked(order, item_ids)
  local there, asked = {}, {}
  for _, item in pairs(order.items) do there[item.item_id] = (there[item.item_id] or 0) + 1 end
  for _, id in pairs(item_ids) do asked[id] = (asked[id] or 0) + 1 end
  for _, id in pairs(item_ids) do
    if asked[id] > (there[id] or 0) then return id end
  end
end

local function item_of(order, id)
  for _, item in pairs(order.items) do
    if item.item_id == id then return item end
  end
end

-- What a change of items costs, unrounded, or a guard's text.
local function price_difference(state, order, item_ids, new_item_ids)
  local missing = over_asked(order, item_ids)
  if missing then return nil, "Error: " .. missing .. " not found" end
  if #item_ids ~= #new_item_ids then
    return nil, "Error: the number of items to be exchanged should match"
  end
  local difference = 0
  for i, id in pairs(item_ids) do
    local item = item_of(order, id)
    local variant = state.products[item.product_id].variants[new_item_ids[i]]
    if not variant or not variant.available then
      return nil, "Error: new item " .. new_item_ids[i] .. " not found or available"
    end
    difference = difference + (variant.price - item.price)
  end
  return difference
end

local function exchange_delivered_order_items(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "delivered" then return "Error: non-delivered order cannot be exchanged" end
  local difference, problem = price_difference(state, order, args.item_ids, args.new_item_ids)
  if problem then return problem end
  difference = python.round(difference, 2)
  local method = state.users[order.user_id].payment_methods[args.payment_method_id]
  if not method then return "Error: payment method not found" end
  if method.source == "gift_card" and method.balance < difference then
    return "Error: insufficient gift card balance to pay for the price difference"
  end
  local old, new = copy(args.item_ids), copy(args.new_item_ids)
  table.sort(old)
  table.sort(new)
  order.status = "exchange requested"
  order.exchange_items = old
  order.exchange_new_items = new
  order.exchange_payment_method_id = args.payment_method_id
  order.exchange_price_difference = difference
  return order
end

local function modify_pending_order_items(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "pending" then return "Error: non-pending order cannot be modified" end
  local difference, problem = price_difference(state, order, args.item_ids, args.new_item_ids)
  if problem then return problem end
  local method = state.users[order.user_id].payment_methods[args.payment_method_id]
  if not method then return "Error: payment method not found" end
  if method.source == "gift_card" and method.balance < difference then
    return "Error: insufficient gift card balance to pay for the new item"
  end
  order.payment_history[#order.payment_history + 1] = object(
    "transaction_type", difference > 0 and "payment" or "refund", "amount", math.abs(difference),
    "payment_method_id", args.payment_method_id)
  if method.source == "gift_card" then credit(method, -difference) end
  for i, id in pairs(args.item_ids) do
    local item = item_of(order, id)
    item.item_id = args.new_item_ids[i]
    local variant = state.products[item.product_id].variants[item.item_id]
    item.price = variant.price
    item.options = variant.options
  end
  order.status = "pending (item modified)"
  return order
end

local function address_of(args)
  return object("address1", args.address1, "address2", args.address2, "city", args.city, "state", args.state,
    "country", args.country, "zip", args.zip)
end

local function modify_pending_order_address(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "pending" then return "Error: non-pending order cannot be modified" end
  order.address = address_of(args)
  return order
end

local function modify_pending_order_payment(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "pending" then return "Error: non-pending order cannot be modified" end
  local methods = state.users[order.user_id].payment_methods
  local new = methods[args.payment_method_id]
  if not new then return "Error: payment method not found" end
  local history = order.payment_history
  if #history > 1 or history[1].transaction_type ~= "payment" then
    return "Error: there should be exactly one payment for a pending order"
  end
  local old_id, amount = history[1].payment_method_id, history[1].amount
  if old_id == args.payment_method_id then
    return "Error: the new payment method should be different from the current one"
  end
  if new.source == "gift_card" and new.balance < amount then
    return "Error: insufficient gift card balance to pay for the order"
  end
  history[2] = object("transaction_type", "payment", "amount", amount, "payment_method_id", args.payment_method_id)
  history[3] = object("transaction_type", "refund", "amount", amount, "payment_method_id", old_id)
  if new.source == "gift_card" then credit(new, -amount) end
  if is_gift_card(old_id) then credit(methods[old_id], amount) end
  return order
end

local function modify_user_address(state, args)
  local user = state.users[args.user_id]
  if not user then return "Error: user not found" end
  user.address = address_of(args)
  return user
end

local function return_delivered_order_items(state, args)
  local order = state.orders[args.order_id]
  if not order then return "Error: order not found" end
  if order.status ~= "delivered" then return "Error: non-delivered order cannot be returned" end
  if not state.users[order.user_id].payment_methods[args.payment_method_id] then
    return "Error: payment method not found"
  end
  if not is_gift_card(args.payment_method_id)
    and args.payment_method_id ~= order.payment_history[1].payment_method_id then
    return "Error: payment method should be either the original payment method or a gift card"
  end
  if over_asked(order, args.item_ids) then return "Error: some item not found" end
  local items = copy(args.item_ids)
  table.sort(items)
  order.status = "return requested"
  order.return_items = items
  order.return_payment_method_id = args.payment_method_id
  return order
end

return {
  find_user_id_by_email = find_user_id_by_email,
  find_user_id_by_name_zip = find_user_id_by_name_zip,
  get_user_details = get_user_details,
  get_order_details = get_order_details,
  get_product_details = get_product_details,
  list_all_product_types = list_all_product_types,
  cancel_pending_order = cancel_pending_order,
  exchange_delivered_order_items = exchange_delivered_order_items,
  modify_pending_order_items = modify_pending_order_items,
  modify_pending_order_address = modify_pending_order_address,
  modify_pending_order_payment = modify_pending_order_payment,
  modify_user_address = modify_user_address,
  return_delivered_order_items = return_delivered_order_items,
}
