#pragma once

#include "replay/findings.hpp"
#include "replay/protocol_again.hpp"
#include "replay/states.hpp"

#include <stet/environment.hpp>
#include <stet/event_source.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// Every call at the tool boundary once more, in a world; each answer and each state compared.
///
/// The world begins as the recorded workspace was when the first call came. A change that no call in
/// the world can have made (the agent's own shell) is taken over as it was recorded.
class Reexecution {
public:
    /// All must outlive this.
    Reexecution(const EventSource& source, Findings& findings, const RecordedStates& states,
                Environment& world)
        : source_(source), findings_(findings), states_(states), world_(world) {}

    void see(const Begin& begin);
    void see(Seq seq, const ToolCall& call);
    void see(Seq seq, const ToolResult& result);
    /// After the recorded state has taken the diff in.
    void see(Seq seq, const StateDiff& diff);
    /// The log has ended; in a torn one the last answers may still have been on their way.
    void finish(bool torn);

    /// Every call was executed, and after the last one the world was in the recorded state.
    bool complete() const { return executed_ == asked_ && !strayed_; }
    std::string how() const;

private:
    struct Asked {
        WorldCall call;
        WorldAnswer answer;
        std::optional<Seq> asked_by;
        bool ran = false;
    };

    bool reset(Seq at);
    void compare(Seq seq, const Asked& asked, const std::string& recorded);
    void settle(bool state_equal);
    bool explains(const StateDiff& diff) const;
    void stray(Seq seq);

    const EventSource& source_;
    Findings& findings_;
    const RecordedStates& states_;
    Environment& world_;

    std::string root_;
    std::uint32_t umask_ = 022;
    bool started_ = false, strayed_ = false;
    std::map<Seq, Asked> open_;
    std::uint32_t unequal_ =
        0;  ///< Answers that differ, or never came: the state decides what they amount to.
    std::map<Seq, std::optional<Seq>> since_diff_;  ///< Calls that ran, and who asked for each.
    std::uint32_t asked_ = 0, executed_ = 0;
};

/// Nothing is executed: each recorded answer counts when the re-read protocol confirms it.
class TapedCalls {
public:
    TapedCalls(Findings& findings, const ProtocolAgain& protocol)
        : findings_(findings), protocol_(protocol) {}
    void see(const ToolCall& call);
    void see(const ToolResult&);
    void see(const Observation& shown);
    void finish();

private:
    Findings& findings_;
    const ProtocolAgain& protocol_;
    bool tools_ = false;
    std::vector<Level> results_;
    std::map<Seq, Level> observations_;
};

}  // namespace stet
