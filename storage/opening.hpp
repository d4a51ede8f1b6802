#pragma once

#include "storage/database.hpp"
#include "storage/log_file.hpp"

#include <memory>

namespace stet {

/// A log's file and the connection to it, in the order in which they must go.
struct OpenLog {
    LogFile file;
    std::unique_ptr<Database> database;
};

/// Anybody's log, to be read. Throws Trouble when it is none.
///
/// A torn log has a WAL beside it, whose index (-shm) SQLite wants to write even to read. Where it
/// cannot (a read-only directory) the WAL's index is built in memory instead, without locks: nobody
/// is writing, or the writer's flock would be seen. An addendum that was cut off by a crash is rolled
/// back first, which writes to the file.
OpenLog open_to_read(const std::filesystem::path& path);

/// A log that nobody is recording, to be added to; holds the writer's lock until it goes.
/// `operation` opens each line of Trouble: "add to log".
OpenLog open_to_add(const std::filesystem::path& path, std::string_view operation);

}  // namespace stet
