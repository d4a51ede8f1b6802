#include "tools/checks.hpp"

#include "tests/support/entries.hpp"

#include <doctest/doctest.h>

namespace stet {

using test::file_entry;

TEST_CASE("tools/checks: a lower-case word before the first '=' is a name, anything else is the command") {
    struct Row {
        std::string word;
        std::size_t index;
        std::string name, command;
    };
    const Row rows[] = {
        {"npm test", 0, "check", "npm test"},
        {"make", 2, "check-3", "make"},
        {"unit=npm test", 0, "unit", "npm test"},
        {"CI=1 npm test", 0, "check", "CI=1 npm test"},
        {"test \"$a\" = 1", 0, "check", "test \"$a\" = 1"},
        {"a.b-c=x=y", 0, "a.b-c", "x=y"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.word);
        const auto spec = parse_check(row.word, row.index);
        CHECK(spec.name == row.name);
        CHECK(spec.command == row.command);
    }
    CHECK_THROWS_AS(parse_check("name=", 0), Trouble);
}

TEST_CASE("tools/checks: a spec's digest is bound to the command, the limits and the protected content") {
    const Tree initial{{file_entry("a.py", "1"), file_entry("test_a.py", "2")}};
    const auto digest = [&](CheckSpec spec, const Tree& tree) {
        bind_check(spec, tree);
        return spec.digest;
    };
    const CheckSpec spec{.name = "check", .command = "true", .protect = {"test_*.py"}};
    auto other = spec;
    other.command = "false";
    auto longer = spec;
    longer.timeout_ms += 1;
    CHECK(digest(spec, initial) == digest(spec, initial));
    CHECK(digest(spec, initial) != digest(other, initial));
    CHECK(digest(spec, initial) != digest(longer, initial));
    CHECK(digest(spec, initial) != digest(spec, {{file_entry("a.py", "1"), file_entry("test_a.py", "3")}}));
    CHECK(digest(spec, initial) == digest(spec, {{file_entry("a.py", "9"), file_entry("test_a.py", "2")}}));
}

TEST_CASE("tools/checks: protected files are put back, brought back, and strangers among them taken away") {
    const Tree initial{
        {file_entry("a.py", "1"), file_entry("t/test_gone.py", "x"), file_entry("test_a.py", "2")}};
    const Tree final_tree{{file_entry("a.py", "changed"), file_entry("test_a.py", "cheat"),
                           file_entry("test_new.py", "cheat")}};
    const auto tree = with_protected(final_tree, initial, {"test_*.py"});
    REQUIRE(tree.entries.size() == 4);
    CHECK(tree.find("a.py")->content == sha256("changed"));
    CHECK(tree.find("test_a.py")->content == sha256("2"));
    CHECK(tree.find("t/test_gone.py") != nullptr);
    CHECK(tree.find("t")->kind == EntryKind::directory);
    CHECK(tree.find("test_new.py") == nullptr);
}

}  // namespace stet
