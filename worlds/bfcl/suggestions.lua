-- From 3.13 on, CPython guesses what a wrong keyword was meant to be: the nearest parameter, by an edit
-- distance in which a move costs 2 and a change of case 1, unless more than a third of the characters differ.

local move_cost, case_cost, longest = 2, 1, 40

local function substitution_cost(a, b)
  if a == b then return 0 end
  return a:lower() == b:lower() and case_cost or move_cost
end

-- Without what they begin and end with alike.
local function trimmed(a, b)
  local first = 1
  while first <= #a and first <= #b and a:sub(first, first) == b:sub(first, first) do first = first + 1 end
  a, b = a:sub(first), b:sub(first)
  while a ~= "" and b ~= "" and a:sub(-1) == b:sub(-1) do a, b = a:sub(1, -2), b:sub(1, -2) end
  return a, b
end

-- More than `most` when it is more than that.
local function distance(a, b, most)
  a, b = trimmed(a, b)
  if a == "" or b == "" then return (#a + #b) * move_cost end
  if #a > longest or #b > longest then return most + 1 end
  if #b < #a then a, b = b, a end
  if (#b - #a) * move_cost > most then return most + 1 end
  local row, result = {}, 0
  for i = 1, #a do row[i] = i * move_cost end
  for j = 1, #b do
    local diagonal = (j - 1) * move_cost
    result = diagonal
    local least = math.maxinteger
    for i = 1, #a do
      local substitute = diagonal + substitution_cost(b:sub(j, j), a:sub(i, i))
      diagonal = row[i]
      result = math.min(math.min(result, diagonal) + move_cost, substitute)
      row[i] = result
      least = math.min(least, result)
    end
    if least > most then return most + 1 end
  end
  return result
end

function python.suggestion(name, params)
  local candidates = {"self"}
  for i, param in ipairs(params) do candidates[i + 1] = param.name end
  local best, nearest = nil, math.maxinteger
  for _, candidate in ipairs(candidates) do
    local most = math.min((#name + #candidate + 3) * move_cost // 6, nearest - 1)
    local found = distance(name, candidate, most)
    if found <= most and found < nearest then best, nearest = candidate, found end
  end
  return best
end

return {}
