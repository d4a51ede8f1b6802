#include "core/event_writer.hpp"

#include <stet/event_codec.hpp>
#include <stet/json.hpp>

namespace stet {
namespace {

std::string_view bytes_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

}  // namespace

std::string chain_record(const Event& event, const EncodedBody& body, std::span<const Digest> commitments) {
    STET_ASSERT(commitments.size() == body.payloads.size());
    JsonWriter json;
    EventWriter writer(json, nullptr);
    json.open('{');
    writer.members(event);
    json.key("kind").string(body.kind).key("body").raw(body.json).key("payloads").open('[');
    for (std::size_t i = 0; i < commitments.size(); ++i) {
        json.open('{').key("commitment").string(to_hex(commitments[i])).key("size");
        writer.write(body.payloads[i].size);
        json.close('}');
    }
    json.close(']').close('}');
    return json.take();
}

Digest chain_next(const Digest& value, std::string_view record) {
    const Digest of_record = sha256(record);
    return Hasher().update(bytes_of(value)).update(bytes_of(of_record)).finish();
}

Digest commitment(std::string_view salt, std::string_view bytes) {
    return Hasher().update(salt).update(bytes).finish();
}

}  // namespace stet
