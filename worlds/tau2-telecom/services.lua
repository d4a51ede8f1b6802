-- What the user's phone gets done in tau2-bench's telecom world: data, messages, payments. `assert_…` is what
-- tasks ask in the end; `set_user_…` are no tools: tasks call them before the first turn.

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

local function no_member(value, name)
  raise("'" .. type_of(value) .. "' object has no attribute '" .. name .. "'")
end

-- The access point's settings; set_apn_settings can leave something else in their place.
local function settings_of(device, wanted_member)
  local settings = device.active_apn_settings
  return is_object(settings) and settings or no_member(settings, wanted_member)
end

local function data_works(state)
  local device, around = state.user.device, state.user.surroundings
  if device.airplane_mode or device.network_signal_strength == "none" then return false end
  if device.network_connection_status == "no_service" then return false end
  if around.is_abroad and not (device.roaming_enabled and around.roaming_allowed) then return false end
  return device.data_enabled and not around.mobile_data_usage_exceeded
end

local function can_send(state)
  local device = state.user.device
  if not data_works(state) or device.network_technology_connected == "2G" then return false end
  if device.wifi_calling_enabled and device.wifi_calling_mms_over_wifi then return false end
  if settings_of(device, "mmsc_url").mmsc_url == null then return false end
  local app = device.app_statuses.messaging
  return app ~= nil and app.permissions.storage and app.permissions.sms
end

local function can_send_mms(state)
  return "Your messaging app " .. (can_send(state) and "can" or "cannot") .. " send MMS messages."
end

-- In Mbps, at the ends of a technology's range; and what is left of them at a signal's strength.
local ranges = {
  ["2G"] = { 0.1, 0.4 }, ["3G"] = { 1.0, 5.0 }, ["4G"] = { 10.0, 100.0 }, ["5G"] = { 50.0, 500.0 },
  none = { 0.0, 0.0 },
}
local factors = { none = 0.0, poor = 0.2, fair = 0.5, good = 0.8, excellent = 1.0 }

local function speed_word(speed)
  return speed < 1 and "Very Poor" or speed < 5 and "Poor" or speed < 25 and "Fair"
    or speed < 100 and "Good" or "Excellent"
end

-- The speed and a word for it; or nil and what is wrong.
local function speed_test(state)
  local device = state.user.device
  if not data_works(state) then return nil, "No Connection" end
  local details = device.vpn_details
  local slow = device.vpn_connected and details ~= null and details.server_performance == "poor"
  local base = slow and 0.1 or 1.0
  if device.data_saver_mode then base = base * 0.2 end
  local range = ranges[device.network_technology_connected]
  local speed = (range[1] + range[2]) / 2.0 * factors[device.network_signal_strength] * base
  speed = python.round(speed, 2)
  return speed, speed_word(speed)
end

local advice = {
  ["Very Poor"] = "Connection is very slow. Basic web browsing might be difficult.",
  Poor = "Connection is slow. Web browsing may be sluggish, streaming difficult.",
  Fair = "Connection is okay for web browsing and some standard definition streaming.",
  Good = "Connection is good for most activities, including HD streaming.",
  Excellent = "Connection is very fast.",
}

local function run_speed_test(state)
  local speed, word = speed_test(state)
  if not speed then return "Speed test failed: " .. word .. "." end
  return string.format("Speed Test Result: %.2f Mbps (%s). %s", speed, word, advice[word])
end

-- Payments.

local function check_payment_request(state)
  local request = state.user.surroundings.payment_request
  if request == null then return "No payment request has been made." end
  return "You have a payment request for bill " .. request.bill_id .. " of " .. python.str(request.amount_due)
    .. " USD."
end

local function make_payment(state)
  local request = state.user.surroundings.payment_request
  if request == null then return "You do not have a payment request." end
  request.paid = true
  return "Payment of " .. python.str(request.amount_due) .. " USD has been made for bill " .. request.bill_id
    .. "."
end

-- Around the phone.

local function set_user_info(state, args)
  state.user.surroundings.name = args.name
  state.user.surroundings.phone_number = args.phone_number
end

local function set_user_location(state, args)
  state.user.surroundings.is_abroad = args.abroad
end

-- What tasks ask in the end.

-- An assertion that something is as expected.
local function expect(look)
  return function(state, args)
    return look(state) == args.expected_status
  end
end

local function expect_on_device(member)
  return expect(function(state) return state.user.device[member] end)
end

local function data_used_up(state)
  return state.user.surroundings.mobile_data_usage_exceeded
end

local statuses = { connected = true, searching = true, no_service = true, emergency_only = true }

local function assert_service_status(state, args)
  if not statuses[args.expected_status] then
    raise(python.repr(args.expected_status) .. " is not a valid NetworkStatus")
  end
  return state.user.device.network_connection_status == args.expected_status
end

local function assert_internet_speed(state, args)
  local speed, word = speed_test(state)
  if (speed or 0.0) < args.expected_speed then return false end
  local wanted = args.expected_desc
  return wanted == nil or wanted == null or word:lower() == wanted:lower()
end

local function assert_internet_not_excellent(state)
  local _, word = speed_test(state)
  return word ~= "Excellent"
end

return {
  can_send_mms = can_send_mms,
  run_speed_test = run_speed_test,
  check_payment_request = check_payment_request,
  make_payment = make_payment,
  set_user_info = set_user_info,
  set_user_location = set_user_location,
  assert_airplane_mode_status = expect_on_device("airplane_mode"),
  assert_service_status = assert_service_status,
  assert_mobile_data_status = expect(data_works),
  assert_mobile_roaming_status = expect_on_device("roaming_enabled"),
  assert_mobile_data_saver_mode_status = expect_on_device("data_saver_mode"),
  assert_internet_speed = assert_internet_speed,
  assert_internet_not_excellent = assert_internet_not_excellent,
  assert_can_send_mms = expect(can_send),
  assert_mobile_data_usage_exceeded = expect(data_used_up),
}
