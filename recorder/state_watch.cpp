#include "recorder/state_watch.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace stet {

struct StateWatch::Found {
    Digest before, after;
    std::vector<std::string> contents;
    std::string edits;
    EditCounts counts;
    bool disturbed = false;
    std::vector<std::string> unreadable;
    std::string problem;  ///< Why there was no scan; empty when there was.
};

StateWatch::StateWatch(asio::io_context& io, Ledger& ledger, Workspace& workspace, Digest state, Tree tree,
                       const std::function<void(const std::string&)>& warn)
    : io_(io), ledger_(ledger), workspace_(workspace), warn_(warn), state_(state), tree_(std::move(tree)) {}

StateWatch::~StateWatch() {
    thread_.join();
}

StateWatch::Found StateWatch::scan() {
    Found found;
    try {
        auto scan = workspace_.scan([&](std::string bytes) { found.contents.push_back(std::move(bytes)); });
        const auto edits = diff_trees(tree_, scan.tree);
        found.counts = count_edits(edits);
        found.before = state_;
        found.after = edits.empty() ? state_ : tree_digest(scan.tree);
        if (!edits.empty()) found.edits = encode_edits(edits);
        found.disturbed = scan.disturbed;
        found.unreadable = std::move(scan.unreadable);
        tree_ = std::move(scan.tree);
        state_ = found.after;
    } catch (const std::exception& failure) {
        found.problem = failure.what();
    }
    return found;
}

asio::awaitable<std::optional<Ticket>> StateWatch::look(Look look) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Signal news(executor);
    std::optional<Found> found;
    asio::post(thread_, [this, &found, &news] {
        auto scanned = std::make_shared<Found>(scan());
        // The coroutine waits until this has run, so what it lent is still there.
        asio::post(io_, [scanned, &found, &news] {
            found = std::move(*scanned);
            news.notify();
        });
    });
    while (!found)
        co_await news.wait();
    co_return append(look, std::move(*found));
}

std::optional<Ticket> StateWatch::append(const Look& look, Found found) {
    for (auto& content : found.contents)
        ledger_.put(std::move(content));
    if (!found.problem.empty()) {
        const auto reason = "the workspace could not be scanned: " + found.problem;
        if (!std::exchange(warned_, true)) warn_(reason);
        return append_gap(look, reason, workspace_.root().string());
    }
    for (const auto& path : found.unreadable) {
        if (reported_.insert(path).second) append_gap(look, "not in the snapshot", path);
    }
    auto draft = ledger_.draft(look.connection, look.cause);
    StateDiff diff;
    diff.before = found.before;
    diff.after = found.after;
    if (!found.edits.empty()) diff.edits = draft.attach(std::move(found.edits));
    diff.created = found.counts.created;
    diff.changed = found.counts.changed;
    diff.deleted = found.counts.deleted;
    diff.ambiguous = look.ambiguous || found.disturbed;
    diff.final_state = look.final_state;
    draft.body = std::move(diff);
    const auto appended = ledger_.append(std::move(draft));
    return appended ? std::optional(appended->ticket) : std::nullopt;
}

std::optional<Ticket> StateWatch::append_gap(const Look& look, std::string reason, std::string place) {
    auto draft = ledger_.draft(look.connection, look.cause);
    Gap gap;
    gap.reason = std::move(reason);
    gap.place = std::move(place);
    draft.body = std::move(gap);
    const auto appended = ledger_.append(std::move(draft));
    return appended ? std::optional(appended->ticket) : std::nullopt;
}

}  // namespace stet
