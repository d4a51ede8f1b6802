#include "core/wire/shown.hpp"

#include <algorithm>

namespace stet {
namespace {

/// Writes a value without its cache marks, which agents move from message to message. Recursion is
/// bounded by JsonLimits::depth_max.
void write_unmarked(std::string& out, const JsonValue& value) {
    if (value.is(JsonKind::object)) {
        out += '{';
        for (const auto& [name, member] : value.members()) {
            if (name == "cache_control") continue;
            out += json_quote(name);
            out += ':';
            write_unmarked(out, member);
        }
        out += '}';
    } else if (value.is(JsonKind::array)) {
        out += '[';
        for (const auto& element : value.elements())
            write_unmarked(out, element);
        out += ']';
    } else {
        out += value.raw();
        out += ',';
    }
}

std::string type_of(const JsonValue& block) {
    return block["type"].text();
}

/// Providers take back the model's reasoning in some turns and not in others.
bool is_reasoning(const JsonValue& block) {
    const auto type = type_of(block);
    return type == "thinking" || type == "redacted_thinking";
}

/// Claude Code puts a line about the client's build before its prompt, with a mark that differs
/// between the requests of one conversation.
bool is_client_mark(const JsonValue& block) {
    return block["text"].text().starts_with("x-anthropic-billing-header:");
}

/// A string and a list that holds it as its only text block say the same.
void write_content(std::string& out, const JsonValue& content) {
    if (content.is(JsonKind::string)) {
        out += "T";
        out += content.raw();
    }
    for (const auto& block : content.is(JsonKind::array) ? content.elements() : std::vector<JsonValue>{}) {
        if (is_reasoning(block) || is_client_mark(block)) continue;
        const bool text = type_of(block) == "text";
        out += text ? "T" : "B";
        if (text)
            out += block["text"].raw();
        else
            write_unmarked(out, block);
    }
}

bool is_tool_result(const JsonValue& block) {
    return type_of(block) == "tool_result";
}

/// One part for the whole content, or one for each block when tool results are among them.
std::vector<ShownPart> anthropic_parts(const JsonValue& content) {
    const auto blocks = content.is(JsonKind::array) ? content.elements() : std::vector<JsonValue>{};
    if (std::ranges::none_of(blocks, is_tool_result)) {
        if (!content || content.is(JsonKind::null)) return {};
        return {ShownPart{.content = content}};
    }
    std::vector<ShownPart> parts;
    for (const auto& block : blocks) {
        if (!is_tool_result(block)) {
            parts.push_back({.content = type_of(block) == "text" ? block["text"] : block});
            continue;
        }
        parts.push_back({.is_result = true,
                         .content = block["content"],
                         .call_id = block["tool_use_id"].text(),
                         .error = block["is_error"].boolean()});
    }
    return parts;
}

}  // namespace

ShownMessage read_anthropic_system(const JsonValue& system) {
    std::string written = "system\n";
    write_content(written, system);
    ShownMessage message{.role = "system", .digest = sha256(written)};
    if (system.is(JsonKind::string) || system.size() > 0) message.parts.push_back({.content = system});
    return message;
}

ShownMessage read_anthropic_message(const JsonValue& value) {
    ShownMessage message;
    message.role = value["role"].text();
    std::string written = message.role + "\n";
    write_content(written, value["content"]);
    message.digest = sha256(written);
    message.parts = anthropic_parts(value["content"]);
    if (message.role != "assistant") return message;
    for (const auto& block : value["content"].elements())
        if (type_of(block) == "tool_use") message.call_ids.push_back(block["id"].text());
    return message;
}

ShownMessage read_chat_message(const JsonValue& value) {
    ShownMessage message;
    message.role = value["role"].text();
    const auto content = value["content"];
    std::string written = message.role + "\n" + value["tool_call_id"].text() + "\n";
    write_content(written, content);
    if (value["tool_calls"]) write_unmarked(written, value["tool_calls"]);
    message.digest = sha256(written);
    if (message.role == "tool" || message.role == "function") {
        message.parts.push_back(
            {.is_result = true, .content = content, .call_id = value["tool_call_id"].text(), .error = {}});
    } else if (content && !content.is(JsonKind::null)) {
        message.parts.push_back({.content = content});
    }
    for (const auto& call : value["tool_calls"].elements())
        message.call_ids.push_back(call["id"].text());
    return message;
}

}  // namespace stet
