#pragma once

#include <stet/event.hpp>
#include <stet/trajectory.hpp>

#include <optional>
#include <string>
#include <vector>

namespace stet {

/// Contract: one recorded trajectory, read in order; payloads are fetched by handle, so that nobody
/// has to hold a whole trajectory. Throws Trouble when the log cannot be read or does not verify.
class EventSource {
public:
    virtual ~EventSource() = default;

    virtual const TrajectorySummary& summary() const = 0;

    /// The next event; empty at the end.
    virtual std::optional<Event> next() = 0;
    /// The next call to `next` gives the event at `seq` (or the end).
    virtual void seek(Seq seq) = 0;

    /// The bytes, checked against their digest. An error when they were erased or are not there; Trouble
    /// when they were altered, which is another thing.
    [[nodiscard]] virtual Result<std::string> payload(const Digest& digest) const = 0;

    virtual std::vector<Addendum> addenda() const = 0;

    /// Verifies all that the trajectory rests on, before anybody relies on it: its events, its standing,
    /// its addenda, and every payload that it cites, each read once; also those that only a manifest
    /// names. Erased ones are whole. Throws Trouble that names the first flaw. Does not move the cursor.
    virtual void verify() const = 0;
};

/// The cited bytes, decoded as the slice says (`json` slices as they are).
[[nodiscard]] Result<std::string> fetch(const EventSource& source, const Slice& slice);
/// The same of a payload that is at hand.
[[nodiscard]] Result<std::string> cut(std::string payload, const Slice& slice);

}  // namespace stet
