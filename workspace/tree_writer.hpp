#pragma once

#include "workspace/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stet::workspace {

/// Makes a tree in a directory, and nothing anywhere else: every path is resolved beneath that
/// directory by the kernel, no symlink is followed, and nothing that exists is opened or replaced.
///
/// Parents come before what is in them. Directories get their own mode in `finish()`, so that a
/// read-only one can be filled. Setuid and setgid files and sticky files lose those bits: a stranger's
/// tree must not bring a program that runs as somebody else. Directories keep setgid and sticky.
/// Throws Trouble when the disk refuses.
class TreeWriter {
public:
    /// `directory` is made if it is missing; it must be empty (`is_empty`).
    explicit TreeWriter(const std::filesystem::path& directory);

    bool is_empty() const;

    void make_directory(const std::string& path, std::uint32_t mode);
    void make_symlink(const std::string& path, const std::string& target);
    /// A new file to write to, with its mode set already.
    Descriptor make_file(const std::string& path, std::uint32_t mode);
    void finish();

private:
    int parent_of(const std::string& path);
    [[noreturn]] void refuse(const char* operation, const std::string& path, int error) const;

    std::filesystem::path place_;
    Descriptor root_;
    Descriptor parent_;        ///< The directory that was written into last …
    std::string parent_path_;  ///< … and its path. Siblings follow each other.
    std::vector<std::pair<std::string, std::uint32_t>> modes_;
};

/// What stands before a path's last component, and that component.
std::pair<std::string, std::string> split_path(const std::string& path);

/// Opens a directory beneath `root`: openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
/// RESOLVE_NO_MAGICLINKS. Where the kernel or a container lacks that call, `open_step_by_step`.
Descriptor open_beneath(int root, const std::string& path);

/// The same promise component by component, each of them a plain name that is no symlink.
Descriptor open_step_by_step(int root, const std::string& path);

}  // namespace stet::workspace
