-- The tools of tau-bench's airline, by their described behaviour. A guard's text is the tool's answer.

-- A member that Python would index: a missing one is a KeyError.
local function need(object, key)
  local value = object[key]
  if value == nil then fail("Error: " .. python.repr(key)) end
  return value
end

local function get_user_details(state, args)
  return state.users[args.user_id] or "Error: user not found"
end

local function get_reservation_details(state, args)
  return state.reservations[args.reservation_id] or "Error: user not found"
end

local airports = object(
  "SFO", "San Francisco", "JFK", "New York", "LAX", "Los Angeles", "ORD", "Chicago", "DFW", "Dallas",
  "DEN", "Denver", "SEA", "Seattle", "ATL", "Atlanta", "MIA", "Miami", "BOS", "Boston", "PHX", "Phoenix",
  "IAH", "Houston", "LAS", "Las Vegas", "MCO", "Orlando", "EWR", "Newark", "CLT", "Charlotte",
  "MSP", "Minneapolis", "DTW", "Detroit", "PHL", "Philadelphia", "LGA", "LaGuardia")

local function list_all_airports()
  return airports
end

-- A flight as a search shows it: without its dates, with what holds on the day.
local function shown(flight, day)
  local result = object()
  for key, value in pairs(flight) do
    if key ~= "dates" then result[key] = copy(value) end
  end
  for key, value in pairs(day) do result[key] = copy(value) end
  return result
end

local function available(flight, date)
  local day = flight.dates[date]
  return day ~= nil and day.status == "available"
end

local function search_direct_flight(state, args)
  local found = array()
  for _, flight in ipairs(where(state.flights, "origin", args.origin, "destination", args.destination)) do
    if available(flight, args.date) then found[#found + 1] = shown(flight, flight.dates[args.date]) end
  end
  return found
end

local function search_onestop_flight(state, args)
  local found = array()
  for _, first in ipairs(where(state.flights, "origin", args.origin)) do
    local legs = where(state.flights, "origin", first.destination, "destination", args.destination)
    for _, second in ipairs(legs) do
      local date = args.date
      if first.scheduled_arrival_time_est:find("+1", 1, true) then
        date = "2024-05-" .. (math.tointeger(tonumber(args.date:sub(-2))) + 1)
      end
      if first.scheduled_arrival_time_est <= second.scheduled_departure_time_est
        and available(first, args.date) and available(second, date) then
        local one = shown(first, first.dates[args.date])
        one.date = args.date
        local other = shown(second, need(second.dates, args.date))
        other.date = date
        found[#found + 1] = array(one, other)
      end
    end
  end
  return found
end

-- Gives each flight its price and its ends; the total for all passengers, or a guard's text.
local function price_flights(state, flights, cabin, passengers, booked)
  local total = 0
  for _, flight in pairs(flights) do
    local number, date = need(flight, "flight_number"), need(flight, "date")
    local kept = booked and booked(number, date)
    if kept then
      flight.price = kept.price
      flight.origin = kept.origin
      flight.destination = kept.destination
    else
      local row = state.flights[number]
      if not row then return nil, "Error: flight " .. number .. " not found" end
      local day = row.dates[date]
      if not day then return nil, "Error: flight " .. number .. " not found on date " .. date end
      if day.status ~= "available" then
        return nil, "Error: flight " .. number .. " not available on date " .. date
      end
      if need(day.available_seats, cabin) < #passengers then
        return nil, "Error: not enough seats on flight " .. number
      end
      flight.price = need(day.prices, cabin)
      flight.origin = row.origin
      flight.destination = row.destination
    end
    total = total + flight.price * #passengers
  end
  return total
end

local function has_balance(method, amount)
  return method.source ~= "gift_card" and method.source ~= "certificate" or method.amount >= amount
end

local function book_reservation(state, args)
  local user = state.users[args.user_id]
  if not user then return "Error: user not found" end
  local id = "HATHAT"
  if state.reservations[id] then
    id = state.reservations.HATHAU and "HATHAV" or "HATHAU"
  end
  local reservation = object(
    "reservation_id", id, "user_id", args.user_id, "origin", args.origin, "destination", args.destination,
    "flight_type", args.flight_type, "cabin", args.cabin, "flights", copy(args.flights),
    "passengers", args.passengers, "payment_history", args.payment_methods, "created_at", now,
    "total_baggages", args.total_baggages, "nonfree_baggages", args.nonfree_baggages, "insurance", args.insurance)
  local total, problem = price_flights(state, reservation.flights, args.cabin, args.passengers)
  if problem then return problem end
  if args.insurance == "yes" then total = total + 30 * #args.passengers end
  total = total + 50 * args.nonfree_baggages
  local paid = 0
  for _, payment in pairs(args.payment_methods) do
    local method = user.payment_methods[payment.payment_id]
    if not method then return "Error: payment method " .. payment.payment_id .. " not found" end
    if not has_balance(method, payment.amount) then
      return "Error: not enough balance in payment method " .. payment.payment_id
    end
    paid = paid + payment.amount
  end
  if paid ~= total then
    return "Error: payment amount does not add up, total price is " .. python.str(total) .. ", but paid "
      .. python.str(paid)
  end
  for _, payment in pairs(args.payment_methods) do
    local method = user.payment_methods[payment.payment_id]
    if method.source == "gift_card" then
      method.amount = method.amount - payment.amount
    elseif method.source == "certificate" then
      user.payment_methods[payment.payment_id] = nil
    end
  end
  state.reservations[id] = reservation
  user.reservations[#user.reservations + 1] = id
  return state.reservations[id]
end

local function cancel_reservation(state, args)
  local reservation = state.reservations[args.reservation_id]
  if not reservation then return "Error: reservation not found" end
  local refunds = {}
  for _, payment in pairs(reservation.payment_history) do
    refunds[#refunds + 1] = object("payment_id", payment.payment_id, "amount", -payment.amount)
  end
  for _, refund in ipairs(refunds) do
    reservation.payment_history[#reservation.payment_history + 1] = refund
  end
  reservation.status = "cancelled"
  return reservation
end

-- Who pays a difference, or a guard's text.
local function payer(state, reservation, payment_id, amount)
  local method = state.users[reservation.user_id].payment_methods[payment_id]
  if not method then return nil, "Error: payment method not found" end
  if method.source == "certificate" then
    return nil, "Error: certificate cannot be used to update reservation"
  end
  if method.source == "gift_card" and method.amount < amount then
    return nil, "Error: gift card balance is not enough"
  end
  return method
end

local function pay(reservation, method, payment_id, amount)
  if method.source == "gift_card" then method.amount = method.amount - amount end
  if amount ~= 0 then
    local history = reservation.payment_history
    history[#history + 1] = object("payment_id", payment_id, "amount", amount)
  end
end

local function update_reservation_flights(state, args)
  local reservation = state.reservations[args.reservation_id]
  if not reservation then return "Error: reservation not found" end
  local function booked(number, date)
    if args.cabin ~= reservation.cabin then return nil end
    for _, flight in pairs(reservation.flights) do
      if flight.flight_number == number and flight.date == date then return flight end
    end
  end
  local flights = copy(args.flights)
  local total, problem = price_flights(state, flights, args.cabin, reservation.passengers, booked)
  if problem then return problem end
  for _, flight in pairs(reservation.flights) do
    total = total - flight.price * #reservation.passengers
  end
  local method
  method, problem = payer(state, reservation, args.payment_id, total)
  if problem then return problem end
  pay(reservation, method, args.payment_id, total)
  reservation.flights = flights
  return reservation
end

local function update_reservation_baggages(state, args)
  local reservation = state.reservations[args.reservation_id]
  if not reservation then return "Error: reservation not found" end
  local price = 50 * math.max(0, args.nonfree_baggages - reservation.nonfree_baggages)
  local method, problem = payer(state, reservation, args.payment_id, price)
  if problem then return problem end
  reservation.total_baggages = args.total_baggages
  reservation.nonfree_baggages = args.nonfree_baggages
  pay(reservation, method, args.payment_id, price)
  return reservation
end

local function update_reservation_passengers(state, args)
  local reservation = state.reservations[args.reservation_id]
  if not reservation then return "Error: reservation not found" end
  if #args.passengers ~= #reservation.passengers then
    return "Error: number of passengers does not match"
  end
  reservation.passengers = args.passengers
  return reservation
end

local function send_certificate(state, args)
  local user = state.users[args.user_id]
  if not user then return "Error: user not found" end
  for _, number in ipairs { 3221322, 3221323, 3221324 } do
    local id = "certificate_" .. number
    if not user.payment_methods[id] then
      user.payment_methods[id] = object("source", "certificate", "amount", args.amount, "id", id)
      return "Certificate " .. id .. " added to user " .. args.user_id .. " with amount " .. python.str(args.amount) .. "."
    end
  end
  return null
end

return {
  get_user_details = get_user_details,
  get_reservation_details = get_reservation_details,
  list_all_airports = list_all_airports,
  search_direct_flight = search_direct_flight,
  search_onestop_flight = search_onestop_flight,
  book_reservation = book_reservation,
  cancel_reservation = cancel_reservation,
  update_reservation_flights = update_reservation_flights,
  update_reservation_baggages = update_reservation_baggages,
  update_reservation_passengers = update_reservation_passengers,
  send_certificate = send_certificate,
}
