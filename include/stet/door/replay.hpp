#pragma once

#include <stet/environment.hpp>
#include <stet/event_source.hpp>
#include <stet/peer.hpp>
#include <stet/replay_report.hpp>
#include <stet/verifier.hpp>
#include <stet/workspace.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace stet {

// The replay room. Replay never lies: it refuses to answer what was not recorded, and never turns a
// miss, a "not run" or a verifier's own error into a pass or a fail.

/// Runs a recorded check over a tree: what `tools` lends to replay, which may not touch the disk.
struct CheckRun {
    CheckResult result;
    std::string output;
};

struct ReplayOptions {
    /// Re-executes the calls at the tool boundary. Null: nothing is executed.
    Environment* world = nullptr;
    /// Answers from the recording what no world knows. Null: such calls stay unanswered. Asked for every
    /// call, in order.
    Environment* tape = nullptr;
    /// Runs one check on the tree with these contents. Null: checks are `unverifiable: sandbox`.
    std::function<CheckRun(const CheckSpec&, const CheckResult& recorded, const Tree& tree)> run_check;
    /// Judges this tree instead of the rebuilt one (a state divergence when it differs).
    std::optional<Tree> final_tree;
    /// Makes the verifiers of declared worlds. Null: what they said is `unverifiable: verifier`.
    VerifierMaker make_verifier;
    /// Transient errors that the recording holds, and the world does not give, are injected faults: found,
    /// and planned for a second time.
    bool extract_faults = false;
    /// Checks that the recording does not have: they examine the same final state, and the recorded ones are
    /// left alone.
    std::vector<CheckSpec> late_checks;
    std::string engine;  ///< "stet 0.1.0"
    std::size_t divergences_max = 64;
};

/// Re-executes a trajectory: every call at the tool boundary against the world, comparing each
/// answer and each state digest; every recorded diff applied to the initial snapshot, comparing
/// each digest; the protocol events read again from the wire events, comparing each; then the checks.
/// Pure but for what the options lend. Throws Trouble when the source does not verify.
ReplayReport replay(EventSource& source, const ReplayOptions& options);

/// The final tree by the recorded snapshot and diffs. An error names the first seq at which they
/// do not fit together.
[[nodiscard]] Result<Tree> rebuild_final_tree(EventSource& source);

/// A model that follows a script (docs/cli.md has the format): turns chosen by the tool results in
/// the request, faults by turn and attempt. Speaks Anthropic Messages and OpenAI Chat Completions,
/// streaming or not. An error points at what is wrong in the script.
[[nodiscard]] Result<std::unique_ptr<Peer>> make_scripted_model(std::string_view script_json);

}  // namespace stet
