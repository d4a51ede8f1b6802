#include "workspace/tree_writer.hpp"

#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>

using namespace stet;
using namespace stet::test;
using namespace stet::workspace;

TEST_CASE("workspace/tree_writer: both ways of opening stay beneath, and follow no symlink") {
    const TempDir dir;
    fs::create_directories(dir / "root/a/b");
    fs::create_directory(dir / "outside");
    fs::create_directory_symlink(dir / "outside", dir / "root/absolute");
    fs::create_directory_symlink("../outside", dir / "root/relative");
    fs::create_directory_symlink("a", dir / "root/harmless");
    write_file(dir / "root/file", "1");
    const Descriptor root(::open((dir / "root").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct Row {
        const char* path;
        bool opens;
    };
    const std::array rows{
        Row{"", true},
        Row{"a", true},
        Row{"a/b", true},
        Row{"missing", false},
        Row{"file", false},
        Row{"..", false},
        Row{"../outside", false},
        Row{"a/../../outside", false},
        Row{"/tmp", false},
        Row{"absolute", false},
        Row{"relative", false},
        Row{"harmless", false},
        Row{"harmless/b", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        CHECK(static_cast<bool>(open_beneath(root.get(), row.path)) == row.opens);
        CHECK(static_cast<bool>(open_step_by_step(root.get(), row.path)) == row.opens);
    }
}

TEST_CASE("workspace/tree_writer: a directory that is swapped for a symlink is not written through") {
    const TempDir dir;
    fs::create_directory(dir / "outside");
    TreeWriter writer(dir / "root");
    writer.make_directory("a", 0755);
    writer.make_directory("b", 0755);
    (void)writer.make_file("b/1", 0644);
    fs::remove(dir / "root/a");
    fs::create_directory_symlink(dir / "outside", dir / "root/a");
    CHECK_THROWS_AS((void)writer.make_file("a/x", 0644), Trouble);
    CHECK_THROWS_AS(writer.make_directory("a/x", 0755), Trouble);
    CHECK_THROWS_AS(writer.make_symlink("a/x", "y"), Trouble);
    CHECK_THROWS_AS(writer.finish(), Trouble);
    CHECK(fs::is_empty(dir / "outside"));
}

TEST_CASE("workspace/tree_writer: nothing that exists is opened or replaced") {
    const TempDir dir;
    write_file(dir / "outside", "unharmed");
    TreeWriter writer(dir / "root");
    fs::create_symlink(dir / "outside", dir / "root/link");
    write_file(dir / "root/file", "old");
    CHECK_THROWS_AS((void)writer.make_file("link", 0644), Trouble);
    CHECK_THROWS_AS((void)writer.make_file("file", 0644), Trouble);
    CHECK_THROWS_AS(writer.make_symlink("file", "x"), Trouble);
    CHECK(read_file(dir / "outside") == "unharmed");
    CHECK(read_file(dir / "root/file") == "old");
}
