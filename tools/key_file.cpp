#include "tools/key_file.hpp"

#include <stet/result.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace stet {
namespace {

bool has_no_links(int error) {
    return error == EPERM || error == EOPNOTSUPP || error == ENOSYS || error == EACCES;
}

/// Makes a file that is not there and fills it. The error's number; 0 is none.
int fill_new(const std::filesystem::path& place, std::string_view bytes) {
    const int file = ::open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return errno;
    errno = ENOSPC;  // What a short write means.
    const bool written =
        ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(file) == 0;
    const int error = written ? 0 : errno;
    ::close(file);
    if (!written) ::unlink(place.c_str());
    return error;
}

}  // namespace

void make_key_file(const std::filesystem::path& place, std::string_view key,
                   int (*link)(const char* from, const char* to)) {
    // A file of another name is filled, then linked to its place, which nothing can replace.
    const auto made = place.parent_path() / fmt::format(".{}.{}", place.filename().string(), getpid());
    ::unlink(made.c_str());  // Left by a process of the same number, which is no more.
    int error = fill_new(made, key);
    if (error == 0) {
        const bool linked = (link == nullptr ? ::link : link)(made.c_str(), place.c_str()) == 0;
        error = linked ? 0 : errno;
        ::unlink(made.c_str());
        if (has_no_links(error)) error = fill_new(place, key);
    }
    if (error != 0 && error != EEXIST)
        throw Trouble("write key", place.string(), std::strerror(error),
                      "set STET_HOME to a place that can be written");
}

}  // namespace stet
