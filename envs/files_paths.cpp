#include "envs/files_tools.hpp"
#include "envs/js_text.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

/// `C:`, `C:\x`, `C:/x`; not `C:x`.
bool is_windows_path(std::string_view path) {
    if (path.size() < 2 || path[1] != ':') return false;
    const char letter = path[0];
    const bool drive = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
    return drive && (path.size() == 2 || path[2] == '/' || path[2] == '\\');
}

bool is_within(std::string_view path, std::string_view root) {
    if (root == "/" || path == root) return true;
    return path.size() > root.size() && path.starts_with(root) && path[root.size()] == '/';
}

std::string_view last_of(std::string_view path) {
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// Whether the target of a link outside is there is not known to this world: it takes the link at its word.
Refusal refuse(const FileStore& store, const Resolved& resolved, std::string_view absolute) {
    using Fate = Resolved::Fate;
    if (resolved.fate == Fate::outside) {
        return refused(fmt::format("Access denied - symlink target outside allowed directories: {} not in {}",
                                   resolved.path, store.root()));
    }
    const auto* why = resolved.fate == Fate::loop       ? "ELOOP: too many symbolic links encountered"
                      : resolved.fate == Fate::too_long ? "ENAMETOOLONG: name too long"
                                                        : "ENOTDIR: not a directory";
    return refused(fmt::format("{}, realpath '{}'", why, absolute));
}

/// What is not there yet is allowed where its nearest ancestor really is; a link to nowhere is not.
Answered<std::string> allow_missing(const FileStore& store, const std::string& path,
                                    const std::string& absolute, bool& doubtful) {
    for (auto ancestor = std::string_view(path);;) {
        const auto name = last_of(ancestor);
        ancestor = directory_of(ancestor);
        const auto above = store.resolve(ancestor);
        if (above.fate == Resolved::Fate::missing) continue;
        doubtful = doubtful || above.fate == Resolved::Fate::outside;
        if (above.fate != Resolved::Fate::inside) return refuse(store, above, absolute);
        const auto first = above.path.empty() ? std::string(name) : fmt::format("{}/{}", above.path, name);
        if (store.find(first) != nullptr) {
            return refused(fmt::format("Parent directory does not exist: {}", directory_of(absolute)));
        }
        const auto rest = std::string_view(path).substr(ancestor.empty() ? 0 : ancestor.size() + 1);
        return above.path.empty() ? std::string(rest) : fmt::format("{}/{}", above.path, rest);
    }
}

}  // namespace

Answered<std::string> allow_path(const FileStore& store, const std::string& asked, bool& doubtful) {
    if (is_windows_path(asked)) {
        return refused("Access denied - Windows-style path received on a POSIX host: " + asked);
    }
    if (asked == "~" || asked.starts_with("~/")) return not_known();  // Whose home is not known.
    const auto& root = store.root();
    const auto absolute = plain_path(asked.starts_with('/') ? asked : root + "/" + asked);
    if (!is_within(absolute, root) || absolute.find('\0') != std::string::npos) {
        return refused(
            fmt::format("Access denied - path outside allowed directories: {} not in {}", absolute, root));
    }
    const auto below = root == "/" ? 1 : std::min(absolute.size(), root.size() + 1);
    const auto path = js::to_file(std::string_view(absolute).substr(below));
    const auto shown = store.absolute(path);
    // Beyond that each system call refuses in words of its own.
    if (shown.size() > FileStore::path_bytes_max) return not_known();
    const auto resolved = store.resolve(path);
    if (resolved.fate == Resolved::Fate::missing) return allow_missing(store, path, shown, doubtful);
    if (resolved.fate == Resolved::Fate::inside) return resolved.path;
    doubtful = doubtful || resolved.fate == Resolved::Fate::outside;
    return refuse(store, resolved, shown);
}

}  // namespace stet
