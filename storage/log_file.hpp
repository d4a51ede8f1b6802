#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// What a log's first 100 bytes claim: <https://www.sqlite.org/fileformat2.html>, section 1.3.
struct FileHeader {
    std::uint32_t application_id = 0;
    std::uint32_t user_version = 0;
};

/// A log's file as the operating system has it: its header, and the flock by which the log's writer
/// is known to be alive.
///
/// It must be made before a Database on the same file and outlive it: closing *any* descriptor of a
/// file drops all POSIX locks that this process holds on it, SQLite's among them. For the same
/// reason the descriptor is kept open as long as any LogFile of this process is open on that file.
///
/// Thread: any; one object, one thread at a time.
class LogFile {
public:
    /// Makes an empty file, mode 0600, and takes the lock. Throws Trouble when it exists.
    static LogFile create(const std::filesystem::path& path);
    /// Throws Trouble unless it is a regular file. `operation`: "open log".
    static LogFile open(const std::filesystem::path& path, std::string_view operation);

    LogFile(LogFile&& other) noexcept;
    LogFile& operator=(LogFile&& other) noexcept;
    ~LogFile();

    /// Takes the writer's lock. False when somebody else has kept it for so long. Readers hold it for
    /// the moment of their question, so the patience must not be nothing.
    bool lock(std::chrono::milliseconds patience = std::chrono::milliseconds(100));
    void unlock();
    /// Does somebody (this process included) hold the lock?
    bool locked_elsewhere() const;

    std::uint64_t size() const;
    /// Empty when the file is too short or no SQLite file.
    std::optional<FileHeader> header() const;

private:
    LogFile(int descriptor, std::uint64_t device, std::uint64_t inode)
        : descriptor_(descriptor), device_(device), inode_(inode) {}
    static LogFile adopt(int descriptor);
    void close();

    int descriptor_ = -1;
    std::uint64_t device_ = 0, inode_ = 0;
    bool locked_ = false;
};

}  // namespace stet
