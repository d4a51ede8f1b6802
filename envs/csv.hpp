#pragma once

#include <stet/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// Reads comma-separated values (RFC 4180) as pandas does: a quote counts at the beginning of a field alone,
/// "" inside quotes is a quote, quoted fields may hold line breaks, lines without anything are passed over,
/// and a field without anything, quoted or not, is no text but a missing value. Never throws on input.
class CsvReader {
public:
    using Row = std::vector<std::optional<std::string>>;

    /// `text` must outlive the reader. A byte order mark is passed over.
    explicit CsvReader(std::string_view text);

    /// The next row; an empty one at the end. An error: a quote that nothing closes.
    [[nodiscard]] Result<Row> next();
    /// The line on which the last row began. 1-based.
    std::size_t line() const { return line_; }

private:
    enum class Ended : unsigned char { field, row, text, nowhere };
    void pass_blank_lines();
    Ended read_field(std::string& field);

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 0, next_line_ = 1;
};

}  // namespace stet::envs
