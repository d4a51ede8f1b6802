#pragma once

#include "envs/row_store.hpp"
#include "envs/value.hpp"

#include <lua.hpp>
#include <string>
#include <string_view>

namespace stet::envs::lua {

// Values of a world as Lua sees them: arrays and objects are proxies of what the host holds. Lua is Debian's
// build as C++, whose errors are exceptions: what lives on the stack is taken down in order.

/// Makes the metatables, and the global functions that make and find values. The store must outlive the Lua
/// state.
void open_values(lua_State* lua, RowStore& store);
/// The global functions alone: array, object, copy, is_array, is_object, where, pairs.
void open_functions(lua_State* lua);

RowStore& store_of(lua_State* lua);
void push(lua_State* lua, const Value& value);
/// The global `state`, whose members are the world's collections.
void push_state(lua_State* lua);

/// The value at an index. `what` gets a complaint when it is none: a function, a table whose keys have no
/// order.
Value take(lua_State* lua, int index, std::string& what);
/// The same; raises a Lua error.
Value take(lua_State* lua, int index);

std::string_view text_at(lua_State* lua, int index);
/// Null when there is no array or object at the index.
ContainerPtr* proxy_at(lua_State* lua, int index);
/// The number of the collection there; null when it is none.
std::size_t* rows_at(lua_State* lua, int index);

/// A function gives the text of its complaint, if it has one; here it is raised, with its place in the
/// script.
template <int (*function)(lua_State*, std::string&)>
int guarded(lua_State* lua) {
    std::string what;
    const int results = function(lua, what);
    return what.empty() ? results : luaL_error(lua, "%s", what.c_str());
}

// The metatables' names.
inline constexpr const char* value_type = "value";
inline constexpr const char* rows_type = "collection";
inline constexpr const char* state_type = "state";

}  // namespace stet::envs::lua
