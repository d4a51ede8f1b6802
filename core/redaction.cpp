#include "core/redaction_state.hpp"

#include <stet/redaction.hpp>

#include <utility>

namespace stet {

Redactor::Redactor(std::string key) : state_(std::make_unique<State>(std::move(key))) {
    constexpr std::size_t key_bytes_min = 16;
    STET_ASSERT(state_->key.size() >= key_bytes_min);
}

Redactor::~Redactor() = default;

void Redactor::learn(std::string_view kind, std::string_view value) {
    state_->learn(kind, value);
}

RedactedBytes Redactor::redact(std::string bytes) const {
    RedactionCounts counts;
    auto replaced = replace_matches(*state_->patterns(), std::move(bytes), counts);
    state_->count(counts);
    const auto digest = sha256(replaced.text);
    return {std::move(replaced.text), digest};
}

RedactedBytes Redactor::redact_head(std::string head) const {
    RedactionCounts counts;
    auto stripped = state_->strip_head(head, counts);
    auto replaced = replace_matches(*state_->patterns(), std::move(stripped), counts);
    state_->count(counts);
    const auto digest = sha256(replaced.text);
    return {std::move(replaced.text), digest};
}

std::string Redactor::redact_text(std::string_view text) const {
    RedactionCounts counts;
    auto replaced = replace_matches(*state_->patterns(), std::string(text), counts);
    state_->count(counts);
    return std::move(replaced.text);
}

std::map<std::string, std::uint32_t> Redactor::take_counts() {
    const std::lock_guard lock(state_->counts_mutex);
    return std::exchange(state_->counts, {});
}

Redactor::Stream::Stream(const Redactor& redactor, Counting counting, Form form)
    : redactor_(&redactor), counting_(counting), form_(form) {}

RedactedBytes Redactor::Stream::feed(std::string_view bytes) {
    (form_ == Form::text ? held_ : line_).append(bytes);
    take(false);
    return advance(false);
}

RedactedBytes Redactor::Stream::finish() {
    take(true);
    return advance(true);
}

/// From `line_` to `held_`, as far as lines are whole.
void Redactor::Stream::take(bool whole) {
    if (form_ == Form::text) return;
    const auto line_end = line_.rfind('\n');
    auto cut = line_end == std::string::npos ? 0 : line_end + 1;
    if (whole || line_.size() - cut > line_bytes_max) cut = line_.size();
    RedactionCounts counts;
    held_.append(redactor_->state_->strip_fields(std::string_view(line_).substr(0, cut), counts));
    line_.erase(0, cut);
    if (counting_ == Counting::yes) redactor_->state_->count(counts);
}

RedactedBytes Redactor::Stream::advance(bool whole) {
    const auto patterns = redactor_->state_->patterns();
    RedactionCounts counts;
    std::string out;
    std::size_t done = 0;
    auto undecided = whole ? held_.size() : patterns->undecided_from(held_, 0);
    while (true) {
        if (done > undecided) undecided = patterns->undecided_from(held_, done);
        const auto match = patterns->find(held_, done);
        // A needle that began earlier, or a longer one that begins here, may still be coming.
        if (!match || match->begin >= undecided) break;
        out.append(held_, done, match->begin - done).append(match->pattern->replacement);
        if (!match->pattern->kind.empty()) ++counts[match->pattern->kind];
        done = match->end;
    }
    out.append(held_, done, undecided - done);
    held_.erase(0, undecided);
    if (counting_ == Counting::yes) redactor_->state_->count(counts);
    const auto digest = sha256(out);
    return {std::move(out), digest};
}

}  // namespace stet
