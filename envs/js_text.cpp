#include "envs/js_text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace stet::js {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

void append_code_point(std::string& out, std::uint32_t code) {
    const auto put = [&out](std::uint32_t byte) {
        out += static_cast<char>(static_cast<unsigned char>(byte));
    };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | (code >> 6));
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3F));
        put(0x80 | ((code >> 6) & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

/// One code point, or the part of a sequence that is none.
struct Scanned {
    std::size_t bytes = 1;
    std::optional<std::uint32_t> code;
};

/// The lead byte's promise: how many bytes follow, and what the first of them may be.
struct Lead {
    std::size_t more = 0;
    std::uint32_t bits = 0;
    unsigned char low = 0x80, high = 0xBF;
};

std::optional<Lead> read_lead(unsigned char byte, bool surrogates) {
    if (byte < 0x80) return Lead{0, byte};
    if (byte >= 0xC2 && byte <= 0xDF) return Lead{1, byte & 0x1Fu};
    if (byte == 0xE0) return Lead{2, 0, 0xA0, 0xBF};
    if (byte == 0xED && !surrogates) return Lead{2, 0xD, 0x80, 0x9F};
    if (byte >= 0xE1 && byte <= 0xEF) return Lead{2, byte & 0x0Fu};
    if (byte == 0xF0) return Lead{3, 0, 0x90, 0xBF};
    if (byte >= 0xF1 && byte <= 0xF3) return Lead{3, byte & 0x07u};
    if (byte == 0xF4) return Lead{3, 4, 0x80, 0x8F};
    return std::nullopt;
}

Scanned scan(std::string_view bytes, bool surrogates) {
    const auto at = [&bytes](std::size_t index) { return static_cast<unsigned char>(bytes[index]); };
    const auto lead = read_lead(at(0), surrogates);
    if (!lead) return {};
    auto code = lead->bits;
    for (std::size_t index = 1; index <= lead->more; ++index) {
        const auto low = index == 1 ? lead->low : static_cast<unsigned char>(0x80);
        const auto high = index == 1 ? lead->high : static_cast<unsigned char>(0xBF);
        if (index >= bytes.size() || at(index) < low || at(index) > high) return {index, std::nullopt};
        code = (code << 6) | (at(index) & 0x3Fu);
    }
    return {lead->more + 1, code};
}

bool is_surrogate(std::uint32_t code) {
    return code >= 0xD800 && code <= 0xDFFF;
}

bool is_space(std::uint32_t code) {
    static constexpr std::array<std::uint32_t, 14> spaces{
        0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF};
    return (code >= 0x2000 && code <= 0x200A) || std::ranges::find(spaces, code) != spaces.end();
}

std::uint32_t hex_value(std::string_view digits) {
    std::uint32_t value = 0;
    for (const char digit : digits) {
        const auto lower = static_cast<unsigned>(digit | 0x20);
        value = value * 16 + (digit <= '9' ? static_cast<unsigned>(digit - '0') : lower - 'a' + 10);
    }
    return value;
}

/// Reads `\uXXXX` at the beginning, and the other half of a pair when it follows. Returns the bytes read.
std::size_t read_escaped_unit(std::string_view text, std::string& out) {
    auto code = hex_value(text.substr(2, 4));
    std::size_t read = 6;
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (high && text.size() >= 12 && text[6] == '\\' && text[7] == 'u') {
        const auto low = hex_value(text.substr(8, 4));
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            read = 12;
        }
    }
    append_code_point(out, code);
    return read;
}

char simple_escape(char letter) {
    switch (letter) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return letter;
    }
}

void append_unit(std::string& out, std::uint32_t unit) {
    static constexpr std::string_view digits = "0123456789abcdef";
    out += "\\u";
    for (const int shift : {12, 8, 4, 0})
        out += digits[(unit >> shift) & 0xF];
}

void append_quoted(std::string& out, std::uint32_t code, std::string_view bytes) {
    switch (code) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\b':
            out += "\\b";
            return;
        case '\f':
            out += "\\f";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (code < 0x20 || is_surrogate(code)) {
        append_unit(out, code);
    } else {
        out += bytes;
    }
}

/// The place of a printable ASCII character among the primary weights of the root collation (CLDR).
int primary_weight(char letter) {
    static constexpr std::string_view order = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789";
    if (letter == ' ') return 0;
    if (const auto at = order.find(letter); at != std::string_view::npos) return static_cast<int>(at) + 1;
    const auto lower = letter >= 'A' && letter <= 'Z' ? letter - 'A' + 'a' : letter;
    return 1000 + lower;
}

bool is_upper(char letter) {
    return letter >= 'A' && letter <= 'Z';
}

}  // namespace

std::string from_file(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto scanned = scan(bytes, false);
        out += scanned.code ? bytes.substr(0, scanned.bytes) : replacement;
        bytes.remove_prefix(scanned.bytes);
    }
    return out;
}

std::string to_file(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto scanned = scan(text, true);
        const bool whole = scanned.code && !is_surrogate(*scanned.code);
        out += whole ? text.substr(0, scanned.bytes) : replacement;
        text.remove_prefix(scanned.bytes);
    }
    return out;
}

std::string from_json(std::string_view literal) {
    auto text = literal.substr(1, literal.size() - 2);
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto plain = std::min(text.find('\\'), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) break;
        if (text[1] == 'u') {
            text.remove_prefix(read_escaped_unit(text, out));
        } else {
            out += simple_escape(text[1]);
            text.remove_prefix(2);
        }
    }
    return out;
}

std::string quote(std::string_view text) {
    std::string out = "\"";
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        const auto scanned = scan(text, true);
        append_quoted(out, scanned.code.value_or(0xFFFD),
                      scanned.code ? text.substr(0, scanned.bytes) : replacement);
        text.remove_prefix(scanned.bytes);
    }
    return out += '"';
}

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    while (!text.empty()) {
        const auto scanned = scan(text, true);
        const auto code = scanned.code.value_or(0xFFFD);
        if (code >= 0x10000) {
            out += static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10));
            out += static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF));
        } else {
            out += static_cast<char16_t>(code);
        }
        text.remove_prefix(scanned.bytes);
    }
    return out;
}

std::size_t length(std::string_view text) {
    return to_utf16(text).size();
}

std::string_view trim_start(std::string_view text) {
    while (!text.empty()) {
        const auto scanned = scan(text, true);
        if (!scanned.code || !is_space(*scanned.code)) break;
        text.remove_prefix(scanned.bytes);
    }
    return text;
}

std::string_view trim(std::string_view text) {
    text = trim_start(text);
    while (!text.empty()) {
        auto begin = text.size() - 1;
        while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80)
            --begin;
        const auto scanned = scan(text.substr(begin), true);
        if (!scanned.code || !is_space(*scanned.code)) break;
        text = text.substr(0, begin);
    }
    return text;
}

std::string pad_end(std::string_view text, std::size_t units) {
    const auto has = length(text);
    return std::string(text) + std::string(has < units ? units - has : 0, ' ');
}

std::string pad_start(std::string_view text, std::size_t units) {
    const auto has = length(text);
    return std::string(has < units ? units - has : 0, ' ') + std::string(text);
}

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + 1);
    }
}

std::string unix_lines(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool pair = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
        if (!pair) out += text[at];
    }
    return out;
}

bool locale_before(std::string_view left, std::string_view right) {
    const auto shared = std::min(left.size(), right.size());
    for (std::size_t at = 0; at < shared; ++at) {
        const auto first = primary_weight(left[at]), second = primary_weight(right[at]);
        if (first != second) return first < second;
    }
    if (left.size() != right.size()) return left.size() < right.size();
    for (std::size_t at = 0; at < shared; ++at) {
        if (is_upper(left[at]) != is_upper(right[at])) return is_upper(right[at]);
    }
    return false;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

std::string base64(std::string_view bytes) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto byte = [&bytes, at](std::size_t index) -> std::uint32_t {
            return at + index < bytes.size() ? static_cast<unsigned char>(bytes[at + index]) : 0;
        };
        const auto group = byte(0) << 16 | byte(1) << 8 | byte(2);
        const auto have = std::min<std::size_t>(3, bytes.size() - at);
        for (std::size_t digit = 0; digit < 4; ++digit) {
            out += digit <= have ? letters[group >> (18 - 6 * digit) & 0x3F] : '=';
        }
    }
    return out;
}

}  // namespace stet::js
