#include "core/json_scan.hpp"
#include "core/redaction_text.hpp"
#include "core/utf8.hpp"

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view lower_digits = "0123456789abcdef";
constexpr std::string_view upper_digits = "0123456789ABCDEF";

bool is_plain_everywhere(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '-' || letter == '_' || letter == '.' ||
           letter == '~';
}

std::string json_inside(std::string_view text) {
    std::string literal;
    append_quoted(literal, text);
    return literal.substr(1, literal.size() - 2);
}

/// `inside` with each of `letters` (which no escape of RFC 8785 holds) written as \u00xx.
std::string escape_more(std::string_view inside, std::string_view letters, std::string_view digits) {
    std::string out;
    for (const char letter : inside) {
        if (letters.find(letter) == std::string_view::npos) {
            out += letter;
            continue;
        }
        const auto value = static_cast<unsigned char>(letter);
        out.append("\\u00").append({digits[value >> 4], digits[value & 15]});
    }
    return out;
}

/// \" as \u0022, which some encoders prefer.
std::string escape_quotes_by_number(std::string_view inside) {
    std::string out;
    for (std::size_t i = 0; i < inside.size(); ++i) {
        const bool pair = inside[i] == '\\' && i + 1 < inside.size();
        if (pair && inside[i + 1] == '"')
            out.append("\\u0022");
        else
            out.append(inside, i, pair ? 2 : 1);
        i += pair ? 1 : 0;
    }
    return out;
}

std::string escape_slashes(std::string_view inside) {
    std::string out;
    for (const char letter : inside)
        out.append(letter == '/' ? 1 : 0, '\\') += letter;
    return out;
}

void append_unit(std::string& out, std::uint32_t unit, std::string_view digits) {
    out.append("\\u").append(
        {digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]});
}

/// `inside`, which is good UTF-8, with what is not ASCII as UTF-16 escapes.
std::string escape_non_ascii(std::string_view inside, std::string_view digits) {
    std::string out;
    const char* const end = inside.data() + inside.size();
    for (const char* at = inside.data(); at != end;) {
        const auto step = utf8_step(at, end);
        std::uint32_t point = static_cast<unsigned char>(*at);
        if (step.length > 1) point &= 0x7fu >> step.length;
        for (std::uint8_t i = 1; i < step.length; ++i)
            point = point << 6 | (static_cast<unsigned char>(at[i]) & 0x3fu);
        if (step.length == 1) {
            out += *at;
        } else if (point < 0x10000) {
            append_unit(out, point, digits);
        } else {
            append_unit(out, 0xd800 + ((point - 0x10000) >> 10), digits);
            append_unit(out, 0xdc00 + ((point - 0x10000) & 0x3ff), digits);
        }
        at += step.length;
    }
    return out;
}

std::string percent_encoded(std::string_view text, std::string_view digits) {
    std::string out;
    for (const char letter : text) {
        const auto value = static_cast<unsigned char>(letter);
        if (is_plain_everywhere(letter))
            out += letter;
        else
            out.append({'%', digits[value >> 4], digits[value & 15]});
    }
    return out;
}

int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    return -1;
}

}  // namespace

std::vector<std::string> written_forms(std::string_view value) {
    std::vector<std::string> forms{std::string(value)};
    if (std::ranges::all_of(value, is_plain_everywhere)) return forms;
    const auto add = [&](std::string form) {
        if (std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
    };
    add(percent_encoded(value, upper_digits));
    add(percent_encoded(value, lower_digits));
    if (!valid_utf8(value)) return forms;
    const auto inside = json_inside(value);
    add(inside);
    add(escape_slashes(inside));
    add(escape_more(inside, "<>&", lower_digits));
    add(escape_non_ascii(inside, lower_digits));
    add(escape_non_ascii(escape_more(escape_quotes_by_number(inside), "<>&'+`", upper_digits), upper_digits));
    add(json_inside(inside));
    add(json_inside(escape_non_ascii(inside, lower_digits)));
    return forms;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool triple = text[i] == '%' && text.size() - i > 2;
        const int high = triple ? hex_value(text[i + 1]) : -1;
        const int low = triple ? hex_value(text[i + 2]) : -1;
        if (high >= 0 && low >= 0) {
            out += static_cast<char>(high << 4 | low);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace stet
