#include "storage/opening.hpp"

#include "storage/schema.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace stet {
namespace {

constexpr std::string_view operation = "open log";

std::filesystem::path journal_of(const std::filesystem::path& path) {
    return path.string() + "-journal";
}

// A journal may name a second one, which SQLite would delete when it rolls back. Ours never do, so a
// stranger's that does is an attack: <https://www.sqlite.org/fileformat2.html>, section 3.
bool names_another_journal(const std::filesystem::path& journal) {
    constexpr std::array<unsigned char, 8> magic{0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
    const int descriptor = ::open(journal.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return true;
    std::array<unsigned char, 8> tail{};
    const off_t end = lseek(descriptor, -static_cast<off_t>(tail.size()), SEEK_END);
    const bool read =
        end >= 0 && pread(descriptor, tail.data(), tail.size(), end) == static_cast<ssize_t>(tail.size());
    ::close(descriptor);
    return read && tail == magic;
}

bool has_journal(const std::filesystem::path& path) {
    struct stat facts {};
    return lstat(journal_of(path).c_str(), &facts) == 0 && facts.st_size > 0;
}

// What `add` left when it was cut off. Nobody else is at it: the lock is ours.
void roll_back_addendum(const std::filesystem::path& path, LogFile& file) {
    if (!has_journal(path) || file.locked_elsewhere() || !file.lock()) return;
    if (names_another_journal(journal_of(path))) {
        throw Trouble(operation, path.string(), "the -journal beside it is none of ours",
                      "do not trust these files");
    }
    {
        Database database(path, operation, Access::append);
        database.run("BEGIN IMMEDIATE; COMMIT");
    }
    file.unlock();
}

std::unique_ptr<Database> connect(const std::filesystem::path& path, Access access) {
    auto database = std::make_unique<Database>(path, operation, access);
    check_schema(*database);
    return database;
}

std::unique_ptr<Database> connect_to_read(const std::filesystem::path& path, const LogFile& file) {
    try {
        return connect(path, Access::read);
    } catch (const Trouble& first) {
        if (file.locked_elsewhere()) throw;
        try {
            return connect(path, Access::read_alone);
        } catch (const Trouble&) {
            throw first;
        }
    }
}

// A recorder keeps the lock for hours, somebody who adds for milliseconds.
void lock_to_add(const std::filesystem::path& path, LogFile& file, std::string_view adding) {
    if (file.lock()) return;
    {
        Database database(path, adding, Access::read);
        Statement recorded(database, "SELECT count(*) FROM trajectory WHERE standing = 0");
        if (recorded.step() && recorded.integer(0) > 0) {
            throw Trouble(adding, path.string(), "it is being recorded", "try again when the run has ended");
        }
    }
    if (!file.lock(std::chrono::seconds(10))) {
        throw Trouble(adding, path.string(), "another program keeps it locked",
                      "try again when that has ended");
    }
}

}  // namespace

OpenLog open_to_read(const std::filesystem::path& path) {
    LogFile file = LogFile::open(path, operation);
    check_header(file, path, operation);
    roll_back_addendum(path, file);
    auto database = connect_to_read(path, file);
    return {std::move(file), std::move(database)};
}

OpenLog open_to_add(const std::filesystem::path& path, std::string_view adding) {
    LogFile file = LogFile::open(path, adding);
    check_header(file, path, adding);
    lock_to_add(path, file, adding);
    auto database = std::make_unique<Database>(path, adding, Access::append);
    check_schema(*database);
    // In WAL mode only when a reader kept the seal from leaving it; then WAL is what it stays in.
    database->run("PRAGMA secure_delete = OFF; PRAGMA synchronous = EXTRA");
    return {std::move(file), std::move(database)};
}

}  // namespace stet
