#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A path pattern as the filesystem server reads it (minimatch's language with `dot` set): braces,
/// classes, `*`, `?`, `**` as a whole segment, extended groups `@(a|b) !(a) *(a) +(a) ?(a)`, a leading
/// `!` that negates, a leading `#` that is a comment. Characters are UTF-16 code units.
///
/// What it cannot be sure about it does not guess: `compile` gives nothing for patterns whose meaning
/// was not established, and `matches` says when it gave up.
class Glob {
public:
    static constexpr std::size_t pattern_bytes_max = 64 * 1024;
    static constexpr std::size_t alternatives_max = 10'000;
    static constexpr std::size_t steps_max = 1'000'000;

    [[nodiscard]] static std::optional<Glob> compile(std::string_view pattern);

    /// Empty when the answer is not known: too much backtracking, or a class over non-ASCII letters.
    [[nodiscard]] std::optional<bool> matches(std::string_view path) const;

    struct Token;
    using Tokens = std::vector<Token>;
    struct Segment;

private:
    std::vector<std::vector<Segment>> alternatives_;
    bool negated_ = false, comment_ = false, empty_ = false;
};

struct Glob::Token {
    enum class Kind : unsigned char { literal, any, star, one_of, group } kind = Kind::literal;
    char16_t unit = 0;  ///< Literals: the unit. Groups: one of `@!*+?`.

    // Classes.
    bool inverted = false, posix = false;
    std::vector<std::pair<char16_t, char16_t>> ranges;

    std::vector<Tokens> choices;  ///< Groups.
};

struct Glob::Segment {
    bool any_depth = false;  ///< `**`
    Tokens tokens;
};

/// `{a,b}` and `{1..3}` multiplied out. Empty when that is too much, or not established.
[[nodiscard]] std::optional<std::vector<std::string>> expand_braces(std::string_view pattern);

}  // namespace stet
