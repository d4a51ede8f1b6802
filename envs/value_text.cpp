#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace stet::envs {
namespace {

struct Style {
    std::string_view comma, colon;
    bool ascii, sorted;
};
constexpr Style python_style{", ", ": ", true, false};
constexpr Style sorted_style{", ", ": ", true, true};
constexpr Style compact_style{",", ":", false, false};

/// A code point of valid UTF-8; `at` goes to the next.
std::uint32_t next_code_point(std::string_view text, std::size_t& at) {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
    std::uint32_t code = first & (0x3FU >> more);
    for (int i = 0; i < more && at < text.size(); ++i)
        code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    return code;
}

void put_unit(std::string& out, std::uint32_t unit) {
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", unit);
}

void put_escaped(std::string& out, std::uint32_t code) {
    if (code < 0x10000) return put_unit(out, code);
    put_unit(out, 0xD800 + ((code - 0x10000) >> 10U));
    put_unit(out, 0xDC00 + ((code - 0x10000) & 0x3FFU));
}

/// What JSON and Python escape alike. False when it is none of that.
bool put_short_escape(std::string& out, std::uint32_t code, char quote) {
    if (code == static_cast<std::uint32_t>(quote) || code == '\\')
        out += {'\\', static_cast<char>(code)};
    else if (code == '\n')
        out += "\\n";
    else if (code == '\r')
        out += "\\r";
    else if (code == '\t')
        out += "\\t";
    else
        return false;
    return true;
}

void put_string(std::string& out, std::string_view text, bool ascii) {
    if (!ascii) {
        out += json_quote(text);
        return;
    }
    const auto plain = [](char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; };
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const auto from = at;
        while (at < text.size() && plain(text[at]))
            ++at;
        out.append(text, from, at - from);
        if (at == text.size()) break;
        const auto code = next_code_point(text, at);
        if (put_short_escape(out, code, '"')) continue;
        if (code == '\b')
            out += "\\b";
        else if (code == '\f')
            out += "\\f";
        else if (code < 0x20 || code > 0x7E)
            put_escaped(out, code);
        else
            out += static_cast<char>(code);
    }
    out += '"';
}

/// The places of an object's members in the order of their keys, by code point, or as they stand.
std::vector<std::size_t> order_of(const Container& object, bool sorted) {
    std::vector<std::size_t> order(object.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (sorted)
        std::ranges::sort(order, {}, [&](std::size_t i) -> const std::string& { return object.keys[i]; });
    return order;
}

void put(std::string& out, const Value& value, const Style& style);

void put_container(std::string& out, const Container& container, const Style& style) {
    out += container.is_object ? '{' : '[';
    bool first = true;
    for (const auto i : order_of(container, style.sorted && container.is_object)) {
        out += std::exchange(first, false) ? std::string_view() : style.comma;
        if (container.is_object) {
            put_string(out, container.keys[i], style.ascii);
            out += style.colon;
        }
        put(out, container.items[i], style);
    }
    out += container.is_object ? '}' : ']';
}

void put(std::string& out, const Value& value, const Style& style) {
    if (const auto* boolean = value.boolean())
        out += *boolean ? "true" : "false";
    else if (const auto* integer = value.integer())
        fmt::format_to(std::back_inserter(out), "{}", *integer);
    else if (const auto* real = value.real())
        out += std::isnan(*real)   ? "NaN"
               : std::isinf(*real) ? (*real > 0 ? "Infinity" : "-Infinity")
                                   : python_float(*real);
    else if (const auto* text = value.text())
        put_string(out, *text, style.ascii);
    else if (const auto* container = value.container())
        put_container(out, *container, style);
    else
        out += "null";
}

void put_python(std::string& out, const Value& value, PythonForm form);

void put_members(std::string& out, const Container& object, PythonForm form) {
    const bool pairs = form == PythonForm::tuples || form == PythonForm::lists;
    bool first = true;
    for (const auto i : order_of(object, form != PythonForm::repr)) {
        out += std::exchange(first, false) ? "" : ", ";
        if (pairs) out += '(';
        out += python_repr(object.keys[i]);
        out += pairs ? ", " : ": ";
        put_python(out, object.items[i], form);
        if (pairs) out += ')';
    }
}

void put_container(std::string& out, const Container& container, PythonForm form) {
    const bool tuple = form == PythonForm::tuples;
    const bool braces = container.is_object && form == PythonForm::repr;
    out += braces ? '{' : tuple ? '(' : '[';
    if (container.is_object) {
        put_members(out, container, form);
    } else {
        for (std::size_t i = 0; i < container.size(); ++i) {
            if (i > 0) out += ", ";
            put_python(out, container.items[i], form);
        }
    }
    if (tuple && container.size() == 1) out += ',';
    out += braces ? '}' : tuple ? ')' : ']';
}

void put_python(std::string& out, const Value& value, PythonForm form) {
    if (const auto* boolean = value.boolean())
        out += *boolean ? "True" : "False";
    else if (const auto* integer = value.integer())
        fmt::format_to(std::back_inserter(out), "{}", *integer);
    else if (const auto* real = value.real())
        out += python_float(*real);
    else if (const auto* text = value.text())
        out += python_repr(*text);
    else if (const auto* container = value.container())
        put_container(out, *container, form);
    else
        out += "None";
}

/// What `repr` shows as it is. Python asks the Unicode database; here: all but controls, and the separators
/// and format characters that occur in text.
bool is_printable(std::uint32_t code) {
    if (code < 0x20 || (code >= 0x7F && code < 0xA1) || code == 0xAD) return false;
    if ((code >= 0x2000 && code <= 0x200F) || (code >= 0x2028 && code <= 0x202F)) return false;
    if ((code >= 0x205F && code <= 0x206F) || code == 0x3000 || code == 0xFEFF) return false;
    return !(code >= 0xD800 && code <= 0xF8FF) && !(code >= 0xFFF0 && code <= 0xFFFB);
}

}  // namespace

std::string python_json(const Value& value) {
    std::string out;
    put(out, value, python_style);
    return out;
}

std::string sorted_python_json(const Value& value) {
    std::string out;
    put(out, value, sorted_style);
    return out;
}

std::string compact_json(const Value& value) {
    std::string out;
    put(out, value, compact_style);
    return out;
}

std::string python_text(const Value& value, PythonForm form) {
    std::string out;
    put_python(out, value, form);
    return out;
}

std::string python_float(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    char buffer[40];
    const auto magnitude = std::fabs(value);
    const bool plain = value == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, format).ptr;
    std::string out(buffer, end);
    if (plain && out.find('.') == std::string::npos) out += ".0";
    return out;
}

std::string python_repr(std::string_view text) {
    const bool single = text.find('\'') == std::string_view::npos || text.find('"') != std::string_view::npos;
    const char quote = single ? '\'' : '"';
    std::string out(1, quote);
    for (std::size_t at = 0; at < text.size();) {
        const auto begin = at;
        const auto code = next_code_point(text, at);
        if (put_short_escape(out, code, quote)) continue;
        if (is_printable(code))
            out += text.substr(begin, at - begin);
        else
            fmt::format_to(std::back_inserter(out),
                           fmt::runtime(code < 0x100     ? "\\x{:02x}"
                                        : code < 0x10000 ? "\\u{:04x}"
                                                         : "\\U{:08x}"),
                           code);
    }
    out += quote;
    return out;
}

double python_round(double value, int digits) {
    if (!std::isfinite(value)) return value;
    char buffer[400];  // The largest double has 309 digits before its point.
    std::snprintf(buffer, sizeof buffer, "%.*f", std::clamp(digits, 0, 40), value);
    return std::strtod(buffer, nullptr);
}

}  // namespace stet::envs
