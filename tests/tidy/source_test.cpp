#include "tests/tidy/source.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace stet::tidy {
namespace {

TEST_CASE("tidy/source: comments, literals and directives are blanked, and nothing moves") {
    struct Row {
        std::string text;
        std::string code;
    };
    const Row rows[] = {
        {"a; // {b}\nc", "a; ......\nc"},
        {"a /* {\n} */ b", "a ....\n.... b"},
        {"f(\"{\\\"}\");", "f(......);"},
        {"c = '{'; d", "c = ...; d"},
        {"n = 1'000'000; '}'", "n = 1'000'000; ..."},
        {"r = R\"x({\")\"})x\"; s", "r = R...........; s"},
        {"#define A { \\\n  }\nb", ".............\n...\nb"},
        {"  #include \"x\"\n{}", "  ............\n{}"},
        {"a % 2; \"unended\nb", "a % 2; ........\nb"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        auto expected = row.code;
        std::ranges::replace(expected, '.', ' ');
        CHECK(blank_out(row.text) == expected);
    }
}

TEST_CASE("tidy/source: words are found whole, and not as members") {
    CHECK(find_word("rand(); brand(); rand_x; a.rand(); p->rand()", "rand") == std::vector<std::size_t>{0});
    CHECK(find_word("x > rand", "rand") == std::vector<std::size_t>{4});
    CHECK(find_word("std::time(0); time", "std::time") == std::vector<std::size_t>{0});
}

TEST_CASE("tidy/source: lines are counted from one") {
    CHECK(line_of("a\nb\nc", 0) == 1);
    CHECK(line_of("a\nb\nc", 4) == 3);
    CHECK(lines_of("a\n\nb").size() == 3);
    CHECK(lines_of("a\n").size() == 1);
}

}  // namespace
}  // namespace stet::tidy
