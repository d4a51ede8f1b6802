#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stet {

// UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates, nothing above U+10FFFF.

/// What stands at a place in a text.
struct Utf8Step {
    std::uint8_t length;  ///< Bytes, 1…4. Of what is ill-formed: as many as Unicode replaces by one U+FFFD.
    bool valid;
};

/// `at` must stand before `end`.
inline Utf8Step utf8_step(const char* at, const char* end) {
    const auto lead = static_cast<unsigned char>(*at);
    if (lead < 0x80) return {1, true};
    if (lead < 0xC2 || lead > 0xF4) return {1, false};
    const int more = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    // Only the first continuation byte has narrower bounds: they keep out overlong forms, surrogates
    // and what lies beyond U+10FFFF.
    unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    for (std::uint8_t i = 1; i <= more; ++i) {
        if (end - at <= i) return {i, false};
        const auto byte = static_cast<unsigned char>(at[i]);
        if (byte < low || byte > high) return {i, false};
        low = 0x80;
        high = 0xBF;
    }
    return {static_cast<std::uint8_t>(more + 1), true};
}

/// Past the well-formed sequences beyond ASCII that stand at `at`: at an ASCII byte, at something ill-formed,
/// or at `end`.
inline const char* skip_beyond_ascii(const char* at, const char* end) {
    while (at != end && static_cast<unsigned char>(*at) >= 0x80) {
        const auto step = utf8_step(at, end);
        if (!step.valid) break;
        at += step.length;
    }
    return at;
}

[[nodiscard]] bool valid_utf8(std::string_view bytes);

/// Appends a code point, U+0000…U+10FFFF, that is no surrogate.
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace stet
