#include "core/wire/model_wire.hpp"

#include <fmt/format.h>

// The second half of ModelWire: what came back.

namespace stet {
namespace {

bool is_stream(const Response& response, std::string_view bytes) {
    if (response.media_type == "text/event-stream") return true;
    // Proxies lose the media type; an agent that asked for a stream reads it all the same.
    return response.media_type != "application/json" &&
           (bytes.starts_with("event:") || bytes.starts_with("data:"));
}

std::optional<Slice> cite(const AnsweredText& text, const WireText* source, Parsed& parsed) {
    if (!text.present) return std::nullopt;
    if (text.value && source != nullptr) return source->cite(text.value, parsed);
    return cite_assembled(text.assembled, parsed);
}

Parsed make_result(Seq call, const Answer& answer, const WireText* source) {
    Parsed parsed;
    ModelResult body;
    body.call = call;
    body.id = answer.id;
    body.model = answer.model;
    body.finish_reason = answer.finish_reason;
    body.complete = answer.complete;
    body.usage = answer.usage;
    body.cost_usd = answer.cost_usd;
    body.text = cite(answer.text, source, parsed);
    body.reasoning = cite(answer.reasoning, source, parsed);
    if (answer.logprobs && source != nullptr) body.logprobs = source->cite(answer.logprobs, parsed);
    if (answer.token_ids && source != nullptr) body.token_ids = source->cite(answer.token_ids, parsed);
    body.error_class = answer.error_class;
    body.error_message = answer.error_message;
    parsed.body = std::move(body);
    if (answer.events_read > 0) parsed.fidelity = std::max(parsed.fidelity, Fidelity::reconstructed);
    if (answer.events_unread > 0) parsed.fidelity = Fidelity::lossy;
    return parsed;
}

Parsed make_call(const std::string& peer, const AnsweredCall& call, const WireText* source) {
    Parsed parsed;
    ToolCall body;
    body.peer = peer;
    body.call_id = call.id;
    body.tool = call.tool;
    body.arguments = call.arguments.value && source != nullptr
                         ? source->cite(call.arguments.value, parsed)
                         : cite_assembled(call.arguments.assembled, parsed);
    body.arguments_valid = call.valid;
    parsed.body = std::move(body);
    return parsed;
}

std::string unread_text(std::size_t events) {
    if (events == 0) return "the stream holds no event of an answer";
    if (events == 1) return "1 event of the stream is no JSON";
    return fmt::format("{} events of the stream are no JSON", events);
}

}  // namespace

std::optional<Answer> ModelWire::read_answer(const OpenCall& call, const Response& response,
                                             const ProtocolReader::Fetch& fetch,
                                             std::unique_ptr<WireText>& text,
                                             std::vector<Parsed>& out) const {
    constexpr std::string_view place = "response body";
    const Answer cut;
    if (!response.body) {
        if (response.complete) out.push_back(make_gap("the answer has no body", place, nullptr));
        return response.complete ? std::nullopt : std::optional(cut);
    }
    auto opened = WireText::open(*response.body, response.content_coding, fetch);
    if (!opened) {
        out.push_back(make_gap(opened.error().what, place, &*response.body));
        return response.complete ? std::nullopt : std::optional(cut);
    }
    text = std::move(*opened);
    if (is_stream(response, text->bytes())) {
        auto answer = read_streamed_answer(call.dialect, text->bytes(), response.complete);
        const bool nothing = answer.events_read == 0 && !answer.complete && answer.error_class.empty();
        if (answer.events_unread > 0 || (nothing && response.complete))
            out.push_back(make_gap(unread_text(answer.events_unread), place, &*response.body));
        if (nothing && response.complete) return std::nullopt;
        return answer;
    }
    if (const auto parsed = text->parse(); !parsed) {
        if (!response.complete) return cut;
        out.push_back(make_gap(parsed.error().what, place, &*response.body));
        return std::nullopt;
    }
    auto answer = read_whole_answer(call.dialect, text->root());
    if (answer) return std::move(*answer);
    out.push_back(make_gap(answer.error().what, place, &*response.body));
    return std::nullopt;
}

void ModelWire::take(const Event& event, const Response& response, Seq next,
                     const ProtocolReader::Fetch& fetch, std::vector<Parsed>& out) {
    if (!event.cause) return;
    const auto waiting = waiting_.find(*event.cause);
    if (waiting == waiting_.end()) return;
    end_attempt(*event.cause);
    const auto call = calls_.find(waiting->second.call);
    // What went wrong by status is read off the response itself (annotate). Of an answer that was saved
    // from a crash nobody knows the status: it is read as far as it shows that it was going well.
    const bool saved = response.status == 0 && !response.complete;
    if (call == calls_.end() || (!saved && (response.status < 200 || response.status >= 300))) return;
    std::unique_ptr<WireText> text;
    const auto answer = read_answer(call->second, response, fetch, text, out);
    const bool shows = answer && (!saved || answer->events_read > 0);
    if (shows) emit_answer(call->second, *answer, text.get(), next, out);
    for (auto& parsed : out) {
        parsed.step = call->second.step;
        parsed.actor = call->second.actor;
        parsed.cause = event.seq;
    }
    if (answer && answer->complete && call->second.in_flight == 0) calls_.erase(call);
}

void ModelWire::emit_answer(const OpenCall& call, const Answer& answer, const WireText* text, Seq next,
                            std::vector<Parsed>& out) {
    if (answer.choices > 1)
        out.push_back(make_gap(fmt::format("only the first of {} choices is read", answer.choices),
                               "response body /choices", text != nullptr ? &text->payload() : nullptr));
    out.push_back(make_result(call.seq, answer, text));
    conversations_.note_answer(call.actor, answer.text.text());
    // No agent acts on a call that was cut, nor on one before an error.
    if (!answer.complete) return;
    for (const auto& asked : answer.calls) {
        const Seq seq{next.value + static_cast<std::uint32_t>(out.size())};
        out.push_back(make_call(call.peer, asked, text));
        if (answer.events_unread > 0) out.back().fidelity = Fidelity::lossy;
        ledger_.add({.seq = seq,
                     .step = call.step,
                     .actor = call.actor,
                     .conversation = call.conversation,
                     .call_id = asked.id});
    }
}

}  // namespace stet
