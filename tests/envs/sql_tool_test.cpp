#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

constexpr const char* items =
    "id,name,price,stock,sold\nb2,Blue vase,12.50,3,True\na1,\"Lamp, old\",99,0,False\nc3,,5,8,\n";

constexpr const char* state = R"x([
    {"table": "items", "from": "items.csv", "key": "id", "types": {"stock": "integer"},
     "indexes": [["lower(name)"], ["price"]]},
    {"table": "orders", "columns": ["item", "buyer"]},
    {"collection": "notes", "from": "notes.json"},
    {"table": "kinds", "columns": ["sold", "count"],
     "select": "select sold, count(*) from items group by sold order by sold"}])x";

/// A shop with these tools.
struct Shop {
    explicit Shop(const std::string& tools, const std::string& more = "") {
        test::write_file(dir / "items.csv", items);
        test::write_file(dir / "notes.json", R"({"n": {"text": "one", "tags": [1, 2.0]}})");
        test::write_file(dir / "world.json", R"({"world": "shop", "clock": "2024-05-15T15:00:00", )" + more +
                                                 R"("state": )" + state + R"(, "tools": )" + tools + "}");
    }
    Result<std::unique_ptr<Environment>> open() const { return open_world("shop", files_in(dir.path()), {}); }

    test::TempDir dir;
};

/// A tool `t` of such members, asked once.
WorldAnswer ask(const std::string& members, const std::string& arguments = "{}",
                const std::string& more = "") {
    const auto world = Shop(R"({"t": {)" + members + "}}", more).open();
    if (!world) FAIL(world.error().what);
    return (*world)->step({"t", arguments});
}

struct Asked {
    const char *name, *tool, *arguments, *content;
    ToolStatus status = ToolStatus::ok;
};

template <std::size_t count>
void check_all(const Asked (&rows)[count]) {
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto answer = ask(row.tool, row.arguments);
        CHECK(answer.content == row.content);
        CHECK(answer.status == row.status);
    }
}

}  // namespace

TEST_CASE("envs/sql_tool: rows become a text, a value, an object, an array or an object by key") {
    const Asked rows[] = {
        {"a text", R"("result": "Done.")", "{}", "Done."},
        {"a text as it is", R"("result": {"value": "select name from items where id='a1'"})", "{}",
         "Lamp, old"},
        {"a number", R"("result": {"value": "select count(*) from items"})", "{}", "3"},
        {"a float stays one", R"("result": {"value": "select 2.0"})", "{}", "2.0"},
        {"null", R"("result": {"value": "select name from items where id='c3'"})", "{}", "null"},
        {"a row", R"("result": {"row": "select id, stock from items order by rowid"})", "{}",
         R"({"id": "b2", "stock": 3})"},
        {"rows, in the order of the file", R"("result": {"rows": "select id from items order by rowid"})",
         "{}", R"([{"id": "b2"}, {"id": "a1"}, {"id": "c3"}])"},
        {"a limit", R"("result": {"rows": "select id from items order by id limit 1"})", "{}",
         R"([{"id": "a1"}])"},
        {"a list", R"("result": {"list": "select cast(price as real) from items order by rowid"})", "{}",
         "[12.5, 99.0, 5.0]"},
        {"a map", R"("result": {"map": "select id, stock > 0 from items order by id"})", "{}",
         R"({"a1": 0, "b2": 1, "c3": 1})"},
        {"the last of one key", R"x("result": {"map": "values ('b', 1), ('a', 2), ('b', 3)"})x", "{}",
         R"({"b": 3, "a": 2})"},
        {"booleans",
         R"("result": {"rows": "select sold from items order by rowid", "types": {"sold": "boolean"}})", "{}",
         R"([{"sold": true}, {"sold": false}, {"sold": null}])"},
        {"nested JSON", R"("result": {"row": "select key, json from notes", "types": {"json": "json"}})",
         "{}", R"({"key": "n", "json": {"text": "one", "tags": [1, 2.0]}})"},
        {"a table that was computed",
         R"("result": {"map": "select sold, count from kinds where sold is not null"})", "{}",
         R"({"False": 1, "True": 1})"},
        {"lines", R"("result": {"value": ["select count(*) -- all", "from items"]})", "{}", "3"},
        {"no value", R"("result": {"value": "select 1 where 0"})", "{}", "null"},
        {"no row", R"("result": {"row": "select 1 where 0"})", "{}", "null"},
        {"no rows", R"("result": {"rows": "select 1 where 0"})", "{}", "[]"},
        {"no list", R"("result": {"list": "select 1 where 0"})", "{}", "[]"},
        {"no map", R"("result": {"map": "select 1, 2 where 0"})", "{}", "{}"},
        {"a text for no rows",
         R"("arguments": {"properties": {"id": {}}}, 
            "result": {"row": "select 1 where 0", "none": "No item {id}."})",
         R"({"id": "x"})", "No item x."},
    };
    check_all(rows);
}

TEST_CASE("envs/sql_tool: the first requirement that does not hold is the tool's error") {
    const char* const buy =
        R"x("arguments": {"properties": {"id": {"type": "string"}, "count": {"type": "integer"}}},
        "require": [["given(:id)", "Which item?"],
                    ["exists (select 1 from items where id = :id)", "There is no item {id}, {} or { id }."],
                    [["(select stock from items where id = :id)", " >= :count"],
                     "{id}: fewer than {count}."]],
        "result": "Yes.")x";
    constexpr auto error = ToolStatus::tool_error;
    const Asked rows[] = {
        {"holds", buy, R"({"id": "b2", "count": 3})", "Yes."},
        {"absent", buy, R"({"count": 1})", "Which item?", error},
        {"null", buy, R"({"id": null})", "Which item?", error},
        {"empty", buy, R"({"id": ""})", "Which item?", error},
        {"quoted", buy, R"({"id": "x'\"{id}"})", "There is no item x'\"{id}, {} or { id }.", error},
        {"a number is quoted", buy, R"({"id": "a1", "count": 2})", "a1: fewer than 2.", error},
        {"what is neither true nor false does not hold", buy, R"({"id": "b2"})", "b2: fewer than null.",
         error},
    };
    check_all(rows);
}

TEST_CASE("envs/sql_tool: arguments are bound as they are, by the schema's word of them") {
    const Asked rows[] = {
        {"absent is null",
         R"x("arguments": {"properties": {"x": {}}}, "result": {"value": "select typeof(:x)"})x", "{}",
         "null"},
        {"a default",
         R"("arguments": {"properties": {"x": {"default": "d"}}}, "result": {"value": "select :x"})", "{}",
         "d"},
        {"a default for null",
         R"("arguments": {"properties": {"x": {"default": 5}}}, "result": {"value": "select :x"})",
         R"({"x": null})", "5"},
        {"an integer",
         R"("arguments": {"properties": {"x": {}}}, "result": {"value": "select typeof(:x) || :x"})",
         R"({"x": 7})", "integer7"},
        {"a float", R"x("arguments": {"properties": {"x": {}}}, "result": {"value": "select typeof(:x)"})x",
         R"({"x": 7.0})", "real"},
        {"a boolean is 1 or 0", R"("arguments": {"properties": {"x": {}}}, "result": {"value": "select :x"})",
         R"({"x": true})", "1"},
        {"an array is JSON",
         R"("arguments": {"properties": {"x": {"type": "array"}}},
            "result": {"list": ["select name from items, json_each(:x) as given",
                                "where items.id = value order by key"]})",
         R"({"x": ["a1", "b2"]})", R"(["Lamp, old", "Blue vase"])"},
        {"an array where the schema has a string is no text",
         R"x("arguments": {"properties": {"x": {"type": "string"}}},
             "result": {"value": "select typeof(:x)"})x",
         R"({"x": ["a@b.c"]})", "blob"},
        {"the clock", R"("result": {"value": "select :now"})", "{}", "2024-05-15T15:00:00"},
        {"the present is the clock", R"("result": {"value": "select datetime('now') || current_date"})", "{}",
         "2024-05-15 15:00:002024-05-15"},
    };
    check_all(rows);
}

TEST_CASE("envs/sql_tool: what is let can be used from then on") {
    const char* const let = R"("arguments": {"properties": {"id": {}}},
        "let": {"stock": "select stock from items where id = :id", "twice": ":stock * 2"},
        "require": [[":twice > 0", "Only {stock} of {id}."]], "result": "{twice}")";
    CHECK(ask(let, R"({"id": "b2"})").content == "6");
    CHECK(ask(let, R"({"id": "a1"})").content == "Only 0 of a1.");
    CHECK(ask(let, R"({"id": "x"})").content == "Only null of x.");
}

TEST_CASE("envs/sql_tool: given, contains and contains_words") {
    struct Row {
        const char *expression, *value;
    };
    const Row rows[] = {
        {"given('x')", "1"},
        {"given('')", "0"},
        {"given(null)", "0"},
        {"given(0)", "0"},
        {"given(0.5, 'x')", "1"},
        {"given('x', null)", "0"},
        {"given(x'5b5d')", "0"},  // An empty array where a text was expected.
        {"contains('Blue Vase', 'e v')", "1"},
        {"contains('Blue Vase', 'x')", "0"},
        {"contains('100%', '%')", "1"},
        {"contains('Blue', '%')", "0"},
        {"contains('Blue', null)", "1"},
        {"contains(null, '')", "1"},
        {"contains(null, 'x')", "0"},
        {"contains(12345, 34)", "1"},
        {"contains_words(' vase  BLUE ', 'Blue', 'a vase')", "1"},
        {"contains_words('vase red', 'Blue', 'a vase')", "0"},
        {"contains_words('', 'x')", "1"},
        {"contains_words(null, null)", "1"},
        {"(select group_concat(id) from items where contains(name, 'L'))", "b2,a1"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expression);
        const auto tool = std::string(R"("result": {"value": "select )") + row.expression + "\"}";
        CHECK(ask(tool).content == row.value);
    }
}

TEST_CASE("envs/sql_tool: statements change rows, and what they changed is told") {
    const Shop shop(R"x({
      "buy": {"arguments": {"properties": {"id": {}, "buyer": {}}}, "result": "Sold.",
              "do": ["update items set stock = stock - 1 where id = :id",
                     "insert into orders values (:id, :buyer)"]},
      "add": {"arguments": {"properties": {"id": {}}},
              "result": {"value": "insert into items(id, price) values (:id, 1.5) returning upper(id)"}},
      "rename": {"arguments": {"properties": {"id": {}, "to": {}}}, "result": "Renamed.",
                 "do": ["update items set id = :to where id = :id"]},
      "drop": {"do": ["delete from items where stock = 8", "delete from orders"], "result": "Gone."},
      "list": {"result": {"list": "select id from items order by rowid"}}})x");
    const auto world = shop.open().value();
    const auto first = world->state();
    CHECK(world->step({"buy", R"({"id": "b2", "buyer": "Ann"})"}).changes ==
          R"([{"op":"replace","path":"/items/b2/stock","value":2},)"
          R"({"op":"add","path":"/orders/1","value":{"item":"b2","buyer":"Ann"}}])");
    const auto added = world->step({"add", R"({"id": "d4"})"});
    CHECK(added.content == "D4");
    CHECK(added.changes == R"([{"op":"add","path":"/items/d4","value":)"
                           R"({"id":"d4","name":null,"price":1.5,"stock":null,"sold":null}}])");
    CHECK(world->step({"add", R"({"id": "d4"})"}).status == ToolStatus::unanswered);
    REQUIRE(world->reset({}).has_value());
    CHECK(world->state() == first);
    // Under another name a row is another row, where it stood.
    CHECK(world->step({"rename", R"({"id": "a1", "to": "z9"})"}).changes ==
          R"([{"op":"remove","path":"/items/a1"},{"op":"add","path":"/items/z9","value":)"
          R"({"id":"z9","name":"Lamp, old","price":"99","stock":0,"sold":"False"}}])");
    CHECK(world->step({"list", "{}"}).content == R"(["b2", "z9", "c3"])");
    CHECK(world->step({"drop", "{}"}).changes == R"([{"op":"remove","path":"/items/c3"}])");
    CHECK(world->changes().size() == 3);
}

TEST_CASE("envs/sql_tool: an answer that is known already is the one for these rows and arguments") {
    const auto world = Shop(R"({
      "find": {"arguments": {"properties": {"part": {}}},
               "result": {"list": "select id from items where contains(name, :part) order by id"}},
      "orders": {"result": {"value": "select count(*) from orders"}},
      "name": {"arguments": {"properties": {"id": {}, "name": {}}}, "result": "Named.",
               "do": ["update items set name = :name where id = :id"]}})")
                           .open()
                           .value();
    const auto find = [&](const std::string& part) {
        return world->step({"find", R"({"part": ")" + part + "\"}"}).content;
    };
    for (int episode = 0; episode < 3; ++episode) {
        REQUIRE(world->reset({}).has_value());
        CHECK(find("lamp") == R"(["a1"])");
        CHECK(find("vase") == R"(["b2"])");
        CHECK(find("lamp") == R"(["a1"])");
        world->step({"name", R"({"id": "b2", "name": "Lamp"})"});
        CHECK(find("lamp") == R"(["a1", "b2"])");
        CHECK(find("vase") == "[]");
        world->step({"name", R"({"id": "b2", "name": "Blue vase"})"});
        CHECK(find("lamp") == R"(["a1"])");
        CHECK(world->step({"orders", "{}"}).content == "0");
    }
}

TEST_CASE("envs/sql_tool: what breaks changes nothing, and says where it broke") {
    const std::string tools = R"x({
      "twice": {"do": ["insert into orders values ('b2', 'Ann')", "update items set id = 'same'"],
                "result": "Done."},
      "endless": {"result": {"value": ["with recursive n(i) as (select 1 union all select i + 1 from n)",
                                       "select count(*) from n"]}},
      "flood": {"do": [["insert into orders with recursive n(i) as (select 1 union all select i + 1 from n)",
                        "select i, i from n where i < 0"]], "result": "Done."},
      "large": {"result": {"value": "select replace(printf('%0900000d', 1), '0', 'twenty bytes of text')"}},
      "roll": {"do": ["insert or rollback into items(id) values ('a1')"], "result": "Done."},
      "buy": {"do": ["insert into orders values ('b2', 'Ann')"],
              "result": {"value": "select count(*) from orders"}}})x";
    const auto world = Shop(tools, R"("script_error": "Error: {error}", )").open().value();
    CHECK(world->step({"buy", "{}"}).content == "1");
    const auto bought = world->state();
    const auto twice = world->step({"twice", "{}"});
    CHECK(twice.content == "Error: world.json: tool twice: do 2: UNIQUE constraint failed: items.id");
    CHECK(twice.status == ToolStatus::tool_error);
    CHECK(world->step({"endless", "{}"}).content == "Error: world.json: tool endless: it runs too long");
    CHECK(world->step({"large", "{}"}).content ==
          "Error: world.json: tool large: result: string or blob too big");
    CHECK(world->state() == bought);
    CHECK(world->step({"buy", "{}"}).content == "2");
    // What SQLite itself takes back is the whole episode: it cannot go on.
    for (const char* tool : {"roll", "flood"}) {
        CAPTURE(tool);
        REQUIRE(world->reset({}).has_value());
        const auto first = world->state();
        CHECK(world->step({"buy", "{}"}).content == "1");
        world->step({tool, "{}"});
        CHECK(world->step({"buy", "{}"}).status == ToolStatus::unanswered);
        CHECK(world->state() == first);
        REQUIRE(world->reset({}).has_value());
        CHECK(world->step({"buy", "{}"}).content == "1");
        CHECK(world->state() == bought);
    }
}

TEST_CASE("envs/sql_tool: a world says what becomes of arguments that a tool does not declare") {
    const char* const tool =
        R"x("arguments": {"type": "object", "properties": {"id": {"type": "string"}, "n": {}}},
        "require": [["given(:id)", "Which?"]], "result": "{id}")x";
    struct Row {
        const char *policy, *arguments, *content;
    };
    const Row rows[] = {
        {"", R"({"id": "a", "more": 1})", "a"},
        {R"("unknown_arguments": "drop",)", R"({"id": "a", "more": 1})", "a"},
        {R"("unknown_arguments": "error",)", R"({"id": "a", "more": 1})",
         "t takes no argument 'more'; it takes: id, n"},
        {R"("unknown_arguments": "error",)", R"({"id": "a"})", "a"},
        {"", R"("a")", "Which?"},
        {R"("bare_argument": "first",)", R"("a")", "a"},
        {R"("bare_argument": "first",)", "12", "12"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.policy);
        CAPTURE(row.arguments);
        CHECK(ask(tool, row.arguments, row.policy).content == row.content);
    }
}

TEST_CASE("envs/sql_tool: a call of no tool is answered with the tools there are, as they were declared") {
    Shop shop(R"([{"b": {"result": "B"}}, "more.json"])",
              R"("unknown_tool": "{tool}? There are [{tools}].", )");
    test::write_file(shop.dir / "more.json",
                     R"({"c": {"result": "C", "caller": "user"}, "a": {"result": "A", "caller": "any"}})");
    const auto world = shop.open().value();
    CHECK(world->step({"x", "{}"}).content == "x? There are [b, a].");
    CHECK(world->step({"x", "{}", "user"}).content == "x? There are [c, a].");
    CHECK(world->step({"c", "{}"}).status == ToolStatus::unknown_tool);
    CHECK(world->step({"a", "{}"}).content == "A");
}

TEST_CASE("envs/sql_tool: tools in SQL and in Lua share a state") {
    Shop shop(R"x({
      "write": {"function": "write"}, "twice": {"provider": ["sql", "lua"], "result": "first"},
      "read": {"result": {"value": "select json_extract(json, '$.text') from notes where key = 'n'"}}})x",
              R"("scripts": ["tools.lua"], )");
    test::write_file(shop.dir / "tools.lua", R"(
local function write(state, args) state.notes.n.text = args.text return "written" end
local function twice() return "second" end
return {write = write, twice = twice})");
    const auto world = shop.open().value();
    CHECK(world->step({"read", "{}"}).content == "one");
    CHECK(world->step({"write", R"({"text": "two"})"}).content == "written");
    CHECK(world->step({"read", "{}"}).content == "two");
    CHECK(world->step({"twice", "{}"}).content == "first");
    // A task's first calls are tools of any provider.
    WorldStart start;
    start.setup = {{"write", R"({"text": "set"})"}, {"read", "{}"}};
    REQUIRE(world->reset(start).has_value());
    CHECK(world->step({"read", "{}"}).content == "set");
}

}  // namespace stet
