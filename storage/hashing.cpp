#include "storage/hashing.hpp"

#include <stet/event_codec.hpp>
#include <stet/result.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/random.h>

namespace stet {

std::string_view bytes_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size()};
}

std::optional<Digest> digest_from(std::string_view bytes) {
    Digest digest;
    if (bytes.size() != digest.bytes.size()) return std::nullopt;
    std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    return digest;
}

Digest chain_begin(const TrajectoryId& id) {
    return sha256("stet chain 1\n" + to_string(id));
}

std::string_view link_of(const Digest& chain_value) {
    return bytes_of(chain_value).substr(0, link_bytes);
}

Digest trajectory_root(const TrajectoryId& id, std::uint32_t events, const Digest& chain_value) {
    return Hasher()
        .update(fmt::format("stet root 1\n{}\n{}\n", to_string(id), events))
        .update(bytes_of(chain_value))
        .finish();
}

Digest addendum_value(const Digest& before, const Addendum& addendum) {
    return Hasher()
        .update(bytes_of(before))
        .update(fmt::format("{}\n{}\n{}\n", addendum.number, addendum.kind, addendum.wall_ms))
        .update(addendum.body)
        .finish();
}

std::string Salts::next() {
    if (pool_.empty()) {
        pool_.resize(256 * salt_bytes);
        // The kernel gives up to 256 bytes without interruption, more in one piece once it is seeded.
        for (std::size_t filled = 0; filled < pool_.size();) {
            const ssize_t got =
                getrandom(pool_.data() + filled, std::min<std::size_t>(256, pool_.size() - filled), 0);
            if (got < 0 && errno != EINTR) throw Trouble("draw random bytes", "", std::strerror(errno));
            if (got > 0) filled += static_cast<std::size_t>(got);
        }
    }
    std::string salt = pool_.substr(pool_.size() - salt_bytes);
    pool_.resize(pool_.size() - salt_bytes);
    return salt;
}

}  // namespace stet
