#include "core/event_words.hpp"

#include <stet/event_codec.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

void check_body(std::string_view kind, std::string_view json) {
    const stet::Payload payloads[] = {{stet::sha256("a"), 1}, {stet::sha256("b"), 2}, {{}, 0}};
    const auto body = stet::decode_body(kind, json, payloads);
    if (!body) {
        STET_ASSERT(!body.error().what.empty());
        return;
    }
    const auto encoded = stet::encode_body(*body);
    const auto again = stet::decode_body(encoded.kind, encoded.json, encoded.payloads);
    STET_ASSERT(again && *again == *body);
    STET_ASSERT(stet::encode_body(*again) == encoded);
    const std::vector<stet::Digest> commitments(encoded.payloads.size());
    STET_ASSERT(!stet::chain_record({}, encoded, commitments).empty());
}

void check_event(std::string_view json) {
    const auto event = stet::parse_event(json);
    if (!event) return;
    const auto again = stet::parse_event(stet::to_json(*event));
    STET_ASSERT(again && *again == *event);
}

}  // namespace

/// The first byte names the kind of the body that follows; the same text is read as a whole event.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(data + 1, data + size);
    check_body(stet::kinds[data[0] % stet::kinds.size()], text);
    check_event(text);
    return 0;
}
