#include "core/json_scan.hpp"
#include "core/utf8.hpp"

#include <stet/json.hpp>

#include <charconv>
#include <cmath>

namespace stet {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

// RFC 8785, 3.2.2.2: the short escape where there is one, \u00xx for the other control characters.
void append_escape(std::string& out, char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    switch (c) {
        case '"':
        case '\\':
            out.append({'\\', c});
            return;
        case '\b':
            out.append("\\b");
            return;
        case '\f':
            out.append("\\f");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            out.append({'\\', 'u', '0', '0', digits[static_cast<unsigned>(c) >> 4 & 15],
                        digits[static_cast<unsigned>(c) & 15]});
    }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
    out.reserve(out.size() + text.size() + 2);
    out.push_back('"');
    const char* at = text.data();
    const char* const end = at + text.size();
    for (const char* run = at;;) {  // From `run` to `at` everything is copied as it is.
        const char* const stop = skip_plain(at, end);
        at = skip_beyond_ascii(stop, end);
        if (at != stop) continue;
        out.append(run, at);
        if (at == end) break;
        if (static_cast<unsigned char>(*at) < 0x80) {
            append_escape(out, *at++);
        } else {
            out.append(replacement);
            at += utf8_step(at, end).length;
        }
        run = at;
    }
    out.push_back('"');
}

std::string json_quote(std::string_view text) {
    std::string literal;
    append_quoted(literal, text);
    return literal;
}

Result<std::string> json_unquote(std::string_view literal) {
    if (!literal.starts_with('"')) return json_error(literal, 0, "the opening quote of a string");
    const char* const begin = literal.data();
    const auto scan = scan_json_string(begin, begin + literal.size());
    const auto length = static_cast<std::size_t>(scan.end - begin);
    if (scan.expected != nullptr) return json_error(literal, length, scan.expected);
    if (length != literal.size()) return json_error(literal, length, "the end of the text");
    const auto inside = literal.substr(1, length - 2);
    return scan.escaped ? decode_json_string(inside).text : std::string(inside);
}

void JsonWriter::separate() {
    if (comma_) text_.push_back(',');
    comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    STET_ASSERT(bracket == '{' || bracket == '[');
    separate();
    text_.push_back(bracket);
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    STET_ASSERT(bracket == '}' || bracket == ']');
    text_.push_back(bracket);
    comma_ = true;
    return *this;
}

JsonWriter& JsonWriter::key(std::string_view key) {
    separate();
    append_quoted(text_, key);
    text_.push_back(':');
    comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    separate();
    append_quoted(text_, value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    separate();
    char digits[24];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    text_.append(digits, written.ptr);
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    separate();
    char digits[32];
    const auto written = std::to_chars(digits, digits + sizeof digits, value);
    text_.append(digits, written.ptr);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}
JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    STET_ASSERT(!json.empty());
    separate();
    text_.append(json);
    return *this;
}

}  // namespace stet
