#include "tests/wire/playbook.hpp"

#include <stet/json.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace stet::test {
namespace {

std::string number_of(Seq seq) {
    return fmt::format("#{}", seq.value);
}

std::string_view name_of(ToolStatus status) {
    switch (status) {
        case ToolStatus::ok:
            return "ok";
        case ToolStatus::tool_error:
            return "tool_error";
        case ToolStatus::protocol_error:
            return "protocol_error";
        case ToolStatus::timeout:
            return "timeout";
        case ToolStatus::cancelled:
            return "cancelled";
        case ToolStatus::unknown_tool:
            return "unknown_tool";
        case ToolStatus::unanswered:
            return "unanswered";
    }
    return "?";
}

std::string fidelity_of(Fidelity fidelity) {
    switch (fidelity) {
        case Fidelity::exact:
            return "";
        case Fidelity::normalised:
            return " (normalised)";
        case Fidelity::reconstructed:
            return " (reconstructed)";
        case Fidelity::lossy:
            return " (lossy)";
    }
    return "?";
}

}  // namespace

Payload Playbook::keep(const std::string& bytes) {
    const Payload payload{sha256(bytes), bytes.size()};
    payloads.emplace(payload.digest, bytes);
    return payload;
}

Result<std::string> Playbook::fetch(const Digest& digest) const {
    const auto found = payloads.find(digest);
    if (found == payloads.end()) return Error{"the payload is not there", ""};
    return found->second;
}

Seq Playbook::add(EventBody body, std::uint32_t connection, std::optional<Seq> cause) {
    const auto get = [this](const Digest& digest) { return fetch(digest); };
    Event event;
    event.seq = Seq{static_cast<std::uint32_t>(events.size())};
    event.connection = connection;
    event.cause = cause;
    event.body = std::move(body);
    reader_.place(event, get);
    events.push_back(event);
    for (auto& parsed : reader_.read(event, Seq{event.seq.value + 1}, get)) {
        for (const auto& bytes : parsed.payloads)
            keep(bytes);
        Event made;
        made.seq = Seq{static_cast<std::uint32_t>(events.size())};
        made.step = parsed.step;
        made.actor = parsed.actor;
        made.cause = parsed.cause;
        made.fidelity = parsed.fidelity;
        made.body = std::move(parsed.body);
        CHECK(is_protocol(made.body));
        // A second reading of what the reader made must change and say nothing.
        auto again = made;
        reader_.place(again, get);
        CHECK(again == made);
        events.push_back(made);
    }
    for (auto i = event.seq.value + 1; i < events.size(); ++i)
        CHECK(reader_.read(events[i], Seq{static_cast<std::uint32_t>(events.size())}, get).empty());
    return event.seq;
}

Seq Playbook::ask(const std::string& body, const Ask& how) {
    Request request{
        .peer = "model", .protocol = "http/1.1", .method = how.method, .target = how.target, .id = {}};
    auto head = fmt::format("{} {} HTTP/1.1\r\nHost: a\r\n", how.method, how.target);
    if (!how.agent.empty()) head += fmt::format("X-Claude-Code-Agent-Id: {}\r\n", how.agent);
    request.head = keep(head + "\r\n");
    if (!body.empty()) request.body = keep(body);
    request.content_coding = how.coding;
    request.complete = how.complete;
    return add(std::move(request), how.connection);
}

Seq Playbook::give(Seq request, const std::string& body, const Give& how) {
    Response response{.peer = "model", .protocol = "http/1.1", .status = how.status};
    if (!body.empty()) response.body = keep(body);
    response.content_coding = how.coding;
    response.media_type = how.media;
    response.complete = how.complete;
    return add(std::move(response), at(request).connection, request);
}

Seq Playbook::stream(Seq request, const std::string& body, bool complete) {
    Give how;
    how.media = "text/event-stream";
    how.complete = complete;
    return give(request, body, how);
}

Seq Playbook::fail(Seq request, const std::string& kind) {
    return add(TransportError{.phase = "head", .kind = kind, .detail = {}}, at(request).connection, request);
}

Seq Playbook::hang_up(std::uint32_t connection) {
    return add(ConnectionClosed{}, connection);
}

Seq Playbook::rpc(Side from, const std::string& line, std::uint32_t connection) {
    const auto document = JsonDocument::parse(line);
    Request request{
        .from = from, .peer = "mcp:files", .protocol = "mcp/stdio", .method = {}, .target = {}, .id = {}};
    if (document) request.method = document->root()["method"].text();
    if (document) request.id = document->root()["id"].raw();
    request.body = keep(line + "\n");
    return add(std::move(request), connection);
}

Seq Playbook::rpc_answer(Seq request, const std::string& line, bool paired) {
    Response response{.peer = "mcp:files", .protocol = "mcp/stdio"};
    response.body = keep(line + "\n");
    return add(std::move(response), at(request).connection, paired ? std::optional(request) : std::nullopt);
}

Seq Playbook::diff(bool changed) {
    StateDiff body;
    body.before = sha256("before");
    body.after = changed ? sha256("after") : body.before;
    return add(std::move(body));
}

std::string Playbook::text_of(const Slice& slice) const {
    const auto bytes = fetch(slice.payload.digest);
    if (!bytes) return "<not there>";
    if (bytes->size() != slice.payload.size || slice.offset + slice.length > bytes->size())
        return "<out of range>";
    const auto cited = bytes->substr(slice.offset, slice.length);
    if (slice.coding != Coding::json_string) return cited;
    const auto text = json_unquote(cited);
    return text ? *text : "<no string: " + cited + ">";
}

std::string Playbook::tell(const EventBody& body) const {
    const auto text = [&](const std::optional<Slice>& slice) { return slice ? text_of(*slice) : "-"; };
    return std::visit(
        overloaded{
            [&](const Message& m) { return fmt::format("message {}: {}", m.role, text_of(m.content)); },
            [&](const ModelCall& c) {
                return fmt::format("model_call {} {} messages={} tools={}{}", c.dialect, c.model, c.messages,
                                   c.tools, c.stream ? " stream" : "");
            },
            [&](const Attempt& a) {
                return fmt::format("attempt {} of {}{}", a.number, number_of(a.call),
                                   a.identical ? "" : " changed");
            },
            [&](const ModelResult& r) {
                const auto error =
                    r.error_class.empty() ? "" : fmt::format(" error={}: {}", r.error_class, r.error_message);
                return fmt::format("model_result of {} {} text={} reasoning={}{}", number_of(r.call),
                                   r.complete ? r.finish_reason : "cut", text(r.text), text(r.reasoning),
                                   error);
            },
            [&](const ToolCall& c) {
                return fmt::format("tool_call {} {} {}{}{}", c.call_id, c.tool, text_of(c.arguments),
                                   c.arguments_valid ? "" : " invalid",
                                   c.asked_by ? " asked by " + number_of(*c.asked_by) : "");
            },
            [&](const ToolResult& r) {
                return fmt::format("tool_result of {} {} {}", number_of(r.call), name_of(r.status),
                                   text(r.content));
            },
            [&](const Observation& o) {
                return fmt::format("observation of {} {}{}: {}", number_of(o.call), o.call_id,
                                   o.error.value_or(false) ? " error" : "", text_of(o.content));
            },
            [&](const Progress& p) {
                return fmt::format("progress {} {}/{} {}", p.token, p.progress.value_or(-1),
                                   p.total.value_or(-1), p.message);
            },
            [&](const Cancel& c) {
                return fmt::format("cancel {} {}", number_of(c.target.value_or(Seq{})), c.reason);
            },
            [&](const Interaction& i) {
                return fmt::format("interaction {} [{}] {}", i.kind, i.decision, text(i.content));
            },
            [&](const Compaction& c) {
                return fmt::format("compaction {} {}->{}", c.kind, c.messages_before, c.messages_after);
            },
            [&](const Gap& g) { return fmt::format("gap {}: {}", g.place, g.reason); },
            [&](const auto&) { return std::string(); }},
        body);
}

std::string Playbook::describe(const Event& event) const {
    const auto actor = event.actor == "main" ? "" : event.actor + " ";
    return fmt::format("{} s{} {}{}{}", number_of(event.seq), event.step.value, actor, tell(event.body),
                       fidelity_of(event.fidelity));
}

Lines Playbook::said() {
    Lines lines;
    for (; told_ < events.size(); ++told_)
        if (is_protocol(events[told_].body)) lines.push_back(describe(events[told_]));
    return lines;
}

std::string anthropic_event(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    REQUIRE(document.has_value());
    return fmt::format("event: {}\ndata: {}\n\n", document->root()["type"].text(), json);
}

std::string chat_event(std::string_view json) {
    return fmt::format("data: {}\n\n", json);
}

}  // namespace stet::test
