#include "core/tree_path.hpp"

#include <stet/json.hpp>

namespace stet {
namespace {

constexpr std::size_t shown_bytes_max = 200;

// Looks for the nearest thing above `path` that is there, and refuses one that can't hold entries.
Result<void> check_parents(const Tree& tree, std::string_view path) {
    for (auto above = parent_of(path); !above.empty(); above = parent_of(above)) {
        const TreeEntry* const entry = tree.find(above);
        if (entry != nullptr && entry->kind != EntryKind::directory) {
            return Error{"use a tree: " + show_path(path) + " stands below " + show_path(above) +
                             ", which is no directory",
                         ""};
        }
    }
    return {};
}

}  // namespace

const char* path_flaw(std::string_view path) {
    if (path.empty()) return "is empty";
    if (path.front() == '/') return "is absolute";
    if (path.find('\0') != std::string_view::npos) return "holds a NUL byte";
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const auto component = path.substr(begin, end - begin);
        if (component.empty()) return "has an empty component";
        if (component == "." || component == "..") return "has the component \".\" or \"..\"";
        begin = end + 1;
    }
    return nullptr;
}

std::string_view parent_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string show_path(std::string_view path) {
    if (path.size() <= shown_bytes_max) return json_quote(path);
    return json_quote(path.substr(0, shown_bytes_max)) + "…";
}

Result<void> check_order(const Tree& tree) {
    std::string_view above;  // The parent that was examined last: siblings share it.
    for (std::size_t i = 0; i < tree.entries.size(); ++i) {
        const std::string_view path = tree.entries[i].path;
        if (i > 0 && tree.entries[i - 1].path >= path) {
            const bool twice = tree.entries[i - 1].path == path;
            return Error{"use a tree: " + show_path(path) + (twice ? " is there twice" : " is out of order"),
                         "entries stand once each, sorted by the bytes of their paths"};
        }
        const auto parent = parent_of(path);
        if (parent.empty() || parent == above) continue;
        if (const auto checked = check_parents(tree, path); !checked) return checked.error();
        above = parent;
    }
    return {};
}

}  // namespace stet
