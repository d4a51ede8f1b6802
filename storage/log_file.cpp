#include "storage/log_file.hpp"

#include <stet/result.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace stet {
namespace {

// POSIX locks belong to the process and the file, not to a descriptor; so this table does, too.
struct Holders {
    int open = 0;
    std::vector<int> idle;  // Descriptors that wait for the last holder to leave.
};

struct HolderTable {
    std::mutex mutex;
    std::map<std::pair<std::uint64_t, std::uint64_t>, Holders> files;
};

HolderTable& holders() {
    static HolderTable table;
    return table;
}

std::uint32_t big_endian(const unsigned char* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) << 24 | static_cast<std::uint32_t>(bytes[1]) << 16 |
           static_cast<std::uint32_t>(bytes[2]) << 8 | static_cast<std::uint32_t>(bytes[3]);
}

std::string_view hint_for(int error, std::string_view otherwise) {
    if (error == ENOENT) return "`stet ls` shows what there is";
    if (error == EEXIST) return "a log is never overwritten; choose another name";
    if (error == EACCES || error == EPERM) return "check the permissions";
    if (error == ENOSPC || error == EDQUOT) return "free some space, then run again";
    return otherwise;
}

}  // namespace

LogFile LogFile::adopt(int descriptor) {
    struct stat facts {};
    fstat(descriptor, &facts);
    const auto device = static_cast<std::uint64_t>(facts.st_dev);
    const auto inode = static_cast<std::uint64_t>(facts.st_ino);
    const std::scoped_lock lock(holders().mutex);
    ++holders().files[{device, inode}].open;
    return LogFile(descriptor, device, inode);
}

LogFile LogFile::create(const std::filesystem::path& path) {
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        const int error = errno;
        throw Trouble("create log", path.string(), std::strerror(error),
                      error == ENOENT ? "its directory must exist" : hint_for(error, {}));
    }
    LogFile file = adopt(descriptor);
    if (!file.lock()) throw Trouble("create log", path.string(), "another program has locked it");
    return file;
}

LogFile LogFile::open(const std::filesystem::path& path, std::string_view operation) {
    struct stat facts {};
    // Looked at first: opening a pipe or a device can have effects.
    if (stat(path.c_str(), &facts) != 0) {
        const int error = errno;
        throw Trouble(operation, path.string(), std::strerror(error), hint_for(error, {}));
    }
    if (S_ISDIR(facts.st_mode)) throw Trouble(operation, path.string(), "is a directory", "name a log in it");
    if (!S_ISREG(facts.st_mode)) throw Trouble(operation, path.string(), "is not a regular file");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        const int error = errno;
        throw Trouble(operation, path.string(), std::strerror(error), hint_for(error, {}));
    }
    return adopt(descriptor);
}

LogFile::LogFile(LogFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      device_(other.device_),
      inode_(other.inode_),
      locked_(std::exchange(other.locked_, false)) {}

LogFile& LogFile::operator=(LogFile&& other) noexcept {
    if (this == &other) return *this;
    close();
    descriptor_ = std::exchange(other.descriptor_, -1);
    device_ = other.device_;
    inode_ = other.inode_;
    locked_ = std::exchange(other.locked_, false);
    return *this;
}

LogFile::~LogFile() {
    close();
}

void LogFile::close() {
    if (descriptor_ < 0) return;
    unlock();
    const std::scoped_lock lock(holders().mutex);
    const auto found = holders().files.find({device_, inode_});
    STET_ASSERT(found != holders().files.end());
    found->second.idle.push_back(std::exchange(descriptor_, -1));
    if (--found->second.open > 0) return;
    for (const int idle : found->second.idle)
        ::close(idle);
    holders().files.erase(found);
}

bool LogFile::lock(std::chrono::milliseconds patience) {
    constexpr std::chrono::milliseconds pause(5);
    for (auto left = patience;; left -= pause) {
        locked_ = locked_ || flock(descriptor_, LOCK_EX | LOCK_NB) == 0;
        if (locked_ || left <= pause) return locked_;
        std::this_thread::sleep_for(pause);
    }
}

void LogFile::unlock() {
    if (std::exchange(locked_, false)) flock(descriptor_, LOCK_UN);
}

bool LogFile::locked_elsewhere() const {
    if (locked_) return false;
    if (flock(descriptor_, LOCK_SH | LOCK_NB) == 0) {
        flock(descriptor_, LOCK_UN);
        return false;
    }
    return errno == EWOULDBLOCK;
}

std::uint64_t LogFile::size() const {
    struct stat facts {};
    if (fstat(descriptor_, &facts) != 0) return 0;
    return static_cast<std::uint64_t>(facts.st_size);
}

std::optional<FileHeader> LogFile::header() const {
    std::array<unsigned char, 100> bytes{};
    if (pread(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return std::nullopt;
    if (std::memcmp(bytes.data(), "SQLite format 3", 16) != 0) return std::nullopt;
    return FileHeader{big_endian(bytes.data() + 68), big_endian(bytes.data() + 60)};
}

}  // namespace stet
