#include "workspace/tree_writer.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <map>

namespace stet {
namespace {

constexpr std::size_t name_bytes_max = 255;
constexpr std::size_t path_bytes_max = 4096;
constexpr std::uint32_t implied_mode = 0755;  // Of a directory that has entries and is none itself.

Error refusal(const std::string& path, const std::string& why) {
    return {fmt::format("restore \"{}\": {}", path, why),
            "the tree is damaged or was made to do harm; nothing was written"};
}

/// Why this can't be made beneath a directory; empty when it can.
std::string fault_of(const std::string& path) {
    if (const char* flaw = path_flaw(path)) return std::string("its path ") + flaw;
    if (path.size() > path_bytes_max) return fmt::format("its path has more than {} bytes", path_bytes_max);
    for (std::size_t at = 0; at <= path.size();) {
        const auto end = std::min(path.find('/', at), path.size());
        if (end - at > name_bytes_max) return fmt::format("a name has more than {} bytes", name_bytes_max);
        at = end + 1;
    }
    return {};
}

/// What the tree makes, by path: a path sorts after its own beginning, so that directories come
/// before what is in them. Directories that a tree does not name but needs are null.
using Plan = std::map<std::string, const TreeEntry*, std::less<>>;

/// Refuses an entry below something that is no directory, and plans the directories it needs.
Result<void> plan_parents(const TreeEntry& entry, Plan& plan) {
    auto path = std::string_view(entry.path);
    for (auto slash = path.rfind('/'); slash != std::string_view::npos; slash = path.rfind('/')) {
        path = path.substr(0, slash);
        const auto [above, missing] = plan.emplace(path, nullptr);
        const bool is_directory = above->second == nullptr || above->second->kind == EntryKind::directory;
        if (!is_directory)
            return refusal(entry.path, fmt::format("\"{}\", which it is in, is no directory", path));
        if (!missing) break;
    }
    return {};
}

/// Everything that can be said against the tree before anything is written.
Result<Plan> make_plan(const Tree& tree) {
    Plan plan;
    for (const auto& entry : tree.entries) {
        const auto fault = fault_of(entry.path);
        if (!fault.empty()) return refusal(entry.path, fault);
        if (!plan.emplace(entry.path, &entry).second) return refusal(entry.path, "it is there twice");
        if (entry.kind != EntryKind::symlink) continue;
        const bool fits = !entry.target.empty() && entry.target.size() < path_bytes_max;
        if (!fits || entry.target.find('\0') != std::string::npos) {
            return refusal(entry.path, "it is a symlink without a usable target");
        }
    }
    for (const auto& entry : tree.entries) {
        if (const auto planned = plan_parents(entry, plan); !planned) return planned.error();
    }
    return plan;
}

Result<void> write_file(workspace::TreeWriter& writer, const TreeEntry& entry, const ContentOf& content,
                        const std::filesystem::path& directory) {
    if (entry.absent) {
        return Error{
            fmt::format("restore \"{}\": its content was not kept (too large, or not readable)", entry.path),
            "put the file there yourself, or leave it out of the workspace (--exclude)"};
    }
    const auto bytes = content(entry.content);
    if (!bytes)
        return Error{fmt::format("restore \"{}\": {}", entry.path, bytes.error().what), bytes.error().hint};
    if (sha256(*bytes) != entry.content) {
        return Error{fmt::format("restore \"{}\": its content is not what {} names", entry.path,
                                 to_string(entry.content)),
                     "the log is damaged: see stet fsck"};
    }
    const auto file = writer.make_file(entry.path, entry.mode);
    workspace::write_all(file.get(), *bytes, (directory / entry.path).native());
    return {};
}

}  // namespace

Result<void> restore(const Tree& tree, const ContentOf& content, const std::filesystem::path& directory) {
    const auto plan = make_plan(tree);
    if (!plan) return plan.error();
    workspace::TreeWriter writer(directory);
    if (!writer.is_empty()) {
        return Error{fmt::format("restore into {}: it is not empty", directory.native()),
                     "name a directory that is empty, or not there yet"};
    }
    for (const auto& [path, entry] : *plan) {
        if (entry == nullptr) writer.make_directory(path, implied_mode);
        if (entry != nullptr && entry->kind == EntryKind::directory) writer.make_directory(path, entry->mode);
    }
    for (const auto& [path, entry] : *plan) {
        if (entry == nullptr || entry->kind != EntryKind::file) continue;
        if (auto written = write_file(writer, *entry, content, directory); !written) return written;
    }
    for (const auto& [path, entry] : *plan) {
        if (entry != nullptr && entry->kind == EntryKind::symlink) writer.make_symlink(path, entry->target);
    }
    writer.finish();
    return {};
}

}  // namespace stet
