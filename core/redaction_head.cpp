#include "core/redaction_names.hpp"
#include "core/redaction_state.hpp"
#include "core/wire/http_syntax.hpp"

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view blanks = " \t";
constexpr std::string_view query_ends = "&# \t\r\n\"'<>";

struct Field {
    std::string_view name;
    std::string_view before;  ///< Colon and the white space around it.
    std::string_view value;
    std::string_view after;  ///< White space and line end.
};

/// One past the line end that follows `at`.
std::size_t line_end(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return end == std::string_view::npos ? text.size() : end + 1;
}

/// The end of the field whose first line begins at `at`: lines that begin with white space go on with
/// it (obsolete folding; a credential must not hide there).
std::size_t field_end(std::string_view text, std::size_t at) {
    auto end = line_end(text, at);
    while (end < text.size() && blanks.find(text[end]) != std::string_view::npos)
        end = line_end(text, end);
    return end;
}

/// Everything is in `after` when there is no colon.
Field split_field(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return {{}, {}, {}, line};
    constexpr std::string_view white = " \t\r\n";
    Field field;
    // White space before the colon is forbidden, but no way around the redactor.
    field.name = line.substr(0, line.substr(0, colon).find_last_not_of(white) + 1);
    const auto first = std::min(line.find_first_not_of(white, colon + 1), line.size());
    field.before = line.substr(field.name.size(), first - field.name.size());
    const auto last = line.find_last_not_of(white);
    const auto value_end = std::max(first, last + 1);
    field.value = line.substr(first, value_end - first);
    field.after = line.substr(value_end);
    return field;
}

/// The length of the scheme and the white space behind it; 0 when the value does not begin with one.
std::size_t scheme_length(std::string_view value) {
    const auto blank = value.find_first_of(blanks);
    if (blank == std::string_view::npos || !is_authorization_scheme(value.substr(0, blank))) return 0;
    return value.find_first_not_of(blanks, blank);
}

/// What a cookie field gives away: the values of its pairs, without Set-Cookie's attributes.
std::vector<std::string_view> cookie_values(std::string_view value, bool first_only) {
    std::vector<std::string_view> values;
    while (!value.empty()) {
        const auto end = std::min(value.find(';'), value.size());
        const auto pair = value.substr(0, end);
        if (const auto equals = pair.find('='); equals != std::string_view::npos)
            values.push_back(pair.substr(equals + 1));
        if (first_only) break;
        value.remove_prefix(std::min(end + 1, value.size()));
    }
    return values;
}

}  // namespace

std::string Redactor::State::replace_value(std::string_view kind, std::string_view value,
                                           RedactionCounts& made) {
    if (value.empty() || is_placeholder(value)) return std::string(value);
    auto mine = placeholder(kind, value);
    ++made[mine.kind];
    return std::move(mine.text);
}

std::string Redactor::State::strip_field(std::string_view name, std::string_view value,
                                         RedactionCounts& made) {
    const auto kind = lower_ascii(name);
    if (kind == "cookie" || kind == "set-cookie") {
        for (const auto part : cookie_values(value, kind == "set-cookie"))
            if (part.size() >= weak_value_bytes_min) learn(kind, part);
        return replace_value(kind, value, made);
    }
    const auto scheme = kind.ends_with("authorization") ? scheme_length(value) : 0;
    const auto credential = value.substr(scheme);
    learn(kind, credential);
    return std::string(value.substr(0, scheme)) + replace_value(kind, credential, made);
}

std::string Redactor::State::strip_head(std::string_view head, RedactionCounts& made) {
    const auto first_line = line_end(head, 0);
    return strip_query(head.substr(0, first_line), made) + strip_fields(head.substr(first_line), made);
}

std::string Redactor::State::strip_fields(std::string_view lines, RedactionCounts& made) {
    std::string out;
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = field_end(lines, at);
        const auto line = lines.substr(at, end - at);
        const auto field = split_field(line);
        at = end;
        if (!is_credential_field(field.name)) {
            out += strip_query(line, made);
            continue;
        }
        out.append(field.name).append(field.before);
        out.append(strip_field(field.name, field.value, made)).append(field.after);
    }
    return out;
}

std::string Redactor::State::strip_query(std::string_view text, RedactionCounts& made) {
    std::string out;
    std::size_t done = 0;
    for (auto at = text.find_first_of("?&"); at < text.size(); at = text.find_first_of("?&", at + 1)) {
        const auto equals = text.find_first_of("=?&# ", at + 1);
        if (equals == std::string_view::npos) break;
        if (text[equals] != '=' || !is_credential_parameter(text.substr(at + 1, equals - at - 1))) continue;
        const auto end = std::min(text.find_first_of(query_ends, equals + 1), text.size());
        const auto written = text.substr(equals + 1, end - equals - 1);
        const auto value = percent_decoded(written);
        if (is_placeholder(written)) continue;
        if (value.size() >= weak_value_bytes_min) learn("query", value);
        out.append(text.substr(done, equals + 1 - done)).append(replace_value("query", value, made));
        done = end;
    }
    return out.append(text.substr(done));
}

}  // namespace stet
