#include "workspace/tree_writer.hpp"

#include <stet/door/workspace.hpp>

#include <cerrno>
#include <fcntl.h>
#include <map>
#include <unistd.h>

namespace stet {
namespace workspace {
namespace {

constexpr mode_t owner_may = 0700;

Descriptor open_root(const std::filesystem::path& directory) {
    Descriptor root(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root) throw Trouble("open directory", directory.native(), reason(errno));
    return root;
}

/// Makes edits in one directory with what another holds. Nothing is resolved but beneath the two, and
/// no symlink is followed.
class Overlay {
public:
    Overlay(const std::filesystem::path& from, const std::filesystem::path& to)
        : from_place_(from), to_place_(to), from_(open_root(from)), to_(open_root(to)) {}

    /// Innermost first, so that a directory is empty when its turn comes.
    void remove(const TreeEntry& entry) {
        const auto [above, name] = split_path(entry.path);
        const auto parent = parent_of(above);
        const int flags = entry.kind == EntryKind::directory ? AT_REMOVEDIR : 0;
        if (::unlinkat(parent.get(), name.c_str(), flags) != 0 && errno != ENOENT)
            refuse("remove", entry.path, errno);
    }

    void make(const TreeEntry& entry) {
        const auto [above, name] = split_path(entry.path);
        const auto parent = parent_of(above);
        if (entry.kind == EntryKind::file) return make_file(parent.get(), name, entry);
        const int made = entry.kind == EntryKind::directory
                             ? ::mkdirat(parent.get(), name.c_str(), owner_may)
                             : ::symlinkat(entry.target.c_str(), parent.get(), name.c_str());
        if (made != 0) refuse("make", entry.path, errno);
        if (entry.kind == EntryKind::directory) set_mode(entry);
    }

    void set_mode(const TreeEntry& entry) { modes_[entry.path] = entry.mode & 03777u; }

    /// Innermost first: a directory that may not be searched hides what is in it.
    void finish() {
        for (auto at = modes_.rbegin(); at != modes_.rend(); ++at) {
            const auto directory = open_beneath(to_.get(), at->first);
            if (!directory || ::fchmod(directory.get(), at->second) != 0)
                refuse("set the mode of", at->first, errno);
        }
    }

private:
    /// Write-protected ones are opened up until `finish`.
    Descriptor parent_of(const std::string& path) {
        auto directory = open_beneath(to_.get(), path);
        Facts facts;
        if (!directory) refuse("open directory", path, errno);
        if (const int error = facts_of(directory.get(), facts)) refuse("look at", path, error);
        if ((facts.permissions() & owner_may) == owner_may) return directory;
        modes_.emplace(path, facts.permissions());
        if (::fchmod(directory.get(), facts.permissions() | owner_may) != 0) refuse("open up", path, errno);
        return directory;
    }

    void make_file(int parent, const std::string& name, const TreeEntry& entry) {
        const auto [above, last] = split_path(entry.path);
        const auto source = open_beneath(from_.get(), above);
        constexpr int reading = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
        const Descriptor from(source ? ::openat(source.get(), last.c_str(), reading) : -1);
        Facts facts;
        const int error = from ? facts_of(from.get(), facts) : errno;
        if (error != 0) throw Trouble("read", (from_place_ / entry.path).native(), reason(error));
        if (!facts.is_file()) throw Trouble("read", (from_place_ / entry.path).native(), "it is no file");
        constexpr int writing = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        const Descriptor to(::openat(parent, name.c_str(), writing, 0600));
        if (!to) refuse("make", entry.path, errno);
        copy_bytes(from.get(), to.get(), (from_place_ / entry.path).native());
        if (::fchmod(to.get(), static_cast<mode_t>(entry.mode & 0777u)) != 0)
            refuse("set the mode of", entry.path, errno);
        set_modified(to.get(), facts.modified_ns);
    }

    [[noreturn]] void refuse(const char* operation, const std::string& path, int error) const {
        throw Trouble(operation, (to_place_ / path).native(), reason(error));
    }

    const std::filesystem::path& from_place_;
    const std::filesystem::path& to_place_;
    Descriptor from_, to_;
    std::map<std::string, mode_t> modes_;  ///< What directories get in the end.
};

/// A directory that stays one keeps what is in it.
bool stays(const TreeEdit& edit) {
    return edit.before && edit.after && edit.before->kind == EntryKind::directory &&
           edit.after->kind == EntryKind::directory;
}

}  // namespace
}  // namespace workspace

void overlay(const std::filesystem::path& from, const std::filesystem::path& to,
             const std::vector<TreeEdit>& edits) {
    workspace::Overlay overlay(from, to);
    for (auto at = edits.rbegin(); at != edits.rend(); ++at) {
        if (at->before && !workspace::stays(*at)) overlay.remove(*at->before);
    }
    for (const auto& edit : edits) {
        if (workspace::stays(edit)) overlay.set_mode(*edit.after);
        if (edit.after && !workspace::stays(edit)) overlay.make(*edit.after);
    }
    overlay.finish();
}

}  // namespace stet
