#include "replay/payload_cache.hpp"

#include <algorithm>

namespace stet {

Result<const std::string*> PayloadCache::bytes_of(const Digest& digest) {
    const auto known = std::ranges::find(kept_, digest, &Kept::digest);
    if (known != kept_.end() && digest) return &known->bytes;
    auto bytes = source_.payload(digest);
    if (!bytes) return bytes.error();
    auto& place = kept_[next_++ % kept_.size()];
    place = {digest, *std::move(bytes)};
    return &place.bytes;
}

Result<std::string> PayloadCache::fetch(const Slice& slice) {
    const auto bytes = bytes_of(slice.payload.digest);
    if (!bytes) return bytes.error();
    const auto size = (*bytes)->size();
    if (slice.offset > size || slice.length > size - slice.offset) return cut(**bytes, slice);  // Says so.
    auto part = slice;
    part.offset = 0;
    return cut((*bytes)->substr(slice.offset, slice.length), part);
}

Result<std::string> PayloadCache::whole(const Payload& payload) {
    const auto bytes = bytes_of(payload.digest);
    if (!bytes) return bytes.error();
    return **bytes;
}

}  // namespace stet
