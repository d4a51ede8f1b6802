#include "workspace/descriptor.hpp"
#include "workspace/env_files.hpp"
#include "workspace/exclusion.hpp"
#include "workspace/read_content.hpp"
#include "workspace/walk.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <set>
#include <unistd.h>
#include <unordered_map>

namespace stet {
namespace workspace {
namespace {

/// The kernel stamps files with a clock that ticks every few milliseconds: a file that changed this
/// shortly before it was read may change once more and look the same, so it is read again.
constexpr std::int64_t racy_ns = 20'000'000;

/// What the last scan knew about a path.
struct Known {
    Facts facts;
    TreeEntry entry;
    std::string problem;     ///< Why it could not be read; empty when it could.
    bool settled = false;    ///< Equal facts mean equal content.
    bool gone = false;       ///< It went away before it could be looked at.
    std::uint64_t seen = 0;  ///< The number of the scan that last met it.
};

struct PathHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view path) const { return std::hash<std::string_view>()(path); }
};
using Memory = std::unordered_map<std::string, Known, PathHash, std::equal_to<>>;

std::string kind_of(std::uint32_t mode) {
    if (S_ISSOCK(mode)) return "a socket";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device";
    return "no file, directory or symlink";
}

using Keep = std::function<void(std::string bytes)>;

/// What outlives a scan.
struct Watched {
    WorkspaceOptions options;
    Exclusion exclusion;
    Redactor& redactor;
    Memory memory;
    std::set<Digest> handed_out;
    std::uint64_t scans = 0;
};

/// One scan.
class Pass final : public Visitor {
public:
    Pass(Watched& watched, const Keep& keep)
        : watched_(watched), keep_(keep), began_ns_(now_ns()), number_(++watched.scans) {}

    Scan run(int root) {
        Facts before, after;
        if (facts_of(root, before) != 0) scan_.disturbed = true;
        learn_env_files(root, watched_.exclusion, watched_.redactor);
        walk(root, *this);
        // Everything was looked at once; when nothing has moved at the second look, the whole tree
        // stood as it was found at the moment between the two.
        for (const auto& [path, known] : met_)
            look_again(root, *path, *known);
        if (facts_of(root, after) != 0 || !(before == after)) scan_.disturbed = true;
        collect();
        return std::move(scan_);
    }

    bool meet(const Met& met) override {
        const auto found = watched_.memory.find(met.path);
        const bool known = found != watched_.memory.end() && same_kind(found->second.facts, met.facts);
        if (!known && watched_.exclusion.leaves_out(met.path, met.facts.is_directory())) return false;
        if (met_.size() >= watched_.options.entries_max) too_many();
        if (written_during_scan(met.facts)) scan_.disturbed = true;

        const auto place = known ? found : watched_.memory.insert_or_assign(met.path, Known{}).first;
        Known& now = place->second;
        if (!now.settled || !(now.facts == met.facts)) look(met, now);
        if (now.gone) return false;
        now.seen = number_;
        met_.emplace_back(&place->first, &now);
        return true;
    }

    void fail(const std::string& path, int error) override {
        // Gone, or another thing than it was: somebody works here. Not an error of the scan's.
        if (error == ENOENT || error == ESTALE || error == ENOTDIR || error == ELOOP) {
            scan_.disturbed = true;
        } else {
            scan_.unreadable.push_back(fmt::format("{}: {}", path.empty() ? "." : path, reason(error)));
        }
    }

private:
    static bool same_kind(const Facts& a, const Facts& b) { return (a.mode & S_IFMT) == (b.mode & S_IFMT); }

    /// Only the change time counts: a program may set the modification time to what it likes. And
    /// not the future: the clock may have been set back.
    bool written_during_scan(const Facts& facts) const {
        return facts.changed_ns > began_ns_ && facts.changed_ns <= now_ns();
    }

    [[noreturn]] void too_many() const {
        throw Trouble("scan the workspace", "",
                      fmt::format("it has more than {} entries", watched_.options.entries_max),
                      "leave out what is not worked on (--exclude)");
    }

    /// Learns anew what is at the path.
    void look(const Met& met, Known& known) {
        known = Known{};
        known.facts = met.facts;
        known.settled = std::max(met.facts.changed_ns, met.facts.modified_ns) < began_ns_ - racy_ns;
        known.entry.path = watched_.redactor.redact_text(met.path);
        known.entry.redacted = known.entry.path != met.path;
        known.entry.mode = met.facts.permissions();
        if (met.facts.is_directory()) {
            known.entry.kind = EntryKind::directory;
        } else if (met.facts.is_symlink()) {
            look_at_symlink(met, known);
        } else if (met.facts.is_file()) {
            look_at_file(met, known);
        } else {
            known.problem = fmt::format("{}: passed over, it is {}", met.path, kind_of(met.facts.mode));
        }
    }

    void look_at_symlink(const Met& met, Known& known) {
        int error = 0;
        const auto target = read_link(met.directory, met.name, error);
        if (error != 0) return lost(known);
        known.entry.kind = EntryKind::symlink;
        known.entry.mode = 0;
        known.entry.target = watched_.redactor.redact_text(target);
        known.entry.redacted = known.entry.redacted || known.entry.target != target;
    }

    void look_at_file(const Met& met, Known& known) {
        learn_env_file(met.directory, met.name, watched_.redactor);  // It may be newer than the walk.
        auto content = read_content(met.directory, met.name, met.facts, watched_.options.content_bytes_max,
                                    watched_.redactor);
        auto& entry = known.entry;
        entry.content = content.digest;
        entry.size = content.size;
        entry.redacted = entry.redacted || content.redacted;
        entry.absent = content.absent;
        if (content.error == ENOENT || content.error == ESTALE || content.error == ELOOP) return lost(known);
        if (content.moved) scan_.disturbed = true;
        known.settled = known.settled && !content.moved && content.error == 0;
        if (content.error != 0) known.problem = fmt::format("{}: {}", met.path, reason(content.error));
        if (content.too_large) {
            known.problem =
                fmt::format("{}: not digested, it has more than {} bytes", met.path, digested_bytes_max);
        }
        const bool whole = !content.absent;
        if (whole && watched_.handed_out.insert(content.digest).second && keep_)
            keep_(std::move(content.bytes));
    }

    void lost(Known& known) {
        known.gone = true;
        known.settled = false;
        scan_.disturbed = true;
    }

    void look_again(int root, const std::string& path, const Known& known) {
        Facts now;
        if (facts_at(root, path.c_str(), now) != 0 || !(now == known.facts)) scan_.disturbed = true;
    }

    /// The tree, and a memory without what is gone.
    void collect() {
        auto& entries = scan_.tree.entries;
        entries.reserve(met_.size());
        for (const auto& [path, known] : met_) {
            if (!known->problem.empty()) scan_.unreadable.push_back(known->problem);
            const auto mode = known->facts.mode;
            if (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)) entries.push_back(known->entry);
        }
        if (watched_.memory.size() != met_.size()) {
            std::erase_if(watched_.memory, [this](const auto& item) { return item.second.seen != number_; });
        }
        put_in_order();
    }

    /// A path that held a secret has another name now, which may sort elsewhere.
    void put_in_order() {
        auto& entries = scan_.tree.entries;
        const auto before = [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; };
        if (!std::is_sorted(entries.begin(), entries.end(), before)) {
            std::stable_sort(entries.begin(), entries.end(), before);
        }
        const auto same = [](const TreeEntry& a, const TreeEntry& b) { return a.path == b.path; };
        entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
        std::sort(scan_.unreadable.begin(), scan_.unreadable.end());
    }

    Watched& watched_;
    const Keep& keep_;
    std::int64_t began_ns_;
    std::uint64_t number_;
    Scan scan_;
    std::vector<std::pair<const std::string*, const Known*>> met_;
};

class DiskWorkspace final : public Workspace {
public:
    DiskWorkspace(std::filesystem::path root, const WorkspaceOptions& options, Redactor& redactor)
        : root_(std::move(root)), watched_{options, Exclusion(options.exclude), redactor, {}, {}, 0} {
        open();
    }

    const std::filesystem::path& root() const override { return root_; }
    const std::vector<std::string>& excluded() const override { return watched_.options.exclude; }

    Scan scan(const Keep& keep) override {
        // By its path each time: an agent may move the directory away and make a new one.
        const auto directory = open();
        auto scan = Pass(watched_, keep).run(directory.get());
        if (::access(root_.c_str(), F_OK) != 0) gone(errno);
        return scan;
    }

private:
    Descriptor open() const {
        // Not through a symlink: what one leads to is not what was watched.
        Descriptor directory(::open(root_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
        if (!directory) gone(errno);
        return directory;
    }

    [[noreturn]] void gone(int error) const {
        throw Trouble("open workspace", root_.native(), reason(error), "is it still there, and a directory?");
    }

    std::filesystem::path root_;
    Watched watched_;
};

}  // namespace
}  // namespace workspace

std::unique_ptr<Workspace> open_workspace(const std::filesystem::path& root, const WorkspaceOptions& options,
                                          Redactor& redactor) {
    std::error_code error;
    auto whole = std::filesystem::canonical(root, error);
    if (error)
        throw Trouble("open workspace", root.native(), error.message(), "name a directory that is there");
    return std::make_unique<workspace::DiskWorkspace>(std::move(whole), options, redactor);
}

}  // namespace stet
