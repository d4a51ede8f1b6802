#pragma once

#include "envs/value.hpp"

#include <stet/digest.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// A sum of digests modulo 2^256: what a set of rows amounts to, whatever their order. Adding or removing a
/// row costs that row alone.
class RowSum {
public:
    void add(const Digest& digest);
    void remove(const Digest& digest);
    void add(const RowSum& other);
    Digest digest() const;
    const std::array<std::uint64_t, 4>& words() const { return words_; }
    friend bool operator==(const RowSum&, const RowSum&) = default;

private:
    std::array<std::uint64_t, 4> words_{};  // Little end first.
};

/// The digest of one row of the table of that name: texts, integers, reals and nulls stay apart. `scratch` is
/// room to write in.
Digest row_digest(std::string_view table, const std::vector<Value>& cells, std::string& scratch);

}  // namespace stet::envs
