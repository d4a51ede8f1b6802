#pragma once

#include "core/wire/question.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// Text of an answer: a value of the body, or put together from several.
struct AnsweredText {
    JsonValue value;
    std::string assembled;  ///< When `value` is absent.
    bool present = false;

    /// The text itself.
    std::string text() const { return value ? value.text() : assembled; }
};

struct AnsweredCall {
    std::string id, tool;
    AnsweredText arguments;
    bool valid = false;  ///< They are a JSON object.
};

/// What a model answered, read alike from both dialects, streamed or not.
struct Answer {
    std::string id, model, finish_reason;
    bool complete = false;
    Usage usage;
    std::optional<double> cost_usd;
    AnsweredText text, reasoning;
    JsonValue logprobs, token_ids;
    std::vector<AnsweredCall> calls;  ///< In the order in which the model asked. For the client to execute.
    std::string error_class, error_message;
    std::uint64_t events_read = 0, events_unread = 0;  ///< Streams only.
    std::uint64_t choices = 0;
};

/// A body that is one JSON document. An error when it is no answer in this dialect.
[[nodiscard]] Result<Answer> read_whole_answer(Dialect dialect, const JsonValue& body);

/// A body of server-sent events, as far as it came. `ended_in_order`: the response was not cut.
[[nodiscard]] Answer read_streamed_answer(Dialect dialect, std::string_view bytes, bool ended_in_order);

/// Fields that are there replace what is known: streams repeat cumulative counts.
void read_usage(Dialect dialect, const JsonValue& usage, Answer& answer);
/// `{"type":…, "message":…}`, or a mere string.
void read_error(const JsonValue& error, Answer& answer);
/// Are these bytes a JSON object?
bool is_json_object(std::string_view text);

}  // namespace stet
