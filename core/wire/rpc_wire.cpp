#include "core/wire/rpc_wire.hpp"

#include <algorithm>
#include <array>

namespace stet {
namespace {

/// What servers ask of clients, and what we call it.
std::string_view interaction_of(std::string_view method) {
    if (method == "elicitation/create") return "elicitation";
    if (method == "sampling/createMessage") return "sampling";
    return method == "roots/list" ? "roots" : "";
}

/// The model's id for the call, where the client passes it on: Claude Code and Codex do.
std::string link_of(const JsonValue& params) {
    const auto meta = params["_meta"];
    return meta["claudecode/toolUseId"].text_or(meta["callId"].text());
}

bool says_unknown_tool(std::string_view text) {
    constexpr std::array<std::string_view, 2> signs = {"nknown tool", "ool not found"};
    if (std::ranges::any_of(signs, [&](auto sign) { return text.find(sign) != text.npos; })) return true;
    // "Tool xyz not found": the TypeScript SDK's words.
    const auto tool = text.find("Tool ");
    return tool != text.npos && text.find(" not found", tool) != text.npos;
}

ToolStatus status_of(const RpcMessage& message) {
    constexpr std::int64_t invalid_params = -32602;
    if (message.kind == RpcKind::error) {
        const bool unknown = message.body["code"].integer() == invalid_params &&
                             says_unknown_tool(message.body["message"].text());
        return unknown ? ToolStatus::unknown_tool : ToolStatus::protocol_error;
    }
    if (!message.body["isError"].boolean().value_or(false)) return ToolStatus::ok;
    // Newer SDKs put protocol errors into results, with the code in the text.
    const auto text = message.body["content"][0]["text"].text();
    return text.starts_with("MCP error -32602") && says_unknown_tool(text) ? ToolStatus::unknown_tool
                                                                           : ToolStatus::tool_error;
}

Parsed placed(EventBody body, const Event& event, Step step, std::string_view actor) {
    Parsed parsed;
    parsed.body = std::move(body);
    parsed.cause = event.seq;
    parsed.step = step;
    parsed.actor = actor;
    return parsed;
}

}  // namespace

RpcPlan RpcWire::plan(const Request& request, const ProtocolReader::Fetch& fetch) const {
    RpcPlan plan;
    if (!request.body) {
        plan.problem = "the message has no body";
        return plan;
    }
    auto text = WireText::open(*request.body, request.content_coding, fetch);
    const auto parsed = text ? (*text)->parse() : Result<void>(text.error());
    auto message = parsed ? read_rpc((*text)->root()) : Result<RpcMessage>(parsed.error());
    if (!message) {
        plan.problem = message.error().what;
        return plan;
    }
    plan.text = std::move(*text);
    plan.message = std::move(*message);
    plan.is_tool_call = plan.message->kind == RpcKind::request && plan.message->method == "tools/call" &&
                        request.from == Side::agent;
    if (!plan.is_tool_call) return plan;
    const auto params = plan.message->body;
    const auto link = link_of(params);
    if (!link.empty())
        if (const auto* call = ledger_.find(link, 0, "main"); call != nullptr) plan.asked_by = call->seq;
    const auto continuation = params["requestState"].raw();
    for (const auto& [seq, open] : open_)
        if (!continuation.empty() && open.continuation == continuation) plan.continues = seq;
    return plan;
}

std::optional<Step> RpcWire::step_of(const RpcPlan& plan) const {
    if (plan.continues) return step_of(*plan.continues);
    if (!plan.asked_by) return std::nullopt;
    const auto* call = ledger_.find(*plan.asked_by);
    return call == nullptr ? std::nullopt : std::optional(call->step);
}

std::optional<Step> RpcWire::step_of(Seq request) const {
    const auto found = open_.find(request);
    return found == open_.end() ? std::nullopt : std::optional(found->second.step);
}

void RpcWire::take(const Event& event, const Request& request, const RpcPlan& plan, Seq next,
                   std::vector<Parsed>& out) {
    if (!plan.message) {
        auto gap = make_gap(plan.problem, "JSON-RPC message", request.body ? &*request.body : nullptr);
        out.push_back(placed(std::move(gap.body), event, event.step, event.actor));
        return;
    }
    if (plan.message->kind == RpcKind::notification) return take_notification(event, request, plan, out);
    if (plan.message->kind != RpcKind::request) return;
    if (plan.is_tool_call) return take_tool_call(event, request, plan, next, out);
    open_[event.seq] = {.from = request.from,
                        .connection = event.connection,
                        .id = plan.message->id,
                        .method = plan.message->method,
                        .call = {},
                        .step = event.step,
                        .actor = event.actor,
                        .token = {},
                        .continuation = {}};
    while (open_.size() > open_max)
        open_.erase(open_.begin());
    const auto kind = interaction_of(plan.message->method);
    if (request.from != Side::upstream || kind.empty()) return;
    auto parsed = placed({}, event, event.step, event.actor);
    Interaction body{.kind = std::string(kind), .decision = {}, .content = {}};
    if (plan.message->body) body.content = plan.text->cite(plan.message->body, parsed);
    parsed.body = std::move(body);
    out.push_back(std::move(parsed));
}

void RpcWire::take_tool_call(const Event& event, const Request& request, const RpcPlan& plan, Seq next,
                             std::vector<Parsed>& out) {
    const auto params = plan.message->body;
    Open open{.from = request.from,
              .connection = event.connection,
              .id = plan.message->id,
              .method = plan.message->method,
              .call = {},
              .step = event.step,
              .actor = event.actor,
              .token = std::string(params["_meta"]["progressToken"].raw()),
              .continuation = {}};
    auto parsed = placed({}, event, event.step, event.actor);
    if (plan.continues) {
        // The server wanted input first (2026-07-28); the client comes back with it. Still the same call.
        const auto before = open_.extract(*plan.continues);
        open.call = before.mapped().call;
        Interaction body{.kind = "elicitation", .decision = "accept", .content = {}};
        if (params["inputResponses"]) body.content = plan.text->cite(params["inputResponses"], parsed);
        parsed.body = std::move(body);
    } else {
        open.call = next;
        ToolCall body{.boundary = Boundary::tool,
                      .peer = request.peer,
                      .call_id = plan.message->id,
                      .tool = params["name"].text(),
                      .arguments = {},
                      .asked_by = plan.asked_by};
        const auto arguments = params["arguments"];
        body.arguments_valid = !arguments || arguments.is(JsonKind::object);
        if (arguments)
            body.arguments = plan.text->cite(arguments, parsed);
        else  // Left out means none; whoever executes the call needs an object.
            body.arguments = {parsed.attach("{}"), 0, 2, Coding::json};
        if (!arguments) parsed.fidelity = Fidelity::normalised;
        parsed.body = std::move(body);
        ledger_.add({.seq = next,
                     .step = event.step,
                     .actor = event.actor,
                     .call_id = plan.message->id,
                     .boundary = Boundary::tool,
                     .asked_by = plan.asked_by});
    }
    out.push_back(std::move(parsed));
    open_[event.seq] = std::move(open);
    while (open_.size() > open_max)
        open_.erase(open_.begin());
}

void RpcWire::take_notification(const Event& event, const Request& request, const RpcPlan& plan,
                                std::vector<Parsed>& out) {
    const auto& method = plan.message->method;
    const auto params = plan.message->body;
    if (method == "notifications/progress") {
        const auto token = params["progressToken"].raw();
        const auto found = std::ranges::find_if(open_, [&](const auto& entry) {
            return entry.second.connection == event.connection && entry.second.token == token;
        });
        const auto step = found == open_.end() ? event.step : found->second.step;
        out.push_back(placed(Progress{.token = std::string(token),
                                      .progress = params["progress"].number(),
                                      .total = params["total"].number(),
                                      .message = params["message"].text()},
                             event, step, event.actor));
    }
    if (method != "notifications/cancelled") return;
    // Some clients cancel every call after its result has come: that cancels nothing.
    const auto found = find(event.connection, request.from, params["requestId"].raw());
    if (found == open_.end() || found->second.cancelled) return;
    found->second.cancelled = true;
    out.push_back(placed(Cancel{.target = found->second.call.value_or(found->first),
                                .by = request.from,
                                .reason = params["reason"].text()},
                         event, found->second.step, found->second.actor));
}

RpcWire::OpenRequests::iterator RpcWire::find(std::uint32_t connection, Side from, std::string_view id) {
    return std::ranges::find_if(open_, [&](const auto& entry) {
        const auto& open = entry.second;
        return open.connection == connection && open.from == from && open.id == id;
    });
}

RpcWire::OpenRequests::iterator RpcWire::find_answered(const Event& event, const RpcMessage& message) {
    if (event.cause) return open_.find(*event.cause);
    const auto by_server = find(event.connection, Side::agent, message.id);
    return by_server != open_.end() ? by_server : find(event.connection, Side::upstream, message.id);
}

void RpcWire::take(const Event& event, const Response& response, const ProtocolReader::Fetch& fetch,
                   std::vector<Parsed>& out) {
    const auto* raw = response.body ? &*response.body : nullptr;
    auto text = raw != nullptr ? WireText::open(*raw, response.content_coding, fetch)
                               : Result<std::unique_ptr<WireText>>(Error{"the message has no body", ""});
    const auto parsed = text ? (*text)->parse() : Result<void>(text.error());
    const auto message = parsed ? read_rpc((*text)->root()) : Result<RpcMessage>(parsed.error());
    if (!message || message->kind == RpcKind::request || message->kind == RpcKind::notification) {
        const auto why =
            message ? std::string("an answer was expected, and this asks") : message.error().what;
        out.push_back(placed(make_gap(why, "JSON-RPC message", raw).body, event, event.step, event.actor));
        return;
    }
    const auto open = find_answered(event, *message);
    if (open == open_.end()) return;
    if (open->second.call) return take_tool_answer(event, open, *message, **text, out);
    take_client_answer(event, open->second, *message, **text, out);
    open_.erase(open);
}

void RpcWire::take_tool_answer(const Event& event, OpenRequests::iterator open, const RpcMessage& message,
                               const WireText& text, std::vector<Parsed>& out) {
    auto parsed = placed({}, event, open->second.step, open->second.actor);
    if (message.kind == RpcKind::result && message.body["resultType"].text() == "input_required") {
        // Not answered yet: the client is asked something first, and will come back with this state.
        open->second.continuation = message.body["requestState"].raw();
        open->second.id.clear();
        parsed.body =
            Interaction{.kind = "elicitation", .decision = {}, .content = text.cite(message.body, parsed)};
        out.push_back(std::move(parsed));
        return;
    }
    if (message.kind == RpcKind::result && message.body["resultType"].text() == "task") {
        auto gap = make_gap("the tool call became a task, which is not followed", "JSON-RPC message",
                            &text.payload());
        out.push_back(placed(gap.body, event, open->second.step, open->second.actor));
        return;
    }
    ToolResult body{.call = *open->second.call, .status = status_of(message), .content = {}};
    body.content = text.cite(message.body, parsed);
    parsed.body = std::move(body);
    out.push_back(std::move(parsed));
    if (auto* call = ledger_.find(*open->second.call); call != nullptr) ledger_.answer(*call);
    open_.erase(open);
}

void RpcWire::take_client_answer(const Event& event, const Open& open, const RpcMessage& message,
                                 const WireText& text, std::vector<Parsed>& out) const {
    const auto kind = interaction_of(open.method);
    if (open.from != Side::upstream || kind.empty()) return;
    auto parsed = placed({}, event, open.step, open.actor);
    const std::string_view given = message.kind == RpcKind::error ? "decline" : "accept";
    Interaction body{
        .kind = std::string(kind), .decision = message.body["action"].text_or(given), .content = {}};
    body.content = text.cite(message.body, parsed);
    parsed.body = std::move(body);
    out.push_back(std::move(parsed));
}

void RpcWire::end_call(const Event& event, const Open& open, ToolStatus status, std::vector<Parsed>& out) {
    if (!open.call) return;
    if (open.cancelled) status = ToolStatus::cancelled;
    out.push_back(placed(ToolResult{.call = *open.call, .status = status, .content = {}}, event, open.step,
                         open.actor));
    if (auto* call = ledger_.find(*open.call); call != nullptr) ledger_.answer(*call);
}

void RpcWire::fail(const Event& event, Seq request, ToolStatus status, std::vector<Parsed>& out) {
    const auto found = open_.find(request);
    if (found == open_.end()) return;
    end_call(event, found->second, status, out);
    open_.erase(found);
}

void RpcWire::close(const Event& event, std::vector<Parsed>& out) {
    for (auto open = open_.begin(); open != open_.end();) {
        if (open->second.connection != event.connection) {
            ++open;
            continue;
        }
        end_call(event, open->second, ToolStatus::unanswered, out);
        open = open_.erase(open);
    }
}

}  // namespace stet
