#pragma once

#include "envs/provider.hpp"
#include "envs/row_store.hpp"
#include "envs/value.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace stet::envs {

struct LuaLimits {
    std::uint64_t instructions_max = 50'000'000;  ///< For one call.
    std::size_t memory_bytes_max = 256 << 20;     ///< For one world.
};

/// Runs a world's tools that are written in Lua 5.4, so that they can harm nothing and always do the same: no
/// files, no clock, no random numbers, no code from strings, tables in a fixed order. docs/worlds.md says
/// what a script finds. The store must outlive it. One thread.
class LuaHost {
public:
    LuaHost(RowStore& store, const LuaLimits& limits);
    ~LuaHost();
    LuaHost(const LuaHost&) = delete;
    LuaHost& operator=(const LuaHost&) = delete;

    /// A global of the scripts, e.g. `now`; before `load`.
    void set_global(const char* name, const Value& value);
    /// Runs a chunk that returns a table of functions by name: tools, or checks. `file` is what errors call
    /// it. An error says file and line.
    [[nodiscard]] Result<void> load(std::string_view source, const std::string& file);
    bool knows(std::string_view function) const;
    /// Calls `function(state, arguments…)`. Failed: it called `fail(text)`. Without a value: it returned
    /// nothing.
    CallOutcome call(std::string_view function, const std::vector<Value>& arguments);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The tool that this function is. The host must outlive it.
std::unique_ptr<Provider> make_lua_tool(LuaHost& host, std::string function);

}  // namespace stet::envs
