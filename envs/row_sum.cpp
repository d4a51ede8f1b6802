#include "envs/row_sum.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>

namespace stet::envs {
namespace {

using Words = std::array<std::uint64_t, 4>;

Words words_of(const Digest& digest) {
    Words words{};
    for (std::size_t i = 0; i < digest.bytes.size(); ++i)
        words[i / 8] |= std::uint64_t{digest.bytes[i]} << (8 * (i % 8));
    return words;
}

void add_words(Words& words, const Words& other) {
    unsigned carry = 0;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto sum = words[i] + other[i];
        const auto with = sum + carry;
        carry = static_cast<unsigned>(sum < other[i]) | static_cast<unsigned>(with < sum);
        words[i] = with;
    }
}

void encode(std::string& out, char tag, std::string_view bytes) {
    out += tag;
    const std::uint64_t size = bytes.size();
    for (unsigned shift = 0; shift < 64; shift += 8)
        out += static_cast<char>((size >> shift) & 0xFFU);
    out += bytes;
}

void encode(std::string& out, const Value& cell) {
    if (const auto* text = cell.text())
        encode(out, 't', *text);
    else if (const auto* integer = cell.integer())
        encode(out, 'i', fmt::format_int(*integer).str());
    else if (const auto* real = cell.real())
        encode(out, 'r', python_float(*real));
    else
        encode(out, 'n', {});
}

}  // namespace

void RowSum::add(const Digest& digest) {
    add_words(words_, words_of(digest));
}

void RowSum::add(const RowSum& other) {
    add_words(words_, other.words_);
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

Digest row_digest(std::string_view table, const std::vector<Value>& cells, std::string& scratch) {
    scratch.clear();
    encode(scratch, 'T', table);
    for (const auto& cell : cells)
        encode(scratch, cell);
    return sha256(scratch);
}

}  // namespace stet::envs
