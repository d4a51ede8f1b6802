#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <stet/redaction.hpp>
#include <stet/verdict.hpp>
#include <stet/workspace.hpp>

namespace stet {

// The workspace room: trees on disk, and the sandbox that runs commands over them.

struct WorkspaceOptions {
    std::vector<std::string> exclude;  ///< Globs (tree.hpp), on top of none: pass `default_excludes()` too.
    std::uint64_t content_bytes_max = 64u << 20;  ///< Larger files are digested, their content is not kept.
    std::size_t entries_max = 1'000'000;
};

/// Dependency trees, caches and repositories' innards: node_modules/, .venv/, .git/, target/, …
const std::vector<std::string>& default_excludes();

/// Opens a directory for scanning. `redactor` must outlive it. Throws Trouble when it is no directory.
std::unique_ptr<Workspace> open_workspace(const std::filesystem::path& root, const WorkspaceOptions& options,
                                          const Redactor& redactor);

using ContentOf = std::function<Result<std::string>(const Digest&)>;

/// Writes a tree into an empty or missing directory: never outside of it, whatever the tree says
/// (openat2 beneath the root, no symlink is followed, symlinks are made last). An error names the
/// first entry whose content is missing or whose path is not one. Throws Trouble when the disk refuses.
[[nodiscard]] Result<void> restore(const Tree& tree, const ContentOf& content, const std::filesystem::path& directory);

/// A copy of the directory as it is, excluded trees left out, and what was left out (relative paths
/// of the topmost excluded directories and files).
std::vector<std::string> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const std::vector<std::string>& exclude);

/// Digest of an excluded tree: paths, kinds, modes and contents.
Digest fingerprint_tree(const std::filesystem::path& directory);

/// The programs that a shell command calls, as far as its words tell: each word that could be a
/// program and is found in `path` (a PATH), following `#!` lines. Words that name a file in the tree are
/// looked into for their `#!` line. Missing ones that are certainly meant (the first word of a
/// simple command) are listed with no digest.
std::vector<Tool> fingerprint_toolchain(const std::string& command, const std::string& path,
                                        const std::filesystem::path& tree);

/// What this machine can do: "bubblewrap" when it works (tried, not guessed), and what to install
/// when it does not.
struct SandboxSupport {
    bool bubblewrap = false;
    std::string hint;
};
SandboxSupport probe_sandbox();

/// `rung`: "bubblewrap" or "none" (asked for by name). Throws Trouble with a hint when it can't be had.
std::unique_ptr<Sandbox> make_sandbox(const std::string& rung);

/// A directory that is removed with everything in it when the object goes.
class ScratchDirectory {
public:
    ScratchDirectory();  ///< Under TMPDIR. Throws Trouble.
    ~ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace stet
