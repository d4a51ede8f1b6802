#include <stet/tree.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace stet {
namespace {

// What a glob means, spelled out without regard to time: held against the real one.
bool slowly(std::string_view glob, std::string_view path, bool component_begins = true) {
    if (glob.empty()) return path.empty();
    if (glob.starts_with("**")) {
        auto rest =
            glob.substr(glob.find_first_not_of('*') == glob.npos ? glob.size() : glob.find_first_not_of('*'));
        const bool whole = component_begins && rest.starts_with('/');
        if (whole) rest.remove_prefix(1);
        for (std::size_t at = 0; at <= path.size(); ++at) {
            if (whole && at > 0 && path[at - 1] != '/') continue;
            if (slowly(rest, path.substr(at), whole)) return true;
        }
        return false;
    }
    if (glob.front() == '*') {
        for (std::size_t at = 0; at <= path.size(); ++at) {
            if (slowly(glob.substr(1), path.substr(at), false)) return true;
            if (at < path.size() && path[at] == '/') return false;
        }
        return false;
    }
    if (path.empty()) return false;
    const bool fits = glob.front() == '?' ? path.front() != '/' : glob.front() == path.front();
    return fits && slowly(glob.substr(1), path.substr(1), glob.front() == '/');
}

struct Row {
    const char* glob;
    const char* path;
    bool matches;
};

void check(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        CAPTURE(row.glob);
        CAPTURE(row.path);
        CHECK(glob_matches(row.glob, row.path) == row.matches);
    }
}

}  // namespace

TEST_CASE("core/glob: a glob without a slash matches the last component at any depth") {
    check({
        {"a.txt", "a.txt", true},
        {"a.txt", "x/y/a.txt", true},
        {"a.txt", "a.txt/x", false},
        {"a.txt", "ba.txt", false},
        {"*.c", "src/a.c", true},
        {"*.c", "src/a.cc", false},
        {"*.c", ".c", true},
        {"*", "a/b", true},
        {"a*", "abc/x", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "acb", false},
        {"?.c", "d/a.c", true},
        {"?.c", "ab.c", false},
        {"**", "a/b/c", true},
        {"", "a", false},
        {"*", "", false},
    });
}

TEST_CASE("core/glob: a glob with a slash matches from the top") {
    check({
        {"src/a.c", "src/a.c", true},
        {"src/a.c", "x/src/a.c", false},
        {"/a.c", "a.c", true},
        {"/a.c", "x/a.c", false},
        {"src/*.c", "src/a.c", true},
        {"src/*.c", "src/x/a.c", false},
        {"src/?", "src/a", true},
        {"a?b", "a/b", false},
        {"*/b", "a/b", true},
        {"*/b", "b", false},
        {"*/b", "x/a/b", false},
    });
}

TEST_CASE("core/glob: two stars do not stop at a slash, and stand for no component too") {
    check({
        {"src/**", "src/a", true},
        {"src/**", "src/a/b/c", true},
        {"src/**", "src", false},
        {"src/**", "srcs/a", false},
        {"**/b", "b", true},
        {"**/b", "a/b", true},
        {"**/b", "x/a/b", true},
        {"**/b", "ab", false},
        {"a/**/b", "a/b", true},
        {"a/**/b", "a/x/b", true},
        {"a/**/b", "a/x/y/b", true},
        {"a/**/b", "a/xb", false},
        {"a/**b", "a/x/yb", true},
        {"a**b/c", "a/x/b/c", true},
        {"**/*.py", "x.py", true},
        {"**/test_*.py", "a/test_b/test_c.py", true},
        {"**/x/*/y", "x/x/1/y", true},
        {"**/x/*/y", "x/1/2/y", false},
    });
}

TEST_CASE("core/glob: a slash at the end matches the directory and everything below") {
    check({
        {"node_modules/", "node_modules", true},
        {"node_modules/", "node_modules/x/y.js", true},
        {"node_modules/", "packages/p/node_modules/x", true},
        {"node_modules/", "node_modules_2/x", false},
        {"build/out/", "build/out/x", true},
        {"build/out/", "a/build/out/x", false},
        {"/build/", "build/x", true},
        {"/build/", "a/build/x", false},
        {".*/", ".git/objects/00", true},
        {".*/", "a/b", false},
        {"/", "a", false},
    });
}

TEST_CASE("core/glob: everything else stands for itself") {
    check({
        {"[slug].tsx", "app/[slug].tsx", true},
        {"[slug].tsx", "app/s.tsx", false},
        {"a\\*", "ab", false},
        {"a\\*", "a\\b", true},
        {"{a,b}", "a", false},
    });
}

TEST_CASE("core/glob: a question mark is one character, or one byte where there is none") {
    check({
        {"?", "\xC3\xBC", true},
        {"??", "\xC3\xBC", false},
        {"*??", "\xE2\x82\xAC", false},
        {"*?", "\xE2\x82\xAC", true},
        {"?", "\xFF", true},
        {"\xC3\xBC*", "\xC3\xBCx", true},
    });
}

TEST_CASE("core/glob: short globs and paths match as the plain definition says") {
    const std::string_view glob_letters = "a/*?";
    const std::string_view path_letters = "ab/";
    const auto word = [](std::size_t number, std::size_t length, std::string_view letters) {
        std::string made;
        for (; length > 0; --length, number /= letters.size())
            made.push_back(letters[number % letters.size()]);
        return made;
    };
    std::size_t matches = 0;
    for (std::size_t g = 0; g < 4096; g += 3) {
        const auto glob = word(g, 6, glob_letters);
        // Slashes at the ends have meanings of their own; without one inside, only the last component counts.
        if (glob.front() == '/' || glob.back() == '/' || glob.find('/') == std::string::npos) continue;
        for (std::size_t p = 0; p < 243; ++p) {
            const auto path = word(p, 5, path_letters);
            const bool expected = slowly(glob, path);
            if (glob_matches(glob, path) != expected) {
                CAPTURE(glob);
                CAPTURE(path);
                CHECK(glob_matches(glob, path) == expected);
            }
            matches += expected;
        }
    }
    CHECK(matches > 500);
}

TEST_CASE("core/glob: no glob takes forever") {
    const std::string path(4000, 'a');
    std::string stars;
    for (int i = 0; i < 200; ++i)
        stars += "*a";
    CHECK_FALSE(glob_matches("*a*a*a*a*b", path));
    CHECK_FALSE(glob_matches(stars + "*b", path));
    CHECK(glob_matches(stars + "*", path));
    std::string deep;
    for (int i = 0; i < 1000; ++i)
        deep += "aaa/";
    std::string levels;
    for (int i = 0; i < 50; ++i)
        levels += "**/a*a*/";
    CHECK_FALSE(glob_matches(levels + "b", deep + "c"));
    CHECK_FALSE(glob_matches("**a**a**a**a**b", deep + "c"));
}

}  // namespace stet
