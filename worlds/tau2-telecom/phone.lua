-- The radio of the user's phone in tau2-bench's telecom world: all that makes it look for a network. The
-- tools stand in for Python methods over pydantic models, and answer a wrong type as Python would. What is
-- called `turn_…`, `break_…`, `lock_…` or `unseat_…` is no tool: tasks call it before the first turn.

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

local function no_member(value, name)
  raise("'" .. type_of(value) .. "' object has no attribute '" .. name .. "'")
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

-- The access point's settings; set_apn_settings can leave something else in their place.
local function settings_of(device, wanted_member)
  local settings = device.active_apn_settings
  return is_object(settings) and settings or no_member(settings, wanted_member)
end

local function on_off(value)
  return value and "ON" or "OFF"
end

-- The status bar, which settings.lua has as well: scripts share nothing.

local bars = {
  none = "📵 No Signal", poor = "📶¹ Poor", fair = "📶² Fair", good = "📶³ Good",
  excellent = "📶⁴ Excellent",
}

local function indicators(device)
  local shown = {}
  local function show(text) shown[#shown + 1] = text end
  if device.airplane_mode then
    show("✈️ Airplane Mode")
  else
    local technology = device.network_technology_connected
    show(bars[device.network_signal_strength])
    if technology ~= "none" then show(technology) end
    if device.data_enabled and technology ~= "none" then
      show("📱 Data Enabled")
      if device.data_saver_mode then show("🔽 Data Saver") end
    else
      show("📵 Data Disabled")
    end
  end
  if device.wifi_enabled and device.wifi_connected then
    local ssid = device.wifi_ssid
    show(ssid ~= null and ssid ~= "" and "📡 Connected to " .. ssid or "📡 Enabled")
  end
  if device.vpn_connected then show("🔒 VPN Connected") end
  show("🔋 " .. device.battery_level .. "%")
  return shown
end

local function status_bar(state)
  return "Status Bar: " .. table.concat(indicators(state.user.device), " | ")
end

local function with_bar(state, text)
  return text .. "\n" .. status_bar(state)
end

local function sim_status(device)
  return device.sim_card_missing and "missing" or device.sim_card_status
end

local function connect(device, status, technology, strength)
  device.network_connection_status = status
  device.network_technology_connected = technology
  device.network_signal_strength = strength
end

local function lose_service(device)
  connect(device, "no_service", "none", "none")
end

local technologies = { ["4g_only"] = "4G", ["3g_only"] = "3G", ["2g_only"] = "2G" }

-- What the phone finds where the user is.
local function search_network(state)
  local device, around = state.user.device, state.user.surroundings
  local strengths = around.signal_strength
  if sim_status(device) == "active" then
    local technology = technologies[device.network_mode_preference] or "4G"
    if device.network_mode_preference == "4g_5g_preferred" and (strengths["5G"] or "none") ~= "none" then
      technology = "5G"
    end
    connect(device, "connected", technology, strengths[technology] or "none")
  else
    lose_service(device)
  end
  if device.airplane_mode then lose_service(device) end
  if settings_of(device, "apn_name").apn_name == "broken" then lose_service(device) end
  if not around.line_active then lose_service(device) end
end

local modes = { ["4g_5g_preferred"] = true, ["4g_only"] = true, ["3g_only"] = true, ["2g_only"] = true }

-- Upstream refuses unknown texts only: anything else is kept, and searched with, before it stumbles.
local function set_network_mode_preference(state, args)
  local mode = args.mode
  if type(mode) ~= "string" or modes[mode] then
    state.user.device.network_mode_preference = mode
    search_network(state)
    if type(mode) == "string" then return with_bar(state, "Preferred Network Mode set to: " .. mode) end
    if mode ~= null then no_member(mode, "value") end
  end
  return with_bar(state, "Failed to set network mode: '" .. python.str(mode) .. "' is not a valid option. "
    .. "Please use one of: 4g_5g_preferred, 4g_only, 3g_only, 2g_only")
end

local function drop_wifi(device)
  device.wifi_connected = false
  device.wifi_ssid = null
  device.wifi_signal_strength = "none"
end

local function flip_airplane_mode(state)
  local device = state.user.device
  local on = not device.airplane_mode
  device.airplane_mode = on
  if on then
    drop_wifi(device)
    device.vpn_connected = false
    device.vpn_details = null
  else
    device.network_connection_status = "searching"
    if device.wifi_enabled then drop_wifi(device) end
  end
  search_network(state)
  return on
end

local function flip_data(state)
  local device = state.user.device
  device.data_enabled = not device.data_enabled
  search_network(state)
  return device.data_enabled
end

local function flip_roaming(state)
  local device = state.user.device
  device.roaming_enabled = not device.roaming_enabled
  search_network(state)
  return device.roaming_enabled
end

local function toggle(flip, name)
  return function(state)
    return with_bar(state, name .. " is now " .. on_off(flip(state)) .. ".")
  end
end

-- Flips once or twice, with all that a flip brings about.
local function turn(flip, wanted, text)
  return function(state)
    if flip(state) ~= wanted then flip(state) end
    return text
  end
end

local function turn_data_on(state)
  state.user.device.data_enabled = true
  return "Data connection restored."
end

local function reseat_sim_card(state)
  state.user.device.sim_card_missing = false
  search_network(state)
  return with_bar(state, "SIM card re-seated successfully.")
end

local function unseat_sim_card(state)
  state.user.device.sim_card_missing = true
  search_network(state)
  return "SIM card un-seated successfully."
end

local function lock_sim_card(state, args)
  if args.mode == "pin" or args.mode == "puk" then
    state.user.device.sim_card_status = "locked_" .. args.mode
  end
  search_network(state)
  return "SIM card locked successfully in " .. python.str(args.mode) .. " mode."
end

-- What pydantic makes of a member of the settings: a value, or nil, its complaint and the complaint's name.

local function as_name(value)
  if value == "internet" or value == "broken" then return value end
  return nil, "Input should be 'internet' or 'broken'", "enum"
end

local function as_text(value)
  if value == null or type(value) == "string" then return value end
  return nil, "Input should be a valid string", "string_type"
end

local words = {
  ["0"] = false, off = false, f = false, ["false"] = false, n = false, no = false,
  ["1"] = true, on = true, t = true, ["true"] = true, y = true, yes = true,
}

local function as_boolean(value)
  if type(value) == "boolean" then return value end
  if value == 0 or value == 1 then return value == 1 end
  if type(value) == "string" and words[value:lower()] ~= nil then return words[value:lower()] end
  if type(value) == "string" or type(value) == "number" and value % 1 == 0 then
    return nil, "Input should be a valid boolean, unable to interpret input", "bool_parsing"
  end
  return nil, "Input should be a valid boolean", "bool_type"
end

local function as_integer(value)
  if value == null then return value end
  if type(value) == "boolean" then return value and 1 or 0 end
  if type(value) == "number" and value % 1 ~= 0 then
    return nil, "Input should be a valid integer, got a number with a fractional part", "int_from_float"
  end
  if type(value) ~= "number" and type(value) ~= "string" then
    return nil, "Input should be a valid integer", "int_type"
  end
  if type(value) == "string" then
    local sign, digits = value:match("^%s*([+-]?)(%d[%d_]*)%.?0*%s*$")
    local odd = not digits or digits:find("__", 1, true) or digits:sub(-1) == "_" or value:find("%.%s*$")
    if odd then
      return nil, "Input should be a valid integer, unable to parse string as an integer", "int_parsing"
    end
    value = sign:gsub("+", "") .. digits:gsub("_", "")
  end
  local whole = math.tointeger(tonumber(value))
  if whole then return whole end
  return nil, "Unable to parse input string as an integer, exceeded maximum size", "int_parsing_size"
end

local function default_settings()
  return object("apn_name", "internet", "reset_at_reboot", false, "mms_apn", "mms",
    "mmsc_url", "http://mms.carrier.com/mms/wapenc", "mms_proxy", null, "mms_port", null)
end

local readers = {
  apn_name = as_name, reset_at_reboot = as_boolean, mms_apn = as_text, mmsc_url = as_text,
  mms_proxy = as_text, mms_port = as_integer,
}

-- The settings that were given over the defaults. First all known members are read, in the model's order.
local function read_settings(given)
  local settings, problems = default_settings(), {}
  local function complain(name, complaint, kind)
    problems[#problems + 1] = name .. "\n  " .. complaint .. " [type=" .. kind .. ", input_value="
      .. excerpt(given[name]) .. ", input_type=" .. type_of(given[name])
      .. "]\n    For further information visit https://errors.pydantic.dev/" .. pydantic .. "/v/" .. kind
  end
  for name in pairs(copy(settings)) do
    if given[name] ~= nil then
      local value, complaint, kind = readers[name](given[name])
      if complaint then complain(name, complaint, kind) else settings[name] = value end
    end
  end
  for name in pairs(given) do
    if not readers[name] then complain(name, "Extra inputs are not permitted", "extra_forbidden") end
  end
  if #problems == 0 then return settings end
  raise(#problems .. " validation error" .. (#problems > 1 and "s" or "") .. " for APNSettings\n"
    .. table.concat(problems, "\n"))
end

-- What is no object is put in place all the same, and then asked for its name.
local function set_apn_settings(state, args)
  local given, device = args.apn_settings, state.user.device
  device.active_apn_settings = is_object(given) and read_settings(given) or given
  local text = "APN settings set to: " .. settings_of(device, "apn_name").apn_name
  search_network(state)
  return with_bar(state, text)
end

local function reset_apn_settings(state)
  settings_of(state.user.device, "reset_at_reboot").reset_at_reboot = true
  search_network(state)
  return with_bar(state, "APN settings will reset at reboot.")
end

local function break_apn_settings(state)
  settings_of(state.user.device, "apn_name").apn_name = "broken"
  search_network(state)
  return "APN settings broken. Please call reset_apn_settings() to fix."
end

local function break_apn_mms_setting(state)
  settings_of(state.user.device, "mmsc_url").mmsc_url = null
  return "APN MMS setting broken. Please call reset_apn_settings() to fix."
end

local function reboot_device(state)
  local device = state.user.device
  local text = "Restarting network services..."
  if settings_of(device, "reset_at_reboot").reset_at_reboot then
    text = "Resetting APN settings...\n" .. text
    device.active_apn_settings = default_settings()
  end
  device.network_connection_status = "searching"
  search_network(state)
  return with_bar(state, text)
end

return {
  set_network_mode_preference = set_network_mode_preference,
  toggle_airplane_mode = toggle(flip_airplane_mode, "Airplane Mode"),
  turn_airplane_mode_on = turn(flip_airplane_mode, true, "Airplane Mode is now ON."),
  turn_airplane_mode_off = turn(flip_airplane_mode, false, "Airplane Mode is now OFF."),
  toggle_data = toggle(flip_data, "Mobile Data"),
  turn_data_on = turn_data_on,
  turn_data_off = turn(flip_data, false, "Data connection broken."),
  toggle_roaming = toggle(flip_roaming, "Data Roaming"),
  turn_roaming_on = turn(flip_roaming, true, "Data Roaming is now ON."),
  turn_roaming_off = turn(flip_roaming, false, "Data Roaming is now OFF."),
  reseat_sim_card = reseat_sim_card,
  unseat_sim_card = unseat_sim_card,
  lock_sim_card = lock_sim_card,
  set_apn_settings = set_apn_settings,
  reset_apn_settings = reset_apn_settings,
  break_apn_settings = break_apn_settings,
  break_apn_mms_setting = break_apn_mms_setting,
  reboot_device = reboot_device,
  simulate_network_search = search_network,
}
