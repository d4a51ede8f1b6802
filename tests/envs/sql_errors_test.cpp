#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

// What `stet world check` says of a declaration that is wrong: file, line, tool and what to do.

namespace stet {
namespace {

Error error_of(const std::string& world, const std::string& csv = "id,name\n1,one\n") {
    const test::TempDir dir;
    test::write_file(dir / "items.csv", csv);
    test::write_file(dir / "world.json", world);
    const auto opened = open_world("w", files_in(dir.path()), {});
    if (opened) FAIL("it was opened: " << world);
    return opened.error();
}

/// The tool stands on line 4, its members from line 5 on.
std::string world_of(const std::string& members) {
    return R"({"world": "w",
"state": [{"table": "items", "from": "items.csv", "key": "id"}, {"collection": "notes"}],
"tools": {
"fetch": {
)" + members +
           "}}}";
}

struct Told {
    const char *members, *what, *hint;
};

void check_told(const Told& row) {
    CAPTURE(row.members);
    const auto error = error_of(world_of(row.members));
    CAPTURE(error.what);
    CAPTURE(error.hint);
    CHECK(error.what.find(row.what) != std::string::npos);
    CHECK((error.what + error.hint).find('\n') == std::string::npos);
    CHECK(error.hint.find(row.hint) != std::string::npos);
}

}  // namespace

TEST_CASE("envs/sql_spec: a tool that is wrong is told with its line, and with what there is") {
    const Told rows[] = {
        {R"("result": {"rows": "selec id from items"})",
         R"(5: tool fetch: result: near "selec": syntax error)", "selec id"},
        {R"("result": {"rows": "select ide from items"})", "5: tool fetch: result: no such column: ide",
         "items has id, name; notes has key, json"},
        {R"("result": {"rows": "select \"ide\" from items"})", "5: tool fetch: result: no such column: ide",
         ""},
        {R"("result": {"rows": "select id from item"})", "5: tool fetch: result: no such table: item",
         "tables: items, notes"},
        {"\"result\": {\"rows\": [\n\"select id\",\n\"from items\",\n\"where ide = 1\"]}",
         "8: tool fetch: result: no such column: ide", ""},
        {R"("result": {"rows": "select id from items where id = :id"})",
         "5: tool fetch: result: nothing is bound to :id", "there are :now"},
        {R"("arguments": {"properties": {"id": {}}}, "result": {"rows": "select ?"})",
         "5: tool fetch: result: nothing is bound to ?", "there are :id, :now"},
        {R"("result": {"rows": "select 1; select 2"})", "one statement is expected", ""},
        {R"("result": {"rows": ""})", "5: tool fetch: result rows: there is no SQL", ""},
        {R"("result": {"rows": 1})", "5: tool fetch: result rows: SQL is a string, or an array of lines", ""},
        {R"("result": {"rows": "delete from items"})", "result: it gives no rows", "RETURNING"},
        {R"("result": {"value": "select id, name from items"})",
         "5: tool fetch: result: it is to give one column", "columns: id, name"},
        {R"("result": {"map": "select id from items"})", "it is to give two columns, keys and values",
         "columns: id"},
        {R"("result": {"rows": "select id, id from items"})", "the column id stands twice", "AS NAME"},
        {R"("result": {"rows": "select id from items", "types": {"ide": "json"}})",
         "types: it gives no column ide", "columns: id"},
        {R"("result": {"rows": "select id from items", "types": {"id": "int"}})",
         "column id: there is no type 'int'", "types: boolean, json"},
        {R"("result": {"rows": "select 1", "row": "select 1"})", "\"result\" has two shapes", ""},
        {R"("result": {"none": "x"})", "\"result\" has no shape", "one of value, row, rows, list, map"},
        {R"("result": {"lines": "select 1"})", "\"result\" has no \"lines\"", "value, row, rows"},
    };
    for (const auto& row : rows)
        check_told(row);
}

TEST_CASE("envs/sql_spec: so is one whose parts do not fit") {
    const Told rows[] = {
        {R"("do": ["delete from items"])", "4: tool fetch: it has no \"result\"", ""},
        {R"("do": "delete from items", "result": "")", "\"do\" is an array of statements", ""},
        {"\"result\": \"\", \"do\": [\n\"delete from items\",\n\"delete from item\"]",
         "7: tool fetch: do 2: no such table: item", ""},
        {R"("result": "No {thing}.")", "tool fetch: result: nothing is called {thing}", "there are now"},
        {R"("require": [["1", "No {thing}."]], "result": "")",
         "tool fetch: require 1: nothing is called {thing}", ""},
        {R"("require": ["1"], "result": "")", "require 1: it is no [condition, text]", ""},
        {"\"result\": \"\", \"require\": [\n[\"1\", \"\"],\n[\"ide = 1\", \"\"]]",
         "7: tool fetch: require 2: no such column: ide", ""},
        {R"("let": {"now": "1"}, "result": "")", "let now: it is no new name", "there are now"},
        {R"("let": {"a": ":b", "b": "1"}, "result": "")", "let a: nothing is bound to :b", ""},
        {R"("provider": "lua", "result": "")", "tool fetch: it has SQL, but not the provider sql", ""},
        {R"("provider": "sql")", "tool fetch: it has no \"result\"", ""},
        {R"("provider": ["sql", "magic"], "result": "")", "there is no provider 'magic'",
         "providers: lua, sql"},
        {R"("answer": "", "result": "")", "there is no such member 'answer'", "members: provider"},
    };
    for (const auto& row : rows)
        check_told(row);
}

TEST_CASE("envs/sql_host: a tool's SQL reads and writes the world's rows, and that is all it can do") {
    struct Row {
        const char *sql, *what;
    };
    const Row rows[] = {
        {"select random()", "random() is not for tools"},
        {"select hex(randomblob(8))", "randomblob() is not for tools"},
        {"select load_extension('x')", "load_extension"},
        {"select last_insert_rowid()", "last_insert_rowid() is not for tools"},
        {"select changes()", "changes() is not for tools"},
        {"select sqlite_version()", "sqlite_version() is not for tools"},
        {"select sin(1)", "sin() is not for tools"},
        {"select datetime('now', 'localtime')", "the machine's time zone is not for tools"},
        {"select fts3_tokenizer('x')", "fts3_tokenizer"},
        {"select sql from sqlite_master", "the table sqlite_master is not the world's"},
        {"select count(*) from sqlite_schema", "the table sqlite_schema is not the world's"},
        {"select * from pragma_table_info('items')", "of the world's rows"},
        {"select count(*) from pragma_database_list", "of the world's rows"},
        {"attach 'x.db' as x", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"pragma user_version = 1", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"create table t(a)", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"drop table items", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"create virtual table t using fts5(a)", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"begin", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"rollback to x", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"explain select 1", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"vacuum", "only SELECT, INSERT, UPDATE and DELETE of"},
        {"insert into notes values ('a', '{}')", "notes is a collection: scripts write it"},
        {"delete from sqlite_master", "may not be modified"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sql);
        const auto error = error_of(world_of(std::string(R"("result": "", "do": [")") + row.sql + "\"]"));
        CAPTURE(error.what);
        CHECK(error.what.find("world.json:5: tool fetch: do 1: ") == 0);
        CHECK(error.what.find(row.what) != std::string::npos);
    }
}

TEST_CASE("envs/world_state: tables that are wrong are told with their file and line") {
    const auto with = [](const std::string& part) { return R"({"world": "w", "state": [)" + part + "]}"; };
    struct Row {
        const char *part, *csv, *what;
    };
    const Row rows[] = {
        {R"({"table": "items", "from": "items.csv"})", "id,name\n1,one\n2,two,three\n",
         "items.csv:3: 3 cells for 2 columns"},
        {R"({"table": "items", "from": "items.csv", "key": "id"})", "id\n1\n\n1\n", "items.csv:4: "},
        {R"({"table": "items", "from": "items.csv", "key": "id"})", "id,name\n,one\n", "items.csv:2: "},
        {R"({"table": "items", "from": "items.csv", "key": "ide"})", "id\n",
         "items.csv: table items: it has no column ide"},
        {R"({"table": "items", "from": "items.csv"})", "id,\n",
         "items.csv: table items: a column has no name"},
        {R"({"table": "items", "from": "items.csv"})", "id,ID\n", "the column ID stands twice"},
        {R"({"table": "items", "from": "items.csv"})", "rowid\n", "the column rowid cannot be called so"},
        {R"({"table": "items", "from": "items.csv"})", "", "items.csv: table items: it has no columns"},
        {R"({"table": "items", "from": "items.csv"})", "id\n\"1\n",
         "items.csv:2: line 2: a quote that nothing closes"},
        {R"({"table": "items", "from": "items.csv", "types": {"n": "integer"}})", "n\n1\n1.5\n",
         "items.csv:3: column n: '1.5' is no number of its type"},
        {R"({"table": "items", "from": "items.csv", "types": {"n": "date"}})", "n\n",
         "there is no type 'date'"},
        {R"({"table": "items", "from": "items.csv", "types": {"m": "real"}})", "n\n",
         "types: it has no column m"},
        {R"({"table": "items"})", "", "table items: it has no columns"},
        {R"({"table": "items", "from": "items.csv", "indexes": [["ide"]]})", "id\n",
         "the index [ide] of items: "},
        {R"({"table": "a", "columns": ["x"]}, {"table": "A", "columns": ["x"]})", "",
         "A cannot be a part's name"},
        {R"({"table": "sqlite_x", "columns": ["x"]})", "", "sqlite_x cannot be a part's name"},
        {R"({"table": "a", "columns": ["x"], "rows": []})", "", "a part has no \"rows\""},
        {R"({"collection": "a", "columns": ["x"]})", "", "a collection has no key and no columns"},
        {R"({"table": "a", "columns": ["x"], "select": "select 1, 2"})", "",
         "world.json:1: table a: 2 columns for 1"},
        {R"x({"table": "a", "columns": ["x"], "select": "select random()"})x", "",
         "random() is not for tools"},
        {R"({"table": "a", "columns": ["x"], "select": "select :now"})", "", "nothing is bound to"},
        {R"({"table": "a", "select": "select 1"})", "",
         "\"select\" is for a table with \"columns\" and no file"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.part);
        const auto error = error_of(with(row.part), row.csv);
        CAPTURE(error.what);
        CHECK(error.what.find(row.what) != std::string::npos);
    }
}

TEST_CASE("envs/world_spec: files of tools, and policies, are checked as well") {
    struct Row {
        const char *members, *what;
    };
    const Row rows[] = {
        {R"("tools": ["none.json"])", "none.json is not in w"},
        {R"("tools": ["items.csv"])", "items.csv: "},
        {R"("tools": "items.csv")", "tools are an object by name"},
        {R"("tools": [{"a": {"result": ""}}, {"a": {"result": ""}}])",
         "world.json:1: tool a: it stands twice"},
        {R"("unknown_arguments": "keep")", "there is no policy 'keep'"},
        {R"("bare_argument": "last")", "there is no policy 'last'"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.members);
        const auto error = error_of(std::string(R"({"world": "w", )") + row.members + "}");
        CAPTURE(error.what);
        CHECK(error.what.find(row.what) != std::string::npos);
    }
}

}  // namespace stet
