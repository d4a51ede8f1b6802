#pragma once

#include <stet/door/storage.hpp>
#include <stet/redaction.hpp>
#include <stet/replay_report.hpp>
#include <stet/trajectory.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace stet {

// What this home made, and what came from elsewhere. A log proves that it was not altered since its root was
// kept; it cannot prove who wrote it. So this home puts an authenticator (HMAC-SHA-256 with a key of its own,
// derived from the user's, over root and text) on what it will want to believe later.

/// A replay report as it is stored: the text and, as its last member, its authenticator. `report`: a JSON
/// object with at least one member. The trajectory must be sealed. Makes the user's key when there is none.
RedactedBytes vouch(const TrajectorySummary& trajectory, std::string report, const Redactor& redactor);

/// Was this stored text vouched for here, for this trajectory and its root?
bool vouched(const TrajectorySummary& trajectory, std::string_view stored);

/// Adds to a log that was just sealed that it was made here (an addendum of kind "home").
void claim(Log& log, const TrajectoryId& id, const Redactor& redactor);

/// Was it recorded in this home? Reads the addenda, not the events. False for logs that are not sealed.
bool made_here(const Log& log, const TrajectorySummary& trajectory);

/// A replay report among the addenda.
struct FoundReplay {
    ReplayReport report;
    /// It was made here, of this very trajectory, whole. If not, it is what somebody says.
    bool verified = false;
};

/// The newest that is verified; where none is, the newest.
std::optional<FoundReplay> newest_replay(const EventSource& source);

}  // namespace stet
