#include "tools/lines.hpp"

#include "tools/render.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::size_t shown_max = 90;

std::string cited(const std::optional<Slice>& slice, const EventSource& source) {
    if (!slice) return {};
    const auto text = fetch(source, *slice);
    return text ? short_line(plain_text(*text, slice->coding), shown_max) : "(" + text.error().what + ")";
}

struct Teller {
    const EventSource& source;

    std::string operator()(const ConnectionOpened& e) const {
        return fmt::format("{} {}", e.peer, e.transport);
    }
    std::string operator()(const ConnectionClosed& e) const {
        static constexpr const char* sides[] = {"agent", "upstream", "recorder"};
        return fmt::format("by {}{}", sides[static_cast<std::size_t>(e.by)], e.reset ? ", reset" : "");
    }
    std::string operator()(const Request& e) const {
        return fmt::format("{} {} {}{}", e.peer, e.method, e.target,
                           e.body ? fmt::format(" {}", size_text(e.body->size)) : "");
    }
    std::string operator()(const Response& e) const {
        return fmt::format("{}{}{} in {} chunks{}", e.peer, e.status != 0 ? fmt::format(" {}", e.status) : "",
                           e.body ? fmt::format(" {}", size_text(e.body->size)) : "", e.chunk_bytes.size(),
                           e.complete ? "" : ", cut");
    }
    std::string operator()(const ProcessStarted& e) const {
        return fmt::format("{}: {}", e.name, fmt::join(e.argv, " "));
    }
    std::string operator()(const ProcessExited& e) const {
        return e.signal ? fmt::format("{}: signal {}", e.name, *e.signal)
                        : fmt::format("{}: exit code {}", e.name, e.exit_code.value_or(-1));
    }
    std::string operator()(const ProcessOutput& e) const {
        return fmt::format("{} {}: {}", e.name, e.stream,
                           cited(Slice{e.bytes, 0, e.bytes.size, Coding::raw}, source));
    }
    std::string operator()(const TransportError& e) const {
        return fmt::format("{} {}: {}", e.phase, e.kind, e.detail);
    }
    std::string operator()(const Message& e) const {
        return fmt::format("{}: {}", e.role, cited(e.content, source));
    }
    std::string operator()(const ModelCall& e) const {
        return fmt::format("{} {} messages, {} tools", e.model, e.messages, e.tools);
    }
    std::string operator()(const Attempt& e) const {
        return fmt::format("number {} at the call of seq {}", e.number, e.call.value);
    }
    std::string operator()(const ModelResult& e) const {
        return fmt::format("{} {}{}", e.finish_reason, cited(e.text, source), e.complete ? "" : " (cut)");
    }
    std::string operator()(const ToolCall& e) const {
        return fmt::format("{} {}", e.tool, cited(e.arguments, source));
    }
    std::string operator()(const Progress& e) const { return e.message; }
    std::string operator()(const ToolResult& e) const {
        return fmt::format("{}: {}", e.status == ToolStatus::ok ? "ok" : "failed", cited(e.content, source));
    }
    std::string operator()(const Observation& e) const {
        return fmt::format("{}{}", e.error.value_or(false) ? "error: " : "", cited(e.content, source));
    }
    std::string operator()(const Cancel& e) const { return e.reason; }
    std::string operator()(const Interaction& e) const { return fmt::format("{} {}", e.kind, e.decision); }
    std::string operator()(const Compaction& e) const {
        return fmt::format("{}: {} messages to {}", e.kind, e.messages_before, e.messages_after);
    }
    std::string operator()(const Intervention& e) const { return e.text; }
    std::string operator()(const Snapshot& e) const {
        return fmt::format("{} {} files, {}", to_hex(e.state).substr(0, 12), e.files, size_text(e.bytes));
    }
    std::string operator()(const StateDiff& e) const {
        return fmt::format("{} → {} +{} ~{} −{}{}", to_hex(e.before).substr(0, 12),
                           to_hex(e.after).substr(0, 12), e.created, e.changed, e.deleted,
                           e.ambiguous ? ", several possible causes" : "");
    }
    std::string operator()(const CheckSpec& e) const { return fmt::format("{}: {}", e.name, e.command); }
    std::string operator()(const CheckResult& e) const {
        return e.exit_code ? fmt::format("exit code {} in {} ms", *e.exit_code, e.duration_ms) : e.problem;
    }
    std::string operator()(const VerdictGiven& e) const {
        return fmt::format("{}: {} ({})", e.verdict.check, to_string(e.verdict.outcome), e.verdict.why);
    }
    std::string operator()(const Judgment& e) const { return e.model; }
    std::string operator()(const Begin& e) const {
        return fmt::format("{} {}", e.task_id, fmt::join(e.agent_argv, " "));
    }
    std::string operator()(const End& e) const {
        return e.exit_code ? fmt::format("exit code {}", *e.exit_code)
                           : fmt::format("signal {}", e.signal.value_or(0));
    }
    std::string operator()(const Gap& e) const { return fmt::format("{}: {}", e.reason, e.place); }
    std::string operator()(const RedactionMade& e) const { return fmt::format("{} × {}", e.count, e.kind); }
    std::string operator()(const Rewrite& e) const { return e.reason; }
    std::string operator()(const Note& e) const { return e.text; }
    std::string operator()(const ImportedRecord& e) const { return e.format; }
};

}  // namespace

std::string event_line(const Event& event, const EventSource& source) {
    const auto told = std::visit(Teller{source}, event.body);
    return fmt::format("{:>5} {:>4} {:>9.3f}s  {:<17} {}", event.seq.value, event.step.value,
                       static_cast<double>(event.mono_us) / 1e6, kind_of(event.body), short_line(told, 140));
}

}  // namespace stet
