#include "envs/lua_values.hpp"

#include <fmt/format.h>

#include <new>

namespace stet::envs::lua {
namespace {

constexpr int depth_max = 200;

char null_mark;  // Its address is `null`.

Value take_at(lua_State* lua, int index, int depth, std::string& what);

/// A plain table is an array when its keys are 1…n.
Value take_table(lua_State* lua, int index, int depth, std::string& what) {
    const auto size = lua_rawlen(lua, index);
    std::size_t members = 0;
    for (lua_pushnil(lua); lua_next(lua, index) != 0; lua_pop(lua, 1))
        ++members;
    if (members != size || size == 0) {
        what = size == 0 && members == 0 ? "an empty table is neither: write array() or object()"
                                         : "the keys of a table have no order: write object(key, value, …)";
        return {};
    }
    std::vector<Value> items;
    for (std::size_t i = 1; i <= size && what.empty(); ++i) {
        lua_rawgeti(lua, index, static_cast<lua_Integer>(i));
        items.push_back(take_at(lua, lua_gettop(lua), depth + 1, what));
        lua_pop(lua, 1);
    }
    return make_array(std::move(items));
}

Value take_at(lua_State* lua, int index, int depth, std::string& what) {
    if (depth > depth_max) what = "a value is too deep";
    if (!what.empty()) return {};
    switch (lua_type(lua, index)) {
        case LUA_TBOOLEAN:
            return Value(lua_toboolean(lua, index) != 0);
        case LUA_TNUMBER:
            if (lua_isinteger(lua, index) != 0)
                return Value(static_cast<std::int64_t>(lua_tointeger(lua, index)));
            return Value(static_cast<double>(lua_tonumber(lua, index)));
        case LUA_TSTRING:
            return Value(text_at(lua, index));
        case LUA_TLIGHTUSERDATA:
            if (lua_touserdata(lua, index) == &null_mark) return Value();
            break;
        case LUA_TUSERDATA:
            if (const auto* proxy = proxy_at(lua, index)) return Value(*proxy);
            break;
        case LUA_TTABLE:
            return take_table(lua, index, depth, what);
        default:
            break;
    }
    what = fmt::format("a {} is no value", luaL_typename(lua, index));
    return {};
}
}  // namespace

RowStore& store_of(lua_State* lua) {
    return **static_cast<RowStore**>(lua_getextraspace(lua));
}

std::string_view text_at(lua_State* lua, int index) {
    std::size_t size = 0;
    const char* text = lua_tolstring(lua, index, &size);
    return {text, size};
}

ContainerPtr* proxy_at(lua_State* lua, int index) {
    return static_cast<ContainerPtr*>(luaL_testudata(lua, index, value_type));
}

std::size_t* rows_at(lua_State* lua, int index) {
    return static_cast<std::size_t*>(luaL_testudata(lua, index, rows_type));
}

void push(lua_State* lua, const Value& value) {
    luaL_checkstack(lua, 4, nullptr);
    if (const auto* boolean = value.boolean())
        lua_pushboolean(lua, static_cast<int>(*boolean));
    else if (const auto* integer = value.integer())
        lua_pushinteger(lua, *integer);
    else if (const auto* real = value.real())
        lua_pushnumber(lua, *real);
    else if (const auto* text = value.text())
        lua_pushlstring(lua, text->data(), text->size());
    else if (auto container = value.shared()) {
        new (lua_newuserdatauv(lua, sizeof(ContainerPtr), 0)) ContainerPtr(std::move(container));
        luaL_setmetatable(lua, value_type);
    } else {
        lua_pushlightuserdata(lua, &null_mark);
    }
}

Value take(lua_State* lua, int index, std::string& what) {
    return take_at(lua, lua_absindex(lua, index), 0, what);
}

Value take(lua_State* lua, int index) {
    std::string what;
    auto value = take(lua, index, what);
    if (!what.empty()) luaL_error(lua, "%s", what.c_str());
    return value;
}

}  // namespace stet::envs::lua
