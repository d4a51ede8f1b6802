#include "core/utf8.hpp"

#include <cstring>

namespace stet {

bool valid_utf8(std::string_view bytes) {
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    while (at != end) {
        std::uint64_t word = 0;
        while (end - at >= 8) {
            std::memcpy(&word, at, 8);
            if ((word & 0x8080'8080'8080'8080) != 0) break;
            at += 8;
        }
        while (at != end && static_cast<unsigned char>(*at) < 0x80)
            ++at;
        const char* const stop = at;
        at = skip_beyond_ascii(stop, end);
        if (at == stop && at != end) return false;
    }
    return true;
}

void append_utf8(std::string& text, std::uint32_t code_point) {
    const auto tail = [&](unsigned shift) {
        text.push_back(static_cast<char>(0x80 | ((code_point >> shift) & 0x3F)));
    };
    if (code_point < 0x80) {
        text.push_back(static_cast<char>(code_point));
    } else if (code_point < 0x800) {
        text.push_back(static_cast<char>(0xC0 | (code_point >> 6)));
        tail(0);
    } else if (code_point < 0x1'0000) {
        text.push_back(static_cast<char>(0xE0 | (code_point >> 12)));
        tail(6);
        tail(0);
    } else {
        text.push_back(static_cast<char>(0xF0 | (code_point >> 18)));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace stet
