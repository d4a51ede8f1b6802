#include "workspace/mount_points.hpp"

#include "workspace/descriptor.hpp"
#include "workspace/within.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace stet::workspace {
namespace {

namespace fs = std::filesystem;

/// The directory `name` beneath `parent`, made if it is missing. None when it is something else.
Descriptor directory_beneath(int parent, const char* name) {
    (void)::mkdirat(parent, name, 0755);
    return Descriptor(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// The file `name` beneath `parent`, made if it is missing: false when it is something else.
bool file_beneath(int parent, const char* name) {
    const Descriptor made(::openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
    Facts facts;
    return made || (facts_at(parent, name, facts) == 0 && facts.is_file());
}

bool make_place(const fs::path& tree, const fs::path& relative, bool is_directory) {
    Descriptor here(::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (auto at = relative.begin(); here && at != relative.end(); ++at) {
        const bool last = std::next(at) == relative.end();
        if (last && !is_directory) return file_beneath(here.get(), at->c_str());
        here = directory_beneath(here.get(), at->c_str());
    }
    return static_cast<bool>(here);
}

}  // namespace

Result<void> make_mount_points(const SandboxJob& job) {
    const auto inside = job.inside.lexically_normal();
    for (const auto& bind : job.read_only) {
        const auto to = bind.to.lexically_normal();
        if (!is_within(to, inside) || to == inside) continue;
        std::error_code error;
        const auto relative = to.lexically_relative(inside);
        if (!make_place(job.tree, relative, fs::is_directory(bind.from, error))) {
            return Error{fmt::format("{} has no place in the tree", relative.native()),
                         "a file or a symlink stands in its way"};
        }
    }
    return {};
}

}  // namespace stet::workspace
