#include "core/json_scan.hpp"

#include "core/utf8.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace stet {
namespace {

unsigned hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    const char lower = static_cast<char>(digit | 0x20);
    if (lower >= 'a' && lower <= 'f') return static_cast<unsigned>(lower - 'a') + 10;
    return 16;
}

// One past the escape whose backslash stands at `at`; null, with `flaw` set, when it is none.
const char* skip_escape(const char* at, const char* end, StringScan& flaw) {
    const auto bad = [&](const char* place, const char* expected) {
        flaw = {place, expected, true};
        return nullptr;
    };
    ++at;
    if (at == end) return bad(at, "the rest of an escape");
    switch (*at) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return at + 1;
        case 'u':
            break;
        default:
            return bad(at, "one of \"\\/bfnrtu after a backslash");
    }
    ++at;
    for (int i = 0; i < 4; ++i, ++at) {
        if (at == end || hex_value(*at) > 15) return bad(at, "four hexadecimal digits after \\u");
    }
    return at;
}

unsigned code_unit(std::string_view digits) {
    unsigned value = 0;
    for (const char digit : digits)
        value = value << 4 | hex_value(digit);
    return value;
}

bool is_lead(unsigned unit) {
    return unit >= 0xD800 && unit <= 0xDBFF;
}
bool is_trail(unsigned unit) {
    return unit >= 0xDC00 && unit <= 0xDFFF;
}

// Appends what the `\uXXXX` at `at` means, with its second half if there is one; returns one past.
std::size_t decode_code_unit(std::string_view inside, std::size_t at, DecodedString& out) {
    const unsigned unit = code_unit(inside.substr(at + 2, 4));
    at += 6;
    if (is_lead(unit) && inside.size() - at >= 6 && inside[at] == '\\' && inside[at + 1] == 'u') {
        const unsigned second = code_unit(inside.substr(at + 2, 4));
        if (is_trail(second)) {
            append_utf8(out.text, 0x1'0000 + ((unit - 0xD800) << 10) + (second - 0xDC00));
            return at + 6;
        }
    }
    const bool lone = is_lead(unit) || is_trail(unit);
    out.lone_surrogate = out.lone_surrogate || lone;
    append_utf8(out.text, lone ? 0xFFFD : unit);
    return at;
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
            return letter;  // '"', '\\' and '/' stand for themselves.
    }
}

std::string describe(std::string_view text, std::size_t offset) {
    if (offset >= text.size()) return "the end of the text";
    const char found = text[offset];
    if (found > ' ' && found <= '~') return std::string("'") + found + "'";
    constexpr std::string_view digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(found);
    return std::string("the byte 0x") + digits[byte >> 4] + digits[byte & 15];
}

// The decimal exponent of the first digit that is not 0: of 250 it is 2, of 0.01 it is -2. Saturates.
long long magnitude(std::string_view number) {
    constexpr long long limit = 1'000'000'000'000;
    long long exponent = 0;
    const std::size_t e = number.find_first_of("eE");
    if (e != std::string_view::npos) {
        const bool negative = number[e + 1] == '-';
        for (const char digit : number.substr(e + 1)) {
            if (digit >= '0' && digit <= '9' && exponent < limit) exponent = exponent * 10 + (digit - '0');
        }
        if (negative) exponent = -exponent;
        number = number.substr(0, e);
    }
    const std::size_t first = number.find_first_of("123456789");
    if (first == std::string_view::npos) return -limit;
    const std::size_t point = std::min(number.find('.'), number.size());
    const auto places = static_cast<long long>(point) - static_cast<long long>(first);
    return exponent + (places > 0 ? places - 1 : places);
}

}  // namespace

StringScan scan_json_string(const char* at, const char* end) {
    bool escaped = false;
    for (++at;;) {
        at = skip_plain(at, end);
        if (at == end) return {at, "the closing quote of a string", escaped};
        if (*at == '"') return {at + 1, nullptr, escaped};
        if (*at == '\\') {
            escaped = true;
            StringScan flaw{};
            at = skip_escape(at, end, flaw);
            if (at == nullptr) return flaw;
            continue;
        }
        if (static_cast<unsigned char>(*at) < 0x20) return {at, "an escape for a control character", escaped};
        const char* const after = skip_beyond_ascii(at, end);
        if (after == at) return {at, "valid UTF-8", escaped};
        at = after;
    }
}

Error json_error(std::string_view text, std::size_t offset, std::string_view expected) {
    std::string what = "read JSON: at byte " + std::to_string(offset) + " expected ";
    what.append(expected).append(", found ").append(describe(text, offset));
    return Error{std::move(what), ""};
}

DecodedString decode_json_string(std::string_view inside) {
    DecodedString out;
    out.text.reserve(inside.size());
    for (std::size_t at = 0;;) {
        const std::size_t slash = inside.find('\\', at);
        out.text.append(inside.substr(at, slash - at));
        if (slash == std::string_view::npos) return out;
        if (inside[slash + 1] == 'u') {
            at = decode_code_unit(inside, slash, out);
        } else {
            out.text.push_back(simple_escape(inside[slash + 1]));
            at = slash + 2;
        }
    }
}

std::string_view escaped_key(std::string_view text, std::size_t at) {
    const char* const quote = text.data() + at;
    const char* const end = scan_json_string(quote, text.data() + text.size()).end;
    return {quote + 1, static_cast<std::size_t>(end - quote) - 2};
}

double nearest_double(std::string_view number) {
    double value = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), value);
    if (read.ec == std::errc()) return value;
    // Out of range is said of too large and of too small alike.
    const double result = magnitude(number) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
    return number.front() == '-' ? -result : result;
}

bool overflows_double(std::string_view number) {
    // The largest double has 309 digits; what is shorter and has no exponent needs no look.
    if (number.size() < 300 && number.find_first_of("eE") == std::string_view::npos) return false;
    return std::isinf(nearest_double(number));
}

}  // namespace stet
