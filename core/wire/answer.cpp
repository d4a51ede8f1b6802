#include "core/wire/answer.hpp"

namespace stet {
namespace {

void take(std::optional<std::int64_t>& field, const JsonValue& value) {
    const auto count = value.integer();
    if (count && *count >= 0) field = count;  // Fewer than none is not known.
}

/// A second piece turns a cited value into assembled text.
void add_text(AnsweredText& text, const JsonValue& value) {
    if (!value.is(JsonKind::string) || value.text().empty()) return;
    if (!text.present) {
        text.value = value;
    } else {
        if (text.value) text.assembled = text.value.text();
        text.value = {};
        text.assembled += value.text();
    }
    text.present = true;
}

AnsweredText whole(const JsonValue& value) {
    return {value, {}, true};
}

Answer read_anthropic(const JsonValue& body) {
    Answer answer;
    answer.id = body["id"].text();
    answer.model = body["model"].text();
    answer.finish_reason = body["stop_reason"].text();
    answer.complete = true;
    answer.choices = 1;
    read_usage(Dialect::anthropic_messages, body["usage"], answer);
    for (const auto& block : body["content"].elements()) {
        const auto type = block["type"].text();
        if (type == "text") add_text(answer.text, block["text"]);
        if (type == "thinking") add_text(answer.reasoning, block["thinking"]);
        if (type != "tool_use") continue;
        answer.calls.push_back({block["id"].text(), block["name"].text(), whole(block["input"]),
                                block["input"].is(JsonKind::object)});
    }
    return answer;
}

AnsweredCall read_chat_call(const JsonValue& call) {
    const auto function = call["function"], custom = call["custom"];
    if (custom) return {call["id"].text(), custom["name"].text(), whole(custom["input"]), false};
    const auto arguments = function["arguments"];
    const bool valid =
        arguments.is(JsonKind::string) ? is_json_object(arguments.text()) : arguments.is(JsonKind::object);
    return {call["id"].text(), function["name"].text(), whole(arguments), valid};
}

Answer read_chat(const JsonValue& body) {
    const auto choice = body["choices"][0];
    const auto message = choice["message"];
    Answer answer;
    answer.id = body["id"].text();
    answer.model = body["model"].text();
    answer.finish_reason = choice["finish_reason"].text();
    answer.complete = true;
    answer.choices = body["choices"].size();
    read_usage(Dialect::openai_chat, body["usage"], answer);
    add_text(answer.text, message["content"]);
    for (const auto& part :
         message["content"].is(JsonKind::array) ? message["content"].elements() : std::vector<JsonValue>{})
        add_text(answer.text, part["text"]);
    if (!answer.text.present) add_text(answer.text, message["refusal"]);
    add_text(answer.reasoning, message["reasoning_content"]);
    if (!answer.reasoning.present) add_text(answer.reasoning, message["reasoning"]);
    for (const auto& call : message["tool_calls"].elements())
        answer.calls.push_back(read_chat_call(call));
    if (choice["logprobs"].is(JsonKind::object)) answer.logprobs = choice["logprobs"];
    const auto ids = choice["token_ids"] ? choice["token_ids"] : message["token_ids"];
    if (ids.is(JsonKind::array)) answer.token_ids = ids;
    return answer;
}

}  // namespace

bool is_json_object(std::string_view text) {
    const auto document = JsonDocument::parse(text);
    return document && document->root().is(JsonKind::object);
}

void read_usage(Dialect dialect, const JsonValue& usage, Answer& answer) {
    if (!usage.is(JsonKind::object)) return;
    auto& counts = answer.usage;
    if (dialect == Dialect::anthropic_messages) {
        take(counts.input, usage["input_tokens"]);
        take(counts.output, usage["output_tokens"]);
        take(counts.cache_write, usage["cache_creation_input_tokens"]);
        take(counts.cache_read, usage["cache_read_input_tokens"]);
    } else {
        take(counts.input, usage["prompt_tokens"]);
        take(counts.output, usage["completion_tokens"]);
        take(counts.cache_read, usage["prompt_tokens_details"]["cached_tokens"]);
        take(counts.reasoning, usage["completion_tokens_details"]["reasoning_tokens"]);
    }
    if (const auto cost = usage["cost"].number()) answer.cost_usd = cost;
}

void read_error(const JsonValue& error, Answer& answer) {
    answer.complete = false;
    answer.finish_reason.clear();
    answer.error_class = error["type"].text();
    if (answer.error_class.empty()) answer.error_class = error["code"].text_or("error");
    answer.error_message = error.is(JsonKind::string) ? error.text() : error["message"].text();
}

Result<Answer> read_whole_answer(Dialect dialect, const JsonValue& body) {
    const auto error = body["error"];
    if (error.is(JsonKind::object) || error.is(JsonKind::string)) {
        Answer answer;
        read_error(error, answer);
        return answer;
    }
    const bool anthropic = dialect == Dialect::anthropic_messages;
    if (!body[anthropic ? "content" : "choices"].is(JsonKind::array))
        return Error{anthropic ? "read a model answer: it has no content blocks"
                               : "read a model answer: it has no choices",
                     ""};
    return anthropic ? read_anthropic(body) : read_chat(body);
}

}  // namespace stet
