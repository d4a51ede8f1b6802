#include "workspace/mount_points.hpp"

#include "workspace/descriptor.hpp"
#include "workspace/within.hpp"

#include <stet/door/workspace.hpp>

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

/// What is bound inside the tree: from the host, to a relative path.
std::vector<SandboxJob::Bind> binds_in_tree(const SandboxJob& job) {
    const auto inside = job.inside.lexically_normal();
    std::vector<SandboxJob::Bind> found;
    for (const auto& bind : job.read_only) {
        const auto to = bind.to.lexically_normal();
        if (is_within(to, inside) && to != inside)
            found.push_back({bind.from, to.lexically_relative(inside)});
    }
    return found;
}

void copy_one(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::copy_file(from, to, fs::copy_options::overwrite_existing, error);
    if (error) throw Trouble("copy", from.native(), error.message());
}

}  // namespace

Result<void> make_mount_points(const SandboxJob& job) {
    for (const auto& bind : binds_in_tree(job)) {
        std::error_code error;
        if (!make_place(job.tree, bind.to, fs::is_directory(bind.from, error))) {
            return Error{fmt::format("{} has no place in the tree", bind.to.native()),
                         "a file or a symlink stands in its way"};
        }
    }
    return {};
}

Result<void> copy_to_mount_points(const SandboxJob& job) {
    if (auto made = make_mount_points(job); !made) return made;
    for (const auto& bind : binds_in_tree(job)) {
        std::error_code error;
        if (fs::is_directory(bind.from, error))
            copy_tree(bind.from, job.tree / bind.to, {});
        else
            copy_one(bind.from, job.tree / bind.to);
    }
    return {};
}

}  // namespace stet::workspace
