#include "core/redaction_state.hpp"
#include "core/utf8.hpp"

#include <stet/bytes.hpp>
#include <stet/event_codec.hpp>
#include <stet/json.hpp>
#include <stet/redaction.hpp>

#include <algorithm>
#include <limits>
#include <optional>

namespace stet {
namespace {

/// What became of one payload.
struct Treated {
    Payload raw;
    Payload left;
    RedactionPlaces places;
    bool decoded = false;  ///< Its content coding was undone.
};

/// The wire message in a body: what Request and Response have in common.
struct WireMessage {
    std::optional<Payload> head;
    std::optional<Payload> body;
    std::string* content_coding = nullptr;
};

WireMessage wire_message(EventBody& body) {
    if (auto* request = std::get_if<Request>(&body))
        return {request->head, request->body, &request->content_coding};
    if (auto* response = std::get_if<Response>(&body))
        return {response->head, response->body, &response->content_coding};
    return {};
}

/// Sums that stop at the largest number: a stranger's columns may hold anything.
std::uint64_t add_up(std::uint64_t a, std::uint64_t b) {
    return a > std::numeric_limits<std::uint64_t>::max() - b ? std::numeric_limits<std::uint64_t>::max()
                                                             : a + b;
}

/// Moves each boundary between chunks by `move`, which must not decrease.
template <class Move>
void move_boundaries(std::vector<std::uint64_t>& chunk_bytes, const Move& move) {
    std::uint64_t raw = 0;
    std::uint64_t moved = 0;
    for (auto& bytes : chunk_bytes) {
        raw = add_up(raw, bytes);
        const std::uint64_t next = move(raw);
        bytes = next - moved;
        moved = next;
    }
}

void spread_chunks(std::vector<std::uint64_t>& chunk_bytes, std::uint64_t raw_size, std::uint64_t new_size) {
    const double ratio = raw_size == 0 ? 0 : static_cast<double>(new_size) / static_cast<double>(raw_size);
    move_boundaries(chunk_bytes, [&](std::uint64_t raw) {
        if (raw >= raw_size) return new_size;
        return std::min(new_size, static_cast<std::uint64_t>(static_cast<double>(raw) * ratio));
    });
}

void make_utf8(std::string& text) {
    if (valid_utf8(text)) return;
    auto kept = json_unquote(json_quote(text));
    if (kept) text = std::move(*kept);
}

/// What lies under a body's content coding: what is left of it when there was a secret, and why it is
/// not known. What was cut is decoded up to there.
struct UnderCoding {
    std::optional<std::string> redacted;
    std::optional<std::string> unknown;
};

UnderCoding look_under(std::string_view coding, std::string_view bytes, const Patterns& patterns,
                       RedactionCounts& counts) {
    if (coding.empty() || coding == "identity") return {};
    auto decoded = decode_cut_content(coding, bytes);
    if (!decoded) return {{}, decoded.error().what};
    RedactionCounts found;
    auto replaced = replace_matches(patterns, std::move(decoded->bytes), found);
    if (found.empty()) return {};
    for (const auto& [kind, times] : found)
        counts[kind] += times;
    return {std::move(replaced.text), {}};
}

void drop_body(Event& event) {
    if (auto* request = std::get_if<Request>(&event.body)) request->body.reset();
    if (auto* response = std::get_if<Response>(&event.body)) {
        response->body.reset();
        std::ranges::fill(response->chunk_bytes, 0);
    }
    event.fidelity = Fidelity::lossy;
}

void cite_what_is_left(EventBody& body, const std::vector<Treated>& treated) {
    const auto find = [&](const Payload& raw) { return std::ranges::find(treated, raw, &Treated::raw); };
    for_each_slice(body, [&](Slice& slice) {
        const auto one = find(slice.payload);
        if (one == treated.end()) return;
        const auto end = one->places.end_of(add_up(slice.offset, slice.length));
        slice.offset = one->places.begin_of(slice.offset);
        slice.length = end - slice.offset;
    });
    for_each_payload(body, [&](Payload& payload) {
        if (const auto one = find(payload); one != treated.end()) payload = one->left;
    });
}

/// Columns, coding and fidelity follow what became of a message's body.
void follow_body(Event& event, const Treated& treated) {
    auto* const response = std::get_if<Response>(&event.body);
    if (treated.decoded) {
        *wire_message(event.body).content_coding = {};
        if (event.fidelity == Fidelity::exact) event.fidelity = Fidelity::normalised;
        if (response != nullptr) spread_chunks(response->chunk_bytes, treated.raw.size, treated.left.size);
    } else if (response != nullptr && !treated.places.empty()) {
        move_boundaries(response->chunk_bytes, [&](std::uint64_t raw) { return treated.places.end_of(raw); });
    }
}

}  // namespace

RedactedEvent Redactor::redact(Event event, std::vector<std::string> payloads) const {
    RedactionCounts counts;
    const auto message = wire_message(event.body);
    const auto* const gap = std::get_if<Gap>(&event.body);
    const auto lines = gap != nullptr ? gap->raw : std::nullopt;
    std::vector<Treated> treated;
    for (const auto& payload : payloads)
        treated.emplace_back().raw = {sha256(payload), payload.size()};
    // What targets and heads teach must be known before the rest is searched.
    if (auto* request = std::get_if<Request>(&event.body))
        request->target = state_->strip_query(request->target, counts);
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        if (message.head == treated[i].raw) payloads[i] = state_->strip_head(payloads[i], counts);
        if (lines == treated[i].raw) payloads[i] = state_->strip_fields(payloads[i], counts);
    }

    const auto patterns = state_->patterns();
    std::vector<RedactedBytes> left;
    std::optional<RedactedEvent::Withheld> withheld;
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        auto& one = treated[i];
        const bool is_body = message.body == one.raw;
        auto under =
            is_body ? look_under(*message.content_coding, payloads[i], *patterns, counts) : UnderCoding{};
        if (under.unknown) {
            withheld = RedactedEvent::Withheld{std::move(*under.unknown), one.raw.size};
            drop_body(event);
            continue;
        }
        one.decoded = under.redacted.has_value();
        auto replaced = one.decoded ? ReplacedText{std::move(*under.redacted), {}}
                                    : replace_matches(*patterns, std::move(payloads[i]), counts);
        const bool stripped = message.head == one.raw || lines == one.raw;
        const bool same = !one.decoded && !stripped && replaced.places.empty();
        one.left = {same ? one.raw.digest : sha256(replaced.text), replaced.text.size()};
        one.places = std::move(replaced.places);
        left.push_back(RedactedBytes(std::move(replaced.text), one.left.digest));
        if (is_body) follow_body(event, one);
    }
    cite_what_is_left(event.body, treated);
    const auto clean = [&](std::string& text) {
        text = replace_matches(*patterns, std::move(text), counts).text;
        make_utf8(text);
    };
    clean(event.actor);
    for_each_text(event.body, clean);
    state_->count(counts);
    RedactedEvent redacted(std::move(event), std::move(left));
    redacted.withheld_ = std::move(withheld);
    return redacted;
}

}  // namespace stet
