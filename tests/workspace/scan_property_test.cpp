#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <random>

using namespace stet;
using namespace stet::test;

namespace {

/// Somebody who works in a tree, at random.
class Worker {
public:
    Worker(fs::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}

    void act() {
        const auto path = pick();
        std::error_code ignored;
        if (!in_tree(path)) return;
        switch (below(9)) {
            case 0:
            case 1:
                return write(path);
            case 2:
                return rewrite_in_place(path);
            case 3:
                return static_cast<void>(fs::create_directories(path, ignored));
            case 4:
                return static_cast<void>(fs::remove_all(path, ignored));
            case 5:
                return fs::rename(path, pick(), ignored);
            case 6:
                return change_mode(path);
            case 7:
                return fs::create_symlink(pick().filename(), path, ignored);
            default:
                return fs::create_hard_link(pick(), path, ignored);
        }
    }

private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

    fs::path pick() {
        static constexpr std::array names{"a", "b", "a.c", "a-", "z"};
        fs::path path = root_;
        const auto depth = 1 + below(3);
        for (unsigned i = 0; i < depth; ++i)
            path /= names[below(names.size())];
        return path;
    }

    bool in_tree(const fs::path& path) const {
        for (auto at = path; at != root_; at = at.parent_path()) {
            std::error_code error;
            if (fs::is_symlink(fs::symlink_status(at, error))) return false;
        }
        return true;
    }

    void write(const fs::path& path) {
        std::error_code ignored;
        fs::create_directories(path.parent_path(), ignored);
        if (!fs::is_directory(path.parent_path()) || fs::is_directory(path)) return;
        write_file(path, std::string(below(20), static_cast<char>('a' + below(26))));
    }

    /// Same size, same modification time: only the change time tells.
    void rewrite_in_place(const fs::path& path) {
        if (!fs::is_regular_file(path)) return;
        const auto time = fs::last_write_time(path);
        write_file(path, std::string(fs::file_size(path), static_cast<char>('A' + below(26))));
        fs::last_write_time(path, time);
    }

    void change_mode(const fs::path& path) {
        if (!fs::exists(path)) return;
        fs::permissions(path, fs::perms{fs::is_directory(path) ? 0700 + below(64) : 0600 + below(128)});
    }

    fs::path root_;
    std::mt19937 random_;
};

}  // namespace

TEST_CASE("workspace/scan: whatever is done to a tree, a rescan is a recount, and restores to itself") {
    for (unsigned seed = 1; seed <= 25; ++seed) {
        CAPTURE(seed);
        const TempDir dir;
        fs::create_directory(dir / "tree");
        Redactor redactor(std::string(32, 'k'));
        const auto workspace = open_workspace(dir / "tree", {}, redactor);
        Contents contents;
        Worker worker(dir / "tree", seed);
        for (unsigned round = 0; round < 12; ++round) {
            for (unsigned i = 0; i <= round; ++i)
                worker.act();
            if (round == 8) outwait_racy_files();
            const auto scan = workspace->scan(contents.keep());
            CAPTURE(round);
            REQUIRE(encode_tree(scan.tree) == encode_tree(recount(dir / "tree")));
            REQUIRE(scan.unreadable.empty());
        }
        const auto scan = workspace->scan(contents.keep());
        const auto restored = restore(scan.tree, contents.content_of(), dir / "copy");
        REQUIRE_MESSAGE(restored.has_value(), restored.error().what);
        const auto again = open_workspace(dir / "copy", {}, redactor)->scan({});
        CHECK(tree_digest(again.tree) == tree_digest(scan.tree));
        CHECK(copy_tree(dir / "tree", dir / "twin", {}).empty());
        CHECK(tree_digest(recount(dir / "twin")) == tree_digest(scan.tree));
        CHECK(fingerprint_excluded(dir.path(), "twin") == fingerprint_excluded(dir.path(), "tree"));
    }
}
