-- TradingBot: stocks, orders, an account and a watch list.

local values, classes = python.values, python.classes
local method, constant = classes.method, classes.constant

local function default_orders()
  return object(
    "12345", object("id", 12345, "order_type", "Buy", "symbol", "AAPL", "price", 210.65, "amount", 10,
      "status", "Completed"),
    "12446", object("id", 12446, "order_type", "Sell", "symbol", "GOOG", "price", 2840.56, "amount", 5,
      "status", "Pending"))
end

local function stock(price, percent_change, volume, ma_5, ma_20)
  return object("price", price, "percent_change", percent_change, "volume", volume, "MA(5)", ma_5,
    "MA(20)", ma_20)
end

local function default_stocks()
  return object(
    "AAPL", stock(227.16, 0.17, 2.552, 227.11, 227.09),
    "GOOG", stock(2840.34, 0.24, 1.123, 2835.67, 2842.15),
    "TSLA", stock(667.92, -0.12, 1.654, 671.15, 668.2),
    "MSFT", stock(310.23, 0.09, 3.234, 309.88, 310.11),
    "NVDA", stock(220.34, 0.34, 1.234, 220.45, 220.67),
    "ALPH", stock(1320.45, -0.08, 1.567, 1321.12, 1325.78),
    "OMEG", stock(457.23, 0.12, 2.345, 456.78, 458.12),
    "QUAS", stock(725.89, -0.03, 1.789, 726.45, 728.0),
    "NEPT", stock(88.34, 0.19, 0.654, 88.21, 88.67),
    "SYNX", stock(345.67, 0.11, 2.112, 345.34, 346.12),
    "ZETA", stock(22.09, -0.05, 0.789, 22.12, 22.34))
end

-- A scenario's orders are by number where the key is one, by text where it is not.
local function orders_of(scenario)
  if not scenario.orders then return default_orders() end
  local orders = object()
  for key, order in pairs(scenario.orders) do
    local id = key:find("^%d+$") and math.tointeger(tonumber(key)) or key
    orders[values.number_key(id)] = order
  end
  return orders
end

local function load(scenario, long_context)
  local vars = object(
    "orders", orders_of(scenario),
    "account_info", scenario.account_info
      or object("account_id", 12345, "balance", 10000.0, "binding_card", 1974202140965533),
    "authenticated", scenario.authenticated or false,
    "market_status", scenario.market_status or "Closed",
    "order_counter", scenario.order_counter or 12446,
    "stocks", scenario.stocks or default_stocks(),
    "watch_list", scenario.watch_list or array("NVDA"),
    "transaction_history", scenario.transaction_history or array(),
    "long_context", long_context)
  return vars, object("random", object("seed", scenario.random_seed or 1053520, "drawn", 0))
end

local function refused(self, to_do)
  if values.truth(self.vars.authenticated) then return nil end
  return object("error", "User not authenticated. Please log in to " .. to_do .. ".")
end

-- A moment in the day that follows 2024-09-01 10:30. Upstream draws it in local time and shows it so: what is
-- shown is the same in every zone that changes no clock on that day.
local function transaction_timestamp(self)
  local second = python.random(self.private.random):randint(0, 86400) + 37800
  local day, of_day = 1 + second // 86400, second % 86400
  return ("2024-09-%02d %02d:%02d:%02d"):format(day, of_day // 3600, of_day // 60 % 60, of_day % 60)
end

local function get_current_time()
  return object("current_time", "10:30 AM")
end

local symbols = {
  Apple = "AAPL", Google = "GOOG", Tesla = "TSLA", Microsoft = "MSFT", Nvidia = "NVDA", Amazon = "AMZN",
  Gorilla = "GORI", ["Zeta Corp"] = "ZETA", ["Alpha Tech"] = "ALPH", ["Omega Industries"] = "OMEG",
  ["Quasar Ltd."] = "QUAS", ["Neptune Systems"] = "NEPT", ["Synex Solutions"] = "SYNX",
}

local function get_symbol_by_name(_, name)
  return object("symbol", symbols[values.key_of(name)] or "Stock not found")
end

local function get_stock_info(self, symbol)
  local known = values.get(self.vars.stocks, symbol)
  if known == nil then
    return object("error", "Stock with symbol '" .. values.str(symbol) .. "' not found.")
  end
  if not self.long_context then return known end
  known = copy(values.need_type(known, "dict", "copy"))
  known["MA(5)"] = classes.extension(self.state, "MA_5_EXTENSION")
  known["MA(20)"] = classes.extension(self.state, "MA_20_EXTENSION")
  return known
end

local function order_of(self, order_id)
  return self.vars.orders[values.number_key(order_id)]
end

local function order_ids(self)
  local ids = array()
  for key in pairs(self.vars.orders) do
    local text = key:match("^['\"](.*)['\"]$")
    values.append(ids, text or math.tointeger(tonumber(key)))
  end
  return ids
end

-- The texts of the extension have a place for the symbol.
local function with_metadata(self, order)
  order = copy(order)
  local symbol = values.str(values.item(order, "symbol")):gsub("%%", "%%%%")
  local metadata = object()
  for key, text in pairs(classes.extension(self.state, "ORDER_DETAIL_EXTENSION")) do
    metadata[key] = text:gsub("{symbol}", symbol)
  end
  order.metadata = metadata
  return order
end

local function get_order_details(self, order_id)
  local order = order_of(self, order_id)
  if order == nil then
    return object("error", "Order with ID " .. values.str(order_id) .. " not found."
      .. "Here is the list of orders_id: " .. values.repr(order_ids(self)))
  end
  if not self.long_context then return order end
  if is_array(order) then values.item(order, "symbol") end
  return with_metadata(self, values.need_type(order, "dict", "copy"))
end

local function cancel_order(self, order_id)
  local order, shown = order_of(self, order_id), values.str(order_id)
  if order == nil then return object("error", "Order with ID " .. shown .. " not found.") end
  if values.item(order, "status") == "Completed" then
    return object("error", "Can't cancel order " .. shown .. ". Order is already completed.")
  end
  order.status = "Cancelled"
  return object("order_id", order_id, "status", "Cancelled")
end

local function money(amount)
  return ("$%.2f"):format(values.to_float(amount))
end

local function to_int(value)
  return math.type(value) == "float" and math.tointeger(value < 0 and math.ceil(value) or math.floor(value))
    or values.number(value)
end

-- What a purchase lacks; nil when the account has enough for it.
local function unaffordable(self, price, amount)
  local cost = values.to_float(price) * (to_int(amount) + 0.0)
  local balance = values.get(self.vars.account_info, "balance") or 0
  if not values.compare(">", cost, balance) then return nil end
  return object("error", "Insufficient funds: required " .. money(cost) .. " but only " .. money(balance)
    .. " available.")
end

local function place_order(self, order_type, symbol, price, amount)
  local vars = self.vars
  local problem = refused(self, "place an order")
  if problem then return problem end
  if values.get(vars.stocks, symbol) == nil then
    return object("error", "Invalid stock symbol: " .. values.str(symbol))
  end
  if values.compare("<=", price, 0) or values.compare("<=", amount, 0) then
    return object("error", "Price and amount must be positive values.")
  end
  if values.lower(order_type) == "buy" then
    problem = unaffordable(self, price, amount)
    if problem then return problem end
  end
  local id = vars.order_counter
  price = values.to_float(price)
  vars.orders[values.number_key(id)] = object("id", id, "order_type", order_type, "symbol", symbol,
    "price", price, "amount", amount, "status", "Open")
  vars.order_counter = values.add(id, 1)
  return object("order_id", id, "order_type", order_type, "status", "Pending", "price", price,
    "amount", amount)
end

local function note_transaction(self, kind, amount)
  values.append(self.vars.transaction_history,
    object("type", kind, "amount", amount, "timestamp", transaction_timestamp(self)))
end

local function withdraw_funds(self, amount)
  local account = self.vars.account_info
  local problem = refused(self, "make a transaction")
  if problem then return problem end
  if self.vars.market_status ~= "Open" then
    return object("error", "Market is closed. Transactions are not allowed.")
  end
  if values.compare("<=", amount, 0) then return object("error", "Transaction amount must be positive.") end
  if values.compare(">", amount, values.item(account, "balance")) then
    return object("error", "Insufficient funds for withdrawal.")
  end
  account.balance = values.subtract(account.balance, amount, "-=")
  note_transaction(self, "withdrawal", amount)
  return object("status", "Withdrawal successful", "new_balance", account.balance)
end

local function get_account_info(self)
  return refused(self, "view account information") or self.vars.account_info
end

local function trading_login(self)
  if values.truth(self.vars.authenticated) then return object("status", "Already logged in") end
  self.vars.authenticated = true
  return object("status", "Logged in successfully")
end

local function trading_get_login_status(self)
  return object("status", values.truth(self.vars.authenticated))
end

local function trading_logout(self)
  if not values.truth(self.vars.authenticated) then
    return object("status", "No user is currently logged in")
  end
  self.vars.authenticated = false
  return object("status", "Logged out successfully")
end

local function fund_account(self, amount)
  local account = self.vars.account_info
  local problem = refused(self, "fund the account")
  if problem then return problem end
  if values.compare("<=", amount, 0) then return object("error", "Funding amount must be positive.") end
  account.balance = values.add(values.item(account, "balance"), amount, "+=")
  note_transaction(self, "deposit", amount)
  return object("status", "Account funded successfully", "new_balance", account.balance)
end

local function remove_stock_from_watchlist(self, symbol)
  local problem = refused(self, "modify the watchlist")
  if problem then return problem end
  local place = values.place_in(self.vars.watch_list, symbol)
  if not place then return object("error", "Stock " .. values.str(symbol) .. " not found in watchlist.") end
  values.remove_at(self.vars.watch_list, place)
  return object("status", "Stock " .. values.str(symbol) .. " removed from watchlist successfully.")
end

-- With the long context it is a bare list, one of whose items is no JSON: an object {python: its repr}.
local function long_watchlist(self)
  local shown = {}
  for _, list in ipairs {self.vars.watch_list, classes.extension(self.state, "WATCH_LIST_EXTENSION")} do
    for _, one in pairs(list) do shown[#shown + 1] = is_object(one) and one.python or values.repr(one) end
  end
  return "[" .. table.concat(shown, ", ") .. "]"
end

local function get_watchlist(self)
  if not values.truth(self.vars.authenticated) then
    return array("Error: User not authenticated. Please log in to view the watchlist.")
  end
  if self.long_context then return long_watchlist(self) end
  return object("watchlist", self.vars.watch_list)
end

local function get_order_history(self)
  local problem = refused(self, "view order history")
  if problem then return array(problem) end
  return object("history", order_ids(self))
end

local function get_transaction_history(self, start_date, end_date)
  local problem = refused(self, "view transaction history")
  if problem then return array(problem) end
  local first = values.truth(start_date) and values.need_date(start_date, "%Y-%m-%d")
  local last = values.truth(end_date) and values.need_date(end_date, "%Y-%m-%d")
  local found = array()
  for _, one in pairs(self.vars.transaction_history) do
    local seconds = values.need_date(values.item(one, "timestamp"), "%Y-%m-%d %H:%M:%S").seconds
    local inside = (not first or first.seconds <= seconds) and (not last or seconds <= last.seconds)
    if inside then values.append(found, copy(one)) end
  end
  if self.long_context then
    for _, one in pairs(classes.extension(self.state, "TRANSACTION_HISTORY_EXTENSION")) do
      values.append(found, copy(one))
    end
  end
  return object("transaction_history", found)
end

local sectors = {
  Technology = {"TECHNOLOGY_EXTENSION", "AAPL", "GOOG", "MSFT", "NVDA"},
  Automobile = {"AUTOMOBILE_EXTENSION", "TSLA", "F", "GM"},
}

local function get_available_stocks(self, sector)
  local known, list = sectors[values.key_of(sector)], array()
  if known then
    for i = 2, #known do values.append(list, known[i]) end
  end
  if known and self.long_context then
    for _, symbol in pairs(classes.extension(self.state, known[1])) do values.append(list, symbol) end
  end
  return object("stock_list", list)
end

local function filter_stocks_by_price(self, stocks, min_price, max_price)
  local found = array()
  for _, symbol in ipairs(values.iterate(stocks)) do
    local known = values.get(self.vars.stocks, symbol) or object()
    local price = values.get(values.need_type(known, "dict", "get"), "price") or 0
    if values.compare(">=", price, min_price) and values.compare("<=", price, max_price) then
      values.append(found, symbol)
    end
  end
  return object("filtered_stocks", found)
end

local function add_to_watchlist(self, symbol)
  local watch_list = self.vars.watch_list
  if not values.place_in(watch_list, symbol) and values.get(self.vars.stocks, symbol) ~= nil then
    values.append(watch_list, symbol)
  end
  return object("watchlist", watch_list)
end

local function absolute(value)
  local known = values.number(value)
  if not known then values.raise("bad operand type for abs(): '" .. values.type_name(value) .. "'") end
  return math.abs(known)
end

local function notify_price_change(self, stocks, threshold)
  local changed = {}
  for _, symbol in ipairs(values.iterate(stocks)) do
    local known = values.get(self.vars.stocks, symbol)
    if known and values.compare(">=", absolute(values.item(known, "percent_change")), threshold) then
      changed[#changed + 1] = symbol
    end
  end
  if #changed == 0 then
    return object("notification", "No significant price changes in the selected stocks.")
  end
  local named = table.concat(changed, ", ")
  return object("notification", "Stocks " .. named .. " have significant price changes.")
end

local no_dates = {start_date = constant(null), end_date = constant(null)}

return classes.define("TradingBot", load, {
  get_current_time = method("", get_current_time),
  get_symbol_by_name = method("name", get_symbol_by_name),
  get_stock_info = method("symbol", get_stock_info),
  get_order_details = method("order_id", get_order_details),
  cancel_order = method("order_id", cancel_order),
  place_order = method("order_type, symbol, price, amount", place_order),
  withdraw_funds = method("amount", withdraw_funds),
  get_account_info = method("", get_account_info),
  trading_login = method("username, password", trading_login),
  trading_get_login_status = method("", trading_get_login_status),
  trading_logout = method("", trading_logout),
  fund_account = method("amount", fund_account),
  remove_stock_from_watchlist = method("symbol", remove_stock_from_watchlist),
  get_watchlist = method("", get_watchlist),
  get_order_history = method("", get_order_history),
  get_transaction_history = method("start_date, end_date", get_transaction_history, no_dates),
  get_available_stocks = method("sector", get_available_stocks),
  filter_stocks_by_price = method("stocks, min_price, max_price", filter_stocks_by_price),
  add_to_watchlist = method("stock", add_to_watchlist),
  notify_price_change = method("stocks, threshold", notify_price_change),
})
