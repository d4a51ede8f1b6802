#pragma once

#include <stet/door/replay.hpp>
#include <stet/tree.hpp>
#include <stet/verdict.hpp>
#include <stet/workspace.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace stet {

/// "[NAME=]COMMAND" as a spec; names are lower case (`UPPER=1 make test` is a command). Without a name:
/// "check", "check-2", …
CheckSpec parse_check(const std::string& word, std::size_t index);

/// Binds the spec to its inputs: sets the digest over all its fields and the protected files' content.
void bind_check(CheckSpec& spec, const Tree& initial);

/// The final tree with what the globs name as it was at first: changed back, brought back, taken away.
Tree with_protected(const Tree& final_tree, const Tree& initial, const std::vector<std::string>& globs);

/// Copies of the files that must not count as changed, taken before the agent starts.
class ProtectedFiles {
public:
    ProtectedFiles(const std::filesystem::path& workspace, const Tree& initial,
                   std::vector<std::string> globs);
    ~ProtectedFiles();
    ProtectedFiles(ProtectedFiles&&) noexcept;
    /// Puts them back into a copy of the workspace; files that match and were not there are removed.
    void put_back(const std::filesystem::path& copy) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Where and over what a check runs.
struct CheckPlace {
    std::filesystem::path tree;         ///< A scratch copy; the check may write into it.
    std::filesystem::path inside;       ///< Where the workspace lay: the copy appears there.
    std::vector<std::string> excluded;  ///< Trees that the copy lacks, relative to the workspace.
};

/// Runs a check: the excluded trees (from where the workspace lay) read-only, the toolchain
/// fingerprinted before, the rung in the evidence. Never throws for the check's own sake: what went
/// wrong is the result's `problem`.
CheckRun run_check(Sandbox& sandbox, const CheckSpec& spec, const CheckPlace& place);

}  // namespace stet
