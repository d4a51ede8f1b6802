#pragma once

#include "storage/trajectories.hpp"

#include <stet/event.hpp>

#include <map>
#include <string>
#include <vector>

namespace stet {

/// What can still be said of a trajectory whose recorder died.
struct Reconstructed {
    std::vector<Event> events;  ///< Behind the stored ones; not in the chain.
    std::map<Digest, std::string> payloads;
};

/// First the protocol events that are missing behind the last stored event. Then, for each open stream, an
/// incomplete Response (its body: the pieces so far; its cause: the request), what it meant, and a Gap (its
/// cause: that Response). Times are those of the last stored event. Reads the whole trajectory: what an
/// event meant depends on all before it.
Reconstructed reconstruct(Database& database, const TrajectoryRow& trajectory);

}  // namespace stet
