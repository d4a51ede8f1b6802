#pragma once

#include <lua.hpp>

namespace stet::envs::lua {

/// The global `python`: what tools that are written in Python do with numbers and text. python.round(x,
/// digits), .str(x) and .repr(x) of numbers and strings, .json(value), .lower(text), .calculate(expression).
void open_python(lua_State* lua);
/// Adds python.random(record): a Mersenne Twister whose seed and place are members of `record`.
void open_random(lua_State* lua);

}  // namespace stet::envs::lua
