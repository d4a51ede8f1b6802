#include "tests/support/entries.hpp"
#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace stet;
using namespace stet::test;

namespace {

Result<std::string> letters(const Digest& digest) {
    for (const char letter : std::string_view("xyz")) {
        if (sha256(std::string(1, letter)) == digest) return std::string(1, letter);
    }
    return Error{"content " + to_string(digest) + " is not there", "fetch it"};
}

unsigned mode_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status.st_mode & 07777u;
}

}  // namespace

TEST_CASE("workspace/restore: files, modes, directories and symlinks come back as they were") {
    const TempDir dir;
    const Tree tree{{directory_entry("locked", 0555), file_entry("locked/x", "x", 0400),
                     symlink_entry("out", "/etc/passwd"), file_entry("run", "y", 0755),
                     symlink_entry("self", "self"), directory_entry("shared", 03775)}};
    REQUIRE(restore(tree, letters, dir / "new").has_value());
    CHECK(recount(dir / "new").entries == tree.entries);
    fs::permissions(dir / "new/locked", fs::perms{0700});
}

TEST_CASE("workspace/restore: what runs as somebody else does not come back so") {
    const TempDir dir;
    REQUIRE(restore(Tree{{directory_entry("d", 06755), file_entry("s", "x", 07755)}}, letters, dir / "new")
                .has_value());
    CHECK(mode_of(dir / "new/s") == 0755);
    CHECK(mode_of(dir / "new/d") == 02755);
}

TEST_CASE("workspace/restore: directories that are not entries are made") {
    const TempDir dir;
    REQUIRE(restore(Tree{{file_entry("a/b/c", "x")}}, letters, dir / "new").has_value());
    CHECK(read_file(dir / "new/a/b/c") == "x");
    CHECK(mode_of(dir / "new/a/b") == 0755);
}

TEST_CASE("workspace/restore: a hostile tree writes nothing, anywhere") {
    struct Row {
        const char* name;
        std::vector<TreeEntry> entries;
    };
    const std::string long_name(256, 'n');
    const std::array rows{
        Row{"parent", {file_entry("../x", "x")}},
        Row{"parent inside", {directory_entry("a"), file_entry("a/../../x", "x")}},
        Row{"only dots", {directory_entry("..")}},
        Row{"dot", {file_entry("./x", "x")}},
        Row{"dot at the end", {directory_entry("a"), directory_entry("a/.")}},
        Row{"absolute", {file_entry("/tmp/stet-hostile", "x")}},
        Row{"empty", {file_entry("", "x")}},
        Row{"empty component", {directory_entry("a"), file_entry("a//x", "x")}},
        Row{"slash at the end", {directory_entry("a/")}},
        Row{"NUL", {file_entry(std::string("a\0b", 3), "x")}},
        Row{"long name", {file_entry(long_name, "x")}},
        Row{"long path",
            {file_entry(
                [] {
                    std::string path = "p";
                    for (int i = 0; i < 2100; ++i)
                        path += "/p";
                    return path;
                }(),
                "x")}},
        Row{"below a symlink", {symlink_entry("a", "/tmp"), file_entry("a/x", "x")}},
        Row{"far below a symlink", {symlink_entry("a", ".."), file_entry("a/b/x", "x")}},
        Row{"symlink after its child", {file_entry("a/x", "x"), symlink_entry("a", "..")}},
        Row{"below a file", {file_entry("a", "x"), file_entry("a/x", "x")}},
        Row{"twice", {file_entry("a", "x"), file_entry("a", "y")}},
        Row{"file and symlink", {symlink_entry("a", "/etc/passwd"), file_entry("a", "x")}},
        Row{"directory and symlink",
            {directory_entry("a"), symlink_entry("a", ".."), file_entry("a/x", "x")}},
        Row{"no target", {symlink_entry("a", "")}},
        Row{"target with NUL", {symlink_entry("a", std::string("b\0c", 3))}},
        Row{"long target", {symlink_entry("a", std::string(5000, 't'))}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const TempDir dir;
        write_file(dir / "bystander", "unharmed");
        const auto before = fingerprint_excluded(dir.path().parent_path(), dir.path().filename());
        auto entries = row.entries;
        entries.push_back(file_entry("zz-innocent", "z"));
        const auto restored = restore(Tree{entries}, letters, dir / "target/deep");
        CHECK_FALSE(restored.has_value());
        if (!restored) CHECK_FALSE(restored.error().what.empty());
        CHECK(fingerprint_excluded(dir.path().parent_path(), dir.path().filename()) == before);
    }
    CHECK_FALSE(fs::exists("/tmp/stet-hostile"));
}

TEST_CASE("workspace/restore: missing content is named") {
    struct Row {
        const char* name;
        TreeEntry entry;
        const char* what;
    };
    auto absent = file_entry("big", "x");
    absent.absent = true;
    const std::array rows{
        Row{"not there", file_entry("q", "q"),
            "restore \"q\": content sha256:8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc"
            "1d9bea82a6ba57f7cf is not there"},
        Row{"absent", absent, "restore \"big\": its content was not kept (too large, or not readable)"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const TempDir dir;
        const auto restored = restore(Tree{{row.entry}}, letters, dir / "new");
        REQUIRE_FALSE(restored.has_value());
        CHECK(restored.error().what == row.what);
        CHECK_FALSE(restored.error().hint.empty());
    }
}

TEST_CASE("workspace/restore: content that is not what its digest says is refused") {
    const TempDir dir;
    const auto lie = [](const Digest&) -> Result<std::string> { return std::string("lie"); };
    const auto restored = restore(Tree{{file_entry("a", "x")}}, lie, dir / "new");
    REQUIRE_FALSE(restored.has_value());
    CHECK(restored.error().what.starts_with("restore \"a\": its content is not what sha256:"));
}

TEST_CASE("workspace/restore: only into an empty directory") {
    const TempDir dir;
    write_file(dir / "full/file", "1");
    const auto restored = restore(Tree{{file_entry("a", "x")}}, letters, dir / "full");
    REQUIRE_FALSE(restored.has_value());
    CHECK_FALSE(fs::exists(dir / "full/a"));
    fs::create_directory(dir / "empty");
    CHECK(restore(Tree{{file_entry("a", "x")}}, letters, dir / "empty").has_value());
    write_file(dir / "file", "1");
    CHECK_THROWS_AS((void)restore(Tree{{file_entry("a", "x")}}, letters, dir / "file"), Trouble);
}

TEST_CASE("workspace/restore: names that differ in case alone are two files here") {
    const TempDir dir;
    REQUIRE(restore(Tree{{file_entry("A", "x"), file_entry("a", "y")}}, letters, dir / "new").has_value());
    CHECK(read_file(dir / "new/A") == "x");
    CHECK(read_file(dir / "new/a") == "y");
}
