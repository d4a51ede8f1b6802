#include "envs/files_tools.hpp"
#include "envs/js_text.hpp"
#include "envs/patch.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

/// Stands where the server's temporary name has 32 random hexadecimal digits.
constexpr std::string_view random_digits = "00000000000000000000000000000000";

std::string_view indent_of(std::string_view line) {
    return line.substr(0, line.size() - js::trim_start(line).size());
}

std::string indented(std::string_view indent, std::size_t more, std::string_view line) {
    return fmt::format("{}{}{}", indent, std::string(more, ' '), js::trim_start(line));
}

/// The new text in the place of `old_lines`, indented as the file is. A line keeps what its indent had
/// more than the old line's; one without an indent, or beyond the old lines, stays as it was given.
std::vector<std::string> reindent(std::string_view new_text, const std::vector<std::string_view>& old_lines,
                                  std::string_view first_in_file) {
    const auto indent = indent_of(first_in_file);
    std::vector<std::string> out;
    for (const auto line : js::split_lines(new_text)) {
        const auto index = out.size();
        if (index == 0) {
            out.push_back(indented(indent, 0, line));
            continue;
        }
        const auto old_indent = index < old_lines.size() ? indent_of(old_lines[index]) : std::string_view();
        const auto new_indent = indent_of(line);
        if (old_indent.empty() || new_indent.empty()) {
            out.emplace_back(line);
            continue;
        }
        const auto had = js::length(old_indent), has = js::length(new_indent);
        out.push_back(indented(indent, has > had ? has - had : 0, line));
    }
    return out;
}

/// Where lines stand that are the same but for white space around them; the size when nowhere.
std::size_t find_lines(const std::vector<std::string_view>& lines,
                       const std::vector<std::string_view>& wanted) {
    for (std::size_t at = 0; at + wanted.size() <= lines.size(); ++at) {
        const auto same = [&](std::size_t index) {
            return js::trim(lines[at + index]) == js::trim(wanted[index]);
        };
        std::size_t index = 0;
        while (index < wanted.size() && same(index))
            ++index;
        if (index == wanted.size()) return at;
    }
    return lines.size();
}

/// Makes one edit; false when the text is nowhere.
bool apply_edit(std::string& text, const TextEdit& edit) {
    const auto old_text = js::unix_lines(edit.old_text);
    const auto new_text = js::unix_lines(edit.new_text);
    if (const auto at = text.find(old_text); at != std::string::npos) {
        text.replace(at, old_text.size(), new_text);
        return true;
    }
    const auto lines = js::split_lines(text);
    const auto old_lines = js::split_lines(old_text);
    const auto at = find_lines(lines, old_lines);
    if (at == lines.size()) return false;
    std::vector<std::string> out(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(at));
    for (auto& line : reindent(new_text, old_lines, lines[at]))
        out.push_back(std::move(line));
    out.insert(out.end(), lines.begin() + static_cast<std::ptrdiff_t>(at + old_lines.size()), lines.end());
    text = fmt::format("{}", fmt::join(out, "\n"));
    return true;
}

/// In a fence that is longer than any run of backticks within.
std::string fenced(std::string_view patch) {
    std::string fence = "```";
    while (patch.find(fence) != std::string_view::npos)
        fence += '`';
    return fmt::format("{0}diff\n{1}{0}\n\n", fence, patch);
}

}  // namespace

/// Writes as the server does: a new file at once, an old one by a temporary name, keeping its mode.
Answered<std::string> FilesTools::put(const std::string& path, std::string_view text) {
    const auto absolute = store_.absolute(path);
    const auto temporary = fmt::format("{}.{}.tmp", absolute, random_digits);
    if (store_.is_directory(path)) {
        volatile_ = true;
        return refused(fmt::format("EISDIR: illegal operation on a directory, rename '{}' -> '{}'", temporary,
                                   absolute));
    }
    const auto* entry = store_.find(path);
    if (entry == nullptr && !store_.is_directory(directory_of(path))) {
        return refused(fmt::format("ENOENT: no such file or directory, open '{}'", absolute));
    }
    const auto name_bytes = path.size() - (directory_of(path).empty() ? 0 : directory_of(path).size() + 1);
    if (entry != nullptr && name_bytes + random_digits.size() + 5 > FileStore::name_bytes_max) {
        volatile_ = true;
        return refused(fmt::format("ENAMETOOLONG: name too long, open '{}'", temporary));
    }
    store_.write(path, js::to_file(text), entry != nullptr ? entry->mode & 0777 : 0666 & ~umask_);
    return path;
}

Answered<Said> FilesTools::write(const FilesArguments& arguments) {
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    const auto written = put(*path, arguments.content);
    if (!written) return written.error();
    return Said{"Successfully wrote to " + arguments.path, ""};
}

Answered<Said> FilesTools::edit(const FilesArguments& arguments) {
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    const auto bytes = read_bytes(*path);
    if (!bytes) return bytes.error();
    const auto before = js::unix_lines(js::from_file(*bytes));
    auto after = before;
    for (const auto& edit : arguments.edits) {
        if (!apply_edit(after, edit))
            return refused("Could not find exact match for edit:\n" + edit.old_text);
    }
    // The patch is made of both texts with their line ends brought to LF once more.
    const auto patch = make_patch(store_.absolute(*path), js::unix_lines(before), js::unix_lines(after));
    if (!patch) return not_known();
    if (!arguments.dry_run) {
        const auto written = put(*path, after);
        if (!written) return written.error();
    }
    return Said{fenced(*patch), ""};
}

Answered<Said> FilesTools::create_directory(const FilesArguments& arguments) {
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    if (store_.find(*path) != nullptr && !store_.is_directory(*path)) {
        return refused(fmt::format("EEXIST: file already exists, mkdir '{}'", store_.absolute(*path)));
    }
    for (std::size_t end = 0; end < path->size();) {
        end = std::min(path->find('/', end + 1), path->size());
        const auto part = path->substr(0, end);
        if (!store_.is_directory(part)) store_.create_directory(part, 0777 & ~umask_);
    }
    return Said{"Successfully created directory " + arguments.path, ""};
}

Answered<Said> FilesTools::move(const FilesArguments& arguments) {
    const auto source = allow(arguments.source);
    if (!source) return source.error();
    const auto destination = allow(arguments.destination);
    if (!destination) return destination.error();
    const auto from = store_.absolute(*source), to = store_.absolute(*destination);
    if (destination->empty() || store_.find(*destination) != nullptr) {
        return refused("Destination already exists: " + to);
    }
    const auto refuse = [&](std::string_view why) {
        return refused(fmt::format("{}, rename '{}' -> '{}'", why, from, to));
    };
    const bool there = source->empty() || store_.find(*source) != nullptr;
    if (!there || !store_.is_directory(directory_of(*destination)))
        return refuse("ENOENT: no such file or directory");
    if (source->empty() || destination->starts_with(*source + "/")) return refuse("EINVAL: invalid argument");
    store_.move(*source, *destination);
    return Said{fmt::format("Successfully moved {} to {}", arguments.source, arguments.destination), ""};
}

}  // namespace stet
