-- datetime.strptime for the formats that the tools use, and moments as seconds since 1970 in UTC.

local values = python.values

local function days_before(year, month, day)
  local y = month <= 2 and year - 1 or year
  local era = y // 400
  local of_era = y - era * 400
  local of_year = (153 * (month + (month > 2 and -3 or 9)) + 2) // 5 + day - 1
  return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
end

local function days_in_month(year, month)
  if month == 2 then
    return (year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)) and 29 or 28
  end
  return (month == 4 or month == 6 or month == 9 or month == 11) and 30 or 31
end

-- The alternatives of a directive's regular expression, in order.
local alternatives = {
  Y = {"%d%d%d%d"},
  m = {"1[0-2]", "0[1-9]", "[1-9]"},
  d = {"3[01]", "[12]%d", "0[1-9]", "[1-9]", " [1-9]"},
  H = {"2[0-3]", "[01]%d", "%d"},
  M = {"[0-5]%d", "%d"},
  S = {"6[01]", "[0-5]%d", "%d"},
}

-- The place after the match, or nil; `parts` gets what each directive took. Goes back like a regular
-- expression when what follows does not fit.
local function match(text, at, format, place, parts)
  if place > #format then return at end
  local mark = format:sub(place, place)
  if mark == " " then
    local last = select(2, text:find("^%s+", at))
    return last and match(text, last + 1, format, place + 1, parts)
  end
  if mark ~= "%" then
    return text:sub(at, at) == mark and match(text, at + 1, format, place + 1, parts) or nil
  end
  local name = format:sub(place + 1, place + 1)
  for _, one in ipairs(alternatives[name]) do
    local taken = text:match("^" .. one, at)
    local after = taken and match(text, at + #taken, format, place + 2, parts)
    if after then
      parts[name] = math.tointeger(tonumber(taken))
      return after
    end
  end
end

-- A moment {year, month, day, seconds}, or nil and the text of the ValueError.
local function parse_date(text, format)
  if not values.is_str(text) then
    values.raise("strptime() argument 1 must be str, not " .. values.type_name(text))
  end
  local parts = {}
  local after = match(text, 1, format, 1, parts)
  if not after then
    return nil, ("time data %s does not match format %s"):format(values.repr(text), values.repr(format))
  end
  if after <= #text then return nil, "unconverted data remains: " .. text:sub(after) end
  if parts.Y == 0 then return nil, "year 0 is out of range" end
  if parts.d > days_in_month(parts.Y, parts.m) then return nil, "day is out of range for month" end
  if (parts.S or 0) > 59 then return nil, "second must be in 0..59" end
  local days = days_before(parts.Y, parts.m, parts.d)
  local seconds = days * 86400 + (parts.H or 0) * 3600 + (parts.M or 0) * 60 + (parts.S or 0)
  return {year = parts.Y, month = parts.m, day = parts.d, seconds = seconds}
end

-- The same for callers that catch nothing.
local function need_date(text, format)
  local date, problem = parse_date(text, format)
  return date or values.raise(problem)
end

values.parse_date, values.need_date = parse_date, need_date

return {}
