#include "core/wire/http_syntax.hpp"

#include <stet/wire/http.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_token_char(char c) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    const char small = lower(c);
    return (small >= 'a' && small <= 'z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
}

Error bad_head(std::string_view what) {
    return Error{fmt::format("read an HTTP head: {}", what), "the rest of the connection is relayed unread"};
}

/// Takes the next line off `rest`, without its CRLF.
Result<std::string_view> take_line(std::string_view& rest, const HttpLimits& limits) {
    const auto end = rest.find('\n');
    if (end == std::string_view::npos) return bad_head("a line has no end");
    if (end == 0 || rest[end - 1] != '\r') return bad_head("a line ends in LF alone");
    const auto line = rest.substr(0, end - 1);
    if (line.size() > limits.line_bytes_max)
        return bad_head(fmt::format("a line is longer than {} bytes", limits.line_bytes_max));
    if (!is_field_text(line)) return bad_head("a line holds a control character");
    rest.remove_prefix(end + 1);
    return line;
}

/// 0 or 1, or -1 when it is no version that we read.
int minor_of(std::string_view version) {
    if (version == "HTTP/1.1") return 1;
    return version == "HTTP/1.0" ? 0 : -1;
}

Result<void> parse_request_line(std::string_view line, HttpHead& head) {
    const auto first = line.find(' ');
    const auto second = line.rfind(' ');
    if (first == std::string_view::npos || first == second)
        return bad_head("the request line has not three parts");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, second - first - 1);
    head.minor = minor_of(line.substr(second + 1));
    if (!is_token(head.method)) return bad_head("the method is no token");
    if (head.target.empty() || head.target.find_first_of(" \t") != std::string::npos)
        return bad_head("the target is empty or holds white space");
    if (head.minor < 0) return bad_head("the version is neither HTTP/1.1 nor HTTP/1.0");
    return {};
}

Result<void> parse_status_line(std::string_view line, HttpHead& head) {
    constexpr std::size_t version_bytes = 8, status_bytes = 3;
    head.minor = minor_of(line.substr(0, version_bytes));
    if (head.minor < 0) return bad_head("the version is neither HTTP/1.1 nor HTTP/1.0");
    if (line.size() < version_bytes + 1 + status_bytes || line[version_bytes] != ' ')
        return bad_head("the status line has no status");
    for (const char c : line.substr(version_bytes + 1, status_bytes)) {
        if (c < '0' || c > '9') return bad_head("the status is no number of three digits");
        head.status = head.status * 10 + (c - '0');
    }
    if (head.status < 100) return bad_head("the status is below 100");
    line.remove_prefix(version_bytes + 1 + status_bytes);
    if (!line.empty() && line.front() != ' ') return bad_head("the status is no number of three digits");
    if (!line.empty()) head.reason = line.substr(1);
    return {};
}

Result<void> parse_fields(std::string_view rest, HttpHead& head, const HttpLimits& limits) {
    while (true) {
        const auto line = take_line(rest, limits);
        if (!line) return line.error();
        if (line->empty()) break;
        auto field = parse_field(*line);
        if (!field) return field.error();
        if (head.fields.size() >= limits.fields_max)
            return bad_head(fmt::format("more than {} fields", limits.fields_max));
        head.fields.push_back(std::move(*field));
    }
    if (!rest.empty()) return bad_head("bytes follow the empty line");
    return {};
}

using FirstLine = Result<void> (*)(std::string_view, HttpHead&);

Result<HttpHead> parse_head(std::string_view bytes, const HttpLimits& limits, FirstLine parse_first) {
    if (bytes.size() > limits.head_bytes_max)
        return bad_head(fmt::format("it is longer than {} bytes", limits.head_bytes_max));
    const auto line = take_line(bytes, limits);
    if (!line) return line.error();
    HttpHead head;
    if (const auto first = parse_first(*line, head); !first) return first.error();
    if (const auto fields = parse_fields(bytes, head, limits); !fields) return fields.error();
    return head;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

std::string lower_ascii(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

bool is_field_text(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    });
}

Result<HttpField> parse_field(std::string_view line) {
    if (line.empty()) return bad_head("a field line is empty");
    if (line.front() == ' ' || line.front() == '\t') return bad_head("a field is folded over two lines");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return bad_head("a field has no colon");
    if (!is_token(line.substr(0, colon))) return bad_head("a field's name is no token");
    const auto value = trimmed(line.substr(colon + 1));
    if (!is_field_text(value)) return bad_head("a field's value holds a control character");
    return HttpField{std::string(line.substr(0, colon)), std::string(value)};
}

const std::string* HttpHead::find(std::string_view name) const {
    for (const auto& field : fields)
        if (equal_ignoring_case(field.name, name)) return &field.value;
    return nullptr;
}

bool HttpHead::has_token(std::string_view name, std::string_view token) const {
    for (const auto& field : fields) {
        if (!equal_ignoring_case(field.name, name)) continue;
        std::string_view rest = field.value;
        while (!rest.empty()) {
            const auto comma = std::min(rest.find(','), rest.size());
            if (equal_ignoring_case(trimmed(rest.substr(0, comma)), token)) return true;
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    return false;
}

Result<HttpHead> parse_request_head(std::string_view bytes, const HttpLimits& limits) {
    return parse_head(bytes, limits, parse_request_line);
}

Result<HttpHead> parse_response_head(std::string_view bytes, const HttpLimits& limits) {
    return parse_head(bytes, limits, parse_status_line);
}

std::string media_type_of(const HttpHead& head) {
    const auto* value = head.find("content-type");
    if (value == nullptr) return {};
    const std::string_view text = *value;
    return lower_ascii(trimmed(text.substr(0, text.find(';'))));
}

}  // namespace stet
