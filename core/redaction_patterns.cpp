#include "core/redaction_patterns.hpp"

#include <stet/result.hpp>

#include <algorithm>

namespace stet {
namespace {

// A larger window would fill the table of grams for longer steps than pay.
constexpr std::size_t window_max = 16;

}  // namespace

Patterns::Patterns(std::vector<Pattern> patterns) : patterns_(std::move(patterns)) {
    if (patterns_.empty()) return;
    std::ranges::sort(patterns_, {}, &Pattern::needle);
    window_ = window_max;
    for (const auto& pattern : patterns_) {
        STET_ASSERT(pattern.needle.size() >= needle_bytes_min);
        window_ = std::min(window_, pattern.needle.size());
        longest_ = std::max(longest_, pattern.needle.size());
    }
    for (std::uint32_t i = 0; i < patterns_.size(); ++i) {
        const std::string_view needle = patterns_[i].needle;
        first_[static_cast<unsigned char>(needle.front())] = true;
        front_.add(needle.data());
        for (std::size_t at = 0; at + Grams::size <= window_; ++at)
            inside_.add(needle.data() + at);
        // Needles that begin with another stand behind it, so what comes before shows the way.
        std::uint32_t shorter = i == 0 ? none : i - 1;
        while (shorter != none && !needle.starts_with(patterns_[shorter].needle))
            shorter = shorter_[shorter];
        shorter_.push_back(shorter);
    }
}

/// The first pattern whose needle stands behind `text` in the order.
std::size_t Patterns::first_above(std::string_view text) const {
    const auto needle_of = [](const Pattern& pattern) { return std::string_view(pattern.needle); };
    const auto above = std::ranges::upper_bound(patterns_, text, {}, needle_of);
    return static_cast<std::size_t>(above - patterns_.begin());
}

std::optional<Match> Patterns::longest_at(std::string_view text, std::size_t begin) const {
    const auto rest = text.substr(begin);
    const auto above = first_above(rest);
    if (above == 0) return {};
    // Everything in the order between a needle that `rest` begins with and `rest` begins with it too.
    auto index = static_cast<std::uint32_t>(above - 1);
    while (index != none && !rest.starts_with(patterns_[index].needle))
        index = shorter_[index];
    if (index == none) return {};
    const Pattern& pattern = patterns_[index];
    return Match{begin, begin + pattern.needle.size(), &pattern};
}

std::optional<Match> Patterns::find(std::string_view text, std::size_t from) const {
    if (window_ == 0 || text.size() < window_) return {};
    const std::size_t last = text.size() - window_;
    const std::size_t reach = window_ - Grams::size;
    for (std::size_t begin = from; begin <= last; begin += reach + 1) {
        // Needles that begin here or up to `reach` bytes further on have these four bytes in their window.
        if (!inside_.may_hold(text.data() + begin + reach)) continue;
        for (std::size_t at = begin; at <= std::min(begin + reach, last); ++at) {
            if (!front_.may_hold(text.data() + at)) continue;
            if (auto match = longest_at(text, at)) return match;
        }
    }
    return {};
}

std::size_t Patterns::undecided_from(std::string_view text, std::size_t from) const {
    if (window_ == 0) return text.size();
    const std::size_t tail_max = longest_ - 1;
    std::size_t at = std::max(from, text.size() > tail_max ? text.size() - tail_max : 0);
    for (; at < text.size(); ++at) {
        if (!first_[static_cast<unsigned char>(text[at])]) continue;
        // Needles that begin with the tail stand right behind it in the order.
        const auto tail = text.substr(at);
        const auto next = first_above(tail);
        if (next < patterns_.size() && patterns_[next].needle.starts_with(tail)) return at;
    }
    return text.size();
}

}  // namespace stet
