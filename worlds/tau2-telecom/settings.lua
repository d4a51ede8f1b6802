-- The settings of the user's phone in tau2-bench's telecom world, and its apps: all that shows them, and what
-- changes them without a search for a network. `set_…`, `turn_…`, `break_…` and `remove_…` are no tools: tasks
-- call them before the first turn.

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

local function on_off(value)
  return value and "ON" or "OFF"
end

local function yes_no(value)
  return value and "Yes" or "No"
end

-- The status bar, which phone.lua has as well: scripts share nothing.

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

local function check_status_bar(state)
  return status_bar(state)
end

local function check_network_status(state)
  local device = state.user.device
  local text = "Airplane Mode: " .. on_off(device.airplane_mode)
    .. "\nSIM Card Status: " .. sim_status(device)
    .. "\nCellular Connection: " .. device.network_connection_status
    .. "\nCellular Signal: " .. device.network_signal_strength
    .. "\nCellular Network Type: " .. device.network_technology_connected
    .. "\nMobile Data Enabled: " .. yes_no(device.data_enabled)
    .. "\nData Roaming Enabled: " .. yes_no(device.roaming_enabled)
    .. "\nWi-Fi Radio: " .. on_off(device.wifi_enabled)
    .. "\nWi-Fi Connected: " .. yes_no(device.wifi_connected)
  if not device.wifi_connected then return text end
  return text .. "\nConnected Wi-Fi Network: " .. python.str(device.wifi_ssid)
end

local function check_network_mode_preference(state)
  local mode = state.user.device.network_mode_preference
  if type(mode) ~= "string" then no_member(mode, "value") end
  return "Network Mode Preference: " .. mode
end

local sim_texts = {
  active = "Your SIM card is active and working.",
  missing = "No SIM card detected in the phone.",
  locked_pin = "The SIM card is locked with a PIN code.",
  locked_puk = "The SIM card is locked with a PUK code.",
}

local function check_sim_status(state)
  return sim_texts[sim_status(state.user.device)]
end

local function check_data_restriction_status(state)
  return state.user.device.data_saver_mode and "Data Saver mode is ON (limits data usage)."
    or "Data Saver mode is OFF."
end

local function check_apn_settings(state)
  local settings = settings_of(state.user.device, "model_copy")
  local url = settings.mmsc_url
  return "Current APN Name: " .. settings.apn_name .. "\nMMSC URL (for picture messages): "
    .. (url ~= null and url ~= "" and url or "Not Set")
    .. "\n(These are technical settings, usually best left unchanged.)"
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

-- Wi-Fi, VPN and the like.

local function flip_data_saver(state)
  local device = state.user.device
  device.data_saver_mode = not device.data_saver_mode
  return device.data_saver_mode
end

local function check_wifi_status(state)
  local device = state.user.device
  if not device.wifi_enabled then return "Wi-Fi is turned OFF." end
  if not device.wifi_connected then return "Wi-Fi is ON but not connected to any network." end
  return "Wi-Fi is ON and connected to '" .. python.str(device.wifi_ssid) .. "'. Signal strength: "
    .. device.wifi_signal_strength .. "."
end

local function drop_wifi(device)
  device.wifi_connected = false
  device.wifi_ssid = null
  device.wifi_signal_strength = "none"
end

local function toggle_wifi(state)
  local device = state.user.device
  if device.airplane_mode then
    return with_bar(state, "Cannot change Wi-Fi settings while Airplane Mode is ON.")
  end
  device.wifi_enabled = not device.wifi_enabled
  if not device.wifi_enabled then drop_wifi(device) end
  return with_bar(state, "Wi-Fi is now " .. on_off(device.wifi_enabled) .. ".")
end

local function check_wifi_calling_status(state)
  return "Wi-Fi Calling is currently turned " .. on_off(state.user.device.wifi_calling_enabled) .. "."
end

local function flip_wifi_calling(state)
  local device = state.user.device
  device.wifi_calling_enabled = not device.wifi_calling_enabled
  return device.wifi_calling_enabled
end

local function set_wifi_calling(state, args)
  local device = state.user.device
  if device.wifi_calling_enabled ~= args.enabled then flip_wifi_calling(state) end
  local text = "Wi-Fi Calling is now " .. on_off(args.enabled) .. "."
  if args.mms_over_wifi == nil or args.mms_over_wifi == null then return text end
  device.wifi_calling_mms_over_wifi = args.mms_over_wifi
  return text .. "\nMMS over Wi-Fi is now " .. on_off(args.mms_over_wifi) .. "."
end

local function check_vpn_status(state)
  local device = state.user.device
  if device.vpn_connected then
    local details = device.vpn_details
    if details == null then return "VPN is ON and connected (no specific details available)." end
    local level = details.server_performance
    return "VPN is ON and connected. Details: {'server_address': " .. python.repr(details.server_address)
      .. ", 'protocol': " .. python.repr(details.protocol)
      .. ", 'server_performance': <PerformanceLevel." .. level:upper() .. ": '" .. level .. "'>}"
  end
  return device.vpn_enabled_setting and "VPN is turned ON in settings, but currently not connected."
    or "VPN is turned OFF."
end

-- Upstream has one record of details for all connections. Breaking a connection breaks that record, so later
-- connections are poor, too. It is no part of upstream's state; here it is the document toolkit/vpn.
local function connect_vpn(state)
  local device = state.user.device
  if device.vpn_connected then return "VPN already connected." end
  device.vpn_connected = true
  device.vpn_details = object("server_address", "192.168.1.1", "protocol", "OpenVPN",
    "server_performance", state.toolkit.vpn and state.toolkit.vpn.server_performance or "excellent")
  return with_bar(state, "VPN connected successfully.")
end

local function drop_vpn(device)
  local connected = device.vpn_connected
  if connected then
    device.vpn_connected = false
    device.vpn_details = null
  end
  return connected
end

local function disconnect_vpn(state)
  return with_bar(state, drop_vpn(state.user.device) and "VPN disconnected successfully."
    or "No active VPN connection to disconnect.")
end

local function break_vpn(state)
  connect_vpn(state)
  state.user.device.vpn_details.server_performance = "poor"
  state.toolkit.vpn = object("server_performance", "poor")
  return "VPN connection broken."
end

-- Apps.

local function app_of(device, name)
  if is_array(name) or is_object(name) then raise("unhashable type: '" .. type_of(name) .. "'") end
  return type(name) == "string" and device.app_statuses[name] or nil
end

local function granted(app)
  local names = {}
  for name, allowed in pairs(app.permissions) do
    if allowed then names[#names + 1] = name end
  end
  return names
end

local function check_installed_apps(state)
  local names = {}
  for name in pairs(state.user.device.app_statuses) do names[#names + 1] = name end
  return "The following apps are installed on the phone: " .. table.concat(names, ", ")
end

local function no_app(name)
  return "App '" .. python.str(name) .. "' not found on this phone."
end

local function check_app_status(state, args)
  local app = app_of(state.user.device, args.app_name)
  if not app then return no_app(args.app_name) end
  local text = "Status for App: " .. args.app_name
  local names = granted(app)
  if #names == 0 then return text .. "\n - Permissions: None granted." end
  return text .. "\n - Permissions Granted:\n   - " .. table.concat(names, "\n   - ")
end

local function check_app_permissions(state, args)
  local app = app_of(state.user.device, args.app_name)
  if not app then return no_app(args.app_name) end
  local names = granted(app)
  if #names == 0 then return "App '" .. args.app_name .. "' currently has no permissions granted." end
  return "App '" .. args.app_name .. "' has permission for: " .. table.concat(names, ", ") .. "."
end

-- The app, or nil, and the permission's name in lower case.
local function permission_of(state, args)
  local app = app_of(state.user.device, args.app_name)
  if type(args.permission) ~= "string" then no_member(args.permission, "lower") end
  return app, args.permission:lower()
end

local function grant_app_permission(state, args)
  local app, name = permission_of(state, args)
  local shown = "'" .. python.str(args.app_name) .. "'"
  if not app then
    return with_bar(state, "Error. App " .. shown .. " not found. Cannot grant permission.")
  end
  if app.permissions[name] == nil then
    return with_bar(state, "Error. Permission '" .. name .. "' not tracked for app " .. shown
      .. ", available permissions: ['sms', 'storage', 'phone', 'network']")
  end
  app.permissions[name] = true
  return with_bar(state, "Success. Permission '" .. name .. "' granted to app " .. shown .. ".")
end

local function remove_app_permission(state, args)
  local app, name = permission_of(state, args)
  if not app then
    return array(false, "App '" .. args.app_name .. "' not found. Cannot remove permission.")
  end
  if app.permissions[name] == nil then
    return array(false, "Permission '" .. name .. "' not tracked for app '" .. args.app_name .. "'.")
  end
  app.permissions[name] = false
  return array(true, "Permission '" .. name .. "' removed from app '" .. args.app_name .. "'.")
end

return {
  check_status_bar = check_status_bar,
  check_network_status = check_network_status,
  check_network_mode_preference = check_network_mode_preference,
  check_sim_status = check_sim_status,
  check_data_restriction_status = check_data_restriction_status,
  toggle_data_saver_mode = toggle(flip_data_saver, "Data Saver Mode"),
  turn_data_saver_mode_on = turn(flip_data_saver, true, "Data Saver Mode is now ON."),
  turn_data_saver_mode_off = turn(flip_data_saver, false, "Data Saver Mode is now OFF."),
  check_apn_settings = check_apn_settings,
  check_wifi_status = check_wifi_status,
  toggle_wifi = toggle_wifi,
  check_wifi_calling_status = check_wifi_calling_status,
  toggle_wifi_calling = toggle(flip_wifi_calling, "Wi-Fi Calling"),
  set_wifi_calling = set_wifi_calling,
  check_vpn_status = check_vpn_status,
  connect_vpn = connect_vpn,
  disconnect_vpn = disconnect_vpn,
  break_vpn = break_vpn,
  check_installed_apps = check_installed_apps,
  check_app_status = check_app_status,
  check_app_permissions = check_app_permissions,
  grant_app_permission = grant_app_permission,
  remove_app_permission = remove_app_permission,
}
