#pragma once

#include "core/wire/question.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// One conversation with a model, known by what it showed: agents send the whole of it every time.
struct Conversation {
    struct Shown {
        Digest digest;
        std::string role;
    };
    std::uint32_t id = 0;  ///< 1-based.
    std::string actor;
    Dialect dialect = Dialect::anthropic_messages;
    Digest lineage, system;
    std::optional<Digest> tool_catalogue;
    std::vector<Shown> history;
    std::uint32_t message_count = 0;  ///< As the last request counted them.
    std::uint32_t in_flight = 0;      ///< Requests that wait for an answer.
    std::uint64_t used = 0;           ///< Grows with use.
};

/// Where a question belongs, and what of it is new there.
struct Belonging {
    std::optional<std::uint32_t> conversation;  ///< Empty: it begins a new one.
    std::vector<bool> is_new;                   ///< For each of the question's messages.
    bool system_is_new = true;
    std::optional<Compaction> compaction;
};

/// The conversations of one trajectory: several agents, side calls (titles, summaries), parallel
/// sub-agents that ask the very same.
class Conversations {
public:
    static constexpr std::size_t conversations_max = 256;
    /// Longer histories are not followed: the question's messages are all taken for new.
    static constexpr std::size_t messages_max = 65'536;

    Belonging place(const Question& question, std::string_view actor) const;
    /// Notes that the question was asked. Returns the conversation's id.
    std::uint32_t take(const Question& question, std::string_view actor, const Belonging& belonging);
    Conversation* find(std::uint32_t id);
    /// What a model said may come back as the summary with which a conversation goes on.
    void note_answer(std::string_view actor, std::string_view text);

private:
    const Conversation* choose(const Question& question, std::string_view actor) const;
    const Conversation* continued_by_summary(const Question& question, std::string_view actor) const;
    bool quotes_an_answer(const Question& question, std::string_view actor) const;
    void forget_one();

    struct Probe {
        std::string actor, text;
    };
    std::map<std::uint32_t, Conversation> conversations_;
    std::deque<Probe> probes_;
    std::uint32_t last_id_ = 0;
    std::uint64_t clock_ = 0;
};

}  // namespace stet
