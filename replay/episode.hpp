#pragma once

#include "replay/findings.hpp"
#include "replay/payload_cache.hpp"

#include <stet/environment.hpp>
#include <stet/event_source.hpp>
#include <stet/verifier.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// A fault that a recording holds: the answer stood there, whatever the tool did.
struct PlannedFault {
    bool after_effect = false;  ///< The tool had done its work already.
};
using FaultPlan = std::map<Seq, PlannedFault>;  ///< By the call.

/// The calls of a trajectory once more, in an episode of a declared world; each answer compared, and the
/// recorded verdicts derived again by verifiers.
class EpisodeAgain {
public:
    /// All must outlive this.
    EpisodeAgain(const EventSource& source, Findings& findings, ReplayReport& report, Environment& world,
                 const VerifierMaker& make_verifier, const FaultPlan& faults)
        : payloads_(source),
          findings_(findings),
          report_(report),
          world_(world),
          make_verifier_(make_verifier),
          faults_(faults) {}

    void see(const EpisodeSpec& episode);
    void see(const CheckSpec& spec);
    /// A check that the recording does not have.
    void see_late(const CheckSpec& spec);
    void see(const VerdictGiven& given);
    void see(const Message& message);
    void see(const ModelResult& result);
    void see(Seq seq, const ToolCall& call, const std::string& actor);
    void see(Seq seq, const ToolResult& result);
    void see(const End& end) { trace_.ending = end.ending; }
    /// The log has ended.
    void finish();

    std::string how() const;
    /// After `finish`.
    const std::vector<CheckReplay>& checks() const { return replayed_; }
    const std::vector<Verdict>& late() const { return late_; }
    /// Calls whose recorded answer is a transient error that the world did not give, and whether each changed
    /// something here.
    const std::map<Seq, bool>& transient() const { return transient_; }

private:
    struct Check {
        CheckSpec spec;
        std::optional<Verdict> recorded;
        std::unique_ptr<Verifier> verifier;
        std::string problem;  ///< Why there is none.
        bool late = false;
    };
    struct Made {
        Seq seq;
        WorldAnswer answer;
        bool answered = false;  ///< The recording has an answer.
    };

    bool start(Seq at);
    void begin_turn();
    WorldAnswer execute(Seq seq, const WorldCall& call);
    void compare(Seq seq, const Made& made, TracedCall& traced, const std::string& recorded, bool is_value);
    void tell(Seq seq, const TracedCall& traced, Level level, const WorldAnswer& answer);
    Finding examine(Check& check);
    CheckReplay replay(const Check& check, const Finding& finding) const;

    PayloadCache payloads_;
    Findings& findings_;
    ReplayReport& report_;
    Environment& world_;
    const VerifierMaker& make_verifier_;
    const FaultPlan& faults_;

    EpisodeSpec episode_;
    WorldStart start_;
    std::string problem_;  ///< Why there is no episode.
    bool started_ = false;
    std::uint32_t users_ = 0;      ///< Messages of the user's so far.
    bool turn_has_calls_ = false;  ///< The world has moved since the last turn ended.
    Trace trace_;
    std::vector<Made> made_;  ///< Beside `trace_.calls`.
    std::map<Seq, std::size_t> of_call_;
    std::vector<Check> checks_;
    std::vector<CheckReplay> replayed_;
    std::vector<Verdict> late_;
    std::map<Seq, bool> transient_;
    std::uint32_t injected_ = 0;
};

}  // namespace stet
