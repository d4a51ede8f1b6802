#include "tests/tidy/rules.hpp"

#include <doctest/doctest.h>

namespace stet::tidy {
namespace {

// The test of the test: each rule finds what is planted, at its line, and lets the neighbour pass.

Findings find(Findings (*rule)(const Source&), const std::string& path, const std::string& text) {
    return rule(make_source(path, text));
}

std::string repeat(const std::string& text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i)
        out += text;
    return out;
}

struct IncludeRow {
    std::string path;
    std::string name;
    bool allowed;
};

const IncludeRow include_rows[] = {
    {"storage/log.cpp", "<stet/event.hpp>", true},
    {"storage/log.cpp", "<stet/wire/sse.hpp>", true},
    {"storage/log.cpp", "<stet/door/storage.hpp>", true},
    {"storage/log.cpp", "<stet/door/replay.hpp>", false},
    {"storage/log.cpp", "\"storage/schema.hpp\"", true},
    {"storage/log.cpp", "\"core/wire/dialect.hpp\"", false},
    {"storage/log.cpp", "\"schema.hpp\"", false},
    {"storage/log.cpp", "\"tests/support/temp_dir.hpp\"", false},
    {"storage/log.cpp", "<sqlite3.h>", true},
    {"storage/log.cpp", "<zstd.h>", false},
    {"storage/log.cpp", "<sys/file.h>", true},
    {"storage/log.cpp", "<vector>", true},
    {"storage/log.cpp", "<fmt/format.h>", true},
    {"core/bytes/zstd.cpp", "<zstd.h>", true},
    {"core/digest.cpp", "<zstd.h>", false},
    {"core/digest.cpp", "<openssl/evp.h>", true},
    {"core/digest.cpp", "<unistd.h>", false},
    {"replay/replay.cpp", "<openssl/evp.h>", false},
    {"replay/replay.cpp", "<sqlite3.h>", false},
    {"envs/sql.cpp", "<sqlite3.h>", true},
    {"formats/sft.cpp", "<boost/json/value.hpp>", false},
    {"recorder/relay.cpp", "<boost/asio/read.hpp>", true},
    {"workspace/scan.cpp", "<boost/asio/read.hpp>", false},
    {"workspace/scan.cpp", "<weird/library.h>", false},
    {"tools/main.cpp", "<stet/door/replay.hpp>", true},
    {"tools/main.cpp", "<CLI/CLI.hpp>", true},
    {"tools/main.cpp", "\"replay/compare.hpp\"", false},
    {"recorder/child.cpp", "<CLI/CLI.hpp>", false},
    {"include/stet/event.hpp", "<stet/digest.hpp>", true},
    {"include/stet/event.hpp", "<stet/door/storage.hpp>", false},
    {"include/stet/event.hpp", "<boost/system/result.hpp>", true},
    {"include/stet/event.hpp", "<boost/asio.hpp>", false},
    {"include/stet/event.hpp", "<fmt/format.h>", false},
    {"include/stet/event.hpp", "\"core/x.hpp\"", false},
    {"tests/replay/match_test.cpp", "\"replay/compare.hpp\"", true},
    {"tests/replay/match_test.cpp", "\"storage/schema.hpp\"", false},
    {"tests/replay/match_test.cpp", "<stet/door/storage.hpp>", false},
    {"tests/replay/match_test.cpp", "<boost/json/parse.hpp>", true},
    {"tests/replay/match_test.cpp", "<doctest/doctest.h>", true},
    {"tests/storage/log_test.cpp", "<sqlite3.h>", true},
    {"tests/wire/sse_test.cpp", "\"core/wire/dialect.hpp\"", true},
    {"tests/house/loop_test.cpp", "<stet/door/storage.hpp>", true},
    {"tests/house/loop_test.cpp", "\"storage/schema.hpp\"", false},
    {"bench/core_bench.cpp", "<openssl/evp.h>", true},
    {"bench/core_bench.cpp", "<sys/socket.h>", true},
    {"bench/core_bench.cpp", "<benchmark/benchmark.h>", false},
};

TEST_CASE("tidy/rules: an include that breaks the table is found") {
    for (const auto& row : include_rows) {
        CAPTURE(row.path);
        CAPTURE(row.name);
        const auto found = find(check_includes, row.path, "#pragma once\n#include " + row.name + "\n");
        CHECK(found.empty() == row.allowed);
        for (const auto& finding : found)
            CHECK(finding.line == 2);
    }
}

TEST_CASE("tidy/rules: a fuzz target enters one room at most") {
    const std::string one = "#include \"core/a.hpp\"\n#include \"core/b.hpp\"\n";
    CHECK(find(check_includes, "tests/fuzz/json.cpp", one).empty());
    CHECK(find(check_includes, "tests/fuzz/json.cpp", one + "#include \"storage/c.hpp\"\n").size() == 1);
}

TEST_CASE("tidy/rules: a clock, a thread or a write in a pure room is found") {
    const char* const impure[] = {
        "std::chrono::system_clock::now()", "getenv(\"HOME\")", "std::rand()",
        "std::random_device{}()",           "std::thread(run)", "std::ofstream(path)",
        "std::filesystem::remove_all(path)"};
    for (const std::string expression : impure) {
        CAPTURE(expression);
        const auto text = "void f() {\n    use(" + expression + ");\n}\n";
        for (const auto* path : {"core/a.cpp", "envs/a.hpp", "replay/a.cpp", "formats/a.cpp"}) {
            const auto found = find(check_purity, path, text);
            REQUIRE(found.size() == 1);
            CHECK(found[0].line == 2);
        }
        CHECK(find(check_purity, "recorder/a.cpp", text).empty());
        CHECK(find(check_purity, "core/a.cpp", "// " + expression + "\n").empty());
    }
}

TEST_CASE("tidy/rules: speech around the one function for it is found") {
    for (const std::string line : {"fmt::print(stderr, x);", "std::fputs(x, stderr);", "std::cerr << x;"}) {
        CAPTURE(line);
        CHECK(find(check_speech, "tools/cmd_run.cpp", "void f() {\n    " + line + "\n}\n").size() == 1);
        CHECK(find(check_speech, "core/result.cpp", line).empty());
    }
    CHECK(find(check_speech, "tools/say.cpp", "// stderr\nwrite(STDERR_FILENO, x, 1);\n").empty());
}

TEST_CASE("tidy/rules: a function of 61 lines is found, whatever its shape") {
    struct Row {
        std::string name;
        std::size_t frame;  // Lines of the function besides its body.
        std::string head;
        std::string tail;
    };
    const Row rows[] = {
        {"function", 2, "int f(int x) {\n", "}\n"},
        {"in a namespace", 2, "namespace a {\nint f(int x) {\n", "}\n}\n"},
        {"member", 2, "class A {\npublic:\n    int f() const {\n", "}\n};\n"},
        {"constructor", 2, "A::A(int x) : a_{x}, b_{x} {\n", "}\n"},
        {"operator", 2, "bool operator==(const A& a, const A& b) {\n", "}\n"},
        {"template", 3, "template <class T = int>\nauto f(T t) -> std::vector<T> {\n", "}\n"},
        {"test case", 2, "TEST_CASE(\"a { sentence\") {\n", "}\n"},
        {"default argument", 2, "void f(int x = g({1, 2})) {\n", "}\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto line = std::string("    if (x) { y({1}); }\n");
        const auto fits = row.head + repeat(line, function_lines_max - row.frame) + row.tail;
        CHECK(find(check_function_lines, "core/a.cpp", fits).empty());
        const auto too_long = row.head + repeat(line, function_lines_max - row.frame + 1) + row.tail;
        CHECK(find(check_function_lines, "core/a.cpp", too_long).size() == 1);
    }
}

TEST_CASE("tidy/rules: tables and classes may be longer than functions") {
    const auto table = "const Row rows[] = {\n" + repeat("    {1, f(2)},\n", 100) + "};\n";
    CHECK(find(check_function_lines, "core/a.cpp", table).empty());
    const auto type = "struct A {\n" + repeat("    int f() { return 1; }\n", 100) + "};\n";
    CHECK(find(check_function_lines, "core/a.cpp", type).empty());
    // … and what follows them is still measured.
    const auto function = "void f() {\n" + repeat("    g();\n", 70) + "}\n";
    CHECK(find(check_function_lines, "core/a.cpp", table + type + function).size() == 1);
}

TEST_CASE("tidy/rules: a long shell function is found") {
    const auto shell = [](std::size_t lines) { return "f() {\n" + repeat("    true\n", lines - 2) + "}\n"; };
    CHECK(find(check_shell_function_lines, "dev", shell(60) + shell(60)).empty());
    const auto found = find(check_shell_function_lines, "dev", shell(60) + shell(61));
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == 61);
}

TEST_CASE("tidy/rules: a long file and a long line are found") {
    CHECK(find(check_file_lines, "core/a.cpp", repeat("\n", 450)).empty());
    CHECK(find(check_file_lines, "core/a.cpp", repeat("\n", 451)).size() == 1);
    CHECK(find(check_file_lines, "dev", repeat("\n", 451)).size() == 1);
    CHECK(find(check_file_lines, "docs/a.md", repeat("\n", 451)).empty());
    CHECK(find(check_columns, "core/a.cpp", repeat("x", 110) + "\n").empty());
    CHECK(find(check_columns, "core/a.cpp", repeat("…", 110) + "\n").empty());
    const auto found = find(check_columns, "core/a.cpp", "\n" + repeat("x", 111));
    REQUIRE(found.size() == 1);
    CHECK(found[0].line == 2);
}

TEST_CASE("tidy/rules: braces and lambdas beside co_await are found") {
    struct Row {
        std::string statement;
        bool allowed;
    };
    const Row rows[] = {
        {"co_await f(x);", true},
        {"auto [ec, n] = co_await read(socket, buffer);", true},
        {"if (co_await f(x)) { g(); }", true},
        {"for (;;) { co_await f(x); }", true},
        {"else { co_await f(x); }", true},
        {"Options options{1, 2}; co_await f(options);", true},
        {"auto go = [x]() mutable { return x; }; co_await f(go);", true},
        {"co_await f(Options{.n = 1});", false},
        {"co_await f({1, x});", false},
        {"g(Options{1}, co_await f(x));", false},
        {"return Options{co_await f(x)};", false},
        {"co_await spawn(executor, [x]() { return x; }, token);", false},
        {"if (co_await f(Options{1})) { g(); }", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.statement);
        const auto text = "asio::awaitable<void> run(int x) {\n    h();\n    " + row.statement + "\n}\n";
        const auto found = find(check_co_await, "recorder/a.cpp", text);
        CHECK(found.empty() == row.allowed);
        for (const auto& finding : found)
            CHECK(finding.line == 3);
    }
}

TEST_CASE("tidy/rules: words that the house does not use are found") {
    struct Row {
        std::string path;
        std::string text;
        bool allowed;
    };
    const Row rows[] = {
        {"core/a.cpp",
         "// TO"
         "DO: later",
         false},
        {"docs/a.md",
         "a FIX"
         "ME",
         false},
        {"dev",
         "# HA"
         "CK",
         false},
        {"core/a.cpp", "// AUTODOC", true},
        {"core/a.cpp", "class ConnectionManager;", false},
        {"core/a.cpp", "struct StringUtil;", false},
        {"core/a.cpp", "// the Manager of a shop", true},
        {"core/a.cpp", "int episode_count;", false},
        {"envs/a.cpp", "int episode_count;", true},
        {"tests/core/a.cpp", "MemoryLog mock_log;", false},
        {"tests/core/a.cpp", "int mock;", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(find(check_words, row.path, row.text).empty() == row.allowed);
    }
}

TEST_CASE("tidy/rules: a document with two titles or a dead link is found") {
    const std::vector<std::string> paths = {"README.md", "docs/a.md", "docs/pictures/b.png"};
    struct Row {
        std::string text;
        std::size_t findings;
    };
    const Row rows[] = {
        {"# A\n[b](../README.md) [c](a.md#part) [d](#part) [e](https://example.org/x) [f](pictures)\n", 0},
        {"# A\n```\n# a comment\n[x](nowhere)\n```\n`[x](nowhere)`\n", 0},
        {"# A\n# B\n", 1},
        {"no title\n", 1},
        {"# A\n[b](README.md)\n", 1},
        {"# A\n[b](b.md) [c](c.md#x)\n", 2},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(check_markdown(make_source("docs/a.md", row.text), paths).size() == row.findings);
    }
}

TEST_CASE("tidy/rules: a source file that nothing builds is found") {
    const std::vector<Source> tree = {
        make_source("core/CMakeLists.txt", "stet_room(core FILES a.cpp wire/b.cpp)"),
        make_source("cmake/rooms.cmake", "add(${CMAKE_SOURCE_DIR}/tests/f.cpp)"),
        make_source("tests/f.cpp", ""),
        make_source("core/a.cpp", ""),
        make_source("core/wire/b.cpp", ""),
        make_source("core/wire/c.cpp", ""),
        make_source("core/wire/d.hpp", ""),
        make_source("loose/e.cpp", ""),
    };
    const auto findings = check_listed(tree);
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].path == "core/wire/c.cpp");
    CHECK(findings[1].path == "loose/e.cpp");
}

TEST_CASE("tidy/rules: a type that two rooms define is found") {
    struct Row {
        std::string one, other;
        bool found;
    };
    const Row rows[] = {
        {"namespace stet {\nstruct A {\n};\n}\n", "namespace stet {\nclass A final : public B {\n};\n}\n",
         true},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet {\nenum class A : int { a };\n}\n", true},
        {"namespace stet {\ntemplate <class T>\nstruct A {};\n}\n", "namespace stet {\nstruct A {};\n}\n",
         true},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet {\nnamespace {\nstruct A {};\n}\n}\n", false},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet {\nstruct B { struct A {}; };\n}\n", false},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet {\nvoid f() { struct A {}; }\n}\n", false},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet::b {\nstruct A {};\n}\n", false},
        {"namespace stet {\nstruct A {};\n}\n", "namespace stet {\nstruct A;\n}\n", false},
        {"namespace stet {\nstruct B::A {};\n}\n", "namespace stet {\nstruct A {};\n}\n", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.other);
        const auto findings = check_one_definition(
            {make_source("core/a.hpp", row.one), make_source("replay/b.cpp", row.other)});
        CHECK(findings.size() == (row.found ? 1 : 0));
    }
    CHECK(check_one_definition(
              {make_source("core/a.hpp", rows[0].one), make_source("tests/a.cpp", rows[0].other)})
              .empty());
}

}  // namespace
}  // namespace stet::tidy
