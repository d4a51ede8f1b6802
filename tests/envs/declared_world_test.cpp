#include "envs/declared_world.hpp"

#include "envs/foreign_digest.hpp"
#include "envs/row_store.hpp"
#include "envs/value_text.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

#include <random>

namespace stet {
namespace {

constexpr const char* notes_world = R"({
  "world": "notes", "clock": "2024-05-15T15:00:00",
  "error_prefix": "Error: ", "script_error": "Error: {error}",
  "state": [{"collection": "notes", "from": "notes.json", "indexes": [["kind"]]}],
  "scripts": ["tools.lua"],
  "tools": {"get": {}, "put": {}, "drop": {}, "list": {}, "find": {},
            "wrong": {}, "endless": {}, "refuse": {}, "half": {}, "leak": {}}
})";

constexpr const char* notes_tools = R"(
local function get(state, args) return state.notes[args.id] or "Error: no such note" end
local function put(state, args)
  local note = state.notes[args.id]
  if note then note.text = args.text else
    state.notes[args.id] = object("text", args.text, "kind", "new", "at", now, "tags", array())
  end
  local tags = state.notes[args.id].tags
  tags[#tags + 1] = args.text
  return state.notes[args.id]
end
local function drop(state, args) state.notes[args.id] = nil return "dropped" end
local function list(state)
  local ids = array()
  for id in pairs(state.notes) do ids[#ids + 1] = id end
  return ids
end
local function find(state, args)
  local found = array()
  for _, note in ipairs(where(state.notes, "kind", args.kind)) do found[#found + 1] = note.text end
  return found
end
local function wrong(state, args) return args.a.b.c end
local function endless() while true do end end
local function refuse(state, args) state.notes.a.text = "half" fail("Error: refused") end
local function half(state, args) state.notes.a.text = "half" error("broken") end
local function leak() counter = 1 end
return {get = get, put = put, drop = drop, list = list, find = find, wrong = wrong, endless = endless,
        refuse = refuse, half = half, leak = leak}
)";

constexpr const char* notes_state = R"({"b":{"text":"one","kind":"old","at":"","tags":[]},)"
                                    R"("a":{"text":"two","kind":"old","at":"","tags":[1.0,1]}})";

struct Notes {
    Notes() {
        test::write_file(dir / "world.json", notes_world);
        test::write_file(dir / "tools.lua", notes_tools);
        test::write_file(dir / "notes.json", notes_state);
        world = open_world(dir.path().string(), files_in(dir.path()), {}).value();
    }
    WorldAnswer ask(const std::string& tool, const std::string& arguments = "{}") {
        return world->step({tool, arguments});
    }

    test::TempDir dir;
    std::unique_ptr<Environment> world;
};

}  // namespace

TEST_CASE("envs/declared_world: tools answer from the state, and say what they changed") {
    Notes notes;
    CHECK(notes.ask("get", R"({"id":"a"})").content ==
          R"({"text": "two", "kind": "old", "at": "", "tags": [1.0, 1]})");
    CHECK(notes.ask("get", R"({"id":"a"})").changes == "[]");
    CHECK(notes.ask("get", R"({"id":"x"})").status == ToolStatus::tool_error);
    CHECK(notes.ask("put", R"({"id":"a","text":"more"})").changes ==
          R"([{"op":"replace","path":"/notes/a/text","value":"more"},)"
          R"({"op":"add","path":"/notes/a/tags/2","value":"more"}])");
    CHECK(notes.ask("put", R"({"id":"c/d","text":"new"})").changes ==
          R"([{"op":"add","path":"/notes/c~1d","value":{"text":"new","kind":"new",)"
          R"("at":"2024-05-15T15:00:00","tags":["new"]}}])");
    CHECK(notes.ask("find", R"({"kind":"new"})").content == R"(["new"])");
    CHECK(notes.ask("list").content == R"(["b", "a", "c/d"])");
    CHECK(notes.ask("drop", R"({"id":"b"})").changes == R"([{"op":"remove","path":"/notes/b"}])");
    CHECK(notes.ask("list").content == R"(["a", "c/d"])");
    CHECK(notes.ask("elsewhere").content == "Unknown tool elsewhere");
    CHECK(notes.ask("elsewhere").status == ToolStatus::unknown_tool);
}

TEST_CASE("envs/declared_world: a reset brings the first state back, to the byte") {
    Notes notes;
    const auto first = notes.world->state();
    const auto list = notes.ask("list").content, a = notes.ask("get", R"({"id":"a"})").content;
    for (int episode = 0; episode < 3; ++episode) {
        notes.ask("put", R"({"id":"a","text":"more"})");
        notes.ask("drop", R"({"id":"b"})");
        CHECK(notes.world->state() != first);
        REQUIRE(notes.world->reset({}).has_value());
        CHECK(notes.world->state() == first);
        CHECK(notes.ask("list").content == list);
        CHECK(notes.ask("get", R"({"id":"a"})").content == a);
    }
}

TEST_CASE("envs/declared_world: what one call changed does not outlive a reset, though another was undone") {
    Notes notes;
    const auto a = notes.ask("get", R"({"id":"a"})").content, list = notes.ask("list").content;
    notes.ask("put", R"({"id":"a","text":"more"})");
    notes.ask("put", R"({"id":"c","text":"new"})");
    notes.ask("half");
    notes.ask("get", R"({"id":"a"})");
    notes.ask("list");
    REQUIRE(notes.world->reset({}).has_value());
    CHECK(notes.ask("get", R"({"id":"a"})").content == a);
    CHECK(notes.ask("list").content == list);
}

TEST_CASE("envs/declared_world: a script that is wrong is an error with its place, and changes nothing") {
    Notes notes;
    const auto first = notes.world->state();
    CHECK(notes.ask("wrong").content.find("Error: tools.lua:23: ") == 0);
    CHECK(notes.ask("half").content == "Error: tools.lua:26: broken");
    CHECK(notes.ask("endless").content.find("the script runs too long") != std::string::npos);
    CHECK(notes.ask("leak").content.find("'counter' is no local variable") != std::string::npos);
    CHECK(notes.ask("get", "[").status == ToolStatus::tool_error);
    CHECK(notes.world->state() == first);
    // A tool that fails of its own accord keeps what it did before.
    CHECK(notes.ask("refuse").content == "Error: refused");
    CHECK(notes.ask("get", R"({"id":"a"})").content.find("half") != std::string::npos);
}

TEST_CASE("envs/declared_world: scripts find no clock, no chance, no file and no code") {
    for (const std::string use :
         {"os.time()", "io.open('x')", "math.random()", "load('return 1')", "require('x')", "pcall(error)",
          "tostring({})", "string.format('%p', {})", "next({})", "getmetatable('')", "collectgarbage()",
          "coroutine.create(error)", "debug.traceback()", "string.rep('x', 1 << 40)", "error({})"}) {
        CAPTURE(use);
        Notes notes;
        test::write_file(notes.dir / "tools.lua",
                         "local function get() return " + use + " end return {get = get}");
        test::write_file(notes.dir / "world.json",
                         R"({"world":"w","scripts":["tools.lua"],"tools":{"get":{}}})");
        auto world = open_world(notes.dir.path().string(), files_in(notes.dir.path()), {}).value();
        CHECK(world->step({"get", "{}"}).status == ToolStatus::unanswered);
    }
}

TEST_CASE("envs/declared_world: what is wrong in a declaration is told with its place") {
    struct Row {
        const char *file, *text, *says;
    };
    const Row rows[] = {
        {"world.json", "{", "world.json: "},
        {"world.json", R"({"world":"w","colour":1})", "\"colour\": there is no such member"},
        {"world.json", R"({"version":"1"})", "a world has a name"},
        {"world.json", R"({"world":"w","scripts":["none.lua"]})", "none.lua is not in "},
        {"world.json", R"({"world":"w","scripts":["tools.lua"],"tools":{"fly":{}}})",
         "no script has a function fly"},
        {"world.json", R"({"world":"w","tools":{"fly":{"provider":"magic"}}})",
         "there is no provider 'magic'"},
        {"tools.lua", "return {get = 1}", "something else than functions"},
        {"tools.lua", "local x = = 1", "tools.lua:1: "},
        {"tools.lua", "return 1", "returns no table"},
        {"notes.json", "[]", "a collection is an object by key"},
        {"notes.json", R"({"a":123456789012345678901})", "notes.json: a: "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.says);
        Notes notes;
        test::write_file(notes.dir / row.file, row.text);
        const auto world = open_world(notes.dir.path().string(), files_in(notes.dir.path()), {});
        REQUIRE_FALSE(world.has_value());
        CAPTURE(world.error().what);
        CHECK(world.error().what.find(row.says) != std::string::npos);
    }
}

namespace {

/// A world of two sides that are kept in step, as a task's set-up leaves it.
struct Phone {
    Phone() {
        test::write_file(dir / "world.json", R"({
  "world": "phone", "argument_errors": "python", "script_error": "Error: {error}",
  "prepare": "prepare", "after_call": "couple",
  "state": [{"collection": "agent", "from": "all.json#/a~1b"}, {"collection": "user"}],
  "scripts": ["tools.lua"],
  "tools": {
    "pay": {"callable": "Agent.pay", "arguments": {"properties": {"sum": {}, "note": {}, "to": {}, "on": {}},
                                                   "required": ["sum", "to", "on"]}},
    "look": {"caller": "user", "arguments": {}},
    "roll": {"caller": "any"}}
})");
        test::write_file(dir / "all.json", R"({"a/b": {"account": {"paid": 0}}})");
        test::write_file(dir / "tools.lua", R"(
local function prepare(state) state.agent.account.open = true state.user.phone = object("sees", 0) end
local function couple(state) state.user.phone.sees = state.agent.account.paid end
local function give(state, args) state.agent.account.paid = args.sum end
local function pay(state, args)
  state.agent.account.paid = state.agent.account.paid + args.sum
  return "paid"
end
local function look(state) return state.user.phone end
local function roll(state)
  local die = state.agent.die
  if not die then
    state.agent.die = object("seed", 1053520, "drawn", 0)
    die = state.agent.die
  end
  local random = python.random(die)
  local numbers = array()
  for i = 1, 5 do numbers[i] = random:randint(1, 100) end
  return array(numbers, random:random(), random:getrandbits(40), random:uniform(1, 2), random:choice(numbers),
               random:sample(array(1, 2, 3, 4, 5), 3))
end
return {prepare = prepare, couple = couple, give = give, pay = pay, look = look, roll = roll}
)");
        world = open_world(dir.path().string(), files_in(dir.path()), {}).value();
    }
    std::string ask(const std::string& tool, const std::string& arguments, const std::string& caller) {
        return world->step({tool, arguments, caller}).content;
    }

    test::TempDir dir;
    std::unique_ptr<Environment> world;
};

}  // namespace

TEST_CASE("envs/declared_world: a state is prepared once, and coupled after every call") {
    Phone phone;
    CHECK(phone.ask("look", "{}", "user") == R"({"sees": 0})");
    const auto paid = phone.world->step({"pay", R"({"sum":7,"to":"x","on":"y"})"});
    CHECK(paid.content == "paid");
    CHECK(paid.changes == R"([{"op":"replace","path":"/agent/account/paid","value":7},)"
                          R"({"op":"replace","path":"/user/phone/sees","value":7}])");
    CHECK(phone.ask("look", "{}", "user") == R"({"sees": 7})");
}

TEST_CASE("envs/declared_world: an episode begins as its task sets it up, and the next one without it") {
    Phone phone;
    const auto plain = phone.world->state();
    WorldStart start;
    start.setup.push_back({"give", R"({"sum":3})", "assistant"});
    REQUIRE(phone.world->reset(start).has_value());
    CHECK(phone.ask("look", "{}", "user") == R"({"sees": 3})");
    REQUIRE(phone.world->reset({}).has_value());
    CHECK(phone.world->state() == plain);
    start.setup.push_back({"take", "{}", "assistant"});
    CHECK(phone.world->reset(start).error().what.find("take") != std::string::npos);
}

TEST_CASE(
    "envs/declared_world: a tool answers those whose it is, and calls that do not fit as Python would") {
    Phone phone;
    struct Row {
        const char *tool, *arguments, *caller, *content;
    };
    const Row rows[] = {
        {"look", "{}", "assistant", "Unknown tool look"},
        {"pay", R"({"sum":1,"to":"x","on":"y"})", "user", "Unknown tool pay"},
        {"pay", R"({"sum":1,"tip":2})", "assistant",
         "Error: Agent.pay() got an unexpected keyword argument 'tip'"},
        {"pay", R"({"sum":1,"to":"x"})", "assistant",
         "Error: Agent.pay() missing 1 required positional argument: 'on'"},
        {"pay", R"({"sum":1})", "assistant",
         "Error: Agent.pay() missing 2 required positional arguments: 'to' and 'on'"},
        {"pay", "{}", "assistant",
         "Error: Agent.pay() missing 3 required positional arguments: 'sum', 'to', and 'on'"},
        {"look", R"({"x":1})", "user", "Error: look() got an unexpected keyword argument 'x'"},
    };
    for (const auto& row : rows)
        CHECK(phone.ask(row.tool, row.arguments, row.caller) == row.content);
}

TEST_CASE("envs/declared_world: random numbers are those that Python draws, and a reset takes them back") {
    Phone phone;
    // python3 -c 'import random; r = random.Random(1053520); …'
    const auto first = phone.ask("roll", "{}", "user");
    CHECK(first ==
          "[[68, 7, 64, 95, 82], 0.20365277490405342, 940318762859, 1.678394047105658, 64, [3, 1, 5]]");
    CHECK(phone.ask("roll", "{}", "assistant") != first);
    REQUIRE(phone.world->reset({}).has_value());
    CHECK(phone.ask("roll", "{}", "assistant") == first);
}

TEST_CASE("envs/row_store: the digest that is kept is the digest of all rows, whatever was done and undone") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        envs::RowStore store(
            {{.name = "notes", .collection = true, .columns = {}, .key = {}, .indexes = {}},
             {.name = "cells", .collection = false, .columns = {"id", "text"}, .key = "id", .indexes = {}}});
        REQUIRE(store.add_document(0, "a", envs::parse_value(R"({"n":1})").value()).has_value());
        REQUIRE(store.add_row(1, {envs::Value("1"), envs::Value("x")}).has_value());
        store.reset();
        const auto first = store.digest();
        for (int call = 0; call < 60; ++call) {
            store.begin_call();
            const std::string key(1, static_cast<char>('a' + dice() % 5));
            const auto number = std::to_string(dice() % 7);
            switch (dice() % 5) {
                case 0:
                    store.put_document(0, key, envs::make_object({{"n", envs::Value(number)}}));
                    break;
                case 1:
                    store.erase_document(0, key);
                    break;
                case 2:
                    if (const auto* note = store.document(0, key)) {
                        note->container()->set(number, envs::Value(1.5));
                        store.touch(*note->container());
                    }
                    break;
                case 3:
                    envs::execute(
                        store.database(),
                        ("INSERT OR REPLACE INTO cells VALUES('" + key + "','" + number + "')").c_str());
                    break;
                default:
                    envs::execute(store.database(), ("DELETE FROM cells WHERE id='" + key + "'").c_str());
                    break;
            }
            if (dice() % 3 == 0)
                store.undo_call();
            else
                (void)store.end_call();
            REQUIRE(store.digest() == store.recomputed());
        }
        store.reset();
        CHECK(store.digest() == first);
        CHECK(store.recomputed() == first);
    }
}

TEST_CASE(
    "envs/foreign_digest: what is kept of the state gives the digest of the whole, whatever was changed") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        envs::RowStore store(
            {{.name = "notes", .collection = true, .columns = {}, .key = {}, .indexes = {}},
             {.name = "early", .collection = true, .columns = {}, .key = {}, .indexes = {}}});
        const std::string filler(300, 'x');  // Some marks' worth.
        for (int i = 0; i < 400; ++i) {
            const auto key = std::to_string(dice() % 100'000);
            (void)store.add_document(i % 3 == 0 ? 1 : 0, key,
                                     envs::make_object({{"text", envs::Value(filler)}}));
        }
        store.reset();
        envs::ForeignDigests digests(store);
        const auto whole = [&] {
            std::vector<std::pair<std::string, envs::Value>> parts;
            for (std::size_t table = 0; table < 2; ++table) {
                std::vector<std::pair<std::string, envs::Value>> rows;
                for (const auto& key : store.keys(table))
                    rows.emplace_back(key, *store.document(table, key));
                parts.emplace_back(store.tables()[table].name, envs::make_object(std::move(rows)));
            }
            return to_hex(
                sha256(envs::python_text(envs::make_object(std::move(parts)), envs::PythonForm::tuples)));
        };
        for (int round = 0; round < 30; ++round) {
            if (dice() % 4 == 0) store.reset();
            for (auto calls = dice() % 3; calls > 0; --calls) {
                store.begin_call();
                const auto table = dice() % 2;
                const auto& keys = store.keys(table);
                const auto key =
                    dice() % 3 == 0 ? std::to_string(dice() % 100'000) : keys[dice() % keys.size()];
                if (dice() % 4 == 0)
                    store.erase_document(table, key);
                else
                    store.put_document(table, key,
                                       envs::make_object({{"n", envs::Value(std::to_string(round))}}));
                if (dice() % 3 == 0)
                    store.undo_call();
                else
                    (void)store.end_call();
            }
            REQUIRE(digests.digest("py-tuple-sha256", "").value() == whole());
        }
    }
}

}  // namespace stet
