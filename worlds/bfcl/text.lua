-- Python's methods of str: what they take for a letter, a space or the end of a line goes beyond ASCII.

local values = python.values

-- Ranges of capitals that lie at a fixed distance from their small letters, or beside them (0).
local capitals = {
  {0xC0, 0xD6, 32}, {0xD8, 0xDE, 32}, {0x100, 0x12E, 0}, {0x132, 0x136, 0}, {0x139, 0x147, 0, 1},
  {0x14A, 0x176, 0}, {0x179, 0x17D, 0, 1}, {0x391, 0x3A1, 32}, {0x3A3, 0x3AB, 32}, {0x400, 0x40F, 80},
  {0x410, 0x42F, 32}, {0x460, 0x480, 0}, {0x48A, 0x4BE, 0}, {0x4D0, 0x52E, 0}, {0x1E00, 0x1E94, 0},
  {0x1EA0, 0x1EFE, 0}, {0x2160, 0x216F, 16}, {0x24B6, 0x24CF, 26}, {0xFF21, 0xFF3A, 32}}

local function small(code)
  if code == 0x178 then return 0xFF end
  for _, range in ipairs(capitals) do
    if code >= range[1] and code <= range[2] then
      if range[3] > 0 then return code + range[3] end
      return code % 2 == (range[4] or 0) and code + 1 or code
    end
  end
  return code
end

-- text.lower()
local function lower(text)
  values.need_type(text, "str", "lower")
  local plain = text:lower()
  if not plain:find("[\128-\255]") then return plain end
  return (plain:gsub(utf8.charpattern, function(character)
    if #character == 1 then return character end
    return utf8.char(small(utf8.codepoint(character)))
  end))
end

local line_ends = {}
for _, code in ipairs {0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029} do
  line_ends[code] = true
end

-- text.splitlines()
local function splitlines(text)
  values.need_type(text, "str", "splitlines")
  local lines, first, after_return = {}, 1, 0
  for at, code in utf8.codes(text) do
    if code == 0x0A and at == after_return then
      first = at + 1
    elseif line_ends[code] then
      lines[#lines + 1] = text:sub(first, at - 1)
      first = at + #utf8.char(code)
      if code == 0x0D then after_return = first end
    end
  end
  if first <= #text then lines[#lines + 1] = text:sub(first) end
  return lines
end

local function is_space(code)
  return code >= 0x09 and code <= 0x0D or code >= 0x1C and code <= 0x20 or code == 0x85 or code == 0xA0
    or code == 0x1680 or code >= 0x2000 and code <= 0x200A or code == 0x2028 or code == 0x2029
    or code == 0x202F or code == 0x205F or code == 0x3000
end

-- len(text.split())
local function word_count(text)
  values.need_type(text, "str", "split")
  local count, inside = 0, false
  for _, code in utf8.codes(text) do
    local space = is_space(code)
    if inside == space then
      inside = not space
      if inside then count = count + 1 end
    end
  end
  return count
end

values.lower, values.splitlines, values.word_count = lower, splitlines, word_count

return {}
