#pragma once

#include <stet/event.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// The tool calls that were made: which are open, which were answered since the last state diff.
///
/// Where a model's wire is recorded, calls are accounted at the model boundary; a call seen again at
/// the tool boundary is the same call.
class ToolLedger {
public:
    /// Older calls are forgotten first; a result for one of them becomes a gap.
    static constexpr std::size_t calls_max = 65'536;

    struct Call {
        Seq seq;
        Step step;
        std::string actor;
        std::uint32_t conversation = 0;  ///< At the model boundary; 0 is none.
        std::string call_id;
        Boundary boundary = Boundary::model;
        std::optional<Seq> asked_by;  ///< At the tool boundary: the model's call, where it is known.
        bool observed = false;        ///< The model was shown a result.
        bool answered = false;
        bool charged = false;  ///< A diff that changed something was laid to it.
    };

    void add(Call call);
    /// The latest call with this id that the model made: in the conversation, else by the actor, else
    /// anywhere.
    Call* find(std::string_view call_id, std::uint32_t conversation, std::string_view actor);
    Call* find(Seq seq);
    const Call* find(Seq seq) const;
    void answer(Call& call);
    /// Calls that the conversation left without an answer: the agent will not come back to them.
    void abandon(std::uint32_t conversation);

    /// The calls that a state diff taken now may be laid to.
    std::vector<Seq> suspects(bool changed) const;
    /// The diff has been taken.
    void close_window(const std::vector<Seq>& causes, bool changed);

private:
    void forget_oldest();
    template <class Wanted>
    std::vector<Seq> pick(const std::set<Seq>& from, Wanted wanted) const;

    std::map<Seq, Call> calls_;
    std::map<std::string, std::set<Seq>, std::less<>> by_id_;
    std::set<Seq> open_;                   // Not answered and not abandoned.
    std::set<Seq> window_;                 // Answered since the last diff.
    Boundary accounted_ = Boundary::tool;  // Where calls are laid to diffs.
};

}  // namespace stet
