#include "storage/trajectories.hpp"

#include "storage/hashing.hpp"
#include "storage/printable.hpp"

#include <fmt/format.h>

#include <limits>

namespace stet {
namespace {

constexpr std::int64_t events_max = std::numeric_limits<std::uint32_t>::max();

std::int64_t count_stored(Statement& last, std::int64_t trajectory, std::int64_t& ended_wall_ms) {
    if (!last.with(trajectory).step()) return 0;
    const std::int64_t count = last.integer(0) + 1;
    ended_wall_ms = last.integer(1);
    last.reset();
    return count;
}

void count_unsealed(Database& database, const Statement& rows, Statement& last, bool writer_alive,
                    TrajectoryRow& row) {
    const std::int64_t count = count_stored(last, row.row, row.summary.ended_wall_ms);
    if (count < 0 || count > events_max) database.refuse("its events are not numbered as they should be");
    row.stored_events = static_cast<std::uint32_t>(count);
    row.unmarked_seal = rows.integer(4) != 0 || rows.integer(5) != 0 || !rows.is_null(7) ||
                        rows.integer(6) != rows.integer(3);
    row.summary.standing = writer_alive ? Standing::recording : Standing::torn;
    row.summary.events = row.stored_events;
}

void read_seal(Database& database, const Statement& rows, TrajectoryRow& row) {
    row.summary.standing = Standing::sealed;
    row.summary.root = digest_from(rows.blob(7));
    const std::int64_t events = rows.integer(5);
    if (!row.summary.root || events < 0 || events > events_max)
        database.refuse("a sealed trajectory has no proper root");
    row.stored_events = static_cast<std::uint32_t>(events);
    row.summary.events = row.stored_events;
    row.summary.ended_wall_ms = rows.integer(6);
}

}  // namespace

std::vector<TrajectoryRow> read_trajectories(Database& database, bool writer_alive) {
    const ReadTransaction one_state(database);
    Statement rows(database,
                   "SELECT id, uid, name, begun_wall_ms, standing, events, ended_wall_ms, root FROM "
                   "trajectory ORDER BY id");
    Statement last(database, "SELECT seq, wall_ms FROM event WHERE trajectory = ? ORDER BY seq DESC LIMIT 1");
    std::vector<TrajectoryRow> trajectories;
    while (rows.step()) {
        TrajectoryRow row;
        row.row = rows.integer(0);
        const auto id = parse_trajectory_id(rows.text(1));
        if (!id) database.refuse(fmt::format("trajectory {}: {}", row.row, printable(id.error().what)));
        row.summary.id = *id;
        row.summary.name = rows.text(2);
        row.summary.begun_wall_ms = rows.integer(3);
        row.summary.ended_wall_ms = row.summary.begun_wall_ms;
        if (rows.integer(4) == 1) {
            read_seal(database, rows, row);
        } else {
            count_unsealed(database, rows, last, writer_alive, row);
        }
        trajectories.push_back(std::move(row));
    }
    return trajectories;
}

std::vector<OpenStream> read_open_streams(Database& database, std::int64_t trajectory,
                                          std::uint32_t stored_events) {
    Statement rows(
        database,
        "SELECT stream, min(request) FROM piece WHERE trajectory = ? GROUP BY stream ORDER BY stream");
    std::vector<OpenStream> streams;
    rows.with(trajectory);
    while (rows.step()) {
        const std::int64_t request = rows.integer(1);
        const std::int64_t stream = rows.integer(0);
        if (request < 0 || request >= stored_events || stream < 0 || stream > events_max) continue;
        streams.push_back({static_cast<std::uint32_t>(stream), Seq{static_cast<std::uint32_t>(request)}});
    }
    return streams;
}

}  // namespace stet
