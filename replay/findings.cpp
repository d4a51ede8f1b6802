#include "replay/findings.hpp"

#include <algorithm>

namespace stet {
namespace {

constexpr std::size_t shown_bytes_max = 200;
constexpr std::size_t before_bytes = 40;
constexpr std::string_view ellipsis = "…";

bool is_inside_character(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

}  // namespace

void Findings::call(Level level) {
    ++report_.calls;
    ++report_.at_level[static_cast<std::size_t>(level)];
    lower(level);
}

void Findings::state(bool equal) {
    ++report_.states;
    report_.states_equal += equal ? 1 : 0;
}

void Findings::missing(Divergence divergence) {
    ++report_.missing;
    divergence.cause = "missing_payload";
    diverge(std::move(divergence));
}

void Findings::finish() {
    std::ranges::stable_sort(found_, {}, &Divergence::at);
    if (found_.size() > max_) found_.resize(max_);
    report_.divergences = std::move(found_);
}

std::string short_form(std::string_view text, std::size_t at) {
    if (text.size() <= shown_bytes_max) return std::string(text);
    auto begin = at - std::min({at, before_bytes, text.size()});
    while (is_inside_character(text, begin))
        ++begin;
    auto end = std::min(text.size(), begin + shown_bytes_max - 2 * ellipsis.size());
    while (end > begin && is_inside_character(text, end))
        --end;
    std::string shown;
    if (begin > 0) shown += ellipsis;
    shown += text.substr(begin, end - begin);
    if (end < text.size()) shown += ellipsis;
    return shown;
}

}  // namespace stet
