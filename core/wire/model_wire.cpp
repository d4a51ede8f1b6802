#include "core/wire/model_wire.hpp"

#include <stet/wire/http.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

/// Sub-agents of Claude Code name themselves in the head.
std::string actor_of(const Event& event, const Request& request, const ProtocolReader::Fetch& fetch) {
    constexpr std::size_t actor_bytes_max = 128;
    if (!request.head) return event.actor;
    const auto bytes = fetch(request.head->digest);
    if (!bytes) return event.actor;
    const auto head = parse_request_head(*bytes);
    const auto* id = head ? head->find("x-claude-code-agent-id") : nullptr;
    return id == nullptr || id->empty() ? event.actor : id->substr(0, actor_bytes_max);
}

void stamp(std::vector<Parsed>& out, std::size_t from, Seq cause, std::string_view actor) {
    for (auto i = from; i < out.size(); ++i) {
        out[i].cause = cause;
        out[i].actor = actor;
    }
}

template <class Entries>
void bound(Entries& entries, std::size_t max) {
    while (entries.size() > max)
        entries.erase(entries.begin());
}

/// Reads the body as a question; the reason when it is none.
Result<void> read_body(Endpoint endpoint, const Request& request, const ProtocolReader::Fetch& fetch,
                       ModelPlan& plan) {
    if (!request.complete) return Error{"the request was cut", ""};
    if (!request.body) return Error{"the request has no body", ""};
    auto text = WireText::open(*request.body, request.content_coding, fetch);
    if (!text) return text.error();
    plan.text = std::move(*text);
    if (auto parsed = plan.text->parse(); !parsed) return parsed.error();
    const auto dialect =
        endpoint == Endpoint::openai_chat ? Dialect::openai_chat : Dialect::anthropic_messages;
    auto question = read_question(dialect, plan.text->root());
    if (!question) return question.error();
    plan.question = std::move(*question);
    return {};
}

}  // namespace

ModelPlan ModelWire::plan(const Event& event, const Request& request,
                          const ProtocolReader::Fetch& fetch) const {
    ModelPlan plan;
    plan.actor = actor_of(event, request, fetch);
    const auto endpoint = endpoint_of(request);
    if (endpoint == Endpoint::other) return plan;
    const auto* raw = request.body ? &*request.body : nullptr;
    if (endpoint == Endpoint::unread) {
        plan.gap = make_gap("a model is asked in a dialect that is not read: " + request.target,
                            "request body", raw);
        return plan;
    }
    if (const auto read = read_body(endpoint, request, fetch, plan); !read) {
        plan.gap = make_gap(read.error().what, "request body", raw);
        return plan;
    }
    plan.reads_as_model = true;
    if (const auto* call = find_attempted(plan.question, plan.actor); call != nullptr)
        plan.attempt_at = call->seq;
    else
        plan.belonging = conversations_.place(plan.question, plan.actor);
    return plan;
}

const ModelWire::OpenCall* ModelWire::find_attempted(const Question& question, std::string_view actor) const {
    const OpenCall* latest = nullptr;
    for (const auto& [seq, call] : calls_) {
        // While an attempt is in flight, whoever asks the same is somebody else: parallel sub-agents do.
        const bool same = call.question == question.digest && call.actor == actor &&
                          call.dialect == question.dialect && call.in_flight == 0;
        if (same) latest = &call;
    }
    return latest;
}

std::optional<Step> ModelWire::step_of_attempt(const ModelPlan& plan) const {
    if (!plan.attempt_at) return std::nullopt;
    return calls_.at(*plan.attempt_at).step;
}

void ModelWire::take(const Event& event, const Request& request, ModelPlan plan, Seq next,
                     std::vector<Parsed>& out) {
    if (plan.gap) {
        plan.gap->step = event.step;
        out.push_back(std::move(*plan.gap));
    } else if (plan.attempt_at) {
        take_attempt(event, request, plan, out);
    } else if (plan.reads_as_model) {
        take_call(event, request, plan, next, out);
    }
    stamp(out, 0, event.seq, plan.actor);
}

void ModelWire::begin_attempt(Seq request, OpenCall& call) {
    ++call.in_flight;
    if (auto* conversation = conversations_.find(call.conversation)) ++conversation->in_flight;
    waiting_[request] = {.call = call.seq, .conversation = call.conversation};
    bound(waiting_, open_calls_max);
}

void ModelWire::end_attempt(Seq request) {
    const auto found = waiting_.find(request);
    if (found == waiting_.end() || !found->second.in_flight) return;
    found->second.in_flight = false;
    const auto call = calls_.find(found->second.call);
    if (call != calls_.end()) --call->second.in_flight;
    auto* conversation = conversations_.find(found->second.conversation);
    if (conversation != nullptr && conversation->in_flight > 0) --conversation->in_flight;
}

void ModelWire::take_attempt(const Event& event, const Request& request, const ModelPlan& plan,
                             std::vector<Parsed>& out) {
    auto& call = calls_.at(*plan.attempt_at);
    ++call.attempts;
    Parsed parsed;
    parsed.body =
        Attempt{.call = call.seq, .number = call.attempts, .identical = request.body->digest == call.body};
    parsed.step = call.step;
    out.push_back(std::move(parsed));
    begin_attempt(event.seq, call);
}

void ModelWire::take_call(const Event& event, const Request& request, const ModelPlan& plan, Seq next,
                          std::vector<Parsed>& out) {
    const auto conversation = conversations_.take(plan.question, plan.actor, plan.belonging);
    observe(plan, request, conversation, out);
    ledger_.abandon(conversation);
    // The conversation went on: what it asked before and got no answer to will not be asked again.
    std::erase_if(calls_, [&](const auto& entry) {
        return entry.second.conversation == conversation && entry.second.in_flight == 0;
    });
    const auto& question = plan.question;
    const Seq seq{next.value + static_cast<std::uint32_t>(out.size())};
    Parsed parsed;
    ModelCall body{.dialect = std::string(to_string(question.dialect)),
                   .model = question.model,
                   .sampling = question.sampling,
                   .stream = question.stream,
                   .messages = question.message_count,
                   .tools = static_cast<std::uint32_t>(question.tools.size()),
                   .tool_catalogue = question.tool_catalogue,
                   .tools_json = {}};
    if (question.tools) body.tools_json = plan.text->cite(question.tools, parsed);
    parsed.body = std::move(body);
    const auto from = out.size();
    out.push_back(std::move(parsed));
    if (plan.belonging.compaction) out.emplace_back().body = *plan.belonging.compaction;
    show_messages(plan, out);
    for (auto i = from; i < out.size(); ++i)
        out[i].step = event.step;
    auto& call = calls_[seq];
    call = {.seq = seq,
            .step = event.step,
            .actor = plan.actor,
            .peer = request.peer,
            .dialect = question.dialect,
            .conversation = conversation,
            .question = question.digest,
            .body = request.body->digest};
    begin_attempt(event.seq, call);
    bound(calls_, open_calls_max);
}

void ModelWire::observe(const ModelPlan& plan, const Request& request, std::uint32_t conversation,
                        std::vector<Parsed>& out) {
    const auto& messages = plan.question.messages;
    for (std::size_t i = 0; i < messages.size(); ++i) {
        if (!plan.belonging.is_new[i]) continue;
        for (const auto& part : messages[i].parts) {
            if (!part.is_result) continue;
            auto* call = ledger_.find(part.call_id, conversation, plan.actor);
            if (call == nullptr) {
                auto gap = make_gap(fmt::format("a result is shown for the tool call {}, which was not seen",
                                                json_quote(part.call_id)),
                                    fmt::format("request body /messages/{}", i), &*request.body);
                std::get<Gap>(gap.body).bytes = part.content.raw().size();
                out.push_back(std::move(gap));
                continue;
            }
            if (call->observed) continue;
            call->observed = true;
            ledger_.answer(*call);
            Parsed parsed;
            parsed.step = call->step;
            Observation body{.call = call->seq, .call_id = part.call_id, .content = {}, .error = part.error};
            body.content = plan.text->cite(part.content, parsed);
            parsed.body = std::move(body);
            out.push_back(std::move(parsed));
        }
    }
}

void ModelWire::show_messages(const ModelPlan& plan, std::vector<Parsed>& out) const {
    const auto show = [&](const ShownMessage& message) {
        for (const auto& part : message.parts) {
            if (part.is_result) continue;
            Parsed parsed;
            const auto content = plan.text->cite(part.content, parsed);
            parsed.body = Message{.role = message.role, .content = content};
            out.push_back(std::move(parsed));
        }
    };
    const auto& question = plan.question;
    if (plan.belonging.system_is_new) std::ranges::for_each(question.system, show);
    for (std::size_t i = 0; i < question.messages.size(); ++i) {
        const auto& message = question.messages[i];
        if (!plan.belonging.is_new[i]) continue;
        // An assistant's message is the echo of an answer that was recorded; only a conversation that
        // begins with one brings it along from elsewhere.
        const bool echo =
            message.role == "assistant" &&
            (plan.belonging.conversation || std::ranges::any_of(message.call_ids, [&](const auto& id) {
                 return ledger_.find(id, 0, plan.actor) != nullptr;
             }));
        if (!echo) show(message);
    }
}

}  // namespace stet
