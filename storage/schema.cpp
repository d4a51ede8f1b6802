#include "storage/schema.hpp"

#include "storage/printable.hpp"

#include <fmt/format.h>

#include <array>

namespace stet {
namespace {

struct Object {
    std::string_view type, name, table, sql;
};

// Sorted by name, as check_schema reads them. UNIQUE makes an index without text.
constexpr std::array<Object, 13> objects{{
    {"table", "addendum", "addendum",
     "CREATE TABLE addendum(id INTEGER PRIMARY KEY, trajectory INTEGER NOT NULL, number INTEGER NOT NULL,"
     " kind TEXT NOT NULL, wall_ms INTEGER NOT NULL, body TEXT NOT NULL, value BLOB NOT NULL,"
     " UNIQUE(trajectory, number))"},
    {"table", "chain", "chain",
     "CREATE TABLE chain(trajectory INTEGER NOT NULL, seq INTEGER NOT NULL, value BLOB NOT NULL,"
     " UNIQUE(trajectory, seq))"},
    {"table", "event", "event",
     "CREATE TABLE event(id INTEGER PRIMARY KEY, trajectory INTEGER NOT NULL, seq INTEGER NOT NULL,"
     " kind TEXT NOT NULL, step INTEGER NOT NULL, actor TEXT NOT NULL, connection INTEGER NOT NULL,"
     " cause INTEGER, mono_us INTEGER NOT NULL, wall_ms INTEGER NOT NULL, fidelity INTEGER NOT NULL,"
     " body TEXT NOT NULL, payloads TEXT NOT NULL, link BLOB NOT NULL, UNIQUE(trajectory, seq))"},
    {"table", "payload", "payload",
     "CREATE TABLE payload(id INTEGER PRIMARY KEY, digest BLOB UNIQUE, size INTEGER NOT NULL,"
     " codec INTEGER NOT NULL, data BLOB, salt BLOB, commitment BLOB NOT NULL)"},
    {"table", "piece", "piece",
     "CREATE TABLE piece(trajectory INTEGER NOT NULL, stream INTEGER NOT NULL, request INTEGER NOT NULL,"
     " part INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(trajectory, stream, part))"},
    {"table", "reading", "reading",
     "CREATE TABLE reading(trajectory INTEGER NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL,"
     " UNIQUE(trajectory, version))"},
    {"index", "sqlite_autoindex_addendum_1", "addendum", ""},
    {"index", "sqlite_autoindex_chain_1", "chain", ""},
    {"index", "sqlite_autoindex_event_1", "event", ""},
    {"index", "sqlite_autoindex_payload_1", "payload", ""},
    {"index", "sqlite_autoindex_piece_1", "piece", ""},
    {"index", "sqlite_autoindex_reading_1", "reading", ""},
    {"index", "sqlite_autoindex_trajectory_1", "trajectory", ""},
}};

constexpr Object trajectory_table{
    "table", "trajectory", "trajectory",
    "CREATE TABLE trajectory(id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, name TEXT NOT NULL,"
    " begun_wall_ms INTEGER NOT NULL, standing INTEGER NOT NULL, events INTEGER NOT NULL,"
    " ended_wall_ms INTEGER NOT NULL, root BLOB)"};

const Object* expected_at(std::size_t index) {
    if (index < objects.size()) return &objects[index];
    return index == objects.size() ? &trajectory_table : nullptr;
}

bool is_expected(const Statement& row, const Object* object) {
    return object != nullptr && row.text(0) == object->type && row.text(1) == object->name &&
           row.text(2) == object->table && row.text(3) == object->sql;
}

[[noreturn]] void refuse_version(std::uint32_t version, std::string_view operation, const std::string& path) {
    throw Trouble(operation, path, fmt::format("format {}, but this stet knows {}", version, log_version),
                  version > log_version ? "use a newer stet" : "it was never a released format");
}

}  // namespace

void check_header(const LogFile& file, const std::filesystem::path& path, std::string_view operation) {
    if (file.size() == 0) {
        throw Trouble(operation, path.string(), "the file is empty", "its recorder died before it began");
    }
    const auto header = file.header();
    if (!header) {
        throw Trouble(operation, path.string(), "not a stet log (no SQLite file)",
                      "was it made by `stet run`?");
    }
    if (header->application_id != log_application_id) {
        throw Trouble(operation, path.string(),
                      fmt::format("not a stet log (application_id 0x{:x})", header->application_id),
                      "was it made by `stet run`?");
    }
    if (header->user_version != log_version) refuse_version(header->user_version, operation, path.string());
}

void check_schema(Database& database) {
    // Once more through SQLite: a WAL beside the file may say something else than its first page.
    Statement version(database, "PRAGMA user_version");
    if (version.step() && version.integer(0) != log_version) {
        refuse_version(static_cast<std::uint32_t>(version.integer(0)), "open log", database.path().string());
    }
    version.reset();
    std::size_t index = 0;
    Statement rows(database, "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name");
    for (; rows.step(); ++index) {
        if (is_expected(rows, expected_at(index))) continue;
        database.refuse(fmt::format("its schema is not that of a stet log (at {} '{}')",
                                    printable(rows.text(0), 40), printable(rows.text(1), 40)),
                        "do not trust this file");
    }
    if (expected_at(index) != nullptr) {
        database.refuse(
            fmt::format("its schema lacks {} '{}'", expected_at(index)->type, expected_at(index)->name),
            "the file is damaged, or its recorder died before it began");
    }
}

void create_schema(Database& database) {
    database.reserve_page_bytes(page_reserved_bytes);
    database.run(
        fmt::format("PRAGMA page_size = {}; PRAGMA auto_vacuum = NONE; PRAGMA encoding = 'UTF-8';"
                    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; BEGIN IMMEDIATE;"
                    "PRAGMA application_id = {}; PRAGMA user_version = {}",
                    page_bytes, log_application_id, log_version));
    for (std::size_t index = 0; expected_at(index) != nullptr; ++index) {
        if (expected_at(index)->type == "table") database.run(std::string(expected_at(index)->sql));
    }
    database.run("COMMIT");
}

}  // namespace stet
