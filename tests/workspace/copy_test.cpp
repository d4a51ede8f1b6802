#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace stet;
using namespace stet::test;

using Strings = std::vector<std::string>;

TEST_CASE("workspace/copy: a copy has what was there, and says what it left out") {
    const TempDir dir;
    for (const auto* path : {"a/file", "a/node_modules/x/y", "node_modules/z", "b.pyc", "c"}) {
        write_file(dir / "from" / path, path);
    }
    fs::create_symlink("/nowhere", dir / "from/link");
    fs::permissions(dir / "from/c", fs::perms{0751});
    fs::permissions(dir / "from/a", fs::perms{0500});
    REQUIRE(::mkfifo((dir / "from/fifo").c_str(), 0600) == 0);
    fs::last_write_time(dir / "from/c", fs::file_time_type::clock::now() - std::chrono::hours(5));
    const auto left_out = copy_tree(dir / "from", dir / "to", {"node_modules/", "*.pyc"});
    CHECK(left_out == Strings{"a/node_modules", "b.pyc", "node_modules"});
    CHECK(paths_of(recount(dir / "to")) == Strings{"a", "a/file", "c", "link"});
    CHECK(recount(dir / "to").find("c")->mode == 0751);
    CHECK(recount(dir / "to").find("a")->mode == 0500);
    CHECK(fs::last_write_time(dir / "to/c") == fs::last_write_time(dir / "from/c"));
    fs::permissions(dir / "from/a", fs::perms{0700});
    fs::permissions(dir / "to/a", fs::perms{0700});
    CHECK_THROWS_AS(copy_tree(dir / "from", dir / "to", {}), Trouble);
    CHECK_THROWS_AS(copy_tree(dir / "nowhere", dir / "new", {}), Trouble);
}

TEST_CASE("workspace/fingerprint: it changes with anything but caches, and with nothing else") {
    struct Row {
        const char* name;
        void (*change)(const fs::path& tree);
        bool differs;
    };
    const std::array rows{
        Row{"nothing", [](const fs::path&) {}, false},
        Row{"touch", [](const fs::path& tree) { write_file(tree / "a", "a"); }, false},
        Row{"content", [](const fs::path& tree) { write_file(tree / "a", "b"); }, true},
        Row{"mode", [](const fs::path& tree) { fs::permissions(tree / "a", fs::perms{0711}); }, true},
        Row{"name", [](const fs::path& tree) { fs::rename(tree / "a", tree / "c"); }, true},
        Row{"an empty directory", [](const fs::path& tree) { fs::create_directory(tree / "e"); }, true},
        Row{"a link", [](const fs::path& tree) { fs::create_symlink("a", tree / "l"); }, true},
        Row{"a cache", [](const fs::path& tree) { write_file(tree / "__pycache__/a.pyc", "1"); }, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const TempDir dir;
        write_file(dir / "tree/a", "a");
        write_file(dir / "tree/b/c", "c");
        const auto before = fingerprint_excluded(dir.path(), "tree");
        CHECK(before);
        row.change(dir / "tree");
        CHECK((fingerprint_excluded(dir.path(), "tree") != before) == row.differs);
    }
}

TEST_CASE("workspace/fingerprint: a file is its content, nothing is none") {
    const TempDir dir;
    write_file(dir / "file", "abc");
    CHECK(fingerprint_excluded(dir.path(), "file") == sha256("abc"));
    CHECK_FALSE(fingerprint_excluded(dir.path(), "missing"));
}

TEST_CASE("workspace/scratch: it goes with everything in it, whatever the modes and the depth") {
    fs::path place;
    {
        const ScratchDirectory scratch;
        place = scratch.path();
        CHECK(recount(place).entries.empty());
        write_file(place / "a/b/c", "1");
        fs::create_directory_symlink("/usr", place / "usr");
        fs::permissions(place / "a/b/c", fs::perms{0});
        fs::permissions(place / "a/b", fs::perms{0});
        fs::permissions(place / "a", fs::perms{0500});
        fs::path deep = place;
        for (int i = 0; i < 250; ++i)
            deep /= "d";
        fs::create_directories(deep);
        write_file(deep / "file", "1");
    }
    CHECK_FALSE(fs::exists(fs::symlink_status(place)));
    CHECK(fs::exists("/usr/bin"));
}
