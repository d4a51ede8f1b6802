#include "core/wire/answer.hpp"

#include <stet/wire/sse.hpp>

#include <algorithm>
#include <map>

namespace stet {
namespace {

void append(AnsweredText& text, const JsonValue& piece) {
    if (!piece.is(JsonKind::string)) return;
    const auto decoded = piece.text();
    text.assembled += decoded;
    text.present = text.present || !decoded.empty();
}

/// Puts an answer together from its events, in either dialect.
class Assembly {
public:
    explicit Assembly(Dialect dialect) : dialect_(dialect) {}

    /// False when no later event can say anything.
    bool take(const SseEvent& event) {
        if (dialect_ == Dialect::openai_chat && event.data.find("[DONE]") != std::string::npos &&
            is_terminal(event)) {
            done_ = true;
            return false;
        }
        const auto document = JsonDocument::parse(event.data);
        if (!document || !document->root().is(JsonKind::object)) {
            // MCP-like priming events and pings carry nothing and say nothing.
            if (!event.data.empty()) ++answer_.events_unread;
            return true;
        }
        ++answer_.events_read;
        const auto root = document->root();
        const auto error = root["error"];
        if (error.is(JsonKind::object) || error.is(JsonKind::string)) {
            failed_ = true;
            read_error(error, answer_);
            return false;
        }
        return dialect_ == Dialect::anthropic_messages ? take_anthropic(event, root) : take_chat(root);
    }

    Answer finish(bool ended_in_order) {
        // Chat Completions has peers that leave the last "[DONE]" out; then the finish reason and an
        // orderly end of the response say that all is there.
        const bool chat_ended =
            dialect_ == Dialect::openai_chat && ended_in_order && !answer_.finish_reason.empty();
        answer_.complete = !failed_ && (done_ || chat_ended);
        answer_.choices = 1;
        if (!answer_.complete) {
            answer_.finish_reason.clear();
            return std::move(answer_);
        }
        for (auto& [place, call] : calls_) {
            if (!call.arguments.present && !first_input_[place].empty())
                call.arguments.assembled = first_input_[place];
            call.arguments.present = true;
            call.valid = is_json_object(call.arguments.assembled);
            answer_.calls.push_back(std::move(call));
        }
        return std::move(answer_);
    }

private:
    bool take_anthropic(const SseEvent& event, const JsonValue& root) {
        const auto type = root["type"].text_or(event.event);
        if (type == "message_start") {
            answer_.id = root["message"]["id"].text();
            answer_.model = root["message"]["model"].text();
            read_usage(dialect_, root["message"]["usage"], answer_);
        } else if (type == "content_block_start") {
            start_block(root["index"].integer().value_or(0), root["content_block"]);
        } else if (type == "content_block_delta") {
            add_delta(root["index"].integer().value_or(0), root["delta"]);
        } else if (type == "message_delta") {
            if (root["delta"]["stop_reason"].is(JsonKind::string))
                answer_.finish_reason = root["delta"]["stop_reason"].text();
            read_usage(dialect_, root["usage"], answer_);
        } else if (type == "message_stop") {
            done_ = true;
            return false;
        }
        return true;
    }

    void start_block(std::int64_t index, const JsonValue& block) {
        const auto type = block["type"].text();
        if (type == "text") append(answer_.text, block["text"]);
        if (type == "thinking") append(answer_.reasoning, block["thinking"]);
        if (type != "tool_use") return;
        auto& call = calls_[index];
        call.id = block["id"].text();
        call.tool = block["name"].text();
        first_input_[index] = block["input"].raw();
    }

    void add_delta(std::int64_t index, const JsonValue& delta) {
        const auto type = delta["type"].text();
        if (type == "text_delta") append(answer_.text, delta["text"]);
        if (type == "thinking_delta") append(answer_.reasoning, delta["thinking"]);
        const auto call = calls_.find(index);
        if (type == "input_json_delta" && call != calls_.end())
            append(call->second.arguments, delta["partial_json"]);
    }

    bool take_chat(const JsonValue& root) {
        if (answer_.id.empty()) answer_.id = root["id"].text();
        if (answer_.model.empty()) answer_.model = root["model"].text();
        read_usage(dialect_, root["usage"], answer_);
        for (const auto& choice : root["choices"].elements()) {
            if (choice["index"].integer().value_or(0) != 0) continue;
            const auto delta = choice["delta"];
            append(answer_.text, delta["content"]);
            append(answer_.text, delta["refusal"]);
            append(answer_.reasoning,
                   delta["reasoning_content"] ? delta["reasoning_content"] : delta["reasoning"]);
            for (const auto& call : delta["tool_calls"].elements())
                add_call(call);
            if (choice["finish_reason"].is(JsonKind::string))
                answer_.finish_reason = choice["finish_reason"].text();
        }
        return true;
    }

    /// Calls are told apart by their index; some peers give every call the index 0 and only a new id.
    void add_call(const JsonValue& delta) {
        const auto id = delta["id"].text();
        const auto index = delta["index"].integer().value_or(last_index_);
        last_index_ = index;
        const auto known = place_of_.find(index);
        const bool fresh = known == place_of_.end() || (!id.empty() && !calls_[known->second].id.empty() &&
                                                        calls_[known->second].id != id);
        const auto place = fresh ? static_cast<std::int64_t>(calls_.size()) : known->second;
        place_of_[index] = place;
        auto& call = calls_[place];
        if (!id.empty()) call.id = id;
        const auto body = delta["custom"] ? delta["custom"] : delta["function"];
        if (call.tool.empty()) call.tool = body["name"].text();
        append(call.arguments, body["arguments"] ? body["arguments"] : body["input"]);
    }

    Dialect dialect_;
    Answer answer_;
    bool done_ = false, failed_ = false;
    std::map<std::int64_t, AnsweredCall> calls_;       // By place.
    std::map<std::int64_t, std::string> first_input_;  // Anthropic: what a block began with.
    std::map<std::int64_t, std::int64_t> place_of_;    // Chat: index → place.
    std::int64_t last_index_ = 0;
};

}  // namespace

Answer read_streamed_answer(Dialect dialect, std::string_view bytes, bool ended_in_order) {
    Assembly assembly(dialect);
    SseReader reader;
    // In pieces, so that the events of a long stream are never all in memory at once.
    constexpr std::size_t piece_bytes = 64 * 1024;
    bool goes_on = true;
    while (goes_on && !bytes.empty()) {
        const auto events = reader.read(bytes.substr(0, piece_bytes));
        bytes.remove_prefix(std::min(piece_bytes, bytes.size()));
        if (!events) break;
        for (const auto& event : *events) {
            goes_on = assembly.take(event);
            if (!goes_on) break;
        }
    }
    return assembly.finish(ended_in_order);
}

}  // namespace stet
