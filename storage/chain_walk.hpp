#pragma once

#include "storage/event_rows.hpp"
#include "storage/trajectories.hpp"

#include <stet/door/storage.hpp>

namespace stet {

/// Walks the events of a trajectory in order, and verifies each as it goes by: dense seqs, the link
/// beside the event, the chain value stored after each commit, and at the end the seal.
///
/// Begun in the middle it trusts the stored chain value before that place; only a walk from the
/// beginning proves the root.
///
/// The walk keeps no transaction: surround a series of `next` by a ReadTransaction, `from` before the
/// first and `rest` after the last. Thread: the database's, which must outlive the walk.
class ChainWalk {
public:
    ChainWalk(Database& database, const TrajectoryRow& trajectory);

    /// The walk goes on at the commit that holds `seq`, or just after it ended.
    void seek(Seq seq);

    /// To be called before the first `next` of a transaction.
    void resume() { rows_.from(Seq{expected_}); }
    void rest();
    struct Step {
        std::optional<EventRow> event;
        std::optional<Flaw> flaw;  ///< The walk is over, unless `skip_commit`.
    };
    /// Neither: the end, and it is as it should be.
    Step next();

    /// After a flaw: goes on behind the commit that holds it. False when there is no such place.
    bool skip_commit();

private:
    struct Stored {
        std::uint32_t seq = 0;
        Digest value;
    };
    Step flawed(std::optional<Seq> seq, std::string what) const;
    std::optional<Stored> stored_from(std::uint32_t seq);
    Step check_link(EventRow row);
    Step check_end();

    TrajectoryRow trajectory_;
    EventRows rows_;
    Statement stored_from_, stored_before_;
    Digest value_;
    std::uint32_t expected_ = 0;      ///< The next seq.
    std::uint32_t commit_first_ = 0;  ///< The first seq of the commit that is being walked.
    std::optional<Stored> next_stored_;
    bool behind_commit_ = false;  ///< The flaw was found after its commit's last event.
    bool complete_ = true;        ///< From the beginning, nothing skipped.
    std::int64_t last_wall_ms_ = 0;
};

}  // namespace stet
