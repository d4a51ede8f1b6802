#pragma once

#include <stet/event_source.hpp>
#include <stet/readings.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

/// One message as a chat dialect has it.
struct ChatMessage {
    std::string role;  ///< "system", "user", "assistant", "tool".
    std::optional<std::string> content;
    struct Call {
        std::string id, tool, arguments;
        Seq seq;
    };
    std::vector<Call> calls;  ///< Assistant only.
    std::string call_id;      ///< Tool only.
    bool sampled = false;     ///< A model produced it (assistant).
    bool failed = false;      ///< One of its calls failed, and not by somebody else's fault.
};

/// What one line of work looked like to its model, between two compactions.
struct Transcript {
    std::string actor;
    std::uint32_t number = 1;
    std::vector<ChatMessage> messages;
    std::string tools_json;  ///< As the last request had them; empty when none.
    std::string dialect;
    bool incomplete = false;  ///< Some of the trajectory's content was erased: not what was said.
};

/// Puts the conversations of a trajectory together, in the order in which they began. Transport
/// failures and cut answers leave no trace in them, as no model ever saw them.
std::vector<Transcript> transcripts(EventSource& source, const Readings& readings);

}  // namespace stet
