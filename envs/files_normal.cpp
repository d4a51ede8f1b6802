#include "envs/files_normal.hpp"

#include "envs/js_text.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

using Lines = std::vector<std::string>;

Lines lines_of(std::string_view text) {
    Lines lines;
    for (const auto line : js::split_lines(text))
        lines.emplace_back(line);
    return lines;
}

std::string text_of(const Lines& lines) {
    return fmt::format("{}", fmt::join(lines, "\n"));
}

bool left_out(const std::vector<std::string>& excluded, std::string_view path, bool directory) {
    const auto below = std::string(path) + "/";
    return std::ranges::any_of(excluded, [&](const std::string& glob) {
        return glob_matches(glob, path) || (directory && glob_matches(glob, below));
    });
}

/// In a path, any component on the way may be what was left out.
bool left_out_anywhere(const std::vector<std::string>& excluded, std::string_view path) {
    for (auto end = path.find('/');; end = path.find('/', end + 1)) {
        const bool last = end == std::string_view::npos;
        if (left_out(excluded, path.substr(0, end), true)) return true;
        if (last) return false;
    }
}

std::string join(std::string_view directory, std::string_view name) {
    return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

std::string without_times(std::string_view text) {
    auto lines = lines_of(text);
    const bool directory = text.find("\nisDirectory: true") != std::string_view::npos;
    for (auto& line : lines) {
        const bool time =
            line.starts_with("created: ") || line.starts_with("modified: ") || line.starts_with("accessed: ");
        if (time || (directory && line.starts_with("size: "))) line.resize(line.find(' ') + 1);
    }
    return text_of(lines);
}

/// `NAME.<32 hexadecimal digits>.tmp`
std::string without_random_names(std::string_view text) {
    std::string out(text);
    static constexpr std::string_view digits = "0123456789abcdef";
    for (auto at = out.find(".tmp'"); at != std::string::npos; at = out.find(".tmp'", at + 1)) {
        const bool fits = at > 32 && out[at - 33] == '.';
        const auto name = fits ? std::string_view(out).substr(at - 32, 32) : std::string_view();
        if (fits && name.find_first_not_of(digits) == std::string_view::npos) {
            std::fill(out.begin() + static_cast<std::ptrdiff_t>(at) - 32,
                      out.begin() + static_cast<std::ptrdiff_t>(at), '*');
        }
    }
    return out;
}

struct Listed {
    bool entry = false, directory = false;
    std::string name, size;
};

/// "[FILE] name" or "[FILE] name … 12 B"
Listed read_listed(std::string_view line, bool sizes) {
    Listed listed;
    listed.directory = line.starts_with("[DIR] ");
    listed.entry = listed.directory || line.starts_with("[FILE] ");
    if (!listed.entry) return listed;
    line.remove_prefix(listed.directory ? 6 : 7);
    if (sizes && !listed.directory) {
        const auto unit = line.rfind(' ');
        const auto number = unit == std::string_view::npos ? unit : line.substr(0, unit).rfind(' ');
        if (number != std::string_view::npos) {
            listed.size = line.substr(number + 1);
            line = line.substr(0, number);
        }
    }
    while (sizes && line.ends_with(' '))
        line.remove_suffix(1);
    listed.name = line;
    return listed;
}

/// Whether the size that is listed for this file follows from the tree.
bool size_known(const FileStore& store, const std::string& path) {
    const auto resolved = store.resolve(path);
    if (resolved.fate == Resolved::Fate::outside) return false;
    const auto* entry = store.find(resolved.path);
    if (resolved.fate != Resolved::Fate::inside || entry == nullptr) return true;
    return entry->kind == EntryKind::file && !entry->redacted && !entry->absent;
}

std::string normal_listing(const FilesNormal& by, std::string_view directory, std::string_view text,
                           bool sizes) {
    Lines lines;
    bool all_known = true;
    for (const auto& line : lines_of(text)) {
        const auto listed = read_listed(line, sizes);
        const auto path = join(directory, listed.name);
        if (listed.entry && left_out(by.excluded, path, listed.directory)) {
            all_known = false;
            continue;
        }
        const bool known = !listed.entry || !sizes || size_known(by.store, path);
        all_known = all_known && known;
        lines.push_back(known ? line : "[FILE] " + listed.name);
    }
    // Totals say nothing new when every entry is the same.
    const auto total = [](const std::string& line) {
        return line.starts_with("Total: ") || line.starts_with("Combined ");
    };
    if (!all_known) std::erase_if(lines, total);
    std::ranges::sort(lines);
    return text_of(lines);
}

std::string normal_paths(const FilesNormal& by, std::string_view text) {
    const auto under = by.store.root() + "/";
    auto lines = lines_of(text);
    std::erase_if(lines, [&](const std::string& line) {
        return line.starts_with(under) &&
               left_out_anywhere(by.excluded, std::string_view(line).substr(under.size()));
    });
    if (lines.empty()) lines.emplace_back("No matches found");
    std::ranges::sort(lines);
    return text_of(lines);
}

/// The tree as a list of paths.
void list_tree(const FilesNormal& by, std::string_view directory, const JsonValue& items, Lines& lines) {
    for (const auto& item : items.elements()) {
        const auto path = join(directory, item["name"].text());
        const bool is_directory = item["type"].text_or("") == "directory";
        if (left_out(by.excluded, path, is_directory)) continue;
        lines.push_back(path + (is_directory ? "/" : ""));
        list_tree(by, path, item["children"], lines);
    }
}

std::string normal_tree(const FilesNormal& by, std::string_view directory, std::string_view text) {
    const auto document = JsonDocument::parse(text);
    if (!document || !document->root().is(JsonKind::array)) return std::string(text);
    Lines lines;
    list_tree(by, directory, document->root(), lines);
    return text_of(lines);
}

}  // namespace

std::string FilesNormal::of(std::string_view tool, std::string_view directory, std::string_view text) const {
    if (tool == "get_file_info") return without_times(text);
    if (tool == "list_directory") return normal_listing(*this, directory, text, false);
    if (tool == "list_directory_with_sizes") return normal_listing(*this, directory, text, true);
    if (tool == "search_files") return normal_paths(*this, text);
    if (tool == "directory_tree") return normal_tree(*this, directory, text);
    return without_random_names(text);
}

}  // namespace stet
