#include "recorder/mcp_tap.hpp"

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view protocol = "mcp/stdio";

/// The messages in a line: one, or a batch. An error when any of it is none.
Result<std::vector<RpcMessage>> read_messages(const JsonValue& root) {
    std::vector<RpcMessage> messages;
    if (!root.is(JsonKind::array)) {
        auto message = read_rpc(root);
        if (!message) return message.error();
        messages.push_back(std::move(*message));
        return messages;
    }
    for (const auto& element : root.elements()) {
        auto message = read_rpc(element);
        if (!message) return message.error();
        messages.push_back(std::move(*message));
    }
    if (messages.empty()) return Error{"an empty batch", ""};
    return messages;
}

}  // namespace

std::string McpTap::key_of(Side asked_by, const std::string& id) {
    return (asked_by == Side::agent ? "agent " : "server ") + id;
}

McpTap::Reading McpTap::read(Side from, std::string line, const Instant& at) {
    Reading reading;
    // Whether the last line had an end is seen in the bytes that follow; a message is without it.
    const auto text = line.ends_with('\n') ? line.substr(0, line.size() - 1) : line;
    const auto document = JsonDocument::parse(text);
    if (!document) {
        add_noise(reading, from, std::move(line), at);
        return reading;
    }
    const auto messages = read_messages(document->root());
    if (!messages) {
        add_noise(reading, from, std::move(line), at);
        return reading;
    }
    for (const auto& message : *messages)
        add(reading, from, message, text, at);
    return reading;
}

void McpTap::add(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
                 const Instant& at) {
    switch (message.kind) {
        case RpcKind::request:
        case RpcKind::notification:
            return add_question(reading, from, message, line, at);
        case RpcKind::result:
        case RpcKind::error:
            return add_answer(reading, from, message, line, at);
    }
}

void McpTap::add_question(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
                          const Instant& at) {
    Fact fact;
    fact.draft.at = at;
    Request request;
    request.from = from;
    request.peer = peer_;
    request.protocol = protocol;
    request.method = message.method;
    request.id = message.id;
    request.body = fact.draft.attach(line);
    fact.draft.body = std::move(request);
    if (message.kind == RpcKind::request) {
        fact.opens = key_of(from, message.id);
        Open open;
        open.method = message.method;
        open.asked_us = at.mono_us;
        open_[*fact.opens] = std::move(open);
    }
    reading.facts.push_back(std::move(fact));
}

void McpTap::add_answer(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
                        const Instant& at) {
    Fact fact;
    fact.draft.at = at;
    Response response;
    response.peer = peer_;
    response.protocol = protocol;
    response.body = fact.draft.attach(line);
    response.media_type = "application/json";
    std::int64_t passed_ms = 0;
    const auto asked_by = from == Side::agent ? Side::upstream : Side::agent;
    if (const auto open = open_.find(key_of(asked_by, message.id)); open != open_.end()) {
        fact.draft.cause = open->second.seq;
        passed_ms = std::max<std::int64_t>(0, at.mono_us / 1000 - open->second.asked_us / 1000);
        if (asked_by == Side::agent && open->second.method == "tools/call") reading.answers_tool_call = true;
        open_.erase(open);
    }
    response.chunk_bytes.push_back(line.size());
    response.chunk_ms.push_back(static_cast<std::uint32_t>(std::min<std::int64_t>(passed_ms, UINT32_MAX)));
    fact.draft.body = std::move(response);
    reading.facts.push_back(std::move(fact));
}

/// What is no JSON-RPC: a server prints its log where it should not; a client does not do such things.
void McpTap::add_noise(Reading& reading, Side from, std::string line, const Instant& at) const {
    Fact fact;
    fact.draft.at = at;
    if (from == Side::upstream) {
        fact.draft.body = ProcessOutput{name_, "stdout", fact.draft.attach(std::move(line))};
    } else {
        Gap gap;
        gap.reason = "a line that is no JSON-RPC message";
        gap.place = peer_;
        gap.bytes = line.size();
        gap.raw = fact.draft.attach(std::move(line));
        fact.draft.body = std::move(gap);
    }
    reading.facts.push_back(std::move(fact));
}

void McpTap::opened(const std::string& key, Seq seq) {
    if (const auto open = open_.find(key); open != open_.end()) open->second.seq = seq;
}

std::size_t McpTap::tool_calls_open() const {
    const auto is_call = [](const auto& entry) {
        return entry.first.starts_with("agent ") && entry.second.method == "tools/call";
    };
    return static_cast<std::size_t>(std::ranges::count_if(open_, is_call));
}

std::vector<Seq> McpTap::unanswered() const {
    std::vector<Seq> seqs;
    for (const auto& [key, open] : open_) {
        if (key.starts_with("agent ") && open.seq) seqs.push_back(*open.seq);
    }
    std::ranges::sort(seqs);
    return seqs;
}

}  // namespace stet
