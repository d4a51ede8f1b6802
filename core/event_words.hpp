#pragma once

#include <stet/event.hpp>

#include <array>
#include <string_view>
#include <variant>

namespace stet {

/// Names a type in a call.
template <class T>
struct Of {};

/// The kinds, in the order of EventBody's alternatives.
inline constexpr std::array<std::string_view, std::variant_size_v<EventBody>> kinds = {"connection_opened",
                                                                                       "connection_closed",
                                                                                       "request",
                                                                                       "response",
                                                                                       "process_started",
                                                                                       "process_exited",
                                                                                       "process_output",
                                                                                       "transport_error",
                                                                                       "message",
                                                                                       "model_call",
                                                                                       "attempt",
                                                                                       "model_result",
                                                                                       "tool_call",
                                                                                       "progress",
                                                                                       "tool_result",
                                                                                       "observation",
                                                                                       "cancel",
                                                                                       "interaction",
                                                                                       "compaction",
                                                                                       "intervention",
                                                                                       "snapshot",
                                                                                       "state_diff",
                                                                                       "check_spec",
                                                                                       "check_result",
                                                                                       "verdict",
                                                                                       "judgment",
                                                                                       "begin",
                                                                                       "end",
                                                                                       "gap",
                                                                                       "redaction",
                                                                                       "rewrite",
                                                                                       "note",
                                                                                       "imported_record"};

// Words of the enumerations, in the order of their enumerators.

inline constexpr std::array<std::string_view, 3> coding_words = {"raw", "json_string", "json"};
inline constexpr std::array<std::string_view, 4> fidelity_words = {"exact", "normalised", "reconstructed",
                                                                   "lossy"};
inline constexpr std::array<std::string_view, 3> side_words = {"agent", "upstream", "recorder"};
inline constexpr std::array<std::string_view, 2> boundary_words = {"model", "tool"};
inline constexpr std::array<std::string_view, 7> tool_status_words = {
    "ok", "tool_error", "protocol_error", "timeout", "cancelled", "unknown_tool", "unanswered"};
inline constexpr std::array<std::string_view, 7> ending_words = {
    "success_claimed", "gave_up", "limit", "timeout", "signal", "crash", "unknown"};
inline constexpr std::array<std::string_view, 6> outcome_words = {"pass",    "fail",  "score",
                                                                  "abstain", "error", "not_run"};
inline constexpr std::array<std::string_view, 4> verifier_kind_words = {"rule", "environment", "judge",
                                                                        "human"};

constexpr const auto& words(Of<Coding>) {
    return coding_words;
}
constexpr const auto& words(Of<Fidelity>) {
    return fidelity_words;
}
constexpr const auto& words(Of<Side>) {
    return side_words;
}
constexpr const auto& words(Of<Boundary>) {
    return boundary_words;
}
constexpr const auto& words(Of<ToolStatus>) {
    return tool_status_words;
}
constexpr const auto& words(Of<Ending>) {
    return ending_words;
}
constexpr const auto& words(Of<Outcome>) {
    return outcome_words;
}
constexpr const auto& words(Of<VerifierKind>) {
    return verifier_kind_words;
}

}  // namespace stet
