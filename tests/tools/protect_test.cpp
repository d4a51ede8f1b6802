#include "tests/support/temp_dir.hpp"
#include "tools/checks.hpp"

#include <stet/door/workspace.hpp>
#include <stet/redaction.hpp>

#include <doctest/doctest.h>

#include <random>

namespace stet {
namespace {

namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

Tree scan(const fs::path& directory) {
    Redactor redactor("a key of sixteen bytes or more");
    return open_workspace(directory, {}, redactor)->scan([](std::string) {}).tree;
}

/// Makes something of one kind at a random place, replacing what is there.
void scribble(const fs::path& root, std::mt19937& dice, int steps) {
    static const Strings names{"a", "b", "test_a.py", "tests", "test_b.py"};
    const auto name = [&] { return names[dice() % names.size()]; };
    for (int i = 0; i < steps; ++i) {
        auto path = root / name();
        if (dice() % 2 == 0) path /= name();
        if (dice() % 4 == 0) path /= name();
        std::error_code error;
        fs::create_directories(path.parent_path(), error);
        if (error || fs::is_symlink(path.parent_path())) continue;
        fs::remove_all(path, error);
        switch (dice() % 4) {
            case 0:
                fs::create_directory(path, error);
                break;
            case 1:
                fs::create_symlink("/etc", path, error);
                break;
            case 2:
                break;
            default:
                test::write_file(path, std::to_string(dice() % 100));
        }
    }
}

}  // namespace

TEST_CASE("tools/protect: a copy that is put right on disk is the tree that replay computes") {
    for (unsigned seed = 0; seed < 150; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        const test::TempDir dir;
        for (const auto* place : {"first", "kept", "copy"})
            fs::create_directory(dir / place);
        scribble(dir / "first", dice, 8);
        const auto initial = scan(dir / "first");
        const Strings globs = dice() % 2 == 0 ? Strings{"test_*.py"} : Strings{"tests", "a/test_a.py"};
        overlay(dir / "first", dir / "kept", diff_trees(Tree{}, with_protected(Tree{}, initial, globs)));
        copy_tree(dir / "first", dir / "last", {});
        scribble(dir / "last", dice, 8);
        const auto final_tree = scan(dir / "last");
        const auto wanted = with_protected(final_tree, initial, globs);
        fs::remove(dir / "copy");
        copy_tree(dir / "last", dir / "copy", {});
        overlay(dir / "kept", dir / "copy", diff_trees(final_tree, wanted));
        CHECK(scan(dir / "copy") == wanted);
        for (const auto& entry : initial.entries) {
            if (is_protected(globs, entry.path)) CHECK(*wanted.find(entry.path) == entry);
        }
        CHECK(diff_trees(scan(dir / "last"), final_tree).empty());
    }
}

TEST_CASE("tools/protect: nothing is written through what an agent left in the way") {
    const test::TempDir dir;
    test::write_file(dir / "first/tests/test_a.py", "the test");
    test::write_file(dir / "outside/test_a.py", "mine");
    const auto initial = scan(dir / "first");
    fs::create_directory(dir / "copy");
    fs::create_symlink(dir / "outside", dir / "copy/tests");
    const auto found = scan(dir / "copy");
    overlay(dir / "first", dir / "copy", diff_trees(found, with_protected(found, initial, {"tests"})));
    CHECK(test::read_file(dir / "outside/test_a.py") == "mine");
    CHECK(test::read_file(dir / "copy/tests/test_a.py") == "the test");
    CHECK_FALSE(fs::is_symlink(dir / "copy/tests"));
}

TEST_CASE("tools/protect: a glob protects what lies in the directories that it matches") {
    struct Row {
        const char* glob;
        const char* path;
        bool is;
    };
    const Row rows[] = {
        {"tests", "tests/a/b.py", true},  {"tests/", "tests/a.py", true}, {"tests", "src/tests/a.py", true},
        {"/tests", "src/tests/a", false}, {"*.py", "a/b.py", true},       {"*.py", "a/b.pyc", false},
        {"a/*.py", "a/b/c.py", false},    {"a/**", "a/b/c.py", true},     {"tests", "tests2/a", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.glob);
        CAPTURE(row.path);
        CHECK(is_protected({row.glob}, row.path) == row.is);
    }
}

TEST_CASE("tools/protect: globs are kept relative to the workspace, and none may lead out of it") {
    CHECK(read_protect({"./a", "/home/me/project/b/c", "tests/", "*.py"}, "/home/me/project") ==
          Strings{"/a", "/b/c", "tests/", "*.py"});
    for (const auto* word : {"", "..", "../a", "a/../../b", "/etc/passwd", "/"}) {
        CAPTURE(word);
        CHECK_THROWS_AS(read_protect({word}, "/home/me/project"), Trouble);
    }
}

}  // namespace stet
