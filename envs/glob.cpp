#include "envs/glob.hpp"

#include "envs/js_text.hpp"

#include <algorithm>
#include <array>
#include <functional>

namespace stet {
namespace {

using Kind = Glob::Token::Kind;
using Range = std::pair<char16_t, char16_t>;

struct PosixClass {
    std::u16string_view name;
    std::vector<Range> ranges;  ///< Of ASCII.
};

const std::array<PosixClass, 12>& posix_classes() {
    static const std::array<PosixClass, 12> classes{{
        {u"alnum", {{u'0', u'9'}, {u'A', u'Z'}, {u'a', u'z'}}},
        {u"alpha", {{u'A', u'Z'}, {u'a', u'z'}}},
        {u"blank", {{u' ', u' '}, {u'\t', u'\t'}}},
        {u"cntrl", {{u'\0', u'\x1F'}, {u'\x7F', u'\x7F'}}},
        {u"digit", {{u'0', u'9'}}},
        {u"graph", {{u'!', u'~'}}},
        {u"lower", {{u'a', u'z'}}},
        {u"punct",
         {{u'!', u'#'},
          {u'%', u'*'},
          {u',', u'/'},
          {u':', u';'},
          {u'?', u'@'},
          {u'[', u']'},
          {u'_', u'_'},
          {u'{', u'{'},
          {u'}', u'}'}}},
        {u"space", {{u' ', u' '}, {u'\t', u'\r'}}},
        {u"upper", {{u'A', u'Z'}}},
        {u"word", {{u'0', u'9'}, {u'A', u'Z'}, {u'_', u'_'}, {u'a', u'z'}}},
        {u"xdigit", {{u'0', u'9'}, {u'A', u'F'}, {u'a', u'f'}}},
    }};
    return classes;
}

/// Reads one segment of a pattern into tokens.
class SegmentReader {
public:
    explicit SegmentReader(std::u16string_view text) : text_(text) {}

    Glob::Tokens read() { return read_until(0); }
    bool sure() const { return sure_; }

private:
    static constexpr int depth_max = 32;

    Glob::Tokens read_until(int depth) {
        Glob::Tokens tokens;
        while (at_ < text_.size()) {
            if (depth > 0 && (text_[at_] == u'|' || text_[at_] == u')')) break;
            tokens.push_back(read_token(depth));
        }
        return tokens;
    }

    Glob::Token read_token(int depth) {
        const auto unit = text_[at_];
        if (auto group = read_group(depth)) return std::move(*group);
        if (unit == u'[') {
            if (auto one_of = read_class()) return std::move(*one_of);
        }
        ++at_;
        Glob::Token token;
        if (unit == u'*') token.kind = Kind::star;
        if (unit == u'?') token.kind = Kind::any;
        token.unit = unit;
        if (unit == u'\\' && at_ < text_.size()) token.unit = text_[at_++];
        return token;
    }

    /// `@(a|b)` and its like; nothing when the parenthesis never closes.
    std::optional<Glob::Token> read_group(int depth) {
        const auto unit = text_[at_];
        const bool begins = std::u16string_view(u"@!*+?").find(unit) != std::u16string_view::npos &&
                            at_ + 1 < text_.size() && text_[at_ + 1] == u'(';
        if (!begins || depth >= depth_max) return std::nullopt;
        const auto start = at_;
        // What a negation means inside a group was not established.
        if (unit == u'!' && depth > 0) sure_ = false;
        Glob::Token token;
        token.kind = Kind::group;
        token.unit = unit;
        ++at_;
        do {
            ++at_;
            token.choices.push_back(read_until(depth + 1));
        } while (at_ < text_.size() && text_[at_] == u'|');
        if (at_ < text_.size()) {
            ++at_;
            return token;
        }
        at_ = start;
        return std::nullopt;
    }

    char16_t class_unit() {
        if (text_[at_] == u'\\' && at_ + 1 < text_.size()) ++at_;
        return text_[at_++];
    }

    bool read_posix(Glob::Token& token) {
        for (const auto& one : posix_classes()) {
            const auto written = u"[:" + std::u16string(one.name) + u":]";
            if (!text_.substr(at_).starts_with(written)) continue;
            token.ranges.insert(token.ranges.end(), one.ranges.begin(), one.ranges.end());
            token.posix = true;
            at_ += written.size();
            return true;
        }
        return false;
    }

    /// `[a-z]`; nothing when the bracket never closes.
    std::optional<Glob::Token> read_class() {
        const auto start = at_++;
        Glob::Token token;
        token.kind = Kind::one_of;
        if (at_ < text_.size() && (text_[at_] == u'!' || text_[at_] == u'^')) {
            token.inverted = true;
            ++at_;
        }
        for (bool first = true; at_ < text_.size(); first = false) {
            if (text_[at_] == u']' && !first) {
                ++at_;
                return token;
            }
            if (read_posix(token)) continue;
            const auto low = class_unit();
            const bool range = at_ + 1 < text_.size() && text_[at_] == u'-' && text_[at_ + 1] != u']';
            if (range) ++at_;
            const auto high = range ? class_unit() : low;
            if (low <= high) token.ranges.emplace_back(low, high);  // A range backwards holds nothing.
        }
        at_ = start;
        return std::nullopt;
    }

    std::u16string_view text_;
    std::size_t at_ = 0;
    bool sure_ = true;
};

/// Matches tokens against one segment of a path, by backtracking with a budget.
class SegmentMatcher {
public:
    using Next = std::function<bool(std::size_t)>;
    SegmentMatcher(std::u16string_view text, std::size_t& steps, bool& unsure)
        : text_(text), steps_(steps), unsure_(unsure) {}

    bool matches(const Glob::Tokens& tokens) {
        return walk(tokens, 0, 0, [this](std::size_t at) { return at == text_.size(); });
    }

private:
    bool walk(const Glob::Tokens& tokens, std::size_t index, std::size_t at, const Next& next) {
        if (steps_ == 0) unsure_ = true;
        if (unsure_) return false;
        --steps_;
        if (index == tokens.size()) return next(at);
        const auto& token = tokens[index];
        const Next rest = [this, &tokens, index, &next](std::size_t then) {
            return walk(tokens, index + 1, then, next);
        };
        switch (token.kind) {
            case Kind::literal:
                return at < text_.size() && text_[at] == token.unit && rest(at + 1);
            case Kind::any:
                return at < text_.size() && rest(at + 1);
            case Kind::one_of:
                return at < text_.size() && holds(token, text_[at]) && rest(at + 1);
            case Kind::star:
                return any_length(at, rest);
            case Kind::group:
                return group(token, at, rest);
        }
        return false;
    }

    bool any_length(std::size_t at, const Next& rest) {
        for (auto then = at; then <= text_.size(); ++then) {
            if (rest(then)) return true;
        }
        return false;
    }

    bool holds(const Glob::Token& token, char16_t unit) {
        if (token.ranges.empty() && !token.inverted) return false;
        // Which letters beyond ASCII a named class holds is Unicode's to say.
        if (token.posix && unit >= 0x80) unsure_ = true;
        const bool inside = std::ranges::any_of(
            token.ranges, [unit](const Range& range) { return range.first <= unit && unit <= range.second; });
        return inside != token.inverted;
    }

    bool one_choice(const Glob::Token& token, std::size_t at, const Next& rest) {
        return std::ranges::any_of(token.choices,
                                   [&](const Glob::Tokens& choice) { return walk(choice, 0, at, rest); });
    }

    bool repeated(const Glob::Token& token, std::size_t at, const Next& rest) {
        return one_choice(token, at, [this, &token, at, &rest](std::size_t then) {
            return rest(then) || (then > at && repeated(token, then, rest));
        });
    }

    bool group(const Glob::Token& token, std::size_t at, const Next& rest) {
        switch (token.unit) {
            case u'@':
                return one_choice(token, at, rest);
            case u'?':
                return rest(at) || one_choice(token, at, rest);
            case u'+':
                return repeated(token, at, rest);
            case u'*':
                return rest(at) || repeated(token, at, rest);
            default:
                return !one_choice(token, at, rest) && any_length(at, rest);
        }
    }

    std::u16string_view text_;
    std::size_t& steps_;
    bool& unsure_;
};

/// At slashes; several in a row are one.
std::vector<std::u16string> split_path(std::u16string_view text) {
    std::vector<std::u16string> parts(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != u'/') {
            parts.back() += text[at];
        } else if (at == 0 || text[at - 1] != u'/') {
            parts.emplace_back();
        }
    }
    return parts;
}

/// `a/../b` is `b`; `**` after `**` says nothing more.
std::vector<std::u16string> simplify(const std::vector<std::u16string>& parts) {
    std::vector<std::u16string> out;
    for (const auto& part : parts) {
        if (part == u"**" && !out.empty() && out.back() == u"**") continue;
        const bool up = part == u".." && !out.empty() && !out.back().empty() && out.back() != u"." &&
                        out.back() != u".." && out.back() != u"**";
        if (up) {
            out.pop_back();
        } else {
            out.push_back(part);
        }
    }
    return out;
}

class PathMatcher {
public:
    PathMatcher(const std::vector<std::u16string>& path, std::size_t& steps, bool& unsure)
        : path_(path), steps_(steps), unsure_(unsure) {}

    bool matches(const std::vector<Glob::Segment>& pattern, std::size_t index, std::size_t at) {
        if (index == pattern.size()) return at == path_.size();
        if (pattern[index].any_depth) {
            // At the end `**` stands for something: `dir/**` is not `dir` itself.
            if (index + 1 == pattern.size()) return at < path_.size();
            for (auto then = at; then <= path_.size() && !unsure_; ++then) {
                if (matches(pattern, index + 1, then)) return true;
            }
            return false;
        }
        if (at == path_.size()) return false;
        SegmentMatcher segment(path_[at], steps_, unsure_);
        return segment.matches(pattern[index].tokens) && matches(pattern, index + 1, at + 1);
    }

private:
    const std::vector<std::u16string>& path_;
    std::size_t& steps_;
    bool& unsure_;
};

bool holds_non_bmp(std::string_view text) {
    return std::ranges::any_of(text, [](char byte) { return static_cast<unsigned char>(byte) >= 0xF0; });
}

}  // namespace

std::optional<Glob> Glob::compile(std::string_view pattern) {
    if (pattern.size() > pattern_bytes_max) return std::nullopt;
    // An escaped bar is read as an alternative by some versions.
    if (pattern.find("\\|") != std::string_view::npos) return std::nullopt;
    // With a class, units become code points beyond the basic plane.
    if (holds_non_bmp(pattern) && pattern.find('[') != std::string_view::npos) return std::nullopt;
    Glob glob;
    if (pattern.starts_with('#')) {
        glob.comment_ = true;
        return glob;
    }
    while (pattern.starts_with('!')) {
        glob.negated_ = !glob.negated_;
        pattern.remove_prefix(1);
    }
    glob.empty_ = pattern.empty();
    const auto words = expand_braces(pattern);
    if (!words) return std::nullopt;
    for (const auto& word : *words) {
        auto& segments = glob.alternatives_.emplace_back();
        for (const auto& part : simplify(split_path(js::to_utf16(word)))) {
            Segment segment;
            segment.any_depth = part == u"**";
            SegmentReader reader(part);
            if (!segment.any_depth) segment.tokens = reader.read();
            if (!reader.sure()) return std::nullopt;
            segments.push_back(std::move(segment));
        }
    }
    return glob;
}

std::optional<bool> Glob::matches(std::string_view path) const {
    if (comment_) return false;
    if (empty_) return negated_;
    const auto parts = split_path(js::to_utf16(path));
    std::size_t steps = steps_max;
    bool unsure = false;
    PathMatcher matcher(parts, steps, unsure);
    const bool any = std::ranges::any_of(
        alternatives_, [&](const std::vector<Segment>& pattern) { return matcher.matches(pattern, 0, 0); });
    if (unsure) return std::nullopt;
    return any != negated_;
}

}  // namespace stet
