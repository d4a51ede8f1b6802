#include "workspace/descriptor.hpp"

#include <stet/result.hpp>

#include <array>
#include <cerrno>
#include <climits>
#include <ctime>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace stet::workspace {
namespace {

constexpr std::int64_t ns_per_second = 1'000'000'000;
constexpr std::size_t piece_bytes = 256u << 10;

std::int64_t nanoseconds(const timespec& time) {
    return time.tv_sec * ns_per_second + time.tv_nsec;
}

Facts facts_from(const struct stat& status) {
    Facts facts;
    facts.device = status.st_dev;
    facts.inode = status.st_ino;
    facts.size = static_cast<std::uint64_t>(status.st_size);
    facts.modified_ns = nanoseconds(status.st_mtim);
    facts.changed_ns = nanoseconds(status.st_ctim);
    facts.mode = status.st_mode;
    return facts;
}

}  // namespace

void Descriptor::close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
}

int facts_at(int directory, const char* name, Facts& facts) {
    struct stat status {};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno;
    facts = facts_from(status);
    return 0;
}

int facts_of(int descriptor, Facts& facts) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return errno;
    facts = facts_from(status);
    return 0;
}

std::int64_t now_ns() {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

std::string reason(int error) {
    return std::generic_category().message(error);
}

std::string read_link(int directory, const char* name, int& error) {
    std::string target(PATH_MAX, '\0');
    const auto length = ::readlinkat(directory, name, target.data(), target.size());
    error = length < 0 ? errno : 0;
    target.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
    return target;
}

void write_all(int descriptor, std::string_view bytes, std::string_view place) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw Trouble("write", place, reason(errno), "free some space and try again");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void copy_bytes(int from, int to, const std::string& place) {
    while (true) {
        const auto copied = ::copy_file_range(from, nullptr, to, nullptr, std::size_t{1} << 30, 0);
        if (copied == 0) return;
        if (copied < 0 && errno == EINTR) continue;
        if (copied < 0) break;  // Not between these two file systems: by hand.
    }
    std::string piece(piece_bytes, '\0');
    while (true) {
        const auto got = ::read(from, piece.data(), piece.size());
        if (got == 0) return;
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Trouble("read", place, reason(errno));
        write_all(to, std::string_view(piece.data(), static_cast<std::size_t>(got)), place);
    }
}

void set_modified(int descriptor, std::int64_t modified_ns) {
    const timespec time{modified_ns / ns_per_second, modified_ns % ns_per_second};
    const std::array times{time, time};
    (void)::futimens(descriptor, times.data());
}

}  // namespace stet::workspace
