#include "envs/lua_host.hpp"

#include "envs/lua_python.hpp"
#include "envs/lua_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace stet::envs {
namespace {

constexpr int instructions_between_looks = 10'000;
constexpr const char* functions_name = "stet.functions";

char fail_mark;  // Its address stands before the text of a `fail`.

/// What the allocator and the hook go by.
struct Budget {
    std::size_t memory_used = 0, memory_bytes_max = 0;
    std::uint64_t instructions_left = 0;
};

void* allocate(void* budget_of, void* block, std::size_t old_size, std::size_t new_size) {
    auto& budget = *static_cast<Budget*>(budget_of);
    const auto freed = block == nullptr ? 0 : old_size;
    if (new_size == 0) {
        std::free(block);
        budget.memory_used -= freed;
        return nullptr;
    }
    if (new_size > freed && budget.memory_used + (new_size - freed) > budget.memory_bytes_max) return nullptr;
    void* made = std::realloc(block, new_size);
    if (made != nullptr) budget.memory_used += new_size - freed;
    return made;
}

Budget& budget_of(lua_State* lua) {
    void* budget = nullptr;
    lua_getallocf(lua, &budget);
    return *static_cast<Budget*>(budget);
}

void count_instructions(lua_State* lua, lua_Debug*) {
    auto& left = budget_of(lua).instructions_left;
    if (left < instructions_between_looks) luaL_error(lua, "the script runs too long");
    left -= instructions_between_looks;
}

/// fail(text): the call ends with this error of the tool's own.
int fail_call(lua_State* lua) {
    luaL_checkstring(lua, 1);
    lua_createtable(lua, 2, 0);
    lua_pushlightuserdata(lua, &fail_mark);
    lua_rawseti(lua, -2, 1);
    lua_pushvalue(lua, 1);
    lua_rawseti(lua, -2, 2);
    return lua_error(lua);
}

/// Tables and functions print as addresses, which differ from process to process.
int safe_tostring(lua_State* lua) {
    const int type = lua_type(lua, 1);
    const bool address = type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD;
    if (address) return luaL_error(lua, "a %s has no text", luaL_typename(lua, 1));
    luaL_tolstring(lua, 1, nullptr);
    return 1;
}

int safe_format(lua_State* lua) {
    const std::string_view format = luaL_checkstring(lua, 1);
    if (format.find("%p") != std::string_view::npos) return luaL_error(lua, "'%%p' is not known here");
    for (int i = 2; i <= lua_gettop(lua); ++i) {
        if (lua_type(lua, i) == LUA_TTABLE || lua_type(lua, i) == LUA_TFUNCTION)
            return luaL_error(lua, "a %s has no text", luaL_typename(lua, i));
    }
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

int frozen(lua_State* lua) {
    return luaL_error(lua, "'%s' is no local variable: scripts keep nothing outside of the state",
                      luaL_tolstring(lua, 2, nullptr));
}

/// What a chunk has for its globals: ours to read, nothing to write.
void push_frozen_globals(lua_State* lua) {
    lua_newtable(lua);
    lua_createtable(lua, 0, 3);
    lua_pushglobaltable(lua);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, frozen);
    lua_setfield(lua, -2, "__newindex");
    lua_setmetatable(lua, -2);
}

void remove_fields(lua_State* lua, const char* library, std::initializer_list<const char*> names) {
    lua_getglobal(lua, library);
    for (const auto* name : names) {
        lua_pushnil(lua);
        lua_setfield(lua, -2, name);
    }
    lua_pop(lua, 1);
}

void open_libraries(lua_State* lua) {
    constexpr std::array<luaL_Reg, 5> libraries{{{LUA_GNAME, luaopen_base},
                                                 {LUA_TABLIBNAME, luaopen_table},
                                                 {LUA_STRLIBNAME, luaopen_string},
                                                 {LUA_MATHLIBNAME, luaopen_math},
                                                 {LUA_UTF8LIBNAME, luaopen_utf8}}};
    for (const auto& library : libraries) {
        luaL_requiref(lua, library.name, library.func, 1);
        lua_pop(lua, 1);
    }
    remove_fields(lua, LUA_GNAME,
                  {"collectgarbage", "dofile", "getmetatable", "load", "loadfile", "next", "pcall", "print",
                   "rawequal", "rawget", "rawlen", "rawset", "warn", "xpcall"});
    remove_fields(lua, LUA_MATHLIBNAME, {"random", "randomseed"});
    remove_fields(lua, LUA_STRLIBNAME, {"dump"});
    lua_getglobal(lua, LUA_STRLIBNAME);
    lua_getfield(lua, -1, "format");
    lua_pushcclosure(lua, safe_format, 1);
    lua_setfield(lua, -2, "format");
    lua_pop(lua, 1);
    lua_register(lua, "tostring", safe_tostring);
    lua_register(lua, "fail", fail_call);
}

/// What a failed call left on the stack.
CallOutcome error_of(lua_State* lua) {
    CallOutcome outcome{.kind = CallOutcome::Kind::broken, .value = {}, .text = {}};
    if (lua_type(lua, -1) == LUA_TTABLE && lua_rawgeti(lua, -1, 1) == LUA_TLIGHTUSERDATA &&
        lua_touserdata(lua, -1) == &fail_mark) {
        outcome.kind = CallOutcome::Kind::failed;
        lua_rawgeti(lua, -2, 2);
    }
    const char* text = lua_tostring(lua, -1);
    outcome.text = text == nullptr ? "an error without a text" : text;
    lua_settop(lua, 0);
    return outcome;
}

int take_result(lua_State* lua) {
    auto& value = *static_cast<std::optional<Value>*>(lua_touserdata(lua, 2));
    if (!lua_isnil(lua, 1)) value = lua::take(lua, 1);
    return 0;
}

}  // namespace

struct LuaHost::State {
    Budget budget;
    lua_State* lua = nullptr;
    LuaLimits limits;

    void begin() { budget.instructions_left = limits.instructions_max; }
    ~State() {
        if (lua != nullptr) lua_close(lua);
    }
};

LuaHost::LuaHost(RowStore& store, const LuaLimits& limits) : state_(std::make_unique<State>()) {
    state_->limits = limits;
    state_->budget.memory_bytes_max = limits.memory_bytes_max;
    state_->lua = lua_newstate(allocate, &state_->budget);
    if (state_->lua == nullptr) throw Trouble("start Lua", "", "out of memory");
    auto* lua = state_->lua;
    open_libraries(lua);
    lua::open_values(lua, store);
    lua::open_python(lua);
    lua::open_random(lua);
    lua_newtable(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, functions_name);
    lua_sethook(lua, count_instructions, LUA_MASKCOUNT, instructions_between_looks);
}

LuaHost::~LuaHost() = default;

void LuaHost::set_global(const char* name, const Value& value) {
    lua::push(state_->lua, value);
    lua_setglobal(state_->lua, name);
}

Result<void> LuaHost::load(std::string_view source, const std::string& file) {
    auto* lua = state_->lua;
    state_->begin();
    lua_settop(lua, 0);
    if (luaL_loadbufferx(lua, source.data(), source.size(), ("@" + file).c_str(), "t") != LUA_OK)
        return Error{error_of(lua).text, {}};
    push_frozen_globals(lua);
    lua_setupvalue(lua, 1, 1);
    if (lua_pcall(lua, 0, 1, 0) != LUA_OK) return Error{error_of(lua).text, {}};
    if (!lua_istable(lua, 1))
        return Error{file + ": it returns no table of functions", "end it with: return {name = function …}"};
    lua_getfield(lua, LUA_REGISTRYINDEX, functions_name);
    for (lua_pushnil(lua); lua_next(lua, 1) != 0; lua_pop(lua, 1)) {
        if (lua_type(lua, -2) != LUA_TSTRING || !lua_isfunction(lua, -1)) {
            lua_settop(lua, 0);
            return Error{file + ": its table holds something else than functions by name", {}};
        }
        lua_pushvalue(lua, -2);
        lua_pushvalue(lua, -2);
        lua_settable(lua, 2);
    }
    lua_settop(lua, 0);
    return {};
}

bool LuaHost::knows(std::string_view function) const {
    auto* lua = state_->lua;
    lua_getfield(lua, LUA_REGISTRYINDEX, functions_name);
    lua_pushlstring(lua, function.data(), function.size());
    const bool known = lua_rawget(lua, -2) == LUA_TFUNCTION;
    lua_settop(lua, 0);
    return known;
}

CallOutcome LuaHost::call(std::string_view function, const std::vector<Value>& arguments) {
    auto* lua = state_->lua;
    state_->begin();
    lua_settop(lua, 0);
    lua_getfield(lua, LUA_REGISTRYINDEX, functions_name);
    lua_pushlstring(lua, function.data(), function.size());
    if (lua_rawget(lua, 1) != LUA_TFUNCTION) {
        lua_settop(lua, 0);
        return {CallOutcome::Kind::broken, {}, fmt::format("there is no function '{}'", function)};
    }
    lua::push_state(lua);
    for (const auto& argument : arguments)
        lua::push(lua, argument);
    if (lua_pcall(lua, static_cast<int>(arguments.size()) + 1, 1, 0) != LUA_OK) return error_of(lua);
    CallOutcome outcome;
    lua_pushcfunction(lua, take_result);
    lua_insert(lua, -2);
    lua_pushlightuserdata(lua, &outcome.value);
    if (lua_pcall(lua, 2, 0, 0) != LUA_OK) return error_of(lua);
    lua_settop(lua, 0);
    return outcome;
}

namespace {

class LuaTool final : public Provider {
public:
    LuaTool(LuaHost& host, std::string function) : host_(host), function_(std::move(function)) {}
    CallOutcome call(const Value& arguments) override { return host_.call(function_, {arguments}); }

private:
    LuaHost& host_;
    std::string function_;
};

}  // namespace

std::unique_ptr<Provider> make_lua_tool(LuaHost& host, std::string function) {
    return std::make_unique<LuaTool>(host, std::move(function));
}

}  // namespace stet::envs
