#include "workspace/descriptor.hpp"

#include <stet/door/workspace.hpp>

#include <cerrno>
#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace stet {
namespace workspace {
namespace {

constexpr int depth_max = 100;

void empty(int directory, int top, int depth);

/// A directory may forbid its own owner to list or to empty it.
Descriptor open_for_removal(int parent, const char* name) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Descriptor directory(::openat(parent, name, flags));
    if (!directory && errno == EACCES && ::fchmodat(parent, name, 0700, 0) == 0) {
        directory = Descriptor(::openat(parent, name, flags));
    }
    if (directory) (void)::fchmod(directory.get(), 0700);
    return directory;
}

void remove_one(int parent, const char* name, int top, int depth) {
    if (::unlinkat(parent, name, 0) == 0) return;
    if (depth >= depth_max) {
        // Too deep to hold a descriptor for each level: move it up, where the next round finds it.
        const auto near = "deep-" + std::to_string(now_ns());
        if (::renameat(parent, name, top, near.c_str()) == 0) return;
    }
    if (const auto directory = open_for_removal(parent, name)) empty(directory.get(), top, depth + 1);
    (void)::unlinkat(parent, name, AT_REMOVEDIR);
}

void empty(int directory, int top, int depth) {
    const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* list = copy < 0 ? nullptr : ::fdopendir(copy);
    if (list == nullptr) return;
    while (const dirent* entry = ::readdir(list)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") remove_one(directory, name.c_str(), top, depth);
    }
    ::closedir(list);
}

}  // namespace
}  // namespace workspace

ScratchDirectory::ScratchDirectory() {
    std::error_code error;
    const auto base = std::filesystem::temp_directory_path(error);
    if (error) throw Trouble("find a temporary directory", "", error.message(), "point TMPDIR at one");
    auto pattern = (base / "stet-XXXXXX").native();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw Trouble("make a temporary directory in", base.native(), workspace::reason(errno),
                      "point TMPDIR elsewhere");
    }
    path_ = pattern;
}

ScratchDirectory& ScratchDirectory::operator=(ScratchDirectory&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

ScratchDirectory::~ScratchDirectory() {
    if (path_.empty()) return;
    constexpr int rounds_max = 64;
    for (int round = 0; round < rounds_max && ::rmdir(path_.c_str()) != 0 && errno != ENOENT; ++round) {
        const auto top = workspace::open_for_removal(AT_FDCWD, path_.c_str());
        if (!top) return;
        workspace::empty(top.get(), top.get(), 0);
    }
}

}  // namespace stet
