#include <stet/event_codec.hpp>
#include <stet/wire/protocol.hpp>

#include <set>
#include <utility>

namespace stet {
namespace {

/// As when it was recorded: what an event means depends on what came with it, and on nothing else.
ProtocolReader::Fetch fetch_cited(const Event& event, const ProtocolReader::Fetch& payload) {
    std::set<Digest> cited;
    auto body = event.body;
    for_each_payload(body, [&cited](Payload& one) { cited.insert(one.digest); });
    return [&payload, cited = std::move(cited)](const Digest& digest) -> Result<std::string> {
        if (cited.contains(digest)) return payload(digest);
        return Error{"payload " + to_string(digest) + " did not come with its event", ""};
    };
}

bool is_same(const Parsed& parsed, const Event& event) {
    return parsed.body == event.body && parsed.cause == event.cause;
}

}  // namespace

Event Parsed::take_event(const Event& wire) {
    Event event;
    event.step = step;
    event.actor = std::move(actor);
    event.connection = wire.connection;
    event.cause = cause;
    event.mono_us = wire.mono_us;
    event.wall_ms = wire.wall_ms;
    event.fidelity = fidelity;
    event.body = std::move(body);
    return event;
}

ProtocolRebuilder::ProtocolRebuilder(ProtocolReader::Fetch payload) : payload_(std::move(payload)) {}

void ProtocolRebuilder::see(const Event& event) {
    next_ = Seq{event.seq.value + 1};
    if (!expected_.empty() && is_same(expected_.front(), event)) {
        expected_.pop_front();
        return;
    }
    expected_.clear();
    const auto fetch = fetch_cited(event, payload_);
    auto placed = event;
    reader_.place(placed, fetch);
    auto parsed = reader_.read(event, next_, fetch);
    if (parsed.empty()) return;
    wire_ = event;
    for (auto& one : parsed)
        expected_.push_back(std::move(one));
}

std::vector<ProtocolRebuilder::Rebuilt> ProtocolRebuilder::take_missing() {
    std::vector<Rebuilt> missing;
    for (auto& parsed : std::exchange(expected_, {})) {
        Rebuilt one{parsed.take_event(wire_), std::move(parsed.payloads)};
        one.event.seq = Seq{next_.value++};
        missing.push_back(std::move(one));
    }
    return missing;
}

}  // namespace stet
