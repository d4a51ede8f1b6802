#pragma once

#include "tests/support/temp_dir.hpp"
#include "workspace/descriptor.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <sys/stat.h>
#include <vector>

namespace stet::test {

namespace fs = std::filesystem;

/// Until the kernel's clock has left everything that was written so far behind: from then on a scan
/// trusts what it remembers.
inline void outwait_racy_files() {
    const auto begin = workspace::now_ns();
    while (workspace::now_ns() - begin < 25'000'000) {
    }
}

/// The contents that scans handed out.
struct Contents {
    std::map<Digest, std::string> all;
    std::vector<std::string> order;

    std::function<void(std::string)> keep() {
        return [this](std::string bytes) {
            order.push_back(bytes);
            all.emplace(sha256(bytes), std::move(bytes));
        };
    }
    ContentOf content_of() const {
        return [this](const Digest& digest) -> Result<std::string> {
            const auto found = all.find(digest);
            if (found == all.end()) return Error{to_string(digest) + " is not there", "look elsewhere"};
            return found->second;
        };
    }
};

/// The tree as the plainest possible code sees it.
inline Tree recount(const fs::path& root) {
    Tree tree;
    for (const auto& item : fs::recursive_directory_iterator(root)) {
        TreeEntry entry;
        entry.path = fs::relative(item.path().parent_path(), root) / item.path().filename();
        if (entry.path.starts_with("./")) entry.path.erase(0, 2);
        struct stat status {};
        if (::lstat(item.path().c_str(), &status) != 0) continue;
        entry.mode = status.st_mode & 07777u;
        if (S_ISDIR(status.st_mode)) entry.kind = EntryKind::directory;
        if (S_ISLNK(status.st_mode)) {
            entry.kind = EntryKind::symlink;
            entry.mode = 0;
            entry.target = fs::read_symlink(item.path());
        }
        if (S_ISREG(status.st_mode)) {
            entry.content = sha256(read_file(item.path()));
            entry.size = static_cast<std::uint64_t>(status.st_size);
        }
        tree.entries.push_back(entry);
    }
    std::sort(tree.entries.begin(), tree.entries.end(),
              [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
    return tree;
}

inline std::vector<std::string> paths_of(const Tree& tree) {
    std::vector<std::string> paths;
    for (const auto& entry : tree.entries)
        paths.push_back(entry.path);
    return paths;
}

inline void make_executable(const fs::path& path, std::string_view bytes) {
    write_file(path, bytes);
    fs::permissions(path, fs::perms{0755});
}

}  // namespace stet::test
