#pragma once

#include "storage/payloads.hpp"

#include <stet/event_codec.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace stet {

inline constexpr std::size_t payloads_per_event_max = 1'000'000;

/// A row of `event`, with what its payloads add to it.
struct EventRow {
    Event event;  ///< Its body is made by `decode`, not before.
    EncodedBody body;
    std::vector<std::int64_t> payload_ids;
    std::vector<Digest> commitments;  ///< One for each payload.
    std::string link;
};

/// "[12,7]": ids as this room writes them, without white space. Empty when it is no such list.
std::optional<std::vector<std::int64_t>> parse_payload_ids(std::string_view text);

/// Writes events. `database` must outlive it. Call inside a transaction.
class EventInserter {
public:
    explicit EventInserter(Database& database);
    void insert(std::int64_t trajectory, const EventRow& row);

private:
    Statement insert_;
};

/// Reads the events of one trajectory, in seq order. Rows are data from outside: a bad one is an
/// Error, which begins "event SEQ". `database` must outlive it.
class EventRows {
public:
    EventRows(Database& database, std::int64_t trajectory);

    /// The following calls to `next` begin at `seq`.
    void from(Seq seq);
    /// Empty at the end. After an Error the rows are at an end.
    Result<std::optional<EventRow>> next();
    /// Lets go of the database until the next `from`.
    void rest() { select_.reset(); }

private:
    Result<EventRow> read_row();

    std::int64_t trajectory_;
    Statement select_;
    PayloadReader payloads_;
};

/// The row's event with its body. An Error when the body is not what its kind says.
[[nodiscard]] Result<Event> decode(EventRow row);

}  // namespace stet
