#include "core/redaction_text.hpp"

#include <stet/redaction.hpp>

#include <algorithm>
#include <tuple>
#include <utility>

namespace stet {
namespace {

constexpr std::size_t mark_digits = 12;
constexpr std::size_t kind_bytes_max = 40;

bool is_kind_letter(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' ||
           letter == '_' || letter == '.';
}

bool is_mark_digit(char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'f');
}

}  // namespace

void RedactionPlaces::replaced(std::size_t begin, std::size_t end, std::size_t size) {
    const std::uint64_t new_begin =
        edits_.empty() ? begin : edits_.back().new_end + (begin - edits_.back().end);
    edits_.push_back({begin, end, new_begin, new_begin + size});
}

std::uint64_t RedactionPlaces::place(std::uint64_t offset, bool to_end) const {
    const auto after = std::ranges::upper_bound(edits_, offset, {}, &Edit::begin);
    if (after == edits_.begin()) return offset;
    const Edit& edit = *(after - 1);
    if (offset >= edit.end) return edit.new_end + (offset - edit.end);
    if (offset == edit.begin) return edit.new_begin;
    return to_end ? edit.new_end : edit.new_begin;
}

ReplacedText replace_matches(const Patterns& patterns, std::string text, RedactionCounts& counts) {
    auto match = patterns.find(text, 0);
    if (!match) return {std::move(text), {}};
    ReplacedText replaced;
    std::size_t done = 0;
    for (; match; match = patterns.find(text, done)) {
        const Pattern& pattern = *match->pattern;
        replaced.text.append(text, done, match->begin - done).append(pattern.replacement);
        done = match->end;
        if (pattern.kind.empty()) continue;
        replaced.places.replaced(match->begin, match->end, pattern.replacement.size());
        ++counts[pattern.kind];
    }
    replaced.text.append(text, done);
    return replaced;
}

std::string placeholder_kind(std::string_view kind) {
    std::string text;
    for (char letter : kind.substr(0, kind_bytes_max)) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
        text += is_kind_letter(letter) ? letter : '-';
    }
    return text.empty() ? "registered" : text;
}

std::string make_placeholder(std::string_view kind, std::string_view mark) {
    std::string text(placeholder_front);
    return text.append(kind).append(":").append(mark.substr(0, mark_digits)).append("]");
}

bool is_placeholder(std::string_view text) {
    if (!text.starts_with(placeholder_front) || !text.ends_with(']')) return false;
    text = text.substr(placeholder_front.size(), text.size() - placeholder_front.size() - 1);
    const auto colon = text.find(':');
    if (colon == std::string_view::npos || colon > kind_bytes_max) return false;
    const auto mark = text.substr(colon + 1);
    return std::ranges::all_of(text.substr(0, colon), is_kind_letter) && mark.size() == mark_digits &&
           std::ranges::all_of(mark, is_mark_digit);
}

namespace {

/// The first placeholder: where it begins and ends; `npos` twice when there is none.
std::pair<std::size_t, std::size_t> find_placeholder(std::string_view text) {
    for (auto at = text.find(placeholder_front); at != std::string_view::npos;
         at = text.find(placeholder_front, at + 1)) {
        const auto end = text.find(']', at);
        if (end == std::string_view::npos) break;
        if (is_placeholder(text.substr(at, end + 1 - at))) return {at, end + 1};
    }
    return {std::string_view::npos, std::string_view::npos};
}

}  // namespace

bool same_but_secrets(std::string_view redacted, std::string_view text) {
    auto [begin, end] = find_placeholder(redacted);
    if (begin == std::string_view::npos) return redacted == text;
    if (!text.starts_with(redacted.substr(0, begin))) return false;
    text.remove_prefix(begin);
    for (;;) {
        redacted.remove_prefix(end);
        std::tie(begin, end) = find_placeholder(redacted);
        if (begin == std::string_view::npos) return text.ends_with(redacted);
        const auto at = text.find(redacted.substr(0, begin));
        if (at == std::string_view::npos) return false;
        text.remove_prefix(at + begin);
    }
}

}  // namespace stet
