#include "envs/lua_values.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::envs::lua {
namespace {

int make_array_of(lua_State* lua, std::string& what) {
    std::vector<Value> items;
    for (int i = 1; i <= lua_gettop(lua); ++i)
        items.push_back(take(lua, i, what));
    if (what.empty()) push(lua, make_array(std::move(items)));
    return 1;
}

int make_object_of(lua_State* lua, std::string& what) {
    const int count = lua_gettop(lua);
    if (count % 2 != 0) what = "object() takes keys and values in turn";
    auto made = std::make_shared<Container>(Container{.is_object = true});
    for (int i = 1; i + 1 <= count && what.empty(); i += 2) {
        if (lua_type(lua, i) != LUA_TSTRING) what = "the keys of an object are strings";
        if (!what.empty() || lua_isnil(lua, i + 1)) continue;
        made->set(text_at(lua, i), take(lua, i + 1, what));
    }
    if (what.empty()) push(lua, made);
    return 1;
}

int copy_value(lua_State* lua, std::string& what) {
    const auto value = take(lua, 1, what);
    if (what.empty()) push(lua, deep_copy(value));
    return 1;
}

int is_kind(lua_State* lua, bool object) {
    const auto* proxy = proxy_at(lua, 1);
    lua_pushboolean(lua, static_cast<int>(proxy != nullptr && (*proxy)->is_object == object));
    return 1;
}
int is_array(lua_State* lua, std::string&) {
    return is_kind(lua, false);
}
int is_object(lua_State* lua, std::string&) {
    return is_kind(lua, true);
}

/// where(collection, "origin", "JFK", "destination", "SEA"): the documents, in order, and their keys. Needs
/// an index.
int find_where(lua_State* lua, std::string& what) {
    const auto* rows = rows_at(lua, 1);
    if (rows == nullptr) {
        what = "where() takes a collection, then members and values in turn";
        return 0;
    }
    std::vector<std::string> members;
    std::vector<Value> values;
    for (int i = 2; i + 1 <= lua_gettop(lua) && what.empty(); i += 2) {
        members.emplace_back(luaL_tolstring(lua, i, nullptr));
        lua_pop(lua, 1);
        values.push_back(take(lua, i + 1, what));
    }
    if (!what.empty()) return 0;
    auto& store = store_of(lua);
    const auto& spec = store.tables()[*rows];
    const auto index = std::ranges::find(spec.indexes, members);
    if (index == spec.indexes.end()) {
        what = fmt::format("{} has no index [{}]", spec.name, fmt::join(members, ", "));
        return 0;
    }
    const auto keys = store.where(*rows, static_cast<std::size_t>(index - spec.indexes.begin()), values);
    lua_createtable(lua, static_cast<int>(keys.size()), 0);
    lua_createtable(lua, static_cast<int>(keys.size()), 0);
    for (std::size_t i = 0; i < keys.size(); ++i) {
        push(lua, *store.document(*rows, keys[i]));
        lua_rawseti(lua, -3, static_cast<lua_Integer>(i) + 1);
        lua_pushlstring(lua, keys[i].data(), keys[i].size());
        lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
    }
    return 2;
}

/// The iterator over a plain table: numbers upwards, then strings by their bytes. Upvalues: place, keys,
/// table.
int table_next(lua_State* lua) {
    const auto at = lua_tointeger(lua, lua_upvalueindex(1)) + 1;
    lua_pushinteger(lua, at);
    lua_replace(lua, lua_upvalueindex(1));
    if (lua_rawgeti(lua, lua_upvalueindex(2), at) == LUA_TNIL) return 1;
    lua_pushvalue(lua, -1);
    lua_rawget(lua, lua_upvalueindex(3));
    return 2;
}

int key_less(lua_State* lua) {
    const int a = lua_type(lua, 1), b = lua_type(lua, 2);
    lua_pushboolean(lua, static_cast<int>(a != b ? a == LUA_TNUMBER : lua_compare(lua, 1, 2, LUA_OPLT) != 0));
    return 1;
}

/// Lua's own goes by hashes that differ from process to process.
int ordered_pairs(lua_State* lua) {
    if (luaL_getmetafield(lua, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(lua, 1);
        lua_call(lua, 1, 3);
        return 3;
    }
    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_pushinteger(lua, 0);
    lua_newtable(lua);
    lua_Integer count = 0;
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        const int type = lua_type(lua, -2);
        if (type != LUA_TNUMBER && type != LUA_TSTRING)
            return luaL_error(lua, "keys of this type have no order");
        lua_pushvalue(lua, -2);
        lua_rawseti(lua, -4, ++count);
    }
    lua_getfield(lua, LUA_REGISTRYINDEX, "stet.sort");
    lua_pushvalue(lua, -2);
    lua_pushcfunction(lua, key_less);
    lua_call(lua, 2, 0);
    lua_pushvalue(lua, 1);
    lua_pushcclosure(lua, table_next, 3);
    return 1;
}
}  // namespace

void open_functions(lua_State* lua) {
    lua_getglobal(lua, "table");
    lua_getfield(lua, -1, "sort");
    lua_setfield(lua, LUA_REGISTRYINDEX, "stet.sort");
    lua_pop(lua, 1);
    lua_register(lua, "array", guarded<make_array_of>);
    lua_register(lua, "object", guarded<make_object_of>);
    lua_register(lua, "copy", guarded<copy_value>);
    lua_register(lua, "is_array", guarded<is_array>);
    lua_register(lua, "is_object", guarded<is_object>);
    lua_register(lua, "where", guarded<find_where>);
    lua_register(lua, "pairs", ordered_pairs);
}

}  // namespace stet::envs::lua
