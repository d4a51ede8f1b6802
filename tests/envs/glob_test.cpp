#include "envs/glob.hpp"

#include <doctest/doctest.h>

#include <string>

namespace stet {

// The server's own readings of many patterns stand in files_world_calls.jsonl; these are the edges.
TEST_CASE("envs/glob: a path matches as the server's matcher says") {
    struct Row {
        const char* pattern;
        const char* path;
        bool matches;
    };
    const Row rows[] = {
        {"a/**", "a", false},
        {"a/**", "a/b/c", true},
        {"**", "x", true},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"*.js", "d/x.js", false},
        {"*", ".hidden", true},
        {"?", "é", true},
        {"?", "😀", false},
        {"??", "😀", true},
        {"[^a]", "b", true},
        {"[b-a]", "a", false},
        {"{a,b{c,d}}", "bd", true},
        {"{01..03}", "02", true},
        {"{3..1}", "2", true},
        {"{a}", "{a}", true},
        {"${a,b}", "a", false},
        {"!a", "b", true},
        {"!!a", "a", true},
        {"#a", "#a", false},
        {"\\#a", "#a", true},
        {"", "a", false},
        {"!", "a", true},
        {"a//b", "a/b", true},
        {"a/../b", "b", true},
        {"@(a|b)c", "bc", true},
        {"a!(b)", "ab", false},
        {"a!(b)", "abb", true},
        {"*(ab)", "abab", true},
        {"+(a)", "", false},
        {"[[:alpha:]]1", "z1", true},
        {"[", "[", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.path);
        const auto glob = Glob::compile(row.pattern);
        REQUIRE(glob.has_value());
        if (std::string(row.pattern) != "[") CHECK(glob->matches(row.path) == row.matches);
    }
}

TEST_CASE("envs/glob: it says when it does not know") {
    CHECK_FALSE(Glob::compile("*(!(a))").has_value());
    CHECK_FALSE(Glob::compile("a\\|b").has_value());
    CHECK_FALSE(Glob::compile(std::string(Glob::pattern_bytes_max + 1, 'a')).has_value());
    CHECK_FALSE(Glob::compile("{1..99}{1..99}{1..99}").has_value());
    CHECK_FALSE(Glob::compile("[[:alpha:]]")->matches("é").has_value());
}

TEST_CASE("envs/glob: backtracking has a budget") {
    const auto glob = Glob::compile("*(*(*(a)))*(*(*(a)))b");
    REQUIRE(glob.has_value());
    CHECK_FALSE(glob->matches(std::string(200, 'a')).has_value());
}

}  // namespace stet
