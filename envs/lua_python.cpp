#include "envs/lua_python.hpp"

#include "envs/lua_values.hpp"
#include "envs/python_calculate.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>

namespace stet::envs::lua {
namespace {

int push_text(lua_State* lua, std::string_view text) {
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

/// Without digits an integer, as in Python.
int round_number(lua_State* lua) {
    const bool whole = lua_isnoneornil(lua, 2);
    const auto digits = luaL_optinteger(lua, 2, 0);
    if (lua_isinteger(lua, 1) != 0) {
        lua_pushvalue(lua, 1);
        return 1;
    }
    const double rounded = python_round(luaL_checknumber(lua, 1), static_cast<int>(digits));
    if (whole)
        lua_pushinteger(lua, static_cast<lua_Integer>(rounded));
    else
        lua_pushnumber(lua, rounded);
    return 1;
}

int str(lua_State* lua) {
    const auto value = take(lua, 1);
    if (const auto* text = value.text()) return push_text(lua, *text);
    return push_text(lua, python_text(value, PythonForm::repr));
}

int repr(lua_State* lua) {
    return push_text(lua, python_text(take(lua, 1), PythonForm::repr));
}

int json(lua_State* lua) {
    return push_text(lua, python_json(take(lua, 1)));
}

/// The value, or nil and the text of Python's exception.
int calculate(lua_State* lua) {
    const auto result = python_calculate(luaL_checkstring(lua, 1));
    if (!result) {
        lua_pushnil(lua);
        push_text(lua, result.error().what);
        return 2;
    }
    push(lua, *result);
    return 1;
}

}  // namespace

void open_python(lua_State* lua) {
    constexpr luaL_Reg functions[] = {{"round", round_number},  {"str", str},
                                      {"repr", repr},           {"json", json},
                                      {"calculate", calculate}, {nullptr, nullptr}};
    luaL_newlib(lua, functions);
    lua_setglobal(lua, "python");
}

}  // namespace stet::envs::lua
