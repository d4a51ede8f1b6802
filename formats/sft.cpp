#include "formats/sft.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace stet {
namespace {

constexpr std::size_t tool_name_bytes_max = 64;

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Drops the tail that the format can't hold: calls that nobody answered.
std::vector<ChatMessage> answered(const Transcript& conversation, std::vector<std::string>& left_out) {
    std::set<std::string> answers;
    for (const auto& message : conversation.messages) {
        if (message.role == "tool") answers.insert(message.call_id);
    }
    std::vector<ChatMessage> kept;
    for (const auto& message : conversation.messages) {
        const auto open = std::find_if(message.calls.begin(), message.calls.end(),
                                       [&](const auto& call) { return !answers.contains(call.id); });
        if (open != message.calls.end()) {
            left_out.push_back(
                fmt::format("from seq {} on: the call {} was never answered", open->seq.value, open->id));
            break;
        }
        kept.push_back(message);
    }
    return kept;
}

void write_calls(JsonWriter& json, const ChatMessage& message) {
    json.key("tool_calls").open('[');
    for (const auto& call : message.calls) {
        json.open('{').key("id").string(call.id).key("type").string("function").key("function").open('{');
        json.key("name").string(portable_tool_name(call.tool)).key("arguments").string(call.arguments);
        json.close('}').close('}');
    }
    json.close(']');
}

void write_message(JsonWriter& json, const ChatMessage& message) {
    json.open('{').key("role").string(message.role).key("content");
    if (message.content && !(message.content->empty() && !message.calls.empty()))
        json.string(*message.content);
    else if (message.calls.empty())
        json.string("");
    else
        json.null();
    if (!message.calls.empty()) write_calls(json, message);
    if (message.role == "tool") json.key("tool_call_id").string(message.call_id);
    if (message.role == "assistant") json.key("weight").integer(message.sampled && !message.failed ? 1 : 0);
    json.close('}');
}

/// Both dialects' tool lists in OpenAI's form.
void write_tools(JsonWriter& json, const Transcript& conversation) {
    const auto document = JsonDocument::parse(conversation.tools_json);
    if (!document || document->root().size() == 0) return;
    json.key("tools").open('[');
    for (const auto& tool : document->root().elements()) {
        const auto function = tool["function"] ? tool["function"] : tool;
        const auto schema = function["parameters"] ? function["parameters"] : function["input_schema"];
        json.open('{').key("type").string("function").key("function").open('{');
        json.key("name").string(portable_tool_name(function["name"].text()));
        if (function["description"]) json.key("description").string(function["description"].text());
        if (schema) json.key("parameters").raw(schema.raw());
        json.close('}').close('}');
    }
    json.close(']');
}

}  // namespace

std::string portable_tool_name(std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) { return is_plain(c) || c == '-'; });
    std::string portable;
    if (plain)
        portable = name;
    else {
        for (const char c : name) {
            if (is_plain(c))
                portable += c;
            else
                portable += fmt::format("-{:02x}", static_cast<unsigned char>(c));
        }
    }
    if (portable.size() > tool_name_bytes_max) {
        portable.resize(tool_name_bytes_max - 9);
        portable += "-" + to_hex(sha256(name)).substr(0, 8);
    }
    return portable;
}

std::string sft_line(const Transcript& conversation, std::vector<std::string>& left_out) {
    if (conversation.incomplete) {
        left_out.push_back(fmt::format("conversation {} of {}: some of its content was erased",
                                       conversation.number, conversation.actor));
        return {};
    }
    const auto messages = answered(conversation, left_out);
    const bool anything = std::any_of(messages.begin(), messages.end(),
                                      [](const auto& message) { return message.sampled && !message.failed; });
    if (!anything) {
        left_out.push_back(fmt::format("conversation {} of {}: no assistant message to train on",
                                       conversation.number, conversation.actor));
        return {};
    }
    JsonWriter json;
    json.open('{').key("messages").open('[');
    for (const auto& message : messages)
        write_message(json, message);
    json.close(']');
    write_tools(json, conversation);
    json.close('}');
    return json.take();
}

}  // namespace stet
