#include "envs/lua_values.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::envs::lua {
namespace {

bool reaches(const Value& value, const Container& wanted) {
    const auto* container = value.container();
    if (container == nullptr || container->row != 0) return false;
    if (container == &wanted) return true;
    return std::ranges::any_of(container->items, [&](const Value& item) { return reaches(item, wanted); });
}

/// What is put into a container becomes part of its row.
Value take_for(lua_State* lua, int index, Container& owner, std::string& what) {
    const auto value = take(lua, index, what);
    if (owner.row == 0 && reaches(value, owner)) what = "a value cannot hold itself";
    return store_of(lua).adopt(owner, value);
}

int value_index(lua_State* lua, std::string& what) {
    const auto& container = **proxy_at(lua, 1);
    const Value* found = nullptr;
    if (container.is_object && lua_type(lua, 2) == LUA_TSTRING) {
        found = container.get(text_at(lua, 2));
    } else if (!container.is_object && lua_isinteger(lua, 2) != 0) {
        const auto at = lua_tointeger(lua, 2);
        if (at >= 1 && static_cast<std::size_t>(at) <= container.size())
            found = &container.items[static_cast<std::size_t>(at) - 1];
    } else {
        what = fmt::format("{} has no member of type {}", container.is_object ? "an object" : "an array",
                           luaL_typename(lua, 2));
        return 0;
    }
    if (found == nullptr)
        lua_pushnil(lua);
    else
        push(lua, *found);
    return 1;
}

void set_item(lua_State* lua, Container& array, std::string& what) {
    const auto at = lua_isinteger(lua, 2) != 0 ? lua_tointeger(lua, 2) : 0;
    const auto size = static_cast<lua_Integer>(array.size());
    if (lua_isnil(lua, 3)) {
        if (at == size && size > 0)
            array.items.pop_back();
        else if (at < 1 || at > size + 1)
            what = "only the last item of an array can be set to nil; see table.remove";
        return;
    }
    if (at < 1 || at > size + 1) {
        what = fmt::format("an array of {} has no place {}", size, at);
        return;
    }
    auto value = take_for(lua, 3, array, what);
    if (!what.empty()) return;
    if (at == size + 1)
        array.items.push_back(std::move(value));
    else
        array.items[static_cast<std::size_t>(at) - 1] = std::move(value);
}

int value_newindex(lua_State* lua, std::string& what) {
    auto& container = **proxy_at(lua, 1);
    if (!container.is_object) {
        set_item(lua, container, what);
    } else if (lua_type(lua, 2) != LUA_TSTRING) {
        what = "the keys of an object are strings";
    } else if (lua_isnil(lua, 3)) {
        container.erase(text_at(lua, 2));
    } else {
        auto value = take_for(lua, 3, container, what);
        if (what.empty()) container.set(text_at(lua, 2), std::move(value));
    }
    store_of(lua).touch(container);
    return 0;
}

int value_len(lua_State* lua, std::string&) {
    lua_pushinteger(lua, static_cast<lua_Integer>((*proxy_at(lua, 1))->size()));
    return 1;
}

int value_eq(lua_State* lua, std::string&) {
    const auto *a = proxy_at(lua, 1), *b = proxy_at(lua, 2);
    lua_pushboolean(lua, static_cast<int>(a != nullptr && b != nullptr && *a == *b));
    return 1;
}

int value_gc(lua_State* lua) {
    static_cast<ContainerPtr*>(lua_touserdata(lua, 1))->~ContainerPtr();
    return 0;
}

int value_tostring(lua_State* lua, std::string&) {
    const auto text = compact_json(Value(*proxy_at(lua, 1)));
    lua_pushlstring(lua, text.data(), text.size());
    return 1;
}

/// The iterator of `pairs`: its first upvalue is the place, its second what is iterated.
int value_next(lua_State* lua, std::string&) {
    const auto& container = **proxy_at(lua, lua_upvalueindex(2));
    const auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(1)));
    if (at >= container.size()) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
    lua_replace(lua, lua_upvalueindex(1));
    if (container.is_object)
        lua_pushlstring(lua, container.keys[at].data(), container.keys[at].size());
    else
        lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
    push(lua, container.items[at]);
    return 2;
}

int value_pairs(lua_State* lua, std::string&) {
    lua_pushinteger(lua, 0);
    lua_pushvalue(lua, 1);
    lua_pushcclosure(lua, guarded<value_next>, 2);
    return 1;
}

bool is_key(lua_State* lua, int index, std::string& what) {
    if (lua_type(lua, index) == LUA_TSTRING) return true;
    what = fmt::format("the keys of a collection are strings, not of type {}", luaL_typename(lua, index));
    return false;
}

int rows_index(lua_State* lua, std::string&) {
    const auto* document =
        lua_type(lua, 2) == LUA_TSTRING ? store_of(lua).document(*rows_at(lua, 1), text_at(lua, 2)) : nullptr;
    if (document == nullptr)
        lua_pushnil(lua);
    else
        push(lua, *document);
    return 1;
}

int rows_newindex(lua_State* lua, std::string& what) {
    const auto table = *rows_at(lua, 1);
    if (!is_key(lua, 2, what)) return 0;
    if (lua_isnil(lua, 3)) {
        store_of(lua).erase_document(table, text_at(lua, 2));
        return 0;
    }
    const auto value = take(lua, 3, what);
    if (what.empty()) store_of(lua).put_document(table, text_at(lua, 2), value);
    return 0;
}

int rows_len(lua_State* lua, std::string&) {
    lua_pushinteger(lua, static_cast<lua_Integer>(store_of(lua).keys(*rows_at(lua, 1)).size()));
    return 1;
}

/// Goes by the keys as they are when it is asked; a row that is gone meanwhile is passed over.
int rows_next(lua_State* lua, std::string&) {
    auto& store = store_of(lua);
    const auto table = *rows_at(lua, lua_upvalueindex(2));
    auto at = static_cast<std::size_t>(lua_tointeger(lua, lua_upvalueindex(1)));
    const auto& keys = store.keys(table);
    if (at >= keys.size()) {
        lua_pushnil(lua);
        return 1;
    }
    const auto key = keys[at];
    lua_pushinteger(lua, static_cast<lua_Integer>(at) + 1);
    lua_replace(lua, lua_upvalueindex(1));
    lua_pushlstring(lua, key.data(), key.size());
    push(lua, *store.document(table, key));
    return 2;
}

int rows_pairs(lua_State* lua, std::string&) {
    lua_pushinteger(lua, 0);
    lua_pushvalue(lua, 1);
    lua_pushcclosure(lua, guarded<rows_next>, 2);
    return 1;
}

int state_index(lua_State* lua, std::string& what) {
    if (!is_key(lua, 2, what)) return 0;
    const auto& tables = store_of(lua).tables();
    const auto found = std::ranges::find(tables, text_at(lua, 2), &TableSpec::name);
    if (found == tables.end() || !found->collection) {
        what = fmt::format("the world has no collection '{}'", text_at(lua, 2));
        return 0;
    }
    auto* rows = static_cast<std::size_t*>(lua_newuserdatauv(lua, sizeof(std::size_t), 0));
    *rows = static_cast<std::size_t>(found - tables.begin());
    luaL_setmetatable(lua, rows_type);
    return 1;
}

int refuse(lua_State* lua, std::string& what) {
    what = fmt::format("'{}' cannot be set", luaL_tolstring(lua, 2, nullptr));
    return 0;
}
void make_type(lua_State* lua, const char* name, const luaL_Reg* functions) {
    luaL_newmetatable(lua, name);
    luaL_setfuncs(lua, functions, 0);
    lua_pushliteral(lua, "locked");
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
}

}  // namespace

void push_state(lua_State* lua) {
    lua_getfield(lua, LUA_REGISTRYINDEX, "stet.state");
}

void open_values(lua_State* lua, RowStore& store) {
    *static_cast<RowStore**>(lua_getextraspace(lua)) = &store;
    constexpr luaL_Reg of_values[] = {{"__index", guarded<value_index>},
                                      {"__newindex", guarded<value_newindex>},
                                      {"__len", guarded<value_len>},
                                      {"__eq", guarded<value_eq>},
                                      {"__pairs", guarded<value_pairs>},
                                      {"__tostring", guarded<value_tostring>},
                                      {"__gc", value_gc},
                                      {nullptr, nullptr}};
    constexpr luaL_Reg of_rows[] = {{"__index", guarded<rows_index>},
                                    {"__newindex", guarded<rows_newindex>},
                                    {"__len", guarded<rows_len>},
                                    {"__pairs", guarded<rows_pairs>},
                                    {nullptr, nullptr}};
    constexpr luaL_Reg of_state[] = {
        {"__index", guarded<state_index>}, {"__newindex", guarded<refuse>}, {nullptr, nullptr}};
    make_type(lua, value_type, of_values);
    make_type(lua, rows_type, of_rows);
    make_type(lua, state_type, of_state);
    lua_newuserdatauv(lua, 0, 0);
    luaL_setmetatable(lua, state_type);
    lua_setfield(lua, LUA_REGISTRYINDEX, "stet.state");
    push(lua, Value());
    lua_setglobal(lua, "null");
    open_functions(lua);
}

}  // namespace stet::envs::lua
