#include "workspace/exclusion.hpp"

#include <stet/door/workspace.hpp>
#include <stet/tree.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

using namespace stet;

TEST_CASE(
    "workspace/exclusion: the default leaves out dependencies, caches and innards, not what people edit") {
    struct Row {
        const char* path;
        bool is_directory, left_out;
    };
    const workspace::Exclusion exclusion(default_excludes());
    const std::array rows{
        Row{".git", true, true},
        Row{"sub/.git", true, true},
        Row{".git", false, false},  // A submodule's or a worktree's pointer is content.
        Row{".gitignore", false, false},
        Row{".github", true, false},
        Row{"node_modules", true, true},
        Row{"packages/a/node_modules", true, true},
        Row{"my_node_modules", true, false},
        Row{".venv", true, true},
        Row{"src/__pycache__", true, true},
        Row{"src/a.pyc", false, true},
        Row{"src/a.py", false, false},
        Row{"target", true, false},
        Row{"target/debug", true, true},
        Row{"crates/x/target/release", true, true},
        Row{"target/x86_64-unknown-linux-gnu/debug", true, true},
        Row{"src/target/isel.cpp", false, false},
        Row{"module/target/classes", true, true},
        Row{"dist", true, false},
        Row{"build", true, false},
        Row{"vendor", true, false},
        Row{".env", false, false},
        Row{"a/.DS_Store", false, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        CHECK(exclusion.leaves_out(row.path, row.is_directory) == row.left_out);
    }
}

TEST_CASE("workspace/exclusion: the short cuts say what the globs say") {
    const std::vector<std::string> globs{"name", "dir/", "*.o", "/top", "a/*/b", "**/deep/", "x?z", "*"};
    const std::vector<std::string> paths{"name",   "a/name", "name/b", "dir",   "a/dir",   "x.o",
                                         "a/x.o",  "top",    "a/top",  "a/c/b", "a/c/d/b", "deep",
                                         "q/deep", "xyz",    "a/xyz",  "names"};
    for (const auto& glob : globs) {
        const workspace::Exclusion exclusion({glob});
        for (const auto& path : paths) {
            CAPTURE(glob);
            CAPTURE(path);
            if (path.find("name/") == 0 && glob != "*")
                continue;  // A name's child: its parent was not entered.
            CHECK(exclusion.leaves_out(path, true) == glob_matches(glob, path));
        }
    }
}

TEST_CASE("workspace/exclusion: what is remade is among what is left out") {
    const auto& all = default_excludes();
    for (const auto& glob : remade_excludes())
        CHECK(std::find(all.begin(), all.end(), glob) != all.end());
    CHECK(std::find(remade_excludes().begin(), remade_excludes().end(), "node_modules/") ==
          remade_excludes().end());
}
