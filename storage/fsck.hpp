#pragma once

#include "storage/trajectories.hpp"

#include <stet/door/storage.hpp>

#include <optional>
#include <vector>

namespace stet {

inline constexpr std::size_t flaws_max = 100;  ///< More tell nothing new.

/// Log::fsck. What SQLite itself refuses to read is a flaw, too.
std::vector<Flaw> examine(Database& database, bool writer_alive);

/// EventSource::verify: the first flaw in what a trajectory rests on. Payloads are the log's, whoever cites
/// them: which of them a manifest names stands in no table.
std::optional<Flaw> first_flaw(Database& database, const TrajectoryRow& trajectory);

}  // namespace stet
