#pragma once

#include "storage/chain_walk.hpp"
#include "storage/torn.hpp"

#include <stet/event_source.hpp>

#include <deque>
#include <optional>

namespace stet {

/// The events of one stored trajectory. Reads ahead by small batches, so that no reader keeps the
/// database from being written or its WAL from being folded in.
class LogSource final : public EventSource {
public:
    /// `database` must outlive the source.
    LogSource(Database& database, TrajectoryRow trajectory);

    const TrajectorySummary& summary() const override { return trajectory_.summary; }
    std::optional<Event> next() override;
    void seek(Seq seq) override;
    Result<std::string> payload(const Digest& digest) const override;
    std::vector<Addendum> addenda() const override;
    void verify() const override;

private:
    void load();
    void take(EventRow row);
    const Reconstructed& reconstructed() const;
    [[noreturn]] void refuse(const Flaw& flaw) const;

    Database& database_;
    TrajectoryRow trajectory_;
    ChainWalk walk_;
    mutable PayloadReader payloads_;
    mutable std::optional<Reconstructed> reconstructed_;  ///< Once somebody needs it.
    std::deque<Event> ready_;
    std::optional<Flaw> flaw_;  ///< Comes after what is ready.
    Seq wanted_;                ///< Events before it are verified and passed over.
    std::size_t next_reconstructed_ = 0;
};

}  // namespace stet
