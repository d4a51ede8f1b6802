-- VehicleControlAPI: a car's engine, doors, climate, brakes and the way to go.

local values, classes = python.values, python.classes
local method, constant = classes.method, classes.constant
local add, subtract, multiply = values.add, values.subtract, values.multiply

local function default_doors()
  return object("driver", "unlocked", "passenger", "unlocked", "rear_left", "unlocked",
    "rear_right", "unlocked")
end

local function unlocked_doors(doors)
  local locked = 0
  for _, status in pairs(doors) do
    if status == "locked" then locked = locked + 1 end
  end
  return 4 - locked
end

local function load(scenario, long_context)
  local doors = scenario.doorStatus or default_doors()
  local vars = object(
    "fuelLevel", scenario.fuelLevel or 0.0,
    "batteryVoltage", scenario.batteryVoltage or 12.6,
    "engine_state", scenario.engineState or "stopped",
    "remainingUnlockedDoors", unlocked_doors(doors),
    "doorStatus", doors,
    "acTemperature", scenario.acTemperature or 25.0,
    "fanSpeed", scenario.fanSpeed or 50,
    "acMode", scenario.acMode or "auto",
    "humidityLevel", scenario.humidityLevel or 50.0,
    "headLightStatus", scenario.headLightStatus or "off",
    "parkingBrakeStatus", scenario.parkingBrakeStatus or "released",
    "brakePedalStatus", scenario.brakePedalStatus or "released",
    "distanceToNextVehicle", scenario.distanceToNextVehicle or 50.0,
    "cruiseStatus", scenario.cruiseStatus or "inactive",
    "destination", scenario.destination or "None",
    "frontLeftTirePressure", scenario.frontLeftTirePressure or 32.0,
    "frontRightTirePressure", scenario.frontRightTirePressure or 32.0,
    "rearLeftTirePressure", scenario.rearLeftTirePressure or 30.0,
    "rearRightTirePressure", scenario.rearRightTirePressure or 30.0,
    "long_context", long_context)
  local private = object(
    "random", object("seed", scenario.random_seed or 141053, "drawn", 0),
    "parkingBrakeForce", scenario.parkingBrakeForce or 0.0,
    "slopeAngle", scenario.slopeAngle or 0.0,
    "brakePedalForce", scenario.brakePedalForce or 0.0)
  return vars, private
end

local function drawn(self, low, high)
  return python.random(self.private.random):uniform(low, high)
end

-- STOP stops, whatever is answered: that the doors are open, or that the mode is wrong.
local function startEngine(self, ignitionMode)
  local vars = self.vars
  if ignitionMode == "STOP" then vars.engine_state = "stopped" end
  if values.compare(">", vars.remainingUnlockedDoors, 0) then
    local open = {}
    for door, status in pairs(vars.doorStatus) do
      if status == "unlocked" then open[#open + 1] = door end
    end
    return object("error", "All doors must be locked before starting the engine. "
      .. "Here are the unlocked doors: " .. table.concat(open, ", "))
  end
  if vars.brakePedalStatus ~= "pressed" then
    return object("error", "Brake pedal needs to be pressed when starting the engine.")
  end
  if not values.equal(self.private.brakePedalForce, 1000.0) then
    return object("error", "Must press the brake fully before starting the engine.")
  end
  if values.compare("<", vars.fuelLevel, 0.0) then return object("error", "Fuel tank is empty.") end
  if ignitionMode ~= "START" then return object("error", "Invalid ignition mode.") end
  vars.engine_state = "running"
  return object("engineState", vars.engine_state, "fuelLevel", vars.fuelLevel,
    "batteryVoltage", vars.batteryVoltage)
end

local function fillFuelTank(self, fuelAmount)
  local vars = self.vars
  if values.compare("<", fuelAmount, 0) then return object("error", "Fuel amount cannot be negative.") end
  local level = add(vars.fuelLevel, fuelAmount)
  if values.compare(">", level, 50) then
    return object("error", "Cannot fill gas above the tank capacity.")
  end
  if values.compare("<", level, 0.0) then
    return object("error", "Fuel tank is empty. Min fuel level is 0 gallons.")
  end
  vars.fuelLevel = level
  return object("fuelLevel", level)
end

local function lockDoors(self, unlock, door)
  local vars = self.vars
  local opens = values.truth(unlock)
  local status = opens and "unlocked" or "locked"
  for _, one in ipairs(values.iterate(door)) do
    if values.item(vars.doorStatus, one) ~= status then
      vars.doorStatus[one] = status
      vars.remainingUnlockedDoors = add(vars.remainingUnlockedDoors, opens and 1 or -1)
    end
  end
  return object("lockStatus", status, "remainingUnlockedDoors", vars.remainingUnlockedDoors)
end

local function adjustClimateControl(self, temperature, unit, fanSpeed, mode)
  local vars = self.vars
  if not values.between(0, fanSpeed, 100) then
    return object("error", "Fan speed must be between 0 and 100.")
  end
  vars.acTemperature = temperature
  if unit == "fahrenheit" then
    vars.acTemperature = values.divide(multiply(subtract(temperature, 32), 5), 9)
  end
  vars.fanSpeed = fanSpeed
  vars.acMode = mode
  return object("currentACTemperature", temperature, "climateMode", mode, "humidityLevel", vars.humidityLevel)
end

local function get_outside_temperature_from_google(self)
  local weather = object()
  if self.long_context then weather = copy(classes.extension(self.state, "LONG_WEATHER_EXTENSION")) end
  weather.outsideTemperature = drawn(self, -10.0, 40.0)
  return weather
end

local function get_outside_temperature_from_weather_com()
  return object("error", 404)
end

local function setHeadlights(self, mode)
  if mode ~= "on" and mode ~= "off" and mode ~= "auto" then
    return object("error", "Invalid headlight mode.")
  end
  self.vars.headLightStatus = mode == "on" and "on" or "off"
  return object("headlightStatus", self.vars.headLightStatus)
end

-- By option: what is shown, under which name. Names with an underscore before them are private attributes.
local status_members = {
  fuel = {"fuelLevel", "fuelLevel"},
  battery = {"batteryVoltage", "batteryVoltage"},
  doors = {"doorStatus", "doorStatus"},
  climate = {"currentACTemperature", "acTemperature", "fanSpeed", "fanSpeed", "climateMode", "acMode",
    "humidityLevel", "humidityLevel"},
  headlights = {"headlightStatus", "headLightStatus"},
  parkingBrake = {"parkingBrakeStatus", "parkingBrakeStatus", "parkingBrakeForce", "_parkingBrakeForce",
    "slopeAngle", "_slopeAngle"},
  brakePedal = {"brakePedalStatus", "brakePedalStatus", "brakePedalForce", "_brakePedalForce"},
  engine = {"engineState", "engine_state"},
}

local function displayCarStatus(self, option)
  local status = object()
  if self.long_context then
    status.metadata = classes.extension(self.state, "CAR_STATUS_METADATA_EXTENSION")
  end
  local members = values.is_str(option) and status_members[option]
  if not members then
    status.error = "Invalid option"
    return status
  end
  for i = 1, #members, 2 do
    local private = members[i + 1]:match("^_(.*)")
    status[members[i]] = private and self.private[private] or copy(self.vars[members[i + 1]])
  end
  return status
end

local function activateParkingBrake(self, mode)
  local private = self.private
  if mode ~= "engage" and mode ~= "release" then return object("error", "Invalid mode") end
  self.vars.parkingBrakeStatus = mode == "engage" and "engaged" or "released"
  private.parkingBrakeForce = mode == "engage" and 500.0 or 0.0
  private.slopeAngle = 10.0
  local instruction = self.long_context and classes.extension(self.state, "PARKING_BRAKE_INSTRUCTION") or nil
  return object("parkingBrakeInstruction", instruction, "parkingBrakeStatus", self.vars.parkingBrakeStatus,
    "_parkingBrakeForce", private.parkingBrakeForce, "_slopeAngle", private.slopeAngle)
end

local function pedal(self, status, force)
  self.vars.brakePedalStatus = status
  self.private.brakePedalForce = force
  return object("brakePedalStatus", status, "brakePedalForce", values.to_float(force))
end

local function pressBrakePedal(self, pedalPosition)
  if not values.between(0, pedalPosition, 1) then
    return object("error", "Pedal position must be between 0 and 1.")
  end
  if values.equal(pedalPosition, 0) then return pedal(self, "released", 0.0) end
  return pedal(self, "pressed", multiply(pedalPosition, 1000))
end

local function releaseBrakePedal(self)
  return pedal(self, "released", 0.0)
end

-- A wrong speed is found after the distance was set.
local function setCruiseControl(self, speed, activate, distanceToNextVehicle)
  local vars = self.vars
  local distance = values.to_float(distanceToNextVehicle)
  speed = values.to_float(speed)
  if vars.engine_state == "stopped" then
    return object("error", "Start the engine before activating the cruise control.")
  end
  local active = values.truth(activate)
  vars.distanceToNextVehicle = distance
  if active and (speed < 0 or speed > 120 or speed % 5 ~= 0) then return object("error", "Invalid speed") end
  vars.cruiseStatus = active and "active" or "inactive"
  return object("cruiseStatus", vars.cruiseStatus, "currentSpeed", speed, "distanceToNextVehicle", distance)
end

local function get_current_speed(self)
  return object("currentSpeed", drawn(self, 0.0, 120.0))
end

local function display_log(_, messages)
  return object("log", messages)
end

local function estimate_drive_feasibility_by_mileage(self, distance)
  return object("canDrive", not values.compare("<", multiply(self.vars.fuelLevel, 20.0), distance))
end

local function liter_to_gallon(_, liter)
  return object("gallon", multiply(liter, 0.264172))
end

local function gallon_to_liter(_, gallon)
  return object("liter", multiply(gallon, 3.78541))
end

-- By zip codes; each holds in both directions.
local distances = {}
for a, b, distance in ([[83214 74532 750, 56108 62947 320, 71354 83462 450, 47329 52013 290, 69238 51479 630,
  94016 83214 980, 94016 94704 600, 94704 08540 2550, 94016 08540 1950, 62947 47329 1053, 94016 62947 780,
  74532 94016 880]]):gmatch("(%d+) (%d+) (%d+)") do
  distances[a .. b], distances[b .. a] = tonumber(distance) + 0.0, tonumber(distance) + 0.0
end

local function estimate_distance(self, cityA, cityB)
  local known = values.is_str(cityA) and values.is_str(cityB) and #cityA == 5 and distances[cityA .. cityB]
  local result = known and object("distance", known) or object("error", "distance not found in database.")
  if self.long_context then
    result.intermediaryCities = copy(classes.extension(self.state, "INTERMEDIARY_CITIES"))
  end
  return result
end

local zip_codes = {
  Rivermist = "83214", Stonebrook = "74532", Maplecrest = "56108", Silverpine = "62947",
  Shadowridge = "71354", ["Sunset Valley"] = "83462", Oakendale = "47329", Willowbend = "52013",
  ["Crescent Hollow"] = "69238", Autumnville = "51479", ["San Francisco"] = "94016",
}

local function get_zipcode_based_on_city(_, city)
  return object("zipcode", values.is_str(city) and zip_codes[city] or "00000")
end

local function set_navigation(self, destination)
  self.vars.destination = destination
  return object("status", add("Navigating to ", destination))
end

local tires = {
  "frontLeftTirePressure", "frontRightTirePressure", "rearLeftTirePressure", "rearRightTirePressure"}

local function check_tire_pressure(self)
  local status, sum = object(), nil
  for _, name in ipairs(tires) do
    status[name] = self.vars[name]
    sum = sum and add(sum, status[name]) or status[name]
  end
  status.healthy_tire_pressure = values.between(30, values.divide(sum, 4), 35)
  status.car_info = self.long_context and classes.extension(self.state, "CAR_STATUS_METADATA_EXTENSION")
    or object()
  return status
end

local function find_nearest_tire_shop()
  return object("shopLocation", "456 Oakwood Avenue, Rivermist, 83214")
end

return classes.define("VehicleControlAPI", load, {
  startEngine = method("ignitionMode", startEngine),
  fillFuelTank = method("fuelAmount", fillFuelTank),
  lockDoors = method("unlock, door", lockDoors),
  adjustClimateControl = method("temperature, unit, fanSpeed, mode", adjustClimateControl,
    {unit = constant("celsius"), fanSpeed = constant(50), mode = constant("auto")}),
  get_outside_temperature_from_google = method("", get_outside_temperature_from_google),
  get_outside_temperature_from_weather_com = method("", get_outside_temperature_from_weather_com),
  setHeadlights = method("mode", setHeadlights),
  displayCarStatus = method("option", displayCarStatus),
  activateParkingBrake = method("mode", activateParkingBrake),
  pressBrakePedal = method("pedalPosition", pressBrakePedal),
  releaseBrakePedal = method("", releaseBrakePedal),
  setCruiseControl = method("speed, activate, distanceToNextVehicle", setCruiseControl),
  get_current_speed = method("", get_current_speed),
  display_log = method("messages", display_log),
  estimate_drive_feasibility_by_mileage = method("distance", estimate_drive_feasibility_by_mileage),
  liter_to_gallon = method("liter", liter_to_gallon),
  gallon_to_liter = method("gallon", gallon_to_liter),
  estimate_distance = method("cityA, cityB", estimate_distance),
  get_zipcode_based_on_city = method("city", get_zipcode_based_on_city),
  set_navigation = method("destination", set_navigation),
  check_tire_pressure = method("", check_tire_pressure),
  find_nearest_tire_shop = method("", find_nearest_tire_shop),
})
