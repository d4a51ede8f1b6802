#include "storage/printable.hpp"

namespace stet {
namespace {

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f;
}

// C1 in UTF-8: 0xC2, then 0x80 to 0x9F.
bool is_c1(std::string_view two) {
    return two.size() == 2 && two[0] == '\xc2' && static_cast<unsigned char>(two[1]) < 0xa0;
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

}  // namespace

std::string printable(std::string_view text, std::size_t bytes_max) {
    std::size_t end = text.size();
    if (end > bytes_max) {
        end = bytes_max;
        while (end > 0 && continues_character(text[end]))
            --end;
    }
    std::string line;
    for (std::size_t i = 0; i < end; ++i) {
        if (is_c1(text.substr(i, 2))) {
            line += '?';
            ++i;
        } else {
            line += is_control(text[i]) ? '?' : text[i];
        }
    }
    if (end < text.size()) line += "…";
    return line;
}

}  // namespace stet
