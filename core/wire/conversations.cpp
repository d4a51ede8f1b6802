#include "core/wire/conversations.hpp"

#include <algorithm>
#include <tuple>

namespace stet {
namespace {

constexpr std::size_t probes_max = 48;
constexpr std::size_t probe_bytes = 48;

using History = std::vector<Conversation::Shown>;

std::size_t common_prefix(const History& history, const std::vector<ShownMessage>& messages) {
    std::size_t length = 0;
    while (length < history.size() && length < messages.size() &&
           history[length].digest == messages[length].digest)
        ++length;
    return length;
}

/// What began it: system prompt and first turn. Title and summary calls have another one.
Digest lineage_of(const Question& question) {
    Hasher hasher;
    hasher.update(to_hex(question.system_digest()));
    if (!question.messages.empty()) hasher.update(to_hex(question.messages.front().digest));
    return hasher.finish();
}

/// History and question, message by message: what vanished and what was not there.
struct Comparison {
    std::size_t prefix = 0;
    std::vector<bool> is_new;    // For each message of the question.
    std::vector<bool> vanished;  // For each message of the history.
    std::size_t vanished_count = 0;
    bool keeps_later_ones = false;
};

Comparison compare(const History& history, const std::vector<ShownMessage>& messages) {
    Comparison result;
    result.prefix = common_prefix(history, messages);
    result.is_new.assign(messages.size(), false);
    result.vanished.assign(history.size(), false);
    std::map<Digest, std::size_t> left;
    for (std::size_t i = result.prefix; i < history.size(); ++i)
        ++left[history[i].digest];
    for (std::size_t i = result.prefix; i < messages.size(); ++i) {
        const auto found = left.find(messages[i].digest);
        result.is_new[i] = found == left.end() || found->second == 0;
        if (result.is_new[i]) continue;
        --found->second;
        result.keeps_later_ones = true;
    }
    // Of equal messages the later ones vanished: it makes no difference to what is said.
    for (std::size_t i = history.size(); i-- > result.prefix;) {
        auto& count = left[history[i].digest];
        if (count == 0) continue;
        --count;
        result.vanished[i] = true;
        ++result.vanished_count;
    }
    return result;
}

/// How many messages of the history have another in their place.
std::size_t replaced(const Comparison& comparison, const History& history,
                     const std::vector<ShownMessage>& messages) {
    std::size_t count = 0;
    for (std::size_t i = comparison.prefix; i < std::min(history.size(), messages.size()); ++i)
        if (comparison.vanished[i] && comparison.is_new[i] && history[i].role == messages[i].role) ++count;
    return count;
}

/// Is something new told before the last message that was kept?
bool tells_before_kept(const Comparison& comparison) {
    const auto& is_new = comparison.is_new;
    auto last_kept = is_new.size();
    while (last_kept > comparison.prefix && is_new[last_kept - 1])
        --last_kept;
    for (std::size_t i = comparison.prefix; i < last_kept; ++i)
        if (is_new[i]) return true;
    return false;
}

std::string compaction_kind(const Comparison& comparison, const History& history,
                            const std::vector<ShownMessage>& messages, bool quotes_answer) {
    if (quotes_answer) return "summary";
    if (replaced(comparison, history, messages) == comparison.vanished_count) return "edit";
    return tells_before_kept(comparison) ? "summary" : "trim";
}

/// Pieces from the middle of a text, which survive what is put around a summary.
std::vector<std::string> probes_of(std::string_view text) {
    std::vector<std::string> probes;
    if (text.size() < 4 * probe_bytes) return probes;
    for (const std::size_t quarter : {1U, 2U, 3U})
        probes.emplace_back(text.substr(text.size() / 4 * quarter - probe_bytes / 2, probe_bytes));
    return probes;
}

std::string text_of(const JsonValue& content) {
    if (content.is(JsonKind::string)) return content.text();
    std::string text = content["text"].text();
    if (content.is(JsonKind::array))
        for (const auto& block : content.elements())
            text += block["text"].text();
    return text;
}

}  // namespace

bool Conversations::quotes_an_answer(const Question& question, std::string_view actor) const {
    if (probes_.empty()) return false;
    for (const auto& message : question.messages) {
        if (message.role != "user") continue;
        for (const auto& part : message.parts) {
            if (part.is_result) continue;
            const auto text = text_of(part.content);
            for (const auto& probe : probes_)
                if (probe.actor == actor && text.find(probe.text) != std::string::npos) return true;
        }
    }
    return false;
}

const Conversation* Conversations::continued_by_summary(const Question& question,
                                                        std::string_view actor) const {
    const auto system = question.system_digest();
    const Conversation* latest = nullptr;
    for (const auto& [id, conversation] : conversations_) {
        if (conversation.actor != actor || conversation.dialect != question.dialect) continue;
        if (conversation.system != system || conversation.tool_catalogue != question.tool_catalogue) continue;
        if (conversation.in_flight > 0 || conversation.history.size() < 2) continue;
        if (latest == nullptr || conversation.used > latest->used) latest = &conversation;
    }
    if (latest == nullptr) return nullptr;
    const auto comparison = compare(latest->history, question.messages);
    return comparison.keeps_later_ones || quotes_an_answer(question, actor) ? latest : nullptr;
}

const Conversation* Conversations::choose(const Question& question, std::string_view actor) const {
    const auto lineage = lineage_of(question);
    const Conversation* best = nullptr;
    std::tuple<bool, bool, std::size_t, std::uint64_t> best_rank;
    for (const auto& [id, conversation] : conversations_) {
        if (conversation.actor != actor || conversation.dialect != question.dialect) continue;
        const auto prefix = common_prefix(conversation.history, question.messages);
        const bool whole = prefix == conversation.history.size();
        const bool longer = question.messages.size() > prefix;
        const bool same_lineage = conversation.lineage == lineage;
        if (same_lineage) {
            // The very same question while the first still waits: somebody else asks it.
            if (conversation.in_flight > 0 && !(whole && longer)) continue;
        } else if (!whole || prefix == 0 || !longer || question.messages[prefix].role != "assistant") {
            // Another beginning. It is the same conversation only when all of it is repeated and the
            // model's answer follows: then just the system prompt was changed.
            continue;
        }
        const auto rank = std::tuple(same_lineage, whole, prefix, conversation.used);
        if (best != nullptr && rank < best_rank) continue;
        best = &conversation;
        best_rank = rank;
    }
    return best != nullptr ? best : continued_by_summary(question, actor);
}

Belonging Conversations::place(const Question& question, std::string_view actor) const {
    Belonging belonging;
    const auto* conversation = question.messages.size() > messages_max ? nullptr : choose(question, actor);
    if (conversation == nullptr) {
        belonging.is_new.assign(question.messages.size(), true);
        return belonging;
    }
    auto comparison = compare(conversation->history, question.messages);
    belonging.conversation = conversation->id;
    belonging.system_is_new = conversation->system != question.system_digest();
    if (comparison.vanished_count > 0) {
        belonging.compaction = Compaction{
            .kind = compaction_kind(comparison, conversation->history, question.messages,
                                    !comparison.keeps_later_ones && quotes_an_answer(question, actor)),
            .messages_before = conversation->message_count,
            .messages_after = question.message_count};
    }
    belonging.is_new = std::move(comparison.is_new);
    return belonging;
}

std::uint32_t Conversations::take(const Question& question, std::string_view actor,
                                  const Belonging& belonging) {
    if (!belonging.conversation && conversations_.size() >= conversations_max) forget_one();
    const auto id = belonging.conversation.value_or(last_id_ + 1);
    last_id_ = std::max(last_id_, id);
    auto& conversation = conversations_[id];
    conversation.id = id;
    conversation.actor = actor;
    conversation.dialect = question.dialect;
    conversation.lineage = lineage_of(question);
    conversation.system = question.system_digest();
    conversation.tool_catalogue = question.tool_catalogue;
    conversation.message_count = question.message_count;
    conversation.used = ++clock_;
    conversation.history.clear();
    if (question.messages.size() > messages_max) return id;
    for (const auto& message : question.messages)
        conversation.history.push_back({message.digest, message.role});
    return id;
}

void Conversations::forget_one() {
    const auto oldest =
        std::ranges::min_element(conversations_, {}, [](const auto& entry) { return entry.second.used; });
    conversations_.erase(oldest);
}

Conversation* Conversations::find(std::uint32_t id) {
    const auto found = conversations_.find(id);
    return found == conversations_.end() ? nullptr : &found->second;
}

void Conversations::note_answer(std::string_view actor, std::string_view text) {
    for (auto& probe : probes_of(text))
        probes_.push_back({std::string(actor), std::move(probe)});
    while (probes_.size() > probes_max)
        probes_.pop_front();
}

}  // namespace stet
