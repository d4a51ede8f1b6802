-- TravelAPI: flights, cards, bookings and insurance.

local values, classes = python.values, python.classes
local method, constant = classes.method, classes.constant
local raise = values.raise

-- What is added to a scenario for the long context: what is there stays. Upstream adds the extension's own
-- records, so that a balance spent in one episode is missing in the next; here each episode has copies.
local function extended(state, records, name)
  for key, one in pairs(classes.extension(state, name)) do
    if records[key] == nil then records[key] = copy(one) end
  end
end

local function load(scenario, long_context, state)
  local vars = object(
    "credit_card_list", scenario.credit_card_list or object(),
    "booking_record", scenario.booking_record or object())
  for _, name in ipairs {"access_token", "token_type", "token_expires_in", "token_scope", "user_first_name",
    "user_last_name", "budget_limit"} do
    vars[name] = scenario[name] or null
  end
  vars.long_context = long_context
  if long_context then
    extended(state, vars.credit_card_list, "CREDIT_CARD_EXTENSION")
    extended(state, vars.booking_record, "BOOKING_RECORD_EXTENSION")
  end
  return vars, object("random", object("seed", scenario.random_seed or 141053, "drawn", 0))
end

-- Base fares by departure, in upstream's order: the long context shows them all.
local fares = {
  {"SFO", "LAX 200, JFK 500, ORD 400, BOS 450, RMS 300, SBK 350, MPC 370, SVP 320, SHD 330, SSV 340, "
    .. "OKD 360, WLB 310, CRH 380, ATV 390, PHV 420, GFD 430, CIA 700"},
  {"LAX", "SFO 100, JFK 600, ORD 500, BOS 550, RMS 310, SBK 320, MPC 330, SVP 340, SHD 350, SSV 360, "
    .. "OKD 370, WLB 380, CRH 390, ATV 400, PHV 410, GFD 420, HND 430"},
  {"JFK", "ORD 300, BOS 250, RMS 450, SBK 460, MPC 470, SVP 480, SHD 490, SSV 500, OKD 510, WLB 520, "
    .. "CRH 530, ATV 540, PHV 550, GFD 560, LAX 570, HND 800, PVG 950, PEK 1000"},
  {"ORD", "LAX 180, BOS 200, RMS 350, SBK 360, MPC 370, SVP 380, SHD 390, SSV 400, OKD 410, WLB 420, "
    .. "CRH 430, ATV 440, PHV 450, GFD 460"},
  {"BOS", "RMS 400, SBK 410, MPC 420, SVP 430, SHD 440, SSV 450, OKD 460, WLB 470, CRH 480, ATV 490, "
    .. "PHV 500, GFD 510"},
  {"RMS", "BOS 200, JFK 210, SBK 220, MPC 230, SVP 240, SHD 250, SSV 260, OKD 270, WLB 280, CRH 290, "
    .. "ATV 300, PHV 310, GFD 320, LAX 330"},
  {"SBK", "MPC 200, SVP 210, SHD 220, SSV 230, OKD 240, WLB 250, CRH 260, ATV 270, PHV 280, GFD 290"},
  {"MPC", "SVP 210, SHD 220, SSV 230, OKD 240, WLB 250, CRH 260, ATV 270, PHV 280, GFD 290"},
  {"SVP", "SHD 230, SSV 240, OKD 250, WLB 260, CRH 270, ATV 280, PHV 290, GFD 300"},
  {"SHD", "SSV 220, OKD 230, WLB 240, CRH 250, ATV 260, PHV 270, GFD 280"},
  {"SSV", "OKD 240, WLB 250, CRH 260, ATV 270, PHV 280, GFD 290"},
  {"OKD", "WLB 230, CRH 240, ATV 250, PHV 260, GFD 270"},
  {"WLB", "CRH 250, ATV 260, PHV 270, GFD 280"},
  {"CRH", "ATV 240, PHV 250, GFD 260, SFO 270, RMS 280, HKG 290, JFK 300"},
  {"ATV", "PHV 230, GFD 240"},
  {"PHV", "GFD 220"},
  {"LHR", "CDG 100"},
  {"OKD", "LAX 220"},
}

local base_costs, all_costs = {}, {}
for _, row in ipairs(fares) do
  for to, cost in row[2]:gmatch("(%u+) (%d+)") do
    all_costs[#all_costs + 1] = math.tointeger(tonumber(cost))
    base_costs[row[1] .. to] = all_costs[#all_costs]
  end
end

local airports = array(
  "RMS", "SBK", "MPC", "SVP", "SHD", "CDG", "LHR", "SSV", "OKD", "WLB", "PEK", "HND", "HKG", "CIA", "CRH",
  "ATV", "PHV", "GFD", "SFO", "LAX", "JFK", "ORD", "BOS")

local class_factors = {economy = 1, business = 2, first = 5}

local airports_by_city = {
  Rivermist = "RMS", Stonebrook = "SBK", Maplecrest = "MPC", Silverpine = "SVP", Shadowridge = "SHD",
  London = "LHR", Paris = "CDG", ["Sunset Valley"] = "SSV", Oakendale = "OKD", Willowbend = "WLB",
  ["Crescent Hollow"] = "CRH", Autumnville = "ATV", Pinehaven = "PHV", Greenfield = "GFD",
  ["San Francisco"] = "SFO", ["Los Angeles"] = "LAX", ["New York"] = "JFK", Chicago = "ORD", Boston = "BOS",
  Beijing = "PEK", ["Hong Kong"] = "HKG", Rome = "CIA", Tokyo = "HND",
}

local function drawn_text(self, low, high)
  return values.str(python.random(self.private.random):randint(low, high))
end

-- What most methods ask of a token. `status` is the member that a refusal carries before its error.
local function refused(self, access_token, status)
  local problem
  if values.equal(self.vars.token_expires_in, 0) then
    problem = "Token expired"
  elseif not values.equal(access_token, self.vars.access_token) then
    problem = "Invalid access token"
  end
  if not problem then return nil end
  return status and object(status, false, "error", problem) or object("error", problem)
end

local function authenticate_travel(self, _, _, _, grant_type, user_first_name, user_last_name)
  local vars = self.vars
  vars.token_expires_in = 2
  vars.access_token = drawn_text(self, 100000, 999999)
  vars.token_type = "Bearer"
  vars.token_scope = grant_type
  vars.user_first_name = user_first_name
  vars.user_last_name = user_last_name
  return object("expires_in", 2, "access_token", vars.access_token, "token_type", "Bearer",
    "scope", grant_type)
end

local function travel_get_login_status(self)
  local left = self.vars.token_expires_in
  return object("status", left ~= null and not values.equal(left, 0))
end

local function get_budget_fiscal_year()
  return object("budget_fiscal_year", "2018")
end

local function register_credit_card(self, access_token, card_number, expiration_date, cardholder_name,
                                    card_verification_number)
  local cards = self.vars.credit_card_list
  if self.vars.token_expires_in == null then return object("error", "Token not initialized") end
  local problem = refused(self, access_token)
  if problem then return problem end
  if values.get(cards, card_number) ~= nil then return object("error", "Card already registered") end
  local card_id = drawn_text(self, 100000000000, 999999999999)
  local balance = python.random(self.private.random):randint(10000, 99999)
  cards[card_id] = object("card_number", card_number, "expiration_date", expiration_date, "cardholder_name",
    cardholder_name, "card_verification_number", card_verification_number, "balance", balance)
  return object("card_id", card_id)
end

-- A date with an even sum of digits costs double.
local function date_factor(travel_date)
  local sum = 0
  for _, character in ipairs(values.iterate(travel_date)) do
    values.need_type(character, "str", "isdigit")
    if character:find("^%d+$") then sum = sum + math.tointeger(tonumber(character)) end
  end
  return sum % 2 == 0 and 2 or 1
end

-- The fare and what a base fare is multiplied by; or nil and the text of the ValueError.
local function fare_of(travel_from, travel_to, travel_date, travel_class)
  values.hash(travel_from)
  values.hash(travel_to)
  local known = values.is_str(travel_from) and values.is_str(travel_to) and #travel_from == 3
  local base = known and base_costs[travel_from .. travel_to]
  if not base then return nil, "No available route for the given airports." end
  local factor = values.is_str(travel_class) and class_factors[travel_class]
  if not factor then return nil, "Invalid travel class. Options are: economy, business, first." end
  factor = factor * date_factor(travel_date)
  return base * factor + 0.0, factor
end

local function get_flight_cost(self, travel_from, travel_to, travel_date, travel_class)
  local cost, factor = fare_of(travel_from, travel_to, travel_date, travel_class)
  if not cost then raise(factor) end
  if not self.long_context then return object("travel_cost_list", array(cost)) end
  local costs = array()
  for _, base in ipairs(all_costs) do values.append(costs, base * factor + 0.0) end
  return object("travel_cost_list", costs)
end

local function get_credit_card_balance(self, access_token, card_id)
  local cards = self.vars.credit_card_list
  local problem = refused(self, access_token)
  if problem then return problem end
  local card = values.get(cards, card_id)
  if card == nil then
    local known = values.repr(values.keys(cards))
    return object("error", "Card not registered. Here are a list of card_id's: " .. known)
  end
  return object("card_balance", values.item(card, "balance"))
end

local function not_booked(text)
  return object("booking_status", false, "error", text)
end

-- What is wrong with a flight; nil and its cost when nothing is. The classes are a Python set, whose order
-- differs from process to process.
local function flight_problem(travel_date, travel_from, travel_to, travel_class)
  if not values.contains(airports, travel_from) then
    return "Invalid departure airport code: " .. values.str(travel_from)
  end
  if not values.contains(airports, travel_to) then
    return "Invalid destination airport code: " .. values.str(travel_to)
  end
  if not values.parse_date(travel_date, "%Y-%m-%d") then return "Invalid date format. Use YYYY-MM-DD." end
  if not class_factors[values.key_of(travel_class)] then
    return "Invalid travel class. Must be one of {'economy', 'business', 'first'}"
  end
  local cost, problem = fare_of(travel_from, travel_to, travel_date, travel_class)
  if not cost then return problem end
  return nil, cost
end

local function card_problem(self, card, cost)
  local limit = self.vars.budget_limit
  if values.compare("<", card.balance, cost) then return "Insufficient funds" end
  if limit ~= null and values.compare("<", card.balance, limit) then
    return "Balance is less than budget limit"
  end
end

local function book_flight(self, access_token, card_id, travel_date, travel_from, travel_to, travel_class)
  local refusal = refused(self, access_token, "booking_status")
  if refusal then return refusal end
  local card = values.get(self.vars.credit_card_list, card_id)
  if card == nil then return not_booked("Card not registered") end
  if not values.contains(card, "balance") then return not_booked("Balance not found") end
  local problem, cost = flight_problem(travel_date, travel_from, travel_to, travel_class)
  problem = problem or card_problem(self, card, cost)
  if problem then return not_booked(problem) end
  card.balance = values.subtract(card.balance, cost, "-=")
  local booking_id = drawn_text(self, 1000000, 9999999)
  local transaction_id = drawn_text(self, 10000000, 99999999)
  self.vars.booking_record[booking_id] = object("card_id", card_id, "travel_date", travel_date,
    "travel_from", travel_from, "travel_to", travel_to, "travel_class", travel_class, "travel_cost", cost,
    "transaction_id", transaction_id)
  local history = self.long_context and copy(self.vars.booking_record) or object()
  return object("booking_id", booking_id, "transaction_id", transaction_id, "booking_status", true,
    "booking_history", history)
end

local function booking_of(self, booking_id)
  return values.get(self.vars.booking_record, booking_id)
end

local function retrieve_invoice(self, access_token, booking_id)
  local problem = refused(self, access_token)
  if problem then return problem end
  local booking = booking_of(self, booking_id)
  if booking == nil then return object("error", "Booking not found") end
  local invoice = object("booking_id", booking_id)
  for _, name in ipairs {"travel_date", "travel_from", "travel_to", "travel_class", "travel_cost",
    "transaction_id"} do
    invoice[name] = copy(values.item(booking, name))
  end
  return object("invoice", invoice)
end

local function get_booking_history(self, access_token)
  return refused(self, access_token) or object("booking_history", self.vars.booking_record)
end

local function list_all_airports()
  return airports
end

local function cancel_booking(self, access_token, booking_id)
  local problem = refused(self, access_token, "cancel_status")
  if problem then return problem end
  local booking = booking_of(self, booking_id)
  if booking == nil then return object("cancel_status", false, "error", "Booking not found") end
  local card_id, cost = values.item(booking, "card_id"), values.item(booking, "travel_cost")
  local card = values.item(self.vars.credit_card_list, card_id)
  card.balance = values.add(values.item(card, "balance"), cost, "+=")
  self.vars.booking_record[values.key_of(booking_id)] = nil
  return object("cancel_status", true)
end

local rates = {RMB = 7, EUR = 0.8, JPY = 110, GBP = 0.7, CAD = 1.3, AUD = 1.4, INR = 70, RUB = 60, BRL = 3.8,
  MXN = 20}

local function rate_of(currency)
  return values.is_str(currency) and rates[currency]
end

local function compute_exchange_rate(_, base_currency, target_currency, value)
  if base_currency == "USD" and rate_of(target_currency) then
    return object("exchanged_value", values.to_float(values.multiply(value, rate_of(target_currency))))
  end
  if target_currency == "USD" and rate_of(base_currency) then
    return object("exchanged_value", python.round(values.divide(value, rate_of(base_currency)), 2))
  end
  raise("No available exchange rate for the given currencies.")
end

-- In whole years on the world's day.
local function age_on(birth, year, month, day)
  local before_birthday = month < birth.month or month == birth.month and day < birth.day
  return year - birth.year - (before_birthday and 1 or 0)
end

local function unverified(text)
  return object("verification_status", false, "verification_failure", text)
end

local function verify_traveler_information(self, first_name, last_name, date_of_birth, passport_number)
  local first, last, str = self.vars.user_first_name, self.vars.user_last_name, values.str
  if not (values.equal(first, first_name) and values.equal(last, last_name)) then
    return unverified("Cannot book flight information for another user." .. "Expected " .. str(first) .. " "
      .. str(last) .. ", got " .. str(first_name) .. " " .. str(last_name))
  end
  local birth = values.parse_date(date_of_birth, "%Y-%m-%d")
  if not birth then return unverified("Invalid date of birth format. Please use YYYY-MM-DD.") end
  local year, month, day = now:match("^(%d+)-(%d+)-(%d+)")
  if age_on(birth, tonumber(year), tonumber(month), tonumber(day)) < 18 then
    return unverified("Traveler must be at least 18 years old.")
  end
  if values.need_type(passport_number, "str", "startswith"):sub(1, 2) ~= "US" then
    return unverified("Passport must be issued by the United States.")
  end
  return object("verification_status", true)
end

local function set_budget_limit(self, access_token, budget_limit)
  local problem = refused(self, access_token)
  if problem then return problem end
  self.vars.budget_limit = values.to_float(budget_limit)
  return object("budget_limit", self.vars.budget_limit)
end

local function get_nearest_airport_by_city(_, location)
  return object("nearest_airport", airports_by_city[values.key_of(location)] or "Unknown")
end

local function uninsured(text)
  return object("insurance_status", false, "error", text)
end

local function purchase_insurance(self, access_token, _, booking_id, insurance_cost, card_id)
  local vars = self.vars
  local problem = refused(self, access_token, "insurance_status")
  if problem then return problem end
  if vars.budget_limit ~= null and values.compare("<", vars.budget_limit, insurance_cost) then
    return uninsured("Exceeded budget limit")
  end
  if booking_of(self, booking_id) == nil then return uninsured("Booking not found") end
  local card = values.get(vars.credit_card_list, card_id)
  if card == nil then return uninsured("Credit card not registered") end
  card.balance = values.subtract(values.item(card, "balance"), insurance_cost, "-=")
  return object("insurance_id", drawn_text(self, 100000000, 999999999), "insurance_status", true)
end

local function contact_customer_support(self, booking_id)
  if booking_of(self, booking_id) == nil then return object("error", "Booking not found") end
  return object("customer_support_message", "Thank you for contacting customer support. "
    .. "Your message has been received and we will get back to you shortly.")
end

local function get_all_credit_cards(self)
  return object("credit_card_list", self.vars.credit_card_list)
end

local none = constant(null)

return classes.define("TravelAPI", load, {
  authenticate_travel = method(
    "client_id, client_secret, refresh_token, grant_type, user_first_name, user_last_name",
    authenticate_travel),
  travel_get_login_status = method("", travel_get_login_status),
  get_budget_fiscal_year = method("lastModifiedAfter, includeRemoved", get_budget_fiscal_year,
    {lastModifiedAfter = none, includeRemoved = none}),
  register_credit_card = method(
    "access_token, card_number, expiration_date, cardholder_name, card_verification_number",
    register_credit_card),
  get_flight_cost = method("travel_from, travel_to, travel_date, travel_class", get_flight_cost),
  get_credit_card_balance = method("access_token, card_id", get_credit_card_balance),
  book_flight = method("access_token, card_id, travel_date, travel_from, travel_to, travel_class",
    book_flight),
  retrieve_invoice = method("access_token, booking_id, insurance_id", retrieve_invoice,
    {booking_id = none, insurance_id = none}),
  get_booking_history = method("access_token", get_booking_history),
  list_all_airports = method("", list_all_airports),
  cancel_booking = method("access_token, booking_id", cancel_booking),
  compute_exchange_rate = method("base_currency, target_currency, value", compute_exchange_rate),
  verify_traveler_information = method("first_name, last_name, date_of_birth, passport_number",
    verify_traveler_information),
  set_budget_limit = method("access_token, budget_limit", set_budget_limit),
  get_nearest_airport_by_city = method("location", get_nearest_airport_by_city),
  purchase_insurance = method("access_token, insurance_type, booking_id, insurance_cost, card_id",
    purchase_insurance),
  contact_customer_support = method("booking_id, message", contact_customer_support),
  get_all_credit_cards = method("", get_all_credit_cards),
})
