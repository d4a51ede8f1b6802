#include "workspace/tree_writer.hpp"

#include <stet/result.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace stet::workspace {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

}  // namespace

std::pair<std::string, std::string> split_path(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return {"", path};
    return {path.substr(0, slash), path.substr(slash + 1)};
}

Descriptor open_step_by_step(int root, const std::string& path) {
    Descriptor here(::openat(root, ".", directory_flags));
    std::size_t at = 0;
    while (here && at < path.size()) {
        const auto end = std::min(path.find('/', at), path.size());
        const auto name = path.substr(at, end - at);
        if (name.empty() || name == "." || name == "..") {
            errno = EXDEV;
            return Descriptor();
        }
        here = Descriptor(::openat(here.get(), name.c_str(), directory_flags));
        at = end + 1;
    }
    return here;
}

Descriptor open_beneath(int root, const std::string& path) {
    open_how how{};
    how.flags = static_cast<std::uint64_t>(directory_flags);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
    const char* name = path.empty() ? "." : path.c_str();
    Descriptor opened(static_cast<int>(::syscall(SYS_openat2, root, name, &how, sizeof how)));
    if (!opened && (errno == ENOSYS || errno == EPERM)) return open_step_by_step(root, path);
    return opened;
}

TreeWriter::TreeWriter(const std::filesystem::path& directory) : place_(directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) throw Trouble("make directory", directory.native(), error.message());
    root_ = Descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) throw Trouble("open directory", directory.native(), reason(errno));
}

bool TreeWriter::is_empty() const {
    std::error_code error;
    const bool empty = std::filesystem::is_empty(place_, error);
    return empty && !error;
}

int TreeWriter::parent_of(const std::string& path) {
    const auto parent = split_path(path).first;
    if (parent.empty()) return root_.get();
    if (!parent_ || parent != parent_path_) {
        parent_ = open_beneath(root_.get(), parent);
        if (!parent_) refuse("open directory", parent, errno);
        parent_path_ = parent;
    }
    return parent_.get();
}

void TreeWriter::make_directory(const std::string& path, std::uint32_t mode) {
    if (::mkdirat(parent_of(path), split_path(path).second.c_str(), 0700) != 0)
        refuse("make directory", path, errno);
    modes_.emplace_back(path, mode);
}

void TreeWriter::make_symlink(const std::string& path, const std::string& target) {
    if (::symlinkat(target.c_str(), parent_of(path), split_path(path).second.c_str()) != 0) {
        refuse("make symlink", path, errno);
    }
}

Descriptor TreeWriter::make_file(const std::string& path, std::uint32_t mode) {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    Descriptor file(::openat(parent_of(path), split_path(path).second.c_str(), flags, 0600));
    if (!file) refuse("make file", path, errno);
    if (::fchmod(file.get(), static_cast<mode_t>(mode & 0777u)) != 0) refuse("set the mode of", path, errno);
    return file;
}

void TreeWriter::finish() {
    // Innermost first: a directory that may not be searched hides what is in it.
    for (auto at = modes_.rbegin(); at != modes_.rend(); ++at) {
        const auto directory = open_beneath(root_.get(), at->first);
        if (!directory) refuse("open directory", at->first, errno);
        const auto mode = static_cast<mode_t>(at->second & 03777u);
        if (::fchmod(directory.get(), mode) != 0) refuse("set the mode of", at->first, errno);
    }
    modes_.clear();
}

void TreeWriter::refuse(const char* operation, const std::string& path, int error) const {
    throw Trouble(operation, (place_ / path).native(), reason(error));
}

}  // namespace stet::workspace
