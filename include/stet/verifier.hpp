#pragma once

#include <stet/environment.hpp>
#include <stet/event.hpp>
#include <stet/verdict.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A tool call as it went, in the order of the calls.
struct TracedCall {
    WorldCall call;
    ToolStatus status = ToolStatus::ok;
    std::string content;     ///< As it was recorded; what the world says now where nothing was recorded.
    std::uint32_t turn = 0;  ///< Of the conversation: how many messages of the user's came before, less one.
};

/// A message to the user's or the agent's side.
struct TracedText {
    std::string role;
    std::string text;
    bool with_calls = false;  ///< It came with tool calls.
    std::uint32_t turn = 0;
};

/// What went on in a trajectory, as far as a verifier looks at it.
struct Trace {
    std::vector<TracedCall> calls;
    std::vector<TracedText> texts;
    Ending ending = Ending::unknown;
};

/// What a verifier found.
struct Finding {
    Outcome outcome = Outcome::not_run;
    std::optional<double> score;
    std::string why;                    ///< One line.
    std::vector<std::string> evidence;  ///< Digests and places, one line each.
    /// Scores that the recorder's own verifier may have given as well, by a luck that the recording does not
    /// hold.
    std::vector<double> by_luck = {};
};

/// Contract: examines one trajectory that is executed again in a world. Asked in this order: `prepare`, then
/// `turn_ended` after each turn, then `conclude`. Decides by the trace and the world alone, so the same
/// trajectory gives the same finding, wherever and how often. One thread. Throws Trouble only when the
/// machine fails: what cannot be decided is a finding (`error`).
class Verifier {
public:
    virtual ~Verifier() = default;

    /// Before the first call: may run what it likes in the world, which is reset to `start` afterwards.
    virtual void prepare(Environment& world, const WorldStart& start) = 0;
    virtual void turn_ended(Environment& world, const Trace& trace) = 0;
    /// The last call was made; the world is as it left it, and must be left so.
    virtual Finding conclude(Environment& world, const Trace& trace) = 0;
};

/// Makes a verifier of its declaration: a JSON object (docs/worlds.md). An error says member and what to do.
using VerifierMaker = std::function<Result<std::unique_ptr<Verifier>>(std::string_view declaration)>;

}  // namespace stet
