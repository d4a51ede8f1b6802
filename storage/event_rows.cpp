#include "storage/event_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <limits>

namespace stet {
namespace {

enum Column {
    column_seq,
    column_kind,
    column_step,
    column_actor,
    column_connection,
    column_cause,
    column_mono_us,
    column_wall_ms,
    column_fidelity,
    column_body,
    column_payloads,
    column_link
};

constexpr std::string_view select_sql =
    "SELECT seq, kind, step, actor, connection, cause, mono_us, wall_ms, fidelity, body, payloads, link"
    " FROM event WHERE trajectory = ? AND seq >= ? ORDER BY seq";

bool is_uint32(std::int64_t value) {
    return value >= 0 && value <= std::numeric_limits<std::uint32_t>::max();
}

Error bad(std::int64_t seq, std::string_view what) {
    return {fmt::format("event {}: {}", seq, what), "`stet fsck` says what else is wrong"};
}

bool numbers_fit(const Statement& row) {
    for (const int column :
         {column_seq, column_step, column_connection, column_mono_us, column_wall_ms, column_fidelity}) {
        if (!row.is_integer(column)) return false;
    }
    const bool cause_fits =
        row.is_null(column_cause) || (row.is_integer(column_cause) && is_uint32(row.integer(column_cause)));
    return cause_fits && is_uint32(row.integer(column_seq)) && is_uint32(row.integer(column_step)) &&
           is_uint32(row.integer(column_connection)) && row.integer(column_fidelity) >= 0 &&
           row.integer(column_fidelity) <= static_cast<std::int64_t>(Fidelity::lossy);
}

Event read_envelope(const Statement& row) {
    Event event;
    event.seq = {static_cast<std::uint32_t>(row.integer(column_seq))};
    event.step = {static_cast<std::uint32_t>(row.integer(column_step))};
    event.actor = row.text(column_actor);
    event.connection = static_cast<std::uint32_t>(row.integer(column_connection));
    if (!row.is_null(column_cause)) event.cause = Seq{static_cast<std::uint32_t>(row.integer(column_cause))};
    event.mono_us = row.integer(column_mono_us);
    event.wall_ms = row.integer(column_wall_ms);
    event.fidelity = static_cast<Fidelity>(row.integer(column_fidelity));
    return event;
}

}  // namespace

std::optional<std::vector<std::int64_t>> parse_payload_ids(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    std::vector<std::int64_t> ids;
    const char* at = text.data() + 1;
    const char* const end = text.data() + text.size() - 1;
    while (at != end) {
        if (!ids.empty() && *at++ != ',') return std::nullopt;
        std::int64_t id = 0;
        const auto [after, error] = std::from_chars(at, end, id);
        if (error != std::errc{} || ids.size() == payloads_per_event_max) return std::nullopt;
        ids.push_back(id);
        at = after;
    }
    return ids;
}

EventInserter::EventInserter(Database& database)
    : insert_(database,
              "INSERT INTO event(trajectory, seq, kind, step, actor, connection, cause, mono_us, wall_ms, "
              "fidelity,"
              " body, payloads, link) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)") {}

void EventInserter::insert(std::int64_t trajectory, const EventRow& row) {
    const Event& event = row.event;
    std::optional<std::uint32_t> cause;
    if (event.cause) cause = event.cause->value;
    insert_.run(trajectory, event.seq.value, row.body.kind, event.step.value, event.actor, event.connection,
                cause, event.mono_us, event.wall_ms, static_cast<int>(event.fidelity), row.body.json,
                fmt::format("[{}]", fmt::join(row.payload_ids, ",")), Blob{row.link});
}

EventRows::EventRows(Database& database, std::int64_t trajectory)
    : trajectory_(trajectory), select_(database, select_sql), payloads_(database) {}

void EventRows::from(Seq seq) {
    select_.with(trajectory_, seq.value);
}

Result<std::optional<EventRow>> EventRows::next() {
    if (!select_.step()) return std::optional<EventRow>();
    auto row = read_row();
    if (!row) {
        rest();
        return row.error();
    }
    return std::optional<EventRow>(std::move(*row));
}

Result<EventRow> EventRows::read_row() {
    const std::int64_t seq = select_.integer(column_seq);
    if (!numbers_fit(select_)) return bad(seq, "its row is damaged");
    EventRow row;
    row.event = read_envelope(select_);
    row.body.kind = select_.text(column_kind);
    row.body.json = select_.text(column_body);
    row.link = select_.blob(column_link);
    auto ids = parse_payload_ids(select_.text(column_payloads));
    if (!ids) return bad(seq, "its list of payloads is damaged");
    row.payload_ids = std::move(*ids);
    for (const std::int64_t id : row.payload_ids) {
        const auto known = payloads_.known(id);
        if (!known) return bad(seq, fmt::format("cites payload {}, which is not there or damaged", id));
        row.body.payloads.push_back(known->payload);
        row.commitments.push_back(known->commitment);
    }
    return row;
}

Result<Event> decode(EventRow row) {
    auto body = decode_body(row.body.kind, row.body.json, row.body.payloads);
    if (!body) return bad(row.event.seq.value, body.error().what);
    row.event.body = std::move(*body);
    return std::move(row.event);
}

}  // namespace stet
