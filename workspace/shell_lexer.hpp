#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stet::workspace {

struct ShellToken {
    enum class Kind { word, separator, open, close, redirect };
    Kind kind = Kind::word;
    std::string text;     ///< Words: without their quotes.
    bool literal = true;  ///< Nothing in it is expanded when the command runs.
    bool quoted = false;  ///< Some of it stood in quotes: no keyword, no assignment.
};

struct ShellTokens {
    std::vector<ShellToken> tokens;
    std::vector<std::string> nested;  ///< The commands in `$(…)`, backquotes and `<(…)`.
};

/// A shell command's words, as far as they can be known without running it (POSIX.1-2017, 2.3, and
/// bash's `<(…)`, `$'…'` and `<<<`). Here-documents are skipped. Never fails: what is unclosed ends at
/// the end.
ShellTokens lex_shell(std::string_view command);

}  // namespace stet::workspace
