#include "envs/row_sum.hpp"

namespace stet::envs {
namespace {

std::array<std::uint64_t, 4> words_of(const Digest& digest) {
    std::array<std::uint64_t, 4> words{};
    for (std::size_t i = 0; i < digest.bytes.size(); ++i)
        words[i / 8] |= std::uint64_t{digest.bytes[i]} << (8 * (i % 8));
    return words;
}

}  // namespace

void RowSum::add(const Digest& digest) {
    const auto other = words_of(digest);
    unsigned carry = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        const auto sum = words_[i] + other[i];
        const auto with = sum + carry;
        carry = static_cast<unsigned>(sum < other[i]) | static_cast<unsigned>(with < sum);
        words_[i] = with;
    }
}

void RowSum::remove(const Digest& digest) {
    const auto other = words_of(digest);
    unsigned borrow = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
        const auto rest = words_[i] - other[i];
        const auto with = rest - borrow;
        borrow = static_cast<unsigned>(words_[i] < other[i]) | static_cast<unsigned>(rest < borrow);
        words_[i] = with;
    }
}

Digest RowSum::digest() const {
    Digest digest;
    for (std::size_t i = 0; i < digest.bytes.size(); ++i)
        digest.bytes[i] = static_cast<std::uint8_t>(words_[i / 8] >> (8 * (i % 8)));
    return digest;
}

}  // namespace stet::envs
