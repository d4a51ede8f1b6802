#include "envs/glob.hpp"

#include <cstdlib>

namespace stet {
namespace {

using Words = std::vector<std::string>;

/// The first pair of braces that belong together.
struct Braces {
    std::size_t open = 0, close = 0;
};

std::optional<Braces> find_braces(std::string_view text) {
    std::vector<std::size_t> open;
    std::optional<Braces> found;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\\') {
            ++at;
        } else if (text[at] == '{') {
            open.push_back(at);
        } else if (text[at] == '}' && !open.empty()) {
            const Braces pair{open.back(), at};
            open.pop_back();
            if (!found || pair.open < found->open) found = pair;
            if (open.empty()) return found;
        }
    }
    return found;
}

/// The parts of a body between its own commas, those of inner braces left alone.
Words split_choices(std::string_view body) {
    Words parts(1);
    int depth = 0;
    for (std::size_t at = 0; at < body.size(); ++at) {
        const char letter = body[at];
        if (letter == '\\' && at + 1 < body.size()) {
            parts.back() += letter;
            parts.back() += body[++at];
            continue;
        }
        depth += letter == '{' ? 1 : letter == '}' ? -1 : 0;
        if (letter == ',' && depth == 0) {
            parts.emplace_back();
        } else {
            parts.back() += letter;
        }
    }
    return parts;
}

bool is_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    return !text.empty() && text.size() <= 9 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_letter(std::string_view text) {
    return text.size() == 1 && ((text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z'));
}

bool is_padded(std::string_view number) {
    if (number.starts_with('-')) number.remove_prefix(1);
    return number.size() > 1 && number[0] == '0';
}

std::string padded(long value, std::size_t width) {
    auto digits = std::to_string(std::labs(value));
    const std::size_t sign = value < 0 ? 1 : 0;
    if (digits.size() + sign < width) digits.insert(0, width - sign - digits.size(), '0');
    return (sign != 0 ? "-" : "") + digits;
}

Words count(std::string_view from, std::string_view to, long step) {
    const bool letters = is_letter(from);
    const auto first =
        letters ? static_cast<long>(from[0]) : std::strtol(std::string(from).c_str(), nullptr, 10);
    const auto last = letters ? static_cast<long>(to[0]) : std::strtol(std::string(to).c_str(), nullptr, 10);
    const auto width = !letters && (is_padded(from) || is_padded(to)) ? std::max(from.size(), to.size()) : 0;
    Words words;
    const auto stride = first <= last ? step : -step;
    for (auto value = first; first <= last ? value <= last : value >= last; value += stride) {
        if (words.size() > Glob::alternatives_max) break;
        words.push_back(letters ? std::string(1, static_cast<char>(value)) : padded(value, width));
    }
    return words;
}

/// `1..3`, `a..c`, `1..9..2`.
std::optional<Words> read_sequence(std::string_view body) {
    Words parts;
    for (std::size_t at = 0;;) {
        const auto dots = body.find("..", at);
        parts.emplace_back(body.substr(at, dots - at));
        if (dots == std::string_view::npos) break;
        at = dots + 2;
    }
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    const bool numbers = is_number(parts[0]) && is_number(parts[1]);
    if (!numbers && !(is_letter(parts[0]) && is_letter(parts[1]))) return std::nullopt;
    if (parts.size() == 3 && !is_number(parts[2])) return std::nullopt;
    const auto step = parts.size() == 3 ? std::labs(std::strtol(parts[2].c_str(), nullptr, 10)) : 1;
    return count(parts[0], parts[1], std::max(1L, step));
}

std::optional<Words> expand(std::string_view text, int depth);

std::optional<Words> expand_choices(std::string_view body, int depth) {
    auto parts = split_choices(body);
    Words words;
    for (const auto& part : parts) {
        const auto expanded = expand(part, depth);
        if (!expanded) return std::nullopt;
        // One choice alone keeps its braces: `{{a,b}}` is `{a}` and `{b}`.
        for (const auto& word : *expanded)
            words.push_back(parts.size() == 1 ? "{" + word + "}" : word);
    }
    return words;
}

std::optional<Words> expand(std::string_view text, int depth) {
    if (depth > 64) return std::nullopt;
    const auto braces = find_braces(text);
    if (!braces) return Words{std::string(text)};
    const auto before = text.substr(0, braces->open);
    const auto body = text.substr(braces->open + 1, braces->close - braces->open - 1);
    const auto after = text.substr(braces->close + 1);

    std::optional<Words> middle;
    if (before.ends_with('$')) {
        middle = Words{"{" + std::string(body) + "}"};
    } else if (auto sequence = read_sequence(body)) {
        middle = std::move(sequence);
    } else if (body.find(',') != std::string_view::npos) {
        middle = expand_choices(body, depth + 1);
    } else if (after.find(',') != std::string_view::npos) {
        return std::nullopt;  // `{a},b}`: readings of it differ.
    } else {
        return Words{std::string(text)};
    }
    const auto rest = expand(after, depth + 1);
    if (!middle || !rest || middle->size() * rest->size() > Glob::alternatives_max) return std::nullopt;
    Words words;
    for (const auto& choice : *middle) {
        for (const auto& end : *rest)
            words.push_back(std::string(before) + choice + end);
    }
    return words;
}

}  // namespace

std::optional<std::vector<std::string>> expand_braces(std::string_view pattern) {
    if (pattern.starts_with("{}")) {
        auto words = expand(pattern.substr(2), 0);
        if (words) {
            for (auto& word : *words)
                word.insert(0, "{}");
        }
        return words;
    }
    return expand(pattern, 0);
}

}  // namespace stet
