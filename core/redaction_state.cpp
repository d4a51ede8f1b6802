#include "core/redaction_state.hpp"

#include <utility>

namespace stet {
namespace {

std::string_view trimmed(std::string_view value) {
    constexpr std::string_view white = " \t\r\n";
    const auto first = value.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return value.substr(first, value.find_last_not_of(white) - first + 1);
}

/// `value` without an end that could be a placeholder's beginning. A needle with such an end would
/// match across the front of a placeholder, and redacting twice would change something.
std::string_view without_placeholder_front(std::string_view value) {
    for (auto size = placeholder_front.size(); size > 0; --size)
        if (value.ends_with(placeholder_front.substr(0, size)))
            return without_placeholder_front(value.substr(0, value.size() - size));
    return value;
}

}  // namespace

Redactor::State::State(std::string user_key)
    : key(std::move(user_key)), current(std::make_shared<const Patterns>(std::vector<Pattern>())) {}

void Redactor::State::learn(std::string_view kind, std::string_view value) {
    value = trimmed(value);
    for (; !value.empty(); value.remove_prefix(std::min(value.size(), value_bytes_max)))
        learn_piece(kind, value.substr(0, value_bytes_max));
}

void Redactor::State::learn_piece(std::string_view kind, std::string_view value) {
    value = without_placeholder_front(value);
    // What holds a placeholder has been redacted already and is no secret any more.
    if (value.size() < value_bytes_min || value.find(placeholder_front) != std::string_view::npos) return;
    {
        const std::shared_lock lock(mutex);
        if (known.contains(value) || known.size() >= values_max) return;
    }
    const auto forms = written_forms(value);
    auto mine = placeholder(kind, value);
    const std::unique_lock lock(mutex);
    if (!known.emplace(value, mine).second) return;
    needles.try_emplace(mine.text, Pattern{mine.text, mine.text, ""});
    for (const auto& form : forms)
        needles.try_emplace(form, Pattern{form, mine.text, mine.kind});
    std::vector<Pattern> all;
    all.reserve(needles.size());
    for (const auto& [needle, pattern] : needles)
        all.push_back(pattern);
    current = std::make_shared<const Patterns>(std::move(all));
}

Redactor::State::Placeholder Redactor::State::placeholder(std::string_view kind,
                                                          std::string_view value) const {
    {
        const std::shared_lock lock(mutex);
        if (const auto found = known.find(value); found != known.end()) return found->second;
    }
    auto clean = placeholder_kind(kind);
    auto text = make_placeholder(clean, to_hex(hmac_sha256(key, value)));
    return {std::move(text), std::move(clean)};
}

std::shared_ptr<const Patterns> Redactor::State::patterns() const {
    const std::shared_lock lock(mutex);
    return current;
}

void Redactor::State::count(const RedactionCounts& more) {
    if (more.empty()) return;
    const std::lock_guard lock(counts_mutex);
    for (const auto& [kind, times] : more)
        counts[kind] += times;
}

}  // namespace stet
