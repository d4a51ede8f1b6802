#pragma once

#include <stet/event_source.hpp>

#include <string>
#include <vector>

namespace stet {

// What a trajectory must say of itself to be evidence: the ten audit fields for agent trajectories of
// "A Primer in Post-Training Reasoning Data" (arXiv 2606.02113, table A3).

struct AuditField {
    std::string name;                  ///< "task_state", "goal_and_constraints", …
    std::vector<std::string> missing;  ///< What is unknown; empty when the field is filled.
    friend bool operator==(const AuditField&, const AuditField&) = default;
};

/// All ten, in the primer's order. Reads the trajectory once.
[[nodiscard]] std::vector<AuditField> audit(EventSource& source);

}  // namespace stet
