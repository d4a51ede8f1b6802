#pragma once

#include <stet/redaction.hpp>
#include <stet/tree.hpp>
#include <stet/verdict.hpp>
#include <stet/workspace.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace stet {

// The workspace room: trees on disk, and the sandbox that runs commands over them.

struct WorkspaceOptions {
    std::vector<std::string> exclude;  ///< Globs (tree.hpp), on top of none: pass `default_excludes()` too.
    std::uint64_t content_bytes_max = 64u << 20;  ///< Larger files are digested, their content is not kept.
    std::size_t entries_max = 1'000'000;
};

/// Dependency trees, caches, build output and repositories' innards: node_modules/, .venv/, .git/,
/// target/debug/, …
const std::vector<std::string>& default_excludes();

/// Those of them that a tool writes anew when they are gone (caches, build output). They are no part
/// of a fingerprint, and need not be bound for a check: read-only, they would only be in its way.
const std::vector<std::string>& remade_excludes();

/// Opens a directory for scanning. `redactor` must outlive it. Throws Trouble when it is no directory.
///
/// Each scan begins with the files named `.env` and `.env.*` that are not left out, at any depth: the
/// redactor learns the credentials in them before it sees the content of any file.
std::unique_ptr<Workspace> open_workspace(const std::filesystem::path& root, const WorkspaceOptions& options,
                                          Redactor& redactor);

using ContentOf = std::function<Result<std::string>(const Digest&)>;

/// Writes a tree into an empty or missing directory: never outside of it, whatever the tree says
/// (openat2 beneath the root, no symlink is followed, symlinks are made last). An error names the
/// first entry whose content is missing (or `absent`, or not what its digest says) or whose path is
/// not one; a bad path is found before anything is written. Directories that entries lie in need not
/// be entries. Files lose setuid, setgid and sticky bits. Throws Trouble when the disk refuses.
[[nodiscard]] Result<void> restore(const Tree& tree, const ContentOf& content,
                                   const std::filesystem::path& directory);

/// A copy of the directory as it is (modes and times of files too; no sockets, FIFOs, devices), excluded
/// trees left out, into an empty or missing directory; and what was left out (relative paths of the
/// topmost excluded directories and files, sorted). Throws Trouble when something can't be copied.
std::vector<std::string> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const std::vector<std::string>& exclude);

/// Makes edits in the directory `to`, as `diff_trees` gives them: what an edit takes away is removed, what
/// it has after is copied from the same place in `from` (the mode is the edit's, a file's time is kept).
/// Both are reached through real directories alone, whatever symlinks somebody left there. Throws
/// Trouble when the disk refuses, or `from` lacks a file.
void overlay(const std::filesystem::path& from, const std::filesystem::path& to,
             const std::vector<TreeEdit>& edits);

/// Digest of an excluded tree (or single file) at a relative path beneath `root`: paths, kinds, modes and
/// contents, without what a tool remakes by itself (`remade_excludes`); of a git repository only what says
/// where it stands (HEAD, index, refs, config). None when there is nothing that could be lent to a check:
/// no directory and no file, or only through a symlink or a path that leads out. Throws Trouble when it
/// can't be looked at.
Digest fingerprint_excluded(const std::filesystem::path& root, const std::string& path);

/// Much quicker: by sizes and times, without reading a file. Says whether something was written there
/// since an earlier stamp of the same machine; means nothing elsewhere.
Digest stamp_excluded(const std::filesystem::path& root, const std::string& path);

/// Those of the excluded trees and files in a directory that are there, as `copy_tree` would leave them
/// out: relative paths of the topmost ones, sorted.
std::vector<std::string> find_excluded(const std::filesystem::path& root,
                                       const std::vector<std::string>& exclude);

/// The programs that a shell command calls, as far as its words tell: /bin/sh, then the first word of
/// each simple command (also inside `$(…)`, `sh -c`, `env`, `timeout`, `uv run`, …), found in `path` (a
/// PATH), and what the `#!` lines of scripts name. A program in the tree is not listed, since the
/// snapshot has it, but what interprets it is. Missing ones that are certainly meant are listed with
/// no digest and no path; `Tool::path` is otherwise the resolved path. Runs nothing.
std::vector<Tool> fingerprint_toolchain(const std::string& command, const std::string& path,
                                        const std::filesystem::path& tree);

/// What a sandbox needs besides the system so that these tools run: for a tool at `P/bin/x` or
/// `P/shims/x` that lies outside the system's directories, P (of places with secrets beside programs,
/// such as ~/.local and ~/.cargo, only parts; never the home directory). For `SandboxJob::read_only`.
std::vector<SandboxJob::Bind> toolchain_binds(const std::vector<Tool>& tools, const std::string& path);

/// What this machine can do: "bubblewrap" when it works (tried, not guessed), and what to install
/// when it does not.
struct SandboxSupport {
    bool bubblewrap = false;
    std::string hint;
};
SandboxSupport probe_sandbox();

/// `rung`: "bubblewrap" or "none" (asked for by name). Throws Trouble with a hint when it can't be had.
///
/// bubblewrap: no network, namespaces of its own, no capabilities; the system's programs read-only
/// without their secrets, empty /tmp, /run and HOME, host name `stet`; of everything else only the job's
/// binds and its tree. Nothing that it started outlives the job.
/// none: the job's tree itself is the working directory (`inside` and `read_only` are not regarded); HOME and
/// TMPDIR are fresh; a process that leaves its process group may outlive the job.
/// Both: PATH as ours, C.UTF-8, UTC, a fixed PYTHONHASHSEED and SOURCE_DATE_EPOCH, the job's environment
/// over that, and nothing else of ours. An exit code of 128 + n, as a shell says it, where n is a signal
/// that ends programs, is told as that signal.
std::unique_ptr<Sandbox> make_sandbox(const std::string& rung);

/// A directory that is removed with everything in it when the object goes.
class ScratchDirectory {
public:
    ScratchDirectory();  ///< Under TMPDIR. Throws Trouble.
    ~ScratchDirectory();
    ScratchDirectory(ScratchDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    ScratchDirectory& operator=(ScratchDirectory&& other) noexcept;
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

}  // namespace stet
