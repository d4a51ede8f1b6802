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
/// the world can have made (the agent's own shell) is taken over as it was recorded. A tool that the
/// world lacks is answered from tape.
class Reexecution {
public:
    /// All must outlive this; `tape` may be null.
    Reexecution(const EventSource& source, Findings& findings, const RecordedStates& states,
                Environment& world, Environment* tape)
        : source_(source), findings_(findings), states_(states), world_(world), tape_(tape) {}

    void see(const Begin& begin);
    void see(Seq seq, const ToolCall& call);
    void see(Seq seq, const ToolResult& result);
    /// After the recorded state has taken the diff in.
    void see(Seq seq, const StateDiff& diff);
    /// The log has ended; in a torn one the last answers may still have been on their way.
    void finish(bool torn);

    /// Every call was executed, and no state but the first was taken from the recording.
    bool complete() const { return executed_ == asked_ && !strayed_ && !taken_over_; }
    std::string how() const;

private:
    struct Asked {
        WorldCall call;
        WorldAnswer answer;
        std::optional<WorldAnswer> taped;  ///< For a tool that the world lacks.
        std::optional<Seq> asked_by;
        bool ran = false;
        bool missing = false;  ///< Its arguments were erased.
    };

    bool reset(Seq at);
    void compare(Seq seq, Seq call, const Asked& asked, const std::string& recorded);
    void settle(bool state_equal);
    bool explains(const StateDiff& diff) const;
    void stray(Seq seq);

    const EventSource& source_;
    Findings& findings_;
    const RecordedStates& states_;
    Environment& world_;
    Environment* tape_;

    std::string root_;
    std::uint32_t umask_ = 022;
    bool started_ = false, strayed_ = false, taken_over_ = false;
    std::map<Seq, Asked> open_;
    std::uint32_t unequal_ =
        0;  ///< Answers that differ, or never came: the state decides what they amount to.
    std::map<Seq, std::optional<Seq>> since_diff_;  ///< Calls that ran, and who asked for each.
    std::uint32_t asked_ = 0, executed_ = 0, from_tape_ = 0;
};

/// Nothing is executed: a recorded answer counts when the re-read protocol confirms it, and the tape, asked
/// the call, answers it.
class TapedCalls {
public:
    /// All must outlive this; `tape` may be null: then the protocol alone decides.
    TapedCalls(const EventSource& source, Findings& findings, const ProtocolAgain& protocol,
               Environment* tape)
        : source_(source), findings_(findings), protocol_(protocol), tape_(tape) {}
    void see(Seq seq, const ToolCall& call);
    void see(Seq seq, const ToolResult& result);
    void see(Seq seq, const Observation& shown);
    void finish();

private:
    struct Judged {
        std::optional<Level> level = Level::none;  // None: it cannot be compared.
        Divergence divergence;                     ///< Without a cause: there is none.
    };
    Judged judge(Seq seq, Seq call, const std::optional<Slice>& content) const;

    const EventSource& source_;
    Findings& findings_;
    const ProtocolAgain& protocol_;
    Environment* tape_;
    bool tools_ = false;
    std::map<Seq, WorldAnswer> answers_;
    std::vector<Judged> results_;
    std::map<Seq, Judged> observations_;
};

}  // namespace stet
