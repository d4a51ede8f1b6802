#pragma once

#include <stet/digest.hpp>
#include <stet/trajectory.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

// The formulas of docs/file-format.md that are not core's (event_codec.hpp has the chain's steps).

inline constexpr std::size_t link_bytes = 8;  ///< Of the chain value, kept beside each event.
inline constexpr std::size_t salt_bytes = 16;

std::string_view bytes_of(const Digest& digest);
/// Empty unless there are exactly 32 bytes.
std::optional<Digest> digest_from(std::string_view bytes);

/// The chain's value before the first event.
Digest chain_begin(const TrajectoryId& id);
/// What of a chain value stands beside its event.
std::string_view link_of(const Digest& chain_value);
Digest trajectory_root(const TrajectoryId& id, std::uint32_t events, const Digest& chain_value);
/// `before`: the value of the addendum before, or the root.
Digest addendum_value(const Digest& before, const Addendum& addendum);

/// 16 random bytes from the kernel, fetched in bulk. Throws Trouble when there are none.
class Salts {
public:
    std::string next();

private:
    std::string pool_;
};

}  // namespace stet
