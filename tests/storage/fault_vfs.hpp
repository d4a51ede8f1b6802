#pragma once

#include "tests/storage/recording.hpp"

#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace stet::test {

/// What becomes of the writes that were not synced when the power goes.
enum class Loss : std::uint8_t {
    everything,  ///< Only what was synced is there.
    nothing,     ///< All of it had reached the disk.
    some,        ///< A random subset: writes are reordered.
    torn,        ///< A random subset of their 512-byte sectors.
};

/// SQLite's default VFS with a second bookkeeping: for each file, what a disk is sure to hold, and
/// what it may hold. Files behave as ever; at any operation one can ask what a power cut would leave.
///
/// What the disk is sure to hold of a directory: a file's name once a journal or a WAL in the same
/// directory was synced for the first time after the file came (SQLite syncs the directory then); a
/// deletion once that, or a deletion with a sync, has followed.
///
/// While it lives it is the default VFS of the process. Thread: one uses SQLite at a time.
class FaultVfs {
public:
    FaultVfs();
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    /// Called before each write, truncation, sync and deletion.
    std::function<void()> before_operation;

    /// Writes what would be left into an empty directory.
    void cut_power(const std::filesystem::path& directory, Loss loss, Draw& draw) const;

    // For the callbacks that SQLite is given.
    struct Change {
        bool truncate = false;
        std::uint64_t offset = 0;  ///< Or the new size.
        std::string bytes;
    };
    struct Tracked {
        std::string durable;
        std::vector<Change> pending;
        bool name_durable = false;
        bool deleted = false;  ///< Not yet durably.
    };
    /// Was it there before?
    bool track(const std::string& path);
    void change(const std::string& path, Change change);
    void sync(const std::string& path, bool syncs_directory);
    void remove(const std::string& path, bool syncs_directory);

private:
    void sync_directory();

    sqlite3_vfs vfs_;
    std::map<std::string, Tracked> files_;
};

}  // namespace stet::test
