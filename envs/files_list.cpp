#include "envs/files_tools.hpp"
#include "envs/js_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace {

std::string join(std::string_view directory, std::string_view name) {
    return directory.empty() ? std::string(name) : fmt::format("{}/{}", directory, name);
}

/// The path below `top`.
std::string_view below(std::string_view top, std::string_view path) {
    return top.empty() ? path : path.substr(top.size() + 1);
}

/// "1.50 KB": two decimals, halves away from zero, as `toFixed(2)` has them.
std::string size_text(std::uint64_t bytes) {
    static constexpr std::array<std::string_view, 5> units{"B", "KB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (unit + 1 < units.size() && bytes >> (10 * (unit + 1)) != 0)
        ++unit;
    if (unit == 0) return fmt::format("{} B", bytes);
    const auto one = std::uint64_t{1} << (10 * unit);
    const auto hundredths = (bytes % one * 200 + one) / (2 * one) + bytes / one * 100;
    return fmt::format("{}.{:02} {}", hundredths / 100, hundredths % 100, units[unit]);
}

/// Empty when a pattern's meaning is not established.
std::optional<std::vector<Glob>> compile(const std::vector<std::string>& patterns) {
    std::vector<Glob> globs;
    for (const auto& pattern : patterns) {
        auto glob = Glob::compile(pattern);
        if (!glob) return std::nullopt;
        globs.push_back(std::move(*glob));
    }
    return globs;
}

/// In the tree, a pattern without `*` stands for the name at any depth and everything below as well.
std::vector<std::string> tree_patterns(const std::vector<std::string>& patterns) {
    std::vector<std::string> all;
    for (const auto& pattern : patterns) {
        all.push_back(pattern);
        if (pattern.find('*') != std::string::npos) continue;
        all.push_back("**/" + pattern);
        all.push_back("**/" + pattern + "/**");
    }
    return all;
}

std::optional<bool> any_matches(const std::vector<Glob>& globs, std::string_view path) {
    for (const auto& glob : globs) {
        const auto matched = glob.matches(path);
        if (!matched || *matched) return matched;
    }
    return false;
}

}  // namespace

struct FilesTools::Item {
    std::string name;  ///< As shown.
    bool directory = false;
    std::uint64_t size = 0;
};

/// The names in a directory, sorted by their bytes as the server lists them.
Answered<std::vector<std::string>> FilesTools::scan(const std::string& directory) const {
    if (store_.is_directory(directory)) return store_.names_in(directory);
    const auto* why =
        store_.find(directory) != nullptr ? "ENOTDIR: not a directory" : "ENOENT: no such file or directory";
    return refused(fmt::format("{}, scandir '{}'", why, store_.absolute(directory)));
}

Answered<Said> FilesTools::list(const FilesArguments& arguments) {
    const auto directory = allow(arguments.path);
    if (!directory) return directory.error();
    const auto names = scan(*directory);
    if (!names) return names.error();
    std::string text;
    for (const auto& name : *names) {
        const bool is_directory = store_.is_directory(join(*directory, name));
        text += fmt::format("{}{} {}", text.empty() ? "" : "\n", is_directory ? "[DIR]" : "[FILE]",
                            js::from_file(name));
    }
    return Said{text, ""};
}

/// A link counts with the size of what it leads to; what leads nowhere counts nothing.
FilesTools::Item FilesTools::measure(const std::string& directory, const std::string& name) {
    const auto path = join(directory, name);
    Item item{js::from_file(name), store_.is_directory(path), 0};
    if (item.name != name) return item;  // The server cannot name what is not UTF-8.
    const auto resolved = store_.resolve(path);
    const auto* entry = store_.find(resolved.path);
    const bool inside = resolved.fate == Resolved::Fate::inside;
    if (inside && entry != nullptr && entry->kind == EntryKind::file) {
        item.size = entry->size;
        volatile_ = volatile_ || entry->redacted || entry->absent;
    } else if (inside) {
        item.size = 4096;  // What a directory takes is the disk's affair.
        volatile_ = volatile_ || !item.directory;
    } else if (resolved.fate == Resolved::Fate::outside) {
        volatile_ = true;
    }
    return item;
}

Answered<Said> FilesTools::list_sizes(const FilesArguments& arguments) {
    const auto directory = allow(arguments.path);
    if (!directory) return directory.error();
    const auto names = scan(*directory);
    if (!names) return names.error();
    std::vector<Item> items;
    for (const auto& name : *names)
        items.push_back(measure(*directory, name));
    const auto directories = std::ranges::count_if(items, &Item::directory);
    if (arguments.by_size) {
        std::ranges::stable_sort(items, std::ranges::greater(), &Item::size);
        volatile_ = volatile_ || directories != 0;
    } else {
        std::ranges::stable_sort(items, js::locale_before, &Item::name);
        const auto known = [](const Item& item) { return js::is_ascii(item.name); };
        volatile_ = volatile_ || !std::ranges::all_of(items, known);
    }
    std::string text;
    std::uint64_t total = 0;
    for (const auto& item : items) {
        const auto size = item.directory ? std::string() : js::pad_start(size_text(item.size), 10);
        text +=
            fmt::format("{} {} {}\n", item.directory ? "[DIR]" : "[FILE]", js::pad_end(item.name, 30), size);
        total += item.directory ? 0 : item.size;
    }
    const auto files = items.size() - static_cast<std::size_t>(directories);
    return Said{fmt::format("{}\nTotal: {} files, {} directories\nCombined size: {}", text, files,
                            directories, size_text(total)),
                ""};
}

/// JSON with an indent of two blanks; links are files here, wherever they lead.
Answered<std::string> FilesTools::draw_tree(const std::string& top, const std::string& directory,
                                            const std::vector<Glob>& excluded, std::size_t indent) const {
    const std::string margin(indent, ' ');
    std::string text;
    for (const auto& name : store_.names_in(directory)) {
        const auto path = join(directory, name);
        const auto shown = js::from_file(name);
        const auto out = any_matches(excluded, js::from_file(below(top, path)));
        if (!out) return not_known();
        if (*out) continue;
        const bool is_directory = store_.is_directory(path);
        if (is_directory && shown != name) return not_known();
        text += fmt::format("{0}{1}  {{\n{1}    \"name\": {2},\n{1}    \"type\": \"{3}\"",
                            text.empty() ? "" : ",\n", margin, js::quote(shown),
                            is_directory ? "directory" : "file");
        if (is_directory) {
            const auto children = draw_tree(top, path, excluded, indent + 4);
            if (!children) return children.error();
            text += fmt::format(",\n{}    \"children\": {}", margin, *children);
        }
        text += fmt::format("\n{}  }}", margin);
    }
    if (text.empty()) return std::string("[]");
    return fmt::format("[\n{}\n{}]", text, margin);
}

Answered<Said> FilesTools::directory_tree(const FilesArguments& arguments) {
    const auto directory = allow(arguments.path);
    if (!directory) return directory.error();
    const auto excluded = compile(tree_patterns(arguments.exclude_patterns));
    if (!excluded) return not_known();
    if (const auto names = scan(*directory); !names) return names.error();
    const auto text = draw_tree(*directory, *directory, *excluded, 0);
    if (!text) return text.error();
    return Said{*text, ""};
}

/// What the server may not follow (links to nowhere or outside) is passed over.
Answered<std::string> FilesTools::find_matches(const std::string& top, const std::string& directory,
                                               const Glob& pattern, const std::vector<Glob>& excluded) {
    std::string text;
    for (const auto& name : store_.names_in(directory)) {
        const auto path = join(directory, name);
        if (js::from_file(name) != name || store_.resolve(path).fate != Resolved::Fate::inside) continue;
        const auto relative = below(top, path);
        const auto out = any_matches(excluded, relative);
        const auto matched = pattern.matches(relative);
        if (!out || !matched) return not_known();
        if (*out) continue;
        if (*matched) text += fmt::format("{}{}", text.empty() ? "" : "\n", store_.absolute(path));
        if (!store_.is_directory(path)) continue;
        const auto inner = find_matches(top, path, pattern, excluded);
        if (!inner) return inner.error();
        if (!inner->empty()) text += fmt::format("{}{}", text.empty() ? "" : "\n", *inner);
    }
    return text;
}

Answered<Said> FilesTools::search(const FilesArguments& arguments) {
    const auto directory = allow(arguments.path);
    if (!directory) return directory.error();
    const auto pattern = Glob::compile(arguments.pattern);
    const auto excluded = compile(arguments.exclude_patterns);
    if (!pattern || !excluded) return not_known();
    if (const auto names = scan(*directory); !names) return names.error();
    const auto text = find_matches(*directory, *directory, *pattern, *excluded);
    if (!text) return text.error();
    return Said{text->empty() ? "No matches found" : *text, ""};
}

}  // namespace stet
