#include "storage/addenda.hpp"
#include "storage/fsck.hpp"
#include "storage/opening.hpp"
#include "storage/source.hpp"

#include <stet/door/storage.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view adding = "add to log";

TrajectoryRow find_row(Database& database, const TrajectoryId& id, bool writer_alive) {
    for (TrajectoryRow& row : read_trajectories(database, writer_alive)) {
        if (row.summary.id == id) return std::move(row);
    }
    database.refuse("it holds no trajectory " + to_string(id), "`stet ls` shows what it holds");
}

TrajectoryRow find_sealed(Database& database, const TrajectoryId& id) {
    TrajectoryRow row = find_row(database, id, false);
    if (row.summary.standing != Standing::sealed) {
        database.refuse(fmt::format("trajectory {} is not sealed", to_string(id)),
                        "only what is complete can be added to");
    }
    return row;
}

// One transaction on a connection of its own.
template <class Write>
void write_sealed(const std::filesystem::path& path, const TrajectoryId& id, const Write& write) {
    const OpenLog log = open_to_add(path, adding);
    log.database->run("BEGIN IMMEDIATE");
    write(*log.database, find_sealed(*log.database, id));
    log.database->run("COMMIT");
}

}  // namespace

struct Log::State {
    explicit State(const std::filesystem::path& where) : path(where), open(open_to_read(where)) {}

    Database& database() const { return *open.database; }
    bool writer_alive() const { return open.file.locked_elsewhere(); }

    std::filesystem::path path;
    OpenLog open;
};

Log::Log(std::unique_ptr<State> state) : state_(std::move(state)) {}
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() = default;

Log Log::open(const std::filesystem::path& path) {
    return Log(std::make_unique<State>(path));
}

const std::filesystem::path& Log::path() const {
    return state_->path;
}

bool Log::writer_alive() const {
    return state_->writer_alive();
}

std::vector<TrajectorySummary> Log::list() const {
    std::vector<TrajectorySummary> summaries;
    for (TrajectoryRow& row : read_trajectories(state_->database(), state_->writer_alive())) {
        summaries.push_back(std::move(row.summary));
    }
    return summaries;
}

std::unique_ptr<EventSource> Log::source(const TrajectoryId& id) const {
    return std::make_unique<LogSource>(state_->database(),
                                       find_row(state_->database(), id, state_->writer_alive()));
}

std::vector<Flaw> Log::fsck() const {
    return examine(state_->database(), state_->writer_alive());
}

std::uint32_t Log::add(const TrajectoryId& id, std::string_view kind, std::int64_t wall_ms,
                       const RedactedBytes& body) {
    const auto good = check_addendum(kind, body.bytes());
    if (!good) throw Trouble(adding, state_->path.string(), good.error().what, good.error().hint);
    std::uint32_t number = 0;
    write_sealed(state_->path, id, [&](Database& database, const TrajectoryRow& row) {
        const auto before = read_addenda(database, row.row, *row.summary.root);
        if (!before) database.refuse(before.error().what, before.error().hint);
        number = append_addendum(database, row.row, *before, {0, std::string(kind), wall_ms, body.bytes()});
    });
    return number;
}

void Log::store(const TrajectoryId& id, const Readings& readings) {
    write_sealed(state_->path, id, [&](Database& database, const TrajectoryRow& row) {
        Statement replace(database,
                          "INSERT OR REPLACE INTO reading(trajectory, version, body) VALUES(?, ?, ?)");
        replace.run(row.row, readings.version, to_json(readings));
    });
}

std::optional<Readings> Log::readings(const TrajectoryId& id) const {
    const TrajectoryRow row = find_row(state_->database(), id, state_->writer_alive());
    Statement select(state_->database(), "SELECT body FROM reading WHERE trajectory = ? AND version = ?");
    if (!select.with(row.row, readings_version).step()) return std::nullopt;
    auto readings = parse_readings(select.text(0));
    // They can be made again, so a damaged one is as good as none, and so is one of other events.
    const bool fits = readings && readings->version == readings_version && readings->root == row.summary.root;
    if (!fits) return std::nullopt;
    return std::move(*readings);
}

}  // namespace stet
