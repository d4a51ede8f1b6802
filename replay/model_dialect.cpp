#include "replay/model_dialect.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::size_t piece_bytes = 12;
constexpr std::int64_t bytes_per_token = 4;

std::int64_t tokens(std::size_t bytes) {
    return (static_cast<std::int64_t>(bytes) + bytes_per_token - 1) / bytes_per_token;
}

std::int64_t output_tokens(const ModelAnswer& answer) {
    auto bytes = answer.turn->text.size();
    for (const auto& call : answer.turn->calls)
        bytes += call.tool.size() + call.arguments.size();
    return tokens(bytes);
}

/// Pieces of about piece_bytes, never inside a UTF-8 sequence.
std::vector<std::string> pieces(std::string_view text) {
    std::vector<std::string> all;
    while (!text.empty()) {
        auto cut = std::min(piece_bytes, text.size());
        while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U)
            ++cut;
        all.emplace_back(text.substr(0, cut));
        text.remove_prefix(cut);
    }
    return all;
}

// ---- Anthropic Messages ----

class AnthropicMessages final : public ModelDialect {
public:
    ModelQuestion read(const JsonValue& body) const override {
        ModelQuestion question{.model = body["model"].text()};
        question.stream = body["stream"].boolean().value_or(false);
        question.has_tools = body["tools"].size() > 0;
        for (const auto& message : body["messages"].elements()) {
            for (const auto& part : message["content"].elements()) {
                if (part["type"].text() == "tool_result") ++question.tool_results;
            }
        }
        return question;
    }

    std::string body(const ModelQuestion& question, const ModelAnswer& answer) const override {
        JsonWriter json;
        open_message(json, answer);
        json.open('[');
        if (!answer.turn->text.empty())
            json.open('{').key("type").string("text").key("text").string(answer.turn->text).close('}');
        for (std::size_t i = 0; i < answer.turn->calls.size(); ++i) {
            open_call(json, answer, i);
            json.key("input").raw(answer.turn->calls[i].arguments).close('}');
        }
        json.close(']').key("stop_reason").string(stop_reason(answer)).key("stop_sequence").null();
        json.key("usage");
        usage(json, question, output_tokens(answer));
        return json.close('}').take();
    }

    std::vector<std::string> events(const ModelQuestion& question, const ModelAnswer& answer) const override {
        std::vector<std::string> all{start(question, answer)};
        std::size_t index = 0;
        if (!answer.turn->text.empty()) {
            all.push_back(block_start(index, R"({"type":"text","text":""})"));
            for (const auto& piece : pieces(answer.turn->text)) {
                JsonWriter delta;
                delta.open('{').key("type").string("text_delta").key("text").string(piece).close('}');
                all.push_back(block_delta(index, delta.text()));
            }
            all.push_back(block_stop(index++));
        }
        for (std::size_t i = 0; i < answer.turn->calls.size(); ++i) {
            JsonWriter block;
            open_call(block, answer, i);
            all.push_back(block_start(index, block.key("input").raw("{}").close('}').text()));
            for (const auto& piece : pieces(answer.turn->calls[i].arguments)) {
                JsonWriter delta;
                delta.open('{')
                    .key("type")
                    .string("input_json_delta")
                    .key("partial_json")
                    .string(piece)
                    .close('}');
                all.push_back(block_delta(index, delta.text()));
            }
            all.push_back(block_stop(index++));
        }
        JsonWriter delta;
        delta.open('{')
            .key("type")
            .string("message_delta")
            .key("delta")
            .open('{')
            .key("stop_reason")
            .string(stop_reason(answer));
        delta.key("stop_sequence")
            .null()
            .close('}')
            .key("usage")
            .open('{')
            .key("output_tokens")
            .integer(output_tokens(answer));
        all.push_back(event("message_delta", delta.close('}').close('}').text()));
        all.push_back(event("message_stop", R"({"type":"message_stop"})"));
        return all;
    }

    std::string error(int status) const override {
        const char* type = status == 429   ? "rate_limit_error"
                           : status == 529 ? "overloaded_error"
                           : status < 500  ? "invalid_request_error"
                                           : "api_error";
        return fmt::format(R"({{"type":"error","error":{{"type":"{}","message":"scripted {}"}}}})", type,
                           status);
    }
    std::string error_event() const override { return event("error", error(529)); }
    std::string call_id(std::size_t turn, std::size_t call) const override {
        return fmt::format("toolu_{}_{}", turn, call);
    }

private:
    static std::string event(std::string_view name, std::string_view data) {
        return fmt::format("event: {}\ndata: {}\n\n", name, data);
    }
    static const char* stop_reason(const ModelAnswer& answer) {
        return answer.turn->calls.empty() ? "end_turn" : "tool_use";
    }
    static void open_message(JsonWriter& json, const ModelAnswer& answer) {
        json.open('{').key("id").string(answer.id).key("type").string("message").key("role").string(
            "assistant");
        json.key("model").string(answer.model).key("content");
    }
    static void open_call(JsonWriter& json, const ModelAnswer& answer, std::size_t i) {
        json.open('{')
            .key("type")
            .string("tool_use")
            .key("id")
            .string(answer.call_ids[i])
            .key("name")
            .string(answer.turn->calls[i].tool);
    }
    static void usage(JsonWriter& json, const ModelQuestion& question, std::int64_t output) {
        json.open('{')
            .key("input_tokens")
            .integer(tokens(question.bytes))
            .key("output_tokens")
            .integer(output)
            .close('}');
    }
    static std::string start(const ModelQuestion& question, const ModelAnswer& answer) {
        JsonWriter json;
        json.open('{').key("type").string("message_start").key("message");
        open_message(json, answer);
        json.open('[').close(']').key("stop_reason").null().key("stop_sequence").null().key("usage");
        usage(json, question, 1);
        return event("message_start", json.close('}').close('}').text());
    }
    static std::string block_start(std::size_t index, std::string_view block) {
        return event(
            "content_block_start",
            fmt::format(R"({{"type":"content_block_start","index":{},"content_block":{}}})", index, block));
    }
    static std::string block_delta(std::size_t index, std::string_view delta) {
        return event("content_block_delta",
                     fmt::format(R"({{"type":"content_block_delta","index":{},"delta":{}}})", index, delta));
    }
    static std::string block_stop(std::size_t index) {
        return event("content_block_stop",
                     fmt::format(R"({{"type":"content_block_stop","index":{}}})", index));
    }
};

// ---- OpenAI Chat Completions ----

class OpenaiChat final : public ModelDialect {
public:
    ModelQuestion read(const JsonValue& body) const override {
        ModelQuestion question{.model = body["model"].text()};
        question.stream = body["stream"].boolean().value_or(false);
        question.wants_usage = body["stream_options"]["include_usage"].boolean().value_or(false);
        question.has_tools = body["tools"].size() > 0;
        for (const auto& message : body["messages"].elements()) {
            if (message["role"].text() == "tool") ++question.tool_results;
        }
        return question;
    }

    std::string body(const ModelQuestion& question, const ModelAnswer& answer) const override {
        JsonWriter json;
        open_completion(json, answer, "chat.completion");
        json.open('[')
            .open('{')
            .key("index")
            .integer(0)
            .key("message")
            .open('{')
            .key("role")
            .string("assistant")
            .key("content");
        if (answer.turn->text.empty())
            json.null();
        else
            json.string(answer.turn->text);
        if (!answer.turn->calls.empty()) {
            json.key("tool_calls").open('[');
            for (std::size_t i = 0; i < answer.turn->calls.size(); ++i)
                call(json, answer, i, answer.turn->calls[i].arguments, false);
            json.close(']');
        }
        json.close('}').key("finish_reason").string(finish_reason(answer)).close('}').close(']').key("usage");
        usage(json, question, answer);
        return json.close('}').take();
    }

    std::vector<std::string> events(const ModelQuestion& question, const ModelAnswer& answer) const override {
        std::vector<std::string> all{chunk(answer, R"({"role":"assistant","content":""})", nullptr)};
        for (const auto& piece : pieces(answer.turn->text)) {
            all.push_back(chunk(answer, JsonWriter().open('{').key("content").string(piece).close('}').text(),
                                nullptr));
        }
        for (std::size_t i = 0; i < answer.turn->calls.size(); ++i) {
            JsonWriter first;
            first.open('{').key("tool_calls").open('[');
            call(first, answer, i, "", true);
            all.push_back(chunk(answer, first.close(']').close('}').text(), nullptr));
            for (const auto& piece : pieces(answer.turn->calls[i].arguments)) {
                JsonWriter delta;
                delta.open('{')
                    .key("tool_calls")
                    .open('[')
                    .open('{')
                    .key("index")
                    .integer(static_cast<std::int64_t>(i));
                delta.key("function").open('{').key("arguments").string(piece);
                all.push_back(
                    chunk(answer, delta.close('}').close('}').close(']').close('}').text(), nullptr));
            }
        }
        all.push_back(chunk(answer, "{}", finish_reason(answer)));
        if (question.wants_usage) {
            JsonWriter json;
            open_completion(json, answer, "chat.completion.chunk");
            json.open('[').close(']').key("usage");
            usage(json, question, answer);
            all.push_back("data: " + json.close('}').take() + "\n\n");
        }
        all.emplace_back("data: [DONE]\n\n");
        return all;
    }

    std::string error(int status) const override {
        const char* type = status == 429  ? "rate_limit_exceeded"
                           : status < 500 ? "invalid_request_error"
                                          : "server_error";
        return fmt::format(R"({{"error":{{"message":"scripted {}","type":"{}","param":null,"code":null}}}})",
                           status, type);
    }
    std::string error_event() const override { return "data: " + error(500) + "\n\n"; }
    std::string call_id(std::size_t turn, std::size_t call) const override {
        return fmt::format("call_{}_{}", turn, call);
    }

private:
    static const char* finish_reason(const ModelAnswer& answer) {
        return answer.turn->calls.empty() ? "stop" : "tool_calls";
    }
    static void open_completion(JsonWriter& json, const ModelAnswer& answer, const char* object) {
        json.open('{').key("id").string(answer.id).key("object").string(object).key("created").integer(0);
        json.key("model").string(answer.model).key("choices");
    }
    static void call(JsonWriter& json, const ModelAnswer& answer, std::size_t i, std::string_view arguments,
                     bool indexed) {
        json.open('{');
        if (indexed) json.key("index").integer(static_cast<std::int64_t>(i));
        json.key("id").string(answer.call_ids[i]).key("type").string("function").key("function").open('{');
        json.key("name")
            .string(answer.turn->calls[i].tool)
            .key("arguments")
            .string(arguments)
            .close('}')
            .close('}');
    }
    static void usage(JsonWriter& json, const ModelQuestion& question, const ModelAnswer& answer) {
        const auto in = tokens(question.bytes), out = output_tokens(answer);
        json.open('{')
            .key("prompt_tokens")
            .integer(in)
            .key("completion_tokens")
            .integer(out)
            .key("total_tokens")
            .integer(in + out)
            .close('}');
    }
    static std::string chunk(const ModelAnswer& answer, std::string_view delta, const char* finish) {
        JsonWriter json;
        open_completion(json, answer, "chat.completion.chunk");
        json.open('[').open('{').key("index").integer(0).key("delta").raw(delta).key("finish_reason");
        if (finish == nullptr)
            json.null();
        else
            json.string(finish);
        return "data: " + json.close('}').close(']').close('}').take() + "\n\n";
    }
};

}  // namespace

const ModelDialect* dialect_of(std::string_view path) {
    static const AnthropicMessages anthropic;
    static const OpenaiChat openai;
    path = path.substr(0, path.find('?'));
    if (path.ends_with("/messages")) return &anthropic;
    if (path.ends_with("/chat/completions")) return &openai;
    return nullptr;
}

}  // namespace stet
