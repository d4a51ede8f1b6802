#include "replay/protocol_again.hpp"

#include "replay/answers.hpp"

#include <stet/event_codec.hpp>
#include <stet/redaction.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace stet {
namespace {

std::string described(const EventBody& body) {
    const auto encoded = encode_body(body);
    return encoded.kind + " " + encoded.json;
}

bool is_wire(const EventBody& body) {
    return std::holds_alternative<Request>(body) || std::holds_alternative<Response>(body);
}

}  // namespace

/// As when it was recorded: what an event means depends on what came with it, and on nothing else.
ProtocolReader::Fetch ProtocolAgain::fetch_from(const Event& event) const {
    std::set<Digest> cited;
    auto body = event.body;
    for_each_payload(body, [&cited](Payload& payload) { cited.insert(payload.digest); });
    return [this, cited = std::move(cited)](const Digest& digest) -> Result<std::string> {
        if (cited.contains(digest)) return source_.payload(digest);
        return Error{"payload " + to_string(digest) + " did not come with its event", ""};
    };
}

void ProtocolAgain::differ(Seq at, std::string recorded, std::string live) {
    differs_ = true;
    expected_.clear();
    findings_.lower(Level::none);
    findings_.diverge({at, "", std::move(recorded), std::move(live), "protocol"});
}

/// What is cited, whatever the offsets.
std::vector<std::string> ProtocolAgain::texts_of(EventBody& body,
                                                 const std::vector<std::string>& made) const {
    std::vector<std::string> texts;
    const auto payload = [&](const Digest& digest) -> Result<std::string> {
        for (const auto& bytes : made) {
            if (sha256(bytes) == digest) return bytes;
        }
        return source_.payload(digest);
    };
    for_each_slice(body, [&](Slice& slice) {
        auto bytes = payload(slice.payload.digest);
        if (bytes) bytes = cut(*std::move(bytes), slice);
        texts.push_back(bytes ? *std::move(bytes) : to_string(slice.payload.digest));
        slice = {};
    });
    for_each_payload(body, [&](Payload& cited) {
        if (!cited.digest) return;
        auto bytes = payload(cited.digest);
        texts.push_back(bytes ? *std::move(bytes) : to_string(cited.digest));
        cited = {};
    });
    for_each_text(body, [&](std::string& text) { texts.push_back(std::exchange(text, {})); });
    return texts;
}

bool ProtocolAgain::same_but_for_secrets(const Event& event, const Parsed& parsed) const {
    auto recorded = event.body, live = parsed.body;
    const auto recorded_texts = texts_of(recorded, {}), live_texts = texts_of(live, parsed.payloads);
    return recorded == live && parsed.cause == event.cause && parsed.step == event.step &&
           parsed.actor == event.actor && std::ranges::equal(recorded_texts, live_texts, same_but_secrets);
}

void ProtocolAgain::check(const Event& event) {
    const auto parsed = std::move(expected_.front());
    expected_.pop_front();
    const bool same = parsed.body == event.body && parsed.cause == event.cause && parsed.step == event.step &&
                      parsed.actor == event.actor && parsed.fidelity == event.fidelity;
    if (same) return;
    if (event.fidelity == Fidelity::normalised && same_but_for_secrets(event, parsed)) {
        findings_.lower(Level::normalised);
        return;
    }
    const auto recorded = described(event.body), live = described(parsed.body);
    if (recorded != live) {
        const auto difference = first_difference(recorded, live);
        return differ(event.seq, difference.recorded, difference.live);
    }
    differ(event.seq, short_form(recorded), "the same, of another cause, step or actor");
}

bool ProtocolAgain::lacks(const Event& event) const {
    bool lacking = false;
    auto body = event.body;
    for_each_payload(body, [&](Payload& payload) { lacking = lacking || !source_.payload(payload.digest); });
    return lacking;
}

void ProtocolAgain::see(const Event& event) {
    last_ = event.seq;
    had_wire_ = had_wire_ || is_wire(event.body);
    imported_ = imported_ || std::holds_alternative<ImportedRecord>(event.body);
    if (differs_ || imported_ || missing_) return;
    // Where no wire was recorded (an import) there is nothing to read it from.
    if (!expected_.empty()) {
        check(event);
    } else if (is_protocol(event.body) && had_wire_) {
        differ(event.seq, short_form(described(event.body)), "nothing");
    }
    if (differs_) return;
    if (is_wire(event.body) && lacks(event)) {
        missing_ = true;
        expected_.clear();
        findings_.missing({event.seq, "", "", "what passed on the wire is not in the log", {}});
        return;
    }
    const auto fetch = fetch_from(event);
    auto placed = event;
    reader_.place(placed, fetch);
    for (auto& parsed : reader_.read(event, Seq{event.seq.value + 1}, fetch)) {
        expected_.push_back(std::move(parsed));
    }
}

void ProtocolAgain::finish(bool torn) {
    if (torn || differs_ || missing_ || expected_.empty()) return;
    differ(last_, "nothing", short_form(described(expected_.front().body)));
}

}  // namespace stet
