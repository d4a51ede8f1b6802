#pragma once

#include "tools/arguments.hpp"
#include "tools/checks.hpp"
#include "tools/interruption.hpp"
#include "tools/recording.hpp"

#include <stet/door/workspace.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// The terminal checks of a recording: what they will need is kept before the agent starts, and they run
/// when it has ended. A mishap on the way is a verdict of `error` with its cause; the run is sealed all
/// the same.
class TerminalChecks {
public:
    /// After the recording has its initial tree. Both must outlive this. Throws Trouble while there is
    /// still time: a check that can't be read, a protected file that can't be kept, no sandbox.
    TerminalChecks(Recording& recording, const RunArguments& arguments);

    const std::vector<CheckSpec>& specs() const { return specs_; }

    /// Runs them over copies of the final workspace and records what they said. `seqs`: of the specs.
    /// `final_tree`: as the last state in the log has it. Gives the worst outcome; `not_run` without checks.
    /// After a signal (`Interruption`, which the caller holds) what is left to run is an error.
    Outcome run(const std::vector<Seq>& seqs, const Tree& final_tree, const Interruption& interruption);

private:
    using Stamps = std::map<std::string, Digest>;
    struct Final;

    bool is_lent(const std::string& path) const;
    Stamps stamp() const;
    void note_excluded_changes();
    Final settle(const Tree& final_tree);
    void note_change(const Tree& before, const Scan& scan);
    CheckRun run_one(Sandbox& sandbox, const CheckSpec& spec, const Final& last,
                     const Interruption& interruption) const;
    Outcome record(const CheckSpec& spec, Seq seq, CheckRun run);

    Recording& recording_;
    const RunArguments& arguments_;
    std::vector<CheckSpec> specs_;
    std::vector<std::string> protect_;
    std::optional<ScratchDirectory> kept_;  ///< The protected files as they were at first.
    Stamps stamps_;                         ///< Of what the snapshot leaves out.
};

}  // namespace stet
