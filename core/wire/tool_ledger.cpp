#include "core/wire/tool_ledger.hpp"

#include <algorithm>
#include <iterator>

namespace stet {

void ToolLedger::add(Call call) {
    if (calls_.size() >= calls_max) forget_oldest();
    if (call.boundary == Boundary::model) accounted_ = Boundary::model;
    by_id_[call.call_id].insert(call.seq);
    open_.insert(call.seq);
    const auto seq = call.seq;
    calls_.insert_or_assign(seq, std::move(call));
}

void ToolLedger::forget_oldest() {
    const auto oldest = calls_.begin();
    const auto ids = by_id_.find(oldest->second.call_id);
    if (ids != by_id_.end()) {
        ids->second.erase(oldest->first);
        if (ids->second.empty()) by_id_.erase(ids);
    }
    open_.erase(oldest->first);
    window_.erase(oldest->first);
    calls_.erase(oldest);
}

ToolLedger::Call* ToolLedger::find(std::string_view call_id, std::uint32_t conversation,
                                   std::string_view actor) {
    const auto ids = by_id_.find(call_id);
    if (ids == by_id_.end()) return nullptr;
    Call* best = nullptr;
    int best_rank = -1;
    for (const auto seq : ids->second) {
        auto& call = calls_.at(seq);
        if (call.boundary != Boundary::model) continue;
        const int rank = call.conversation == conversation ? 2 : call.actor == actor ? 1 : 0;
        if (rank >= best_rank) best = &call;
        best_rank = std::max(best_rank, rank);
    }
    return best;
}

ToolLedger::Call* ToolLedger::find(Seq seq) {
    const auto found = calls_.find(seq);
    return found == calls_.end() ? nullptr : &found->second;
}

const ToolLedger::Call* ToolLedger::find(Seq seq) const {
    const auto found = calls_.find(seq);
    return found == calls_.end() ? nullptr : &found->second;
}

void ToolLedger::answer(Call& call) {
    if (call.answered) return;
    call.answered = true;
    open_.erase(call.seq);
    window_.insert(call.seq);
    if (!call.asked_by) return;
    if (auto* asked = find(*call.asked_by); asked != nullptr) answer(*asked);
}

void ToolLedger::abandon(std::uint32_t conversation) {
    std::erase_if(open_, [&](Seq seq) { return calls_.at(seq).conversation == conversation; });
}

template <class Wanted>
std::vector<Seq> ToolLedger::pick(const std::set<Seq>& from, Wanted wanted) const {
    std::vector<Seq> picked;
    std::ranges::copy_if(from, std::back_inserter(picked), [&](Seq seq) {
        const auto& call = calls_.at(seq);
        return call.boundary == accounted_ && wanted(call);
    });
    return picked;
}

std::vector<Seq> ToolLedger::suspects(bool changed) const {
    // A call that an earlier diff was laid to while it ran is suspected again only when nobody else is.
    const auto uncharged = [](const Call& call) { return !call.charged; };
    if (auto answered = pick(window_, uncharged); !answered.empty() || !changed) return answered;
    if (auto running = pick(open_, uncharged); !running.empty()) return running;
    const auto all = [](const Call&) { return true; };
    auto rest = pick(window_, all);
    std::ranges::copy(pick(open_, all), std::back_inserter(rest));
    std::ranges::sort(rest);
    return rest;
}

void ToolLedger::close_window(const std::vector<Seq>& causes, bool changed) {
    window_.clear();
    if (!changed) return;
    for (const auto seq : causes)
        if (auto* call = find(seq); call != nullptr) call->charged = true;
}

}  // namespace stet
