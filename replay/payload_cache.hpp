#pragma once

#include <stet/event_source.hpp>

#include <array>
#include <string>

namespace stet {

/// The payloads that were asked for last: an imported trajectory cites its record some dozens of times.
class PayloadCache {
public:
    /// `source` must outlive the cache.
    explicit PayloadCache(const EventSource& source) : source_(source) {}

    [[nodiscard]] Result<std::string> fetch(const Slice& slice);
    [[nodiscard]] Result<std::string> whole(const Payload& payload);

private:
    struct Kept {
        Digest digest;
        std::string bytes;
    };
    [[nodiscard]] Result<const std::string*> bytes_of(const Digest& digest);

    const EventSource& source_;
    std::array<Kept, 4> kept_;
    std::size_t next_ = 0;
};

}  // namespace stet
