#pragma once

#include <stet/result.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stet {

// How JSON text is looked at byte by byte; shared by the reader, the canonical form and the writer.

/// The first byte that a JSON string cannot simply copy: a quote, a backslash, a control character or
/// the beginning of something that is not ASCII; or `end`. Eight bytes at a time.
inline const char* skip_plain(const char* at, const char* end) {
    constexpr std::uint64_t ones = 0x0101'0101'0101'0101;
    constexpr std::uint64_t highs = 0x8080'8080'8080'8080;
    while (end - at >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, at, 8);
        const std::uint64_t quotes = word ^ (ones * '"');
        const std::uint64_t slashes = word ^ (ones * '\\');
        // Each term has the high bit of a byte set where the byte is found. A borrow can set false ones,
        // but only above a true one: the lowest is right.
        const std::uint64_t stops = ((word & highs) | ((word - ones * 0x20) & ~word) |
                                     ((quotes - ones) & ~quotes) | ((slashes - ones) & ~slashes)) &
                                    highs;
        if (stops != 0) {
            if constexpr (std::endian::native == std::endian::little) return at + std::countr_zero(stops) / 8;
            break;
        }
        at += 8;
    }
    while (at != end) {
        const auto byte = static_cast<unsigned char>(*at);
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
        ++at;
    }
    return at;
}

/// Where a string literal ends, or what is wrong with it.
struct StringScan {
    const char* end;       ///< One past the closing quote, or the flaw's place.
    const char* expected;  ///< What should have stood there; null when the literal is good.
    bool escaped;          ///< It holds a backslash.
};

/// `at` is the opening quote.
StringScan scan_json_string(const char* at, const char* end);

/// "read JSON: at byte 17 expected a value, found '}'"
Error json_error(std::string_view text, std::size_t offset, std::string_view expected);

/// What the inside of a good string literal stands for.
struct DecodedString {
    std::string text;             ///< A lone surrogate is U+FFFD.
    bool lone_surrogate = false;  ///< There was one: no UTF-8 says what the literal said.
};
DecodedString decode_json_string(std::string_view inside);

/// The plain bytes of a member's key whose quote stands at `at`, which holds no backslash.
inline std::string_view plain_key(std::string_view text, std::size_t at) {
    return text.substr(at + 1, text.find('"', at + 1) - at - 1);
}
/// The same for a key with escapes, still undecoded.
std::string_view escaped_key(std::string_view text, std::size_t at);

/// Is the number too large for a double? `number` is a JSON number.
bool overflows_double(std::string_view number);
/// The nearest double; infinite on overflow.
double nearest_double(std::string_view number);

/// Appends the literal for `text`, as `json_quote` makes it.
void append_quoted(std::string& out, std::string_view text);

}  // namespace stet
