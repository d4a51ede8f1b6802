#include "storage/chain_walk.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

std::string range(std::uint32_t first, std::uint32_t last) {
    return first == last ? fmt::format("event {}", first) : fmt::format("events {} to {}", first, last);
}

}  // namespace

ChainWalk::ChainWalk(Database& database, const TrajectoryRow& trajectory)
    : trajectory_(trajectory),
      rows_(database, trajectory.row),
      stored_from_(database,
                   "SELECT seq, value FROM chain WHERE trajectory = ? AND seq >= ? ORDER BY seq LIMIT 1"),
      stored_before_(
          database,
          "SELECT seq, value FROM chain WHERE trajectory = ? AND seq < ? ORDER BY seq DESC LIMIT 1"),
      value_(chain_begin(trajectory.summary.id)),
      last_wall_ms_(trajectory.summary.begun_wall_ms) {}

void ChainWalk::seek(Seq seq) {
    rest();
    next_stored_.reset();
    value_ = chain_begin(trajectory_.summary.id);
    expected_ = commit_first_ = 0;
    complete_ = true;
    stored_before_.with(trajectory_.row, seq.value);
    if (!stored_before_.step()) return;
    const std::int64_t at = stored_before_.integer(0);
    const auto value = digest_from(stored_before_.blob(1));
    stored_before_.reset();
    // A damaged value is found by walking from the beginning.
    if (!value || at < 0) return;
    value_ = *value;
    expected_ = commit_first_ = static_cast<std::uint32_t>(at) + 1;
    complete_ = false;
}

void ChainWalk::rest() {
    rows_.rest();
}

ChainWalk::Step ChainWalk::flawed(std::optional<Seq> seq, std::string what) const {
    return {std::nullopt, Flaw{trajectory_.summary.id, seq, std::move(what)}};
}

std::optional<ChainWalk::Stored> ChainWalk::stored_from(std::uint32_t seq) {
    if (!stored_from_.with(trajectory_.row, seq).step()) return std::nullopt;
    Stored stored{static_cast<std::uint32_t>(stored_from_.integer(0)),
                  digest_from(stored_from_.blob(1)).value_or(Digest{})};
    stored_from_.reset();
    return stored;
}

ChainWalk::Step ChainWalk::next() {
    auto row = rows_.next();
    if (!row) return flawed(Seq{expected_}, row.error().what);
    if (!*row) return check_end();
    const std::uint32_t seq = (*row)->event.seq.value;
    if (seq != expected_) {
        return flawed(Seq{expected_}, range(expected_, seq - 1) + ": missing");
    }
    return check_link(std::move(**row));
}

ChainWalk::Step ChainWalk::check_link(EventRow row) {
    const std::uint32_t seq = expected_;
    value_ = chain_next(value_, chain_record(row.event, row.body, row.commitments));
    if (row.link != link_of(value_)) {
        return flawed(Seq{seq}, fmt::format("event {}: altered, it does not match the chain", seq));
    }
    if (!next_stored_) next_stored_ = stored_from(seq);
    ++expected_;
    last_wall_ms_ = row.event.wall_ms;
    if (next_stored_ && next_stored_->seq == seq) {
        const std::uint32_t first = std::exchange(commit_first_, expected_);
        const Digest stored = std::exchange(next_stored_, std::nullopt)->value;
        if (value_ != stored) {
            value_ = stored;
            behind_commit_ = true;
            return flawed(Seq{first}, fmt::format("{}: altered, or the chain value after {} was",
                                                  range(first, seq), seq));
        }
    }
    return {std::move(row), std::nullopt};
}

ChainWalk::Step ChainWalk::check_end() {
    const Seq end{expected_};
    if (const auto stored = stored_from(expected_)) {
        return flawed(end, range(expected_, stored->seq) + ": missing, though the chain goes on");
    }
    if (commit_first_ != expected_) {
        return flawed(end, fmt::format("event {}: missing, the commit that holds event {} does not end there",
                                       expected_, expected_ - 1));
    }
    const TrajectorySummary& summary = trajectory_.summary;
    if (trajectory_.unmarked_seal)
        return flawed(std::nullopt, "its standing was altered: it was sealed, and is not marked so any more");
    if (summary.standing != Standing::sealed) return {};
    if (expected_ != trajectory_.stored_events) {
        return flawed(end, fmt::format("sealed with {} events, but there are {}", trajectory_.stored_events,
                                       expected_));
    }
    if (trajectory_root(summary.id, expected_, value_) != summary.root) {
        return flawed(std::nullopt, "the root does not match the events");
    }
    if (complete_ && last_wall_ms_ != summary.ended_wall_ms) {
        return flawed(std::nullopt, "its end is not the time of its last event");
    }
    return {};
}

bool ChainWalk::skip_commit() {
    complete_ = false;
    if (std::exchange(behind_commit_, false)) {
        resume();
        return true;
    }
    const auto stored = stored_from(expected_);
    if (!stored) return false;
    value_ = stored->value;
    expected_ = commit_first_ = stored->seq + 1;
    next_stored_.reset();
    resume();
    return true;
}

}  // namespace stet
