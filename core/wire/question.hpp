#pragma once

#include <stet/digest.hpp>
#include <stet/event.hpp>
#include <stet/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// What a model is asked, read alike from both dialects. Field names and shapes: Anthropic's Messages
// API (POST /v1/messages) and OpenAI's Chat Completions API (POST /v1/chat/completions).

enum class Dialect : std::uint8_t { anthropic_messages, openai_chat };
std::string_view to_string(Dialect dialect);

/// What an HTTP request asks for.
enum class Endpoint : std::uint8_t {
    other,  ///< No model: probes, token counts, lists.
    anthropic_messages,
    openai_chat,
    unread,  ///< A model, in a dialect that this reader does not know.
};
Endpoint endpoint_of(const Request& request);
Endpoint endpoint_of(std::string_view method, std::string_view target);

/// A piece of a message as the model is shown it.
struct ShownPart {
    bool is_result = false;     ///< What a tool call gave; else text (or an image …).
    JsonValue content;          ///< May be absent.
    std::string call_id;        ///< Results only.
    std::optional<bool> error;  ///< Results only, where the dialect has the flag.
};

struct ShownMessage {
    std::string role;
    Digest digest;  ///< Of what it shows; cache marks and the model's own reasoning do not count.
    std::vector<ShownPart> parts;
    std::vector<std::string> call_ids;  ///< Of the tool calls that an assistant's message repeats.
};

struct Question {
    Dialect dialect = Dialect::anthropic_messages;
    std::string model, sampling;
    bool stream = false;
    std::uint32_t message_count = 0;  ///< As the request counts them.
    JsonValue tools;
    std::optional<Digest> tool_catalogue;
    Digest digest;                       ///< The question's, however it is to be delivered.
    std::vector<ShownMessage> system;    ///< What comes before the first turn.
    std::vector<ShownMessage> messages;  ///< The turns.

    Digest system_digest() const;
};

/// An error when the body is no question in this dialect. The document must outlive the question.
[[nodiscard]] Result<Question> read_question(Dialect dialect, const JsonValue& body);

}  // namespace stet
