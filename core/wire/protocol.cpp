#include "core/wire/model_wire.hpp"
#include "core/wire/rpc_wire.hpp"

#include <stet/wire/protocol.hpp>

#include <algorithm>
#include <map>
#include <optional>

namespace stet {
namespace {

constexpr std::size_t requests_max = 4096;

bool is_rpc(std::string_view protocol) {
    return protocol.starts_with("mcp/");
}

/// A request that was placed: whatever comes of it stands in the same step.
struct RequestPlace {
    Step step;
    std::string actor;
    std::uint32_t connection = 0;
};

/// What `place` found out about a request, for `read`.
struct Plan {
    Request request;
    std::optional<ModelPlan> model;
    std::optional<RpcPlan> rpc;
    Step step;
    std::string actor;
    bool begins_step = false;
};

}  // namespace

struct ProtocolReader::State {
    ToolLedger ledger;
    ModelWire model{ledger};
    RpcWire rpc{ledger};
    std::map<Seq, RequestPlace> requests;
    std::optional<Plan> planned;
    Step step;
    bool model_seen = false;
    // The seqs of what the last `read` returned: events that are not to be read again.
    Seq own_from, own_until;

    bool is_own(const Event& event) const {
        return is_protocol(event.body) && event.seq >= own_from && event.seq < own_until;
    }

    Plan plan(const Event& event, const Request& request, const Fetch& fetch) const;
    const RequestPlace* place_of(const Event& event) const;
    void place_diff(Event& event, StateDiff& diff) const;
    void place_imported(Event& event);
    std::optional<Step> step_of_call(Seq call);

    void read(const Event& event, const Request& request, Seq next, const Fetch& fetch,
              std::vector<Parsed>& out);
    void read(const Event& event, const Response& response, Seq next, const Fetch& fetch,
              std::vector<Parsed>& out);
    void read(const Event& event, const TransportError& error, std::vector<Parsed>& out);
    void read(const Event& event, const ConnectionClosed& closed, std::vector<Parsed>& out);
    void note_imported(const Event& event);
};

Plan ProtocolReader::State::plan(const Event& event, const Request& request, const Fetch& fetch) const {
    Plan plan{.request = request, .model = {}, .rpc = {}, .step = step, .actor = event.actor};
    const Step fresh{step.value + 1};
    if (is_rpc(request.protocol)) {
        plan.rpc = rpc.plan(request, fetch);
        const auto known = rpc.step_of(*plan.rpc);
        // Without a model on record each call is a step of its own, so that diffs can be laid to it.
        plan.begins_step = !known && plan.rpc->is_tool_call && !model_seen;
        plan.step = known.value_or(plan.begins_step ? fresh : step);
        if (plan.rpc->asked_by) plan.actor = ledger.find(*plan.rpc->asked_by)->actor;
        return plan;
    }
    plan.model = model.plan(event, request, fetch);
    plan.actor = plan.model->actor;
    const auto known = model.step_of_attempt(*plan.model);
    plan.begins_step = plan.model->reads_as_model && !known;
    plan.step = known.value_or(plan.begins_step ? fresh : step);
    return plan;
}

const RequestPlace* ProtocolReader::State::place_of(const Event& event) const {
    if (event.cause) {
        const auto found = requests.find(*event.cause);
        if (found != requests.end()) return &found->second;
    }
    if (event.connection == 0) return nullptr;
    const RequestPlace* last = nullptr;
    for (const auto& [seq, place] : requests)
        if (place.connection == event.connection) last = &place;
    return last;
}

void ProtocolReader::State::place_diff(Event& event, StateDiff& diff) const {
    if (diff.causes.empty()) diff.causes = ledger.suspects(diff.before != diff.after);
    diff.ambiguous = diff.ambiguous || diff.causes.size() > 1;
    std::optional<Step> last;
    for (const auto cause : diff.causes) {
        const auto* call = ledger.find(cause);
        if (call == nullptr) continue;
        last = std::max(last.value_or(call->step), call->step);
        if (diff.causes.size() == 1) event.actor = call->actor;
    }
    event.step = last.value_or(step);
}

std::optional<Step> ProtocolReader::State::step_of_call(Seq call) {
    const auto* known = ledger.find(call);
    return known == nullptr ? std::nullopt : std::optional(known->step);
}

void ProtocolReader::State::place_imported(Event& event) {
    std::optional<Step> known;
    if (const auto* call = std::get_if<ToolCall>(&event.body)) {
        if (call->asked_by) known = step_of_call(*call->asked_by);
        if (!known && call->boundary == Boundary::tool && !model_seen) known = Step{step.value + 1};
    }
    if (std::holds_alternative<ModelCall>(event.body)) known = Step{step.value + 1};
    if (const auto* result = std::get_if<ToolResult>(&event.body)) known = step_of_call(result->call);
    if (const auto* shown = std::get_if<Observation>(&event.body)) known = step_of_call(shown->call);
    event.step = known.value_or(step);
}

void ProtocolReader::State::note_imported(const Event& event) {
    step = std::max(step, event.step);
    if (std::holds_alternative<ModelCall>(event.body)) model_seen = true;
    if (const auto* call = std::get_if<ToolCall>(&event.body))
        ledger.add({.seq = event.seq,
                    .step = event.step,
                    .actor = event.actor,
                    .call_id = call->call_id,
                    .boundary = call->boundary,
                    .asked_by = call->asked_by});
    ToolLedger::Call* answered = nullptr;
    if (const auto* result = std::get_if<ToolResult>(&event.body)) answered = ledger.find(result->call);
    if (const auto* shown = std::get_if<Observation>(&event.body)) answered = ledger.find(shown->call);
    if (answered != nullptr) ledger.answer(*answered);
}

void ProtocolReader::State::read(const Event& event, const Request& request, Seq next, const Fetch& fetch,
                                 std::vector<Parsed>& out) {
    Plan found = planned && planned->request == request ? std::move(*planned) : plan(event, request, fetch);
    planned.reset();
    if (found.begins_step) step = found.step;
    Event placed = event;
    placed.step = found.step;
    placed.actor = found.actor;
    requests[event.seq] = {.step = found.step, .actor = found.actor, .connection = event.connection};
    while (requests.size() > requests_max)
        requests.erase(requests.begin());
    if (found.rpc) return rpc.take(placed, request, *found.rpc, next, out);
    model_seen = model_seen || found.model->reads_as_model;
    model.take(placed, request, std::move(*found.model), next, out);
}

void ProtocolReader::State::read(const Event& event, const Response& response, Seq next, const Fetch& fetch,
                                 std::vector<Parsed>& out) {
    if (!is_rpc(response.protocol)) return model.take(event, response, next, fetch, out);
    rpc.take(event, response, fetch, out);
    if (event.cause) requests.erase(*event.cause);
}

void ProtocolReader::State::read(const Event& event, const TransportError& error, std::vector<Parsed>& out) {
    if (!event.cause) return;
    model.end_attempt(*event.cause);
    const auto status = error.kind == "timeout" ? ToolStatus::timeout : ToolStatus::unanswered;
    rpc.fail(event, *event.cause, status, out);
}

void ProtocolReader::State::read(const Event& event, const ConnectionClosed&, std::vector<Parsed>& out) {
    if (event.connection == 0) return;
    rpc.close(event, out);
    std::erase_if(requests, [&](const auto& entry) {
        if (entry.second.connection != event.connection) return false;
        model.end_attempt(entry.first);
        return true;
    });
}

ProtocolReader::ProtocolReader() : state_(std::make_unique<State>()) {}
ProtocolReader::~ProtocolReader() = default;
ProtocolReader::ProtocolReader(ProtocolReader&&) noexcept = default;
ProtocolReader& ProtocolReader::operator=(ProtocolReader&&) noexcept = default;

void ProtocolReader::place(Event& event, const Fetch& fetch) {
    auto& state = *state_;
    if (state.is_own(event)) return;
    if (const auto* request = std::get_if<Request>(&event.body)) {
        state.planned = state.plan(event, *request, fetch);
        event.step = state.planned->step;
        event.actor = state.planned->actor;
        return;
    }
    if (auto* diff = std::get_if<StateDiff>(&event.body)) return state.place_diff(event, *diff);
    if (is_protocol(event.body)) return state.place_imported(event);
    const bool of_request = std::holds_alternative<Response>(event.body) ||
                            std::holds_alternative<TransportError>(event.body) ||
                            std::holds_alternative<ConnectionClosed>(event.body);
    const auto* request = of_request ? state.place_of(event) : nullptr;
    event.step = request == nullptr ? state.step : request->step;
    if (request != nullptr) event.actor = request->actor;
}

std::vector<Parsed> ProtocolReader::read(const Event& event, Seq next, const Fetch& fetch) {
    auto& state = *state_;
    std::vector<Parsed> out;
    if (state.is_own(event)) return out;
    if (const auto* request = std::get_if<Request>(&event.body))
        state.read(event, *request, next, fetch, out);
    else if (const auto* response = std::get_if<Response>(&event.body))
        state.read(event, *response, next, fetch, out);
    else if (const auto* error = std::get_if<TransportError>(&event.body))
        state.read(event, *error, out);
    else if (const auto* closed = std::get_if<ConnectionClosed>(&event.body))
        state.read(event, *closed, out);
    else if (const auto* diff = std::get_if<StateDiff>(&event.body))
        state.ledger.close_window(diff->causes, diff->before != diff->after);
    else if (is_protocol(event.body))
        state.note_imported(event);
    if (out.empty()) return out;
    state.own_from = next;
    state.own_until = Seq{next.value + static_cast<std::uint32_t>(out.size())};
    return out;
}

bool asks_model(std::string_view method, std::string_view target) {
    return endpoint_of(method, target) != Endpoint::other;
}

bool is_protocol(const EventBody& body) {
    if (const auto* gap = std::get_if<Gap>(&body)) return gap->place.starts_with("protocol: ");
    return std::holds_alternative<Message>(body) || std::holds_alternative<ModelCall>(body) ||
           std::holds_alternative<Attempt>(body) || std::holds_alternative<ModelResult>(body) ||
           std::holds_alternative<ToolCall>(body) || std::holds_alternative<Progress>(body) ||
           std::holds_alternative<ToolResult>(body) || std::holds_alternative<Observation>(body) ||
           std::holds_alternative<Cancel>(body) || std::holds_alternative<Interaction>(body) ||
           std::holds_alternative<Compaction>(body);
}

}  // namespace stet
