#pragma once

#include <stet/event.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// Events as text and back: one description of each body serves both directions.

/// A body as the log keeps it.
struct EncodedBody {
    std::string kind;               ///< `kind_of(body)`.
    std::string json;               ///< Compact; absent optionals and digests of nothing are null; a payload
                                    ///< stands as its index in `payloads`.
    std::vector<Payload> payloads;  ///< What the body cites, each once, in order of first citation.
    friend bool operator==(const EncodedBody&, const EncodedBody&) = default;
};

[[nodiscard]] EncodedBody encode_body(const EventBody& body);
/// The inverse; tolerates unknown members (a newer minor writer) and missing optional ones.
[[nodiscard]] Result<EventBody> decode_body(std::string_view kind, std::string_view json,
                                            std::span<const Payload> payloads);

/// The bytes by which an event enters the chain: everything about it, and for each cited payload
/// its salted commitment in place of its digest, so that the payload can be erased later. One JSON
/// object without white space, its members in this order:
///
///     {"seq":7,"step":2,"actor":"main","connection":1,"cause":6,"mono_us":81250,
///      "wall_ms":1760000000000,"fidelity":"exact","kind":"response","body":BODY,
///      "payloads":[{"commitment":HEX,"size":312}]}
///
/// (line breaks added here). `cause` is null when there is none. BODY is `body.json` byte for byte:
/// who reads a log passes what is stored, not what decoding and encoding makes of it. `payloads` has
/// one entry for each of `body.payloads`, in order; HEX is 64 lower-case digits. `commitments` must be
/// as many. tests/vectors/chain.json has vectors.
[[nodiscard]] std::string chain_record(const Event& event, const EncodedBody& body,
                                       std::span<const Digest> commitments);

/// Value after an event: SHA-256(previous value || SHA-256(record)). The value before the first event
/// is SHA-256("stet chain 1\n" || the trajectory's id as text).
[[nodiscard]] Digest chain_next(const Digest& value, std::string_view record);

/// SHA-256(salt || bytes); salts are 16 random bytes, kept beside the payload.
[[nodiscard]] Digest commitment(std::string_view salt, std::string_view bytes);

/// An event for programs: one JSON object, payloads as {"digest":…,"size":…}.
[[nodiscard]] std::string to_json(const Event& event);
[[nodiscard]] Result<Event> parse_event(std::string_view json);

/// Visits each payload that a body cites (slices' too), and each of its strings that is not a name
/// of ours (argv, targets, details; not kinds and roles).
void for_each_payload(EventBody& body, const std::function<void(Payload&)>& visit);
void for_each_slice(EventBody& body, const std::function<void(Slice&)>& visit);
void for_each_text(EventBody& body, const std::function<void(std::string&)>& visit);

}  // namespace stet
