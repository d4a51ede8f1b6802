#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stet/event.hpp>

namespace stet {

// Events as text and back: one description of each body serves both directions.

/// A body as the log keeps it.
struct EncodedBody {
    std::string kind;               ///< `kind_of(body)`.
    std::string json;               ///< Compact JSON; absent optionals are null; a payload stands as its index in `payloads`.
    std::vector<Payload> payloads;  ///< What the body cites, each once, in order of first citation.
    friend bool operator==(const EncodedBody&, const EncodedBody&) = default;
};

[[nodiscard]] EncodedBody encode_body(const EventBody& body);
/// The inverse; tolerates unknown members (a newer minor writer) and missing optional ones.
[[nodiscard]] Result<EventBody> decode_body(std::string_view kind, std::string_view json,
                                            std::span<const Payload> payloads);

/// The bytes by which an event enters the chain: everything about it, and for each cited payload
/// its salted commitment in place of its digest, so that the payload can be erased later
/// (docs/file-format.md has the form and test vectors).
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
void for_each_text(EventBody& body, const std::function<void(std::string&)>& visit);

}  // namespace stet
