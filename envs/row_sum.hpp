#pragma once

#include <stet/digest.hpp>

#include <array>
#include <cstdint>

namespace stet::envs {

/// A sum of digests modulo 2^256: what a set of rows amounts to, whatever their order. Adding or removing a
/// row costs that row alone.
class RowSum {
public:
    void add(const Digest& digest);
    void remove(const Digest& digest);
    Digest digest() const;
    friend bool operator==(const RowSum&, const RowSum&) = default;

private:
    std::array<std::uint64_t, 4> words_{};  // Little end first.
};

}  // namespace stet::envs
