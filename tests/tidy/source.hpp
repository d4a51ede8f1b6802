#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stet::tidy {

/// A file of the tree, as the rules look at it.
struct Source {
    std::string path;  ///< Relative to the root, '/'-separated.
    std::string text;  ///< As it is.
    std::string code;  ///< C++ only: the same length and lines, comments and literals blanked.
};

/// A broken rule.
struct Finding {
    std::string path;
    std::size_t line = 0;  ///< 1-based; 0: the file as a whole.
    std::string what;
    friend bool operator==(const Finding&, const Finding&) = default;
};

/// For a source that is made up in a test, or read from the tree.
Source make_source(std::string path, std::string text);

/// Blanks comments, string literals (raw ones too), character literals and preprocessor lines, so
/// that what is left has the braces, words and lines of the code alone. Include lines are blanked
/// like the other preprocessor lines: rules about includes read the text.
std::string blank_out(std::string_view text);

bool is_cpp(const Source& source);
bool is_header(const Source& source);
/// Is it `folder` or below it?
bool is_under(std::string_view path, std::string_view folder);
/// A letter, a digit or `_`.
bool is_word(char c);

std::size_t line_of(std::string_view text, std::size_t offset);
std::vector<std::string_view> lines_of(std::string_view text);
std::string_view trimmed(std::string_view text);

/// Offsets at which `word` stands in `code` with no word character (and no `.` or `>` that would
/// make it somebody's member) around it. `word` may hold `::`.
std::vector<std::size_t> find_word(std::string_view code, std::string_view word);

}  // namespace stet::tidy
