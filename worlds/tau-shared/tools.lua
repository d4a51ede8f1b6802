-- What tau-bench's worlds have in common.

local function calculate(_, args)
  if args.expression:find("[^0-9+%-*/(). ]") then return "Error: invalid characters in expression" end
  local value, problem = python.calculate(args.expression)
  if value == nil then return "Error: " .. problem end
  return python.str(python.round(value + 0.0, 2))
end

local function think()
  return ""
end

local function transfer_to_human_agents()
  return "Transfer successful"
end

return {calculate = calculate, think = think, transfer_to_human_agents = transfer_to_human_agents}
