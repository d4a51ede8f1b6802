#include "envs/csv.hpp"

#include <fmt/format.h>

namespace stet::envs {

CsvReader::CsvReader(std::string_view text) : text_(text) {
    constexpr std::string_view mark = "\xEF\xBB\xBF";
    if (text_.starts_with(mark)) at_ = mark.size();
}

CsvReader::Ended CsvReader::read_field(std::string& field) {
    bool quoted = at_ < text_.size() && text_[at_] == '"';
    if (quoted) ++at_;
    while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c == '\n') ++next_line_;
        if (quoted && c == '"') {
            quoted = at_ < text_.size() && text_[at_] == '"';
            if (quoted) field += text_[at_++];
        } else if (!quoted && c == ',') {
            return Ended::field;
        } else if (!quoted && c == '\n') {
            return Ended::row;
        } else if (quoted || c != '\r' || (at_ < text_.size() && text_[at_] != '\n')) {
            field += c;
        }
    }
    return quoted ? Ended::nowhere : Ended::text;
}

void CsvReader::pass_blank_lines() {
    for (; at_ < text_.size(); ++next_line_) {
        const auto rest = text_.substr(at_, 2);
        const std::size_t blank = rest[0] == '\n' ? 1 : rest == "\r\n" ? 2 : 0;
        if (blank == 0) return;
        at_ += blank;
    }
}

Result<CsvReader::Row> CsvReader::next() {
    pass_blank_lines();
    line_ = next_line_;
    Row row;
    auto ended = at_ < text_.size() ? Ended::field : Ended::text;
    while (ended == Ended::field) {
        std::string field;
        ended = read_field(field);
        if (ended == Ended::nowhere)
            return Error{fmt::format("line {}: a quote that nothing closes", line_), {}};
        row.push_back(field.empty() ? std::nullopt : std::optional(std::move(field)));
    }
    return row;
}

}  // namespace stet::envs
