#pragma once

#include <stet/result.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace stet {

/// A SHA-256 digest (FIPS 180-4): the name of some bytes. All zero means "none".
struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    explicit operator bool() const { return *this != Digest{}; }
    friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// 64 lower-case hexadecimal digits.
std::string to_hex(const Digest& digest);

/// "sha256:" and 64 digits: how a digest is written in JSON and to people.
std::string to_string(const Digest& digest);

/// Reads what `to_hex` or `to_string` wrote.
[[nodiscard]] Result<Digest> parse_digest(std::string_view text);

[[nodiscard]] Digest sha256(std::string_view bytes);

/// HMAC-SHA-256 (RFC 2104).
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view bytes);

/// SHA-256 of bytes that come in pieces. Movable, not copyable.
class Hasher {
public:
    Hasher();
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    Hasher& update(std::string_view bytes);
    /// Another one that has come as far.
    Hasher copy() const;
    /// The digest of everything so far; the hasher must not be used again.
    [[nodiscard]] Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace stet
