#include "envs/lua_python.hpp"
#include "envs/lua_values.hpp"
#include "envs/python_random.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

// A generator as scripts see it: its seed and its place are members of an object in the state, so that a
// reset, or a call undone, takes back what was drawn.

namespace stet::envs::lua {
namespace {

constexpr const char* random_type = "random";

Container& record_of(lua_State* lua) {
    auto* record = static_cast<ContainerPtr*>(luaL_checkudata(lua, 1, random_type));
    return **record;
}

std::int64_t member(lua_State* lua, const Container& record, const char* name) {
    const auto* value = record.get(name);
    const auto* integer = value == nullptr ? nullptr : value->integer();
    if (integer == nullptr) luaL_error(lua, "a generator is an object with the integers seed and drawn");
    return *integer;
}

/// Draws, and notes how far the generator came.
template <class Draw>
void draw(lua_State* lua, Draw one) {
    auto& record = record_of(lua);
    PythonRandom random(member(lua, record, "seed"),
                        static_cast<std::uint64_t>(member(lua, record, "drawn")));
    one(random);
    record.set("drawn", Value(static_cast<std::int64_t>(random.drawn())));
    store_of(lua).touch(record);
}

int draw_random(lua_State* lua) {
    draw(lua, [lua](PythonRandom& random) { lua_pushnumber(lua, random.random()); });
    return 1;
}

int draw_uniform(lua_State* lua) {
    const double low = luaL_checknumber(lua, 2), high = luaL_checknumber(lua, 3);
    draw(lua, [&](PythonRandom& random) { lua_pushnumber(lua, low + (high - low) * random.random()); });
    return 1;
}

int draw_randint(lua_State* lua) {
    const auto low = luaL_checkinteger(lua, 2), high = luaL_checkinteger(lua, 3);
    luaL_argcheck(lua, low <= high, 3, "it is less than the first");
    const auto span = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1;
    luaL_argcheck(lua, span != 0 && span >> 63U == 0, 3, "the range is too large");
    draw(lua, [&](PythonRandom& random) {
        lua_pushinteger(lua, low + static_cast<lua_Integer>(random.below(span)));
    });
    return 1;
}

int draw_bits(lua_State* lua) {
    const auto count = luaL_checkinteger(lua, 2);
    luaL_argcheck(lua, count >= 1 && count <= 62, 2, "1 to 62 bits");
    draw(lua, [&](PythonRandom& random) {
        lua_pushinteger(lua, static_cast<lua_Integer>(random.bits(static_cast<unsigned>(count))));
    });
    return 1;
}

const Container& sequence_at(lua_State* lua, int index) {
    const auto* proxy = proxy_at(lua, index);
    luaL_argcheck(lua, proxy != nullptr && !(*proxy)->is_object, index, "it is no array");
    return **proxy;
}

int draw_choice(lua_State* lua) {
    const auto& items = sequence_at(lua, 2);
    luaL_argcheck(lua, items.size() > 0, 2, "it is empty");
    draw(lua, [&](PythonRandom& random) { push(lua, items.items[random.below(items.size())]); });
    return 1;
}

/// How large a population Python copies rather than remember what it took.
std::size_t pool_size_max(std::size_t count) {
    std::size_t size = 21;
    if (count > 5)
        size += static_cast<std::size_t>(std::pow(4, std::ceil(std::log(count * 3) / std::log(4))));
    return size;
}

std::vector<Value> sample(PythonRandom& random, std::vector<Value> from, std::size_t count) {
    std::vector<Value> taken;
    if (from.size() <= pool_size_max(count)) {
        for (auto left = from.size(); taken.size() < count; --left) {
            const auto at = random.below(left);
            taken.push_back(from[at]);
            from[at] = from[left - 1];
        }
        return taken;
    }
    for (std::set<std::uint64_t> seen; taken.size() < count;) {
        const auto at = random.below(from.size());
        if (seen.insert(at).second) taken.push_back(from[at]);
    }
    return taken;
}

int draw_sample(lua_State* lua) {
    const auto& items = sequence_at(lua, 2);
    const auto count = luaL_checkinteger(lua, 3);
    luaL_argcheck(lua, count >= 0 && static_cast<std::size_t>(count) <= items.size(), 3,
                  "more than there are");
    draw(lua, [&](PythonRandom& random) {
        push(lua, make_array(sample(random, items.items, static_cast<std::size_t>(count))));
    });
    return 1;
}

int collect(lua_State* lua) {
    static_cast<ContainerPtr*>(lua_touserdata(lua, 1))->~ContainerPtr();
    return 0;
}

/// python.random(record)
int make(lua_State* lua) {
    auto* record = proxy_at(lua, 1);
    luaL_argcheck(lua, record != nullptr && (*record)->is_object, 1, "it is no object");
    member(lua, **record, "seed");
    luaL_argcheck(lua, member(lua, **record, "drawn") >= 0, 1, "drawn is negative");
    new (lua_newuserdatauv(lua, sizeof(ContainerPtr), 0)) ContainerPtr(*record);
    luaL_setmetatable(lua, random_type);
    return 1;
}

}  // namespace

void open_random(lua_State* lua) {
    constexpr luaL_Reg methods[] = {{"random", draw_random},   {"uniform", draw_uniform},
                                    {"randint", draw_randint}, {"getrandbits", draw_bits},
                                    {"choice", draw_choice},   {"sample", draw_sample},
                                    {nullptr, nullptr}};
    luaL_newmetatable(lua, random_type);
    luaL_newlib(lua, methods);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, collect);
    lua_setfield(lua, -2, "__gc");
    lua_pushliteral(lua, "locked");
    lua_setfield(lua, -2, "__metatable");
    lua_pop(lua, 1);
    lua_getglobal(lua, "python");
    lua_pushcfunction(lua, make);
    lua_setfield(lua, -2, "random");
    lua_pop(lua, 1);
}

}  // namespace stet::envs::lua
