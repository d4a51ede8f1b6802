#pragma once

#include <stet/door/replay.hpp>
#include <stet/tree.hpp>
#include <stet/verdict.hpp>
#include <stet/workspace.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace stet {

// Terminal checks, as recording and replay have them in common: the specs, the tree that a check is to
// find, and one run of it.

/// "[NAME=]COMMAND" as a spec; names are lower case (`UPPER=1 make test` is a command). Without a name:
/// "check", "check-2", …
CheckSpec parse_check(const std::string& word, std::size_t index);

/// Binds the spec to its inputs: sets the digest over all its fields and the protected files' content.
void bind_check(CheckSpec& spec, const Tree& initial);

/// The globs of `--protect` as specs keep them: relative to the workspace, without "./". Throws Trouble
/// for one that lies outside of it.
std::vector<std::string> read_protect(const std::vector<std::string>& words,
                                      const std::filesystem::path& workspace);

/// Does a glob match the path, or a directory that it lies in?
bool is_protected(const std::vector<std::string>& globs, std::string_view path);

/// The final tree with what the globs name as it was at first: changed back, brought back, taken away. What
/// the agent put in the way of a protected file (a symlink for its directory, say) goes.
Tree with_protected(const Tree& final_tree, const Tree& initial, const std::vector<std::string>& globs);

/// Where and over what a check runs.
struct CheckPlace {
    std::filesystem::path tree;      ///< A scratch copy; the check may write into it.
    std::filesystem::path inside;    ///< Where the workspace lay: the copy appears there.
    std::vector<ExcludedTree> lent;  ///< From below `inside` on this machine, read-only: evidence as it is.
    /// Of programs outside the system's directories only these are lent; none: all that it calls.
    std::optional<std::vector<Tool>> tools;
    int stop_descriptor = -1;  ///< When it becomes readable, the check is stopped: a problem.
};

/// Runs a check: the toolchain fingerprinted before, the rung in the evidence. Never throws for the
/// check's own sake: what went wrong is the result's `problem`.
CheckRun run_check(Sandbox& sandbox, const CheckSpec& spec, const CheckPlace& place);

/// A check that could not even be prepared: the result says why, and is no pass and no fail.
CheckRun failed_check(std::string problem);

}  // namespace stet
