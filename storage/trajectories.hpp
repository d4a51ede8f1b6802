#pragma once

#include "storage/database.hpp"

#include <stet/trajectory.hpp>

#include <vector>

namespace stet {

/// A row of `trajectory`, with what can be told of one that is not sealed.
struct TrajectoryRow {
    std::int64_t row = 0;
    TrajectorySummary summary;
    std::uint32_t stored_events = 0;  ///< Sealed: as the seal says.
    /// It is not marked as sealed, but its row holds (parts of) a seal: somebody took the mark away.
    bool unmarked_seal = false;
};

/// An answer that was still coming in when its recorder died.
struct OpenStream {
    std::uint32_t stream = 0;
    Seq request;
};

/// In order of their beginning in this log. Throws Trouble when a row is damaged.
std::vector<TrajectoryRow> read_trajectories(Database& database, bool writer_alive);

/// Those whose request is in the log, in order.
std::vector<OpenStream> read_open_streams(Database& database, std::int64_t trajectory,
                                          std::uint32_t stored_events);

}  // namespace stet
