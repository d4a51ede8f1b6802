#include <stet/event_source.hpp>
#include <stet/json.hpp>

namespace stet {
namespace {

Error out_of_bounds(const Slice& slice, std::size_t size) {
    return {"read slice of payload " + to_string(slice.payload.digest) + ": bytes " +
                std::to_string(slice.offset) + " and " + std::to_string(slice.length) +
                " more are not all within its " + std::to_string(size) + " bytes",
            "check the log with stet fsck"};
}

Error no_literal(const Slice& slice, const Error& error) {
    return {"read slice of payload " + to_string(slice.payload.digest) + " at byte " +
                std::to_string(slice.offset) + ": " + error.what,
            error.hint};
}

}  // namespace

Result<std::string> fetch(const EventSource& source, const Slice& slice) {
    auto payload = source.payload(slice.payload.digest);
    if (!payload) return payload.error();
    return cut(*std::move(payload), slice);
}

Result<std::string> cut(std::string payload, const Slice& slice) {
    const std::size_t size = payload.size();
    if (slice.offset > size || slice.length > size - slice.offset) return out_of_bounds(slice, size);
    std::string bytes =
        slice.length == size ? std::move(payload) : payload.substr(slice.offset, slice.length);
    if (slice.coding != Coding::json_string) return bytes;
    auto text = json_unquote(bytes);
    if (!text) return no_literal(slice, text.error());
    return std::move(*text);
}

}  // namespace stet
