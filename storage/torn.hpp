#pragma once

#include "storage/trajectories.hpp"

#include <stet/event.hpp>

#include <map>
#include <string>
#include <vector>

namespace stet {

/// What can still be said of the answers that were coming in when the recorder died.
struct Reconstructed {
    std::vector<Event> events;  ///< Behind the stored ones; not in the chain.
    std::map<Digest, std::string> payloads;
};

/// For each open stream an incomplete Response (its body: the pieces so far; its cause: the request)
/// and a Gap (its cause: that Response). Times are those of the last stored event.
Reconstructed reconstruct(Database& database, const TrajectoryRow& trajectory);

}  // namespace stet
