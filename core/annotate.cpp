#include "core/failure_class.hpp"

#include <stet/json.hpp>
#include <stet/readings.hpp>

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>

namespace stet {
namespace {

/// A failed tool call that a later one may try again.
struct OpenFailure {
    std::uint32_t number = 0;
    std::string tool;
    std::string arguments;  ///< Canonical where they are JSON.
    Step step;
    std::optional<std::size_t> retry;  ///< Index into the retries.
};

struct CallSeen {
    ToolCall call;
    Step step;
    std::string actor;
    bool flagged = false;  ///< Its dialect has a flag for failed tools: where that is absent, it means no.
    std::vector<std::uint32_t> tries;  ///< Numbers of the failures that this call tries to overcome.
};

class Annotator {
public:
    explicit Annotator(EventSource& source) : source_(source) {}

    Readings run() {
        readings_.root = source_.summary().root;
        source_.seek(Seq{0});
        while (const auto event = source_.next()) {
            event_ = &*event;
            std::visit([this](const auto& body) { take(body); }, event->body);
        }
        return std::move(readings_);
    }

private:
    template <class Body>
    void take(const Body&) {}  // Most facts say nothing about failure.

    void take(const Request& request) { peers_[event_->seq] = request.peer; }
    void take(const ModelCall& call) {
        if (event_->cause) call_of_[*event_->cause] = event_->seq;
        if (call.dialect == "anthropic-messages") flagged_.insert(event_->seq);
    }
    void take(const Attempt& attempt) {
        if (!event_->cause) return;
        call_of_[*event_->cause] = attempt.call;
        for (const auto number : open_transport_[attempt.call])
            try_again(number, RetryKind::transport, *event_->cause);
    }
    void take(const Response& response);
    void take(const TransportError& error);
    void take(const ModelResult& result);
    void take(const ToolCall& call);
    void take(const ToolResult& result);
    void take(const Observation& observation);
    void take(const End& end);

    std::uint32_t fail(Classified reading, std::vector<Seq> evidence);
    void fail_wire(const Classified& reading, Seq request);
    void fail_tool(Seq call, const Classified& reading);
    void succeed(Seq call);
    void try_again(std::uint32_t number, RetryKind kind, Seq attempt);
    void recover(std::uint32_t number);
    std::string canonical_arguments(const ToolCall& call) const;
    /// What the slice says, as far as it can be had.
    std::string text_of(const Slice& slice) const;

    EventSource& source_;
    const Event* event_ = nullptr;
    Readings readings_;
    std::map<Seq, std::string> peers_;                          // request → peer
    std::map<Seq, Seq> call_of_;                                // request → model call
    std::map<Seq, std::vector<std::uint32_t>> open_transport_;  // model call → failures not overcome
    std::map<Seq, Seq> cut_;                                    // request → its incomplete response
    std::set<Seq> answered_;                                    // model calls
    std::set<Seq> flagged_;          // model calls whose dialect flags failed tools
    std::map<Seq, Seq> served_;      // response → model call
    std::map<Seq, CallSeen> calls_;  // tool calls, both boundaries
    std::map<Seq, Seq> tool_side_;   // model's tool call → the same at the tool boundary
    std::vector<OpenFailure> open_;
};

std::uint32_t Annotator::fail(Classified reading, std::vector<Seq> evidence) {
    const auto number = static_cast<std::uint32_t>(readings_.failures.size());
    readings_.failures.push_back({.number = number,
                                  .at = event_->seq,
                                  .step = event_->step,
                                  .failure_class = std::move(reading.failure_class),
                                  .fault = reading.fault,
                                  .what = std::move(reading.what),
                                  .evidence = std::move(evidence)});
    return number;
}

void Annotator::fail_wire(const Classified& reading, Seq request) {
    const auto number = fail(reading, {request, event_->seq});
    const auto call = call_of_.find(request);
    if (call != call_of_.end()) open_transport_[call->second].push_back(number);
}

void Annotator::take(const Response& response) {
    if (!event_->cause || response.protocol == "mcp/stdio") return;
    if (!response.complete) cut_[*event_->cause] = event_->seq;
    if (!call_of_.contains(*event_->cause)) return;  // Probes and side requests are no attempts at a call.
    if (const auto reading = classify_status(response.status, response.peer))
        fail_wire(*reading, *event_->cause);
}

void Annotator::take(const TransportError& error) {
    if (!event_->cause) {
        fail(classify_transport(error), {event_->seq});
        return;
    }
    const auto call = call_of_.find(*event_->cause);
    if (call == call_of_.end()) {
        // Telemetry and lists of models are no attempts at a call; what became of a tool call, its result
        // says. But what the recorder had to refuse might have become one.
        const bool refused = error.by != Side::upstream && error.answered_status != 0;
        if (refused) fail(classify_transport(error), {*event_->cause, event_->seq});
        return;
    }
    // Some clients hang up at the last event of a stream, before its framing ends: they lost nothing.
    if (error.by == Side::agent && answered_.contains(call->second)) return;
    fail_wire(classify_transport(error), *event_->cause);
}

void Annotator::take(const ModelResult& result) {
    if (event_->cause) served_[*event_->cause] = result.call;
    if (!result.error_class.empty()) {
        const auto number =
            fail({"stream_error", Fault::provider, result.error_class + ": " + result.error_message},
                 {result.call, event_->seq});
        open_transport_[result.call].push_back(number);
    }
    if (!result.complete) return;
    answered_.insert(result.call);
    for (const auto number : open_transport_[result.call])
        recover(number);
    open_transport_.erase(result.call);
    if (result.finish_reason == "max_tokens" || result.finish_reason == "length") {
        fail({"output_limit", Fault::unknown, "the answer was cut at the token limit"},
             {result.call, event_->seq});
    } else if (result.finish_reason == "refusal" || result.finish_reason == "content_filter") {
        fail({"refusal", Fault::model, "the model refused"}, {result.call, event_->seq});
    }
}

std::string Annotator::text_of(const Slice& slice) const {
    auto bytes = fetch(source_, slice);
    return bytes ? *std::move(bytes) : std::string{};
}

std::string Annotator::canonical_arguments(const ToolCall& call) const {
    auto bytes = text_of(call.arguments);
    auto canonical = canonical_json(bytes);
    return canonical ? *std::move(canonical) : std::move(bytes);
}

void Annotator::take(const ToolCall& call) {
    auto& seen = calls_[event_->seq];
    seen.call = call;
    seen.step = event_->step;
    seen.actor = event_->actor;
    const auto served = event_->cause ? served_.find(*event_->cause) : served_.end();
    seen.flagged = served != served_.end() && flagged_.contains(served->second);
    if (call.asked_by) {  // The same call, seen a second time: its retries were read at the model's side.
        tool_side_[*call.asked_by] = event_->seq;
        seen.tries = calls_[*call.asked_by].tries;
        return;
    }
    if (open_.empty()) return;
    const auto arguments = canonical_arguments(call);
    for (auto& open : open_) {
        // Calls of one turn were made before any of them had failed.
        if (open.tool != call.tool || event_->step <= open.step) continue;
        if (!is_same_aim(open.arguments, arguments)) continue;
        try_again(open.number, open.arguments == arguments ? RetryKind::identical : RetryKind::modified,
                  event_->seq);
        seen.tries.push_back(open.number);
    }
}

void Annotator::fail_tool(Seq call, const Classified& reading) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    // A tool server knows its tool by a shorter name than the model does: later calls are compared with the
    // model's, which is also the action that failed.
    const auto& asked_by = found->second.call.asked_by;
    auto evidence = asked_by ? std::vector{*asked_by, call, event_->seq} : std::vector{call, event_->seq};
    const auto number = fail(reading, std::move(evidence));
    readings_.failures.back().step = found->second.step;
    const auto& asked = asked_by && calls_.contains(*asked_by) ? calls_[*asked_by].call : found->second.call;
    open_.push_back({.number = number,
                     .tool = asked.tool,
                     .arguments = canonical_arguments(asked),
                     .step = found->second.step,
                     .retry = {}});
}

void Annotator::succeed(Seq call) {
    const auto found = calls_.find(call);
    if (found == calls_.end()) return;
    for (const auto number : found->second.tries) {
        recover(number);
        std::erase_if(open_, [number](const OpenFailure& open) { return open.number == number; });
    }
}

void Annotator::take(const ToolResult& result) {
    if (result.status == ToolStatus::ok) return succeed(result.call);
    const auto found = calls_.find(result.call);
    if (found == calls_.end()) return;
    const auto text = result.content ? text_of(*result.content) : std::string{};
    fail_tool(result.call, classify_tool_text(found->second.call.tool, text, result.status));
}

void Annotator::take(const Observation& observation) {
    const auto found = calls_.find(observation.call);
    if (found == calls_.end() || tool_side_.contains(observation.call)) return;  // Read where it happened.
    auto text = text_of(observation.content);
    if (observation.content.coding == Coding::json) {
        // Content parts: what the model reads is their text.
        const auto document = JsonDocument::parse(text);
        std::string joined;
        if (document) {
            for (const auto& part : document->root().elements())
                joined += part["text"].text();
        }
        if (!joined.empty()) text = std::move(joined);
    }
    // Where there is a flag, nobody guesses: a passing tool may print whatever it likes.
    const bool flagged = observation.error || found->second.flagged;
    const bool failed =
        flagged ? observation.error.value_or(false) : failing_exit_code(text) || is_tool_refusal(text);
    if (!failed) return succeed(observation.call);
    fail_tool(observation.call, classify_tool_text(found->second.call.tool, text, ToolStatus::tool_error));
}

void Annotator::take(const End& end) {
    if (end.ending != Ending::crash && end.ending != Ending::timeout) return;
    const auto how = end.signal ? fmt::format("by signal {}", *end.signal)
                                : fmt::format("with exit code {}", end.exit_code.value_or(-1));
    fail({end.ending == Ending::crash ? "agent_crashed" : "agent_timeout", Fault::harness,
          "the agent ended " + how},
         {event_->seq});
}

void Annotator::try_again(std::uint32_t number, RetryKind kind, Seq attempt) {
    for (auto& retry : readings_.retries) {
        if (retry.of == number && retry.kind == kind) {
            retry.attempts.push_back(attempt);
            return;
        }
    }
    readings_.retries.push_back({.of = number, .kind = kind, .attempts = {attempt}});
}

void Annotator::recover(std::uint32_t number) {
    for (const auto& recovery : readings_.recoveries) {
        if (recovery.of == number) return;
    }
    const auto from = readings_.failures[number].step.value;
    // An observation belongs to the step of its call.
    readings_.recoveries.push_back({.of = number,
                                    .by = event_->seq,
                                    .steps = event_->step.value >= from ? event_->step.value - from : 0});
}

}  // namespace

Readings annotate(EventSource& source) {
    return Annotator(source).run();
}

}  // namespace stet
