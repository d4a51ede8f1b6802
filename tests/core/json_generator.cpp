#include "tests/core/json_generator.hpp"

#include "core/utf8.hpp"

#include <array>
#include <string_view>

namespace stet::test {

void JsonGenerator::space(std::string& out) {
    if (below(4) != 0) return;
    for (std::size_t i = below(3); i > 0; --i)
        out.push_back(" \t\r\n"[below(4)]);
}

void JsonGenerator::digits(std::string& out, std::size_t most) {
    for (std::size_t i = 1 + below(most); i > 0; --i)
        out.push_back(static_cast<char>('0' + below(10)));
}

void JsonGenerator::number(std::string& out) {
    if (below(3) == 0) out.push_back('-');
    if (below(4) == 0) {
        out.push_back('0');
    } else {
        out.push_back(static_cast<char>('1' + below(9)));
        if (below(2) == 0) digits(out, 20);
    }
    if (below(3) == 0) {
        out.push_back('.');
        digits(out, 20);
    }
    if (below(4) == 0) {
        out.push_back("eE"[below(2)]);
        if (below(2) == 0) out.push_back("+-"[below(2)]);
        digits(out, 2);
    }
}

void JsonGenerator::piece(std::string& out) {
    constexpr std::array<std::string_view, 14> pieces = {
        "a",   "plain text", "\\n",     "\\\"",           "\\\\",           "\\/",  "\\b",
        "\\f", "\\r\\t",     "\\u0041", "\\ud83d\\ude00", "\\u00E9\\u20ac", "\x7f", "\\u001f"};
    constexpr std::array<std::uint32_t, 8> characters = {0xE9,   0x7FF,  0x800,   0xD7FF,
                                                         0xE000, 0xFFFF, 0x10000, 0x10FFFF};
    const std::size_t which = below(pieces.size() + 3);
    if (which < pieces.size()) {
        out.append(pieces[which]);
    } else if (which == pieces.size() && lone_surrogates) {
        out.append(below(2) == 0 ? "\\ud800" : "\\uDFFF");
    } else {
        append_utf8(out, characters[below(characters.size())]);
    }
}

void JsonGenerator::string(std::string& out, const std::string& prefix) {
    out.append("\"").append(prefix);
    for (std::size_t i = below(5); i > 0; --i)
        piece(out);
    out.push_back('"');
}

void JsonGenerator::members(std::string& out, int depth) {
    const std::size_t count = below(5);
    for (std::size_t i = 0; i < count; ++i) {
        if (i > 0) out.push_back(',');
        space(out);
        // A distinct digit keeps keys apart; an escaped one now and then.
        const auto number = static_cast<char>('0' + (duplicate_keys ? below(3) : count - i));
        string(out, below(3) == 0 ? std::string("\\u003") + number : std::string(1, number));
        space(out);
        out.push_back(':');
        value(out, depth + 1);
    }
}

void JsonGenerator::value(std::string& out, int depth) {
    space(out);
    switch (below(depth > 5 ? 6 : 10)) {
        case 0:
            out.append("null");
            break;
        case 1:
            out.append(below(2) == 0 ? "true" : "false");
            break;
        case 2:
        case 3:
            number(out);
            break;
        case 4:
        case 5:
            string(out, "");
            break;
        case 6:
        case 7:
            out.push_back('[');
            for (std::size_t i = below(5); i > 0; --i) {
                value(out, depth + 1);
                if (i > 1) out.push_back(',');
            }
            out.push_back(']');
            break;
        default:
            out.push_back('{');
            members(out, depth);
            out.push_back('}');
    }
    space(out);
}

std::string JsonGenerator::text() {
    std::string out;
    value(out, 0);
    return out;
}

std::string JsonGenerator::mutated(std::string text) {
    constexpr std::string_view palette =
        "{}[]\",:\\/ \t\n\r0123456789+-.eEtrufalsn\x00\x01\x1f\x7f\x80\xbf\xc3\xe2\xed\xf0\xff";
    for (std::size_t i = 1 + below(3); i > 0 && !text.empty(); --i) {
        const std::size_t at = below(text.size());
        const char byte = palette[below(palette.size())];
        switch (below(5)) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                text.insert(at, 1, byte);
                break;
            case 2:
                text.erase(at, 1 + below(3));
                break;
            case 3:
                text.insert(at, text.substr(at / 2, below(9)));
                break;
            default:
                text.resize(at);
        }
    }
    return text;
}

}  // namespace stet::test
