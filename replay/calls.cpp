#include "replay/calls.hpp"

#include "replay/answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ranges>

namespace stet {
namespace {

std::uint32_t read_umask(const std::optional<std::string>& octal) {
    std::uint32_t mask = 022;
    if (octal) std::from_chars(octal->data(), octal->data() + octal->size(), mask, 8);
    return mask & 0777;
}

}  // namespace

void Reexecution::see(const Begin& begin) {
    root_ = begin.workspace_path.value_or("");
    umask_ = read_umask(begin.umask);
}

/// The recorded workspace as it is now becomes the world's.
bool Reexecution::reset(Seq at) {
    const auto* tree = states_.tree();
    WorldStart start;
    if (tree != nullptr) start.tree = *tree;
    start.content = [this](const Digest& digest) { return source_.payload(digest); };
    start.root = root_;
    start.umask = umask_;
    start.excluded = states_.excluded();
    const auto ready =
        tree != nullptr ? world_.reset(start) : Error{"start world: no state was recorded", ""};
    started_ = ready.has_value();
    if (!started_ && !strayed_) {
        strayed_ = true;
        findings_.lower(Level::none);
        findings_.diverge({at, "", "", short_form(ready.error().what), "world"});
    }
    return started_;
}

void Reexecution::see(Seq seq, const ToolCall& call) {
    if (call.boundary != Boundary::tool) return;
    auto& asked = open_[seq];
    asked.call.tool = call.tool;
    asked.asked_by = call.asked_by;
    asked.answer.status = ToolStatus::unanswered;
    ++asked_;
    if (!started_ && !reset(seq)) return;
    auto arguments = fetch(source_, call.arguments);
    if (!arguments) {
        asked.missing = true;
        findings_.missing({seq, "/arguments", "", short_form(arguments.error().what), {}});
        return;
    }
    asked.call.arguments = std::move(*arguments);
    if (tape_ != nullptr) {
        // Asked every time, so that it knows which occurrence is meant.
        auto taped = tape_->step(asked.call);
        if (!world_.knows(call.tool)) asked.taped = std::move(taped);
    }
    asked.answer = world_.step(asked.call);
    asked.ran = asked.answer.status != ToolStatus::unanswered;
    executed_ += asked.ran ? 1 : 0;
    if (asked.ran) since_diff_.emplace(seq, asked.asked_by);
}

void Reexecution::see(Seq seq, const ToolResult& result) {
    const auto found = open_.find(result.call);
    if (found == open_.end()) return;
    const auto asked = std::move(found->second);
    open_.erase(found);
    if (asked.missing) return;
    if (!result.content) {
        // Nobody was answered (a time-out, a cancellation): what is left to compare is the state.
        ++unequal_;
        return;
    }
    const auto recorded = fetch(source_, *result.content);
    if (recorded) return compare(seq, result.call, asked, *recorded);
    findings_.missing({seq, "", short_form(recorded.error().what), short_form(asked.answer.content), {}});
}

void Reexecution::compare(Seq seq, Seq call, const Asked& asked, const std::string& recorded) {
    const auto level = compare_answers(recorded, asked.answer, asked.call, world_);
    if (level <= Level::normalised) return findings_.call(level);
    if (asked.taped && asked.taped->status != ToolStatus::unanswered && asked.taped->content == recorded) {
        ++from_tape_;
        executed_ -= asked.ran ? 1 : 0;  // That there is no such tool was not what happened.
        since_diff_.erase(call);
        return findings_.call(Level::bytes);
    }
    if (!asked.ran) {
        const bool known = world_.knows(asked.call.tool);
        const auto why = !started_ ? "the world could not be started"
                         : known   ? "the world cannot know the answer"
                                   : fmt::format("the world has no tool {}", asked.call.tool);
        findings_.call(Level::none);
        findings_.diverge(
            {seq, "", short_form(recorded), short_form(why), known ? "unanswered" : "unknown_tool"});
        return;
    }
    const bool known = world_.knows(asked.call.tool);
    auto difference = first_difference(recorded, asked.answer.content);
    findings_.diverge({seq, std::move(difference.where), std::move(difference.recorded),
                       std::move(difference.live), known ? "answer" : "unknown_tool"});
    if (known) {
        ++unequal_;
    } else {
        findings_.call(Level::none);
    }
}

/// What became of the answers that differed: with an equal state their effect was the same.
void Reexecution::settle(bool state_equal) {
    for (; unequal_ > 0; --unequal_)
        findings_.call(state_equal ? Level::effect : Level::none);
}

/// Can the calls in the world alone have made this change? Only if it is laid to nothing else: either
/// to them, or to the model's calls that they served. Without such links there is no telling, and they
/// must explain it.
bool Reexecution::explains(const StateDiff& diff) const {
    if (since_diff_.empty()) return false;
    const auto linked =
        std::ranges::all_of(since_diff_, [](const auto& call) { return call.second.has_value(); });
    const auto ours = [this](Seq cause) {
        return since_diff_.contains(cause) ||
               std::ranges::any_of(since_diff_, [cause](const auto& call) { return call.second == cause; });
    };
    return !linked || std::ranges::all_of(diff.causes, ours);
}

void Reexecution::stray(Seq seq) {
    strayed_ = true;
    const auto* recorded = states_.tree();
    const auto* live = world_.tree();
    TreeDifference difference{"", to_string(states_.digest()), to_string(world_.state())};
    if (recorded != nullptr && live != nullptr)
        difference = first_difference(*recorded, *live).value_or(difference);
    findings_.diverge({seq, difference.path, difference.recorded, difference.live, "state"});
}

void Reexecution::see(Seq seq, const StateDiff& diff) {
    if (!started_ || diff.scope != "workspace") return;
    const bool explained = explains(diff);
    const bool equal = world_.state() == diff.after;
    since_diff_.clear();
    if (explained || equal) {
        findings_.state(equal);
        if (!equal) stray(seq);
        settle(equal);
    }
    if (equal || states_.tree() == nullptr) return;
    // Each later call is judged on the recorded state again. What differed before that is not excused by a
    // state that was handed to the world.
    settle(false);
    taken_over_ = true;
    reset(seq);
}

void Reexecution::finish(bool torn) {
    // A call that nobody answered can only be compared by its effect.
    if (!torn) unequal_ += static_cast<std::uint32_t>(open_.size());
    settle(started_ && world_.state() == states_.digest());
}

std::string Reexecution::how() const {
    auto how = fmt::format("{} in world {} {}", re_executed, world_.name(), world_.version());
    if (executed_ != asked_) how = fmt::format("{} of {} calls {}", executed_, asked_, how);
    if (from_tape_ > 0) how += fmt::format(", {} from tape", from_tape_);
    if (taken_over_) how += ", other changes as recorded";
    return how;
}

void TapedCalls::see(Seq seq, const ToolCall& call) {
    tools_ = tools_ || call.boundary == Boundary::tool;
    if (tape_ == nullptr) return;
    auto arguments = fetch(source_, call.arguments);
    if (arguments) answers_[seq] = tape_->step({call.tool, *std::move(arguments)});
}

TapedCalls::Judged TapedCalls::judge(Seq seq, Seq call, const std::optional<Slice>& content) const {
    if (protocol_.missing()) return {std::nullopt, {}};
    if (!protocol_.confirms()) return {};
    const auto asked = answers_.find(call);
    if (tape_ == nullptr || !content || asked == answers_.end()) return {Level::bytes, {}};
    const auto recorded = fetch(source_, *content);
    if (!recorded) return {std::nullopt, {seq, "", short_form(recorded.error().what), "", {}}};
    if (asked->second.content == *recorded) return {Level::bytes, {}};
    const auto difference = first_difference(*recorded, asked->second.content);
    return {Level::none, {seq, difference.where, difference.recorded, difference.live, "tape"}};
}

void TapedCalls::see(Seq seq, const ToolResult& result) {
    results_.push_back(judge(seq, result.call, result.content));
}

/// Each later request shows it again; the first time counts.
void TapedCalls::see(Seq seq, const Observation& shown) {
    if (!observations_.contains(shown.call))
        observations_[shown.call] = judge(seq, shown.call, shown.content);
}

void TapedCalls::finish() {
    if (protocol_.imported() || !protocol_.had_wire())
        return;  // Nothing confirms what was imported, and nothing contradicts it.
    const auto count = [this](const Judged& judged) {
        if (judged.level) findings_.call(*judged.level);
        if (judged.level && !judged.divergence.cause.empty()) findings_.diverge(judged.divergence);
        if (!judged.level && judged.divergence.at.value > 0) findings_.missing(judged.divergence);
    };
    if (tools_) {
        std::ranges::for_each(results_, count);
    } else {
        std::ranges::for_each(observations_ | std::views::values, count);
    }
}

}  // namespace stet
