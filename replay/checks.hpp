#pragma once

#include "replay/states.hpp"

#include <stet/door/replay.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// The recorded checks, and what becomes of each when it is derived again.
class ChecksAgain {
public:
    void see(Seq seq, const CheckSpec& spec) { recorded_[seq].spec = spec; }
    void see(Seq seq, const CheckResult& result);
    void see(const VerdictGiven& given);

    /// `tree` may be null: then nothing can be derived. `how`: on what state.
    std::vector<CheckReplay> replay(const ReplayOptions& options, const RecordedStates& states,
                                    const Tree* tree, const std::string& how) const;

private:
    struct Recorded {
        CheckSpec spec;
        std::optional<CheckResult> result;
        std::optional<Verdict> verdict;
    };
    std::map<Seq, Recorded> recorded_;  ///< By the spec's seq.
    std::map<Seq, Seq> specs_;          ///< From a result to its spec.
};

/// What the checks that the recording does not have say of its final tree; null: there is none.
std::vector<Verdict> late_verdicts(const ReplayOptions& options, const Tree* tree);

}  // namespace stet
