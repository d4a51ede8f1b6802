#pragma once

#include <stet/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What a scripted model says, turn by turn:
///
///     {"model": "scripted-1",
///      "turns": [{"text": "…", "calls": [{"tool": "edit", "arguments": {…}}],
///                 "faults": [{"kind": "429", "times": 2}]}]}
///
/// Which turn a request gets is counted by the tool results in it: the model has no memory. Faults strike
/// the first attempts at a turn, in their order; every attempt is one.
struct Script {
    enum class FaultKind : std::uint8_t { status, reset, cut, error_event, slow };
    struct Fault {
        FaultKind kind = FaultKind::status;
        int status = 0;  ///< For `status`: 400…599.
        std::uint32_t times = 1;
    };
    struct Call {
        std::string tool;
        std::string arguments;  ///< A JSON object, as it stands in the script.
    };
    struct Turn {
        std::string text;
        std::vector<Call> calls;
        std::vector<Fault> faults;
    };
    std::string model = "scripted";
    std::vector<Turn> turns;

    /// The turn for a request with so many tool results.
    std::size_t turn_for(std::size_t tool_results) const;
    /// The fault that strikes this attempt (1-based) at the turn; null when none does.
    const Fault* fault_for(std::size_t turn, std::uint32_t attempt) const;
};

/// Errors point at the place in the script, by JSON pointer.
[[nodiscard]] Result<Script> parse_script(std::string_view json);

}  // namespace stet
