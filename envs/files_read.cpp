#include "envs/files_tools.hpp"
#include "envs/js_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace stet {
namespace {

std::string no_entry(std::string_view operation, std::string_view path) {
    return fmt::format("ENOENT: no such file or directory, {} '{}'", operation, path);
}

std::string join_lines(const std::vector<std::string_view>& lines) {
    return fmt::format("{}", fmt::join(lines, "\n"));
}

/// The first lines; a line end at the very end of the file begins no line.
std::string first_lines(std::string_view text, double count) {
    auto lines = js::split_lines(text);
    if (lines.back().empty()) lines.pop_back();
    const auto take = std::clamp(std::ceil(count), 0.0, static_cast<double>(lines.size()));
    lines.resize(static_cast<std::size_t>(take));
    return join_lines(lines);
}

/// The last lines, read with LF ends; here a line end at the very end does begin one. A number
/// between 0 and 1 counts as none, and none as all.
std::string last_lines(std::string_view text, double count) {
    const auto unix_text = js::unix_lines(text);
    auto lines = js::split_lines(unix_text);
    const auto take = std::min(std::trunc(count), static_cast<double>(lines.size()));
    if (take >= 1) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(take));
    return join_lines(lines);
}

struct MediaType {
    std::string_view extension, type;
};

constexpr std::array<MediaType, 11> media_types{{{".png", "image/png"},
                                                 {".jpg", "image/jpeg"},
                                                 {".jpeg", "image/jpeg"},
                                                 {".gif", "image/gif"},
                                                 {".webp", "image/webp"},
                                                 {".bmp", "image/bmp"},
                                                 {".svg", "image/svg+xml"},
                                                 {".mp3", "audio/mpeg"},
                                                 {".wav", "audio/wav"},
                                                 {".ogg", "audio/ogg"},
                                                 {".flac", "audio/flac"}}};

std::string_view media_type_of(std::string_view path) {
    const auto slash = path.rfind('/');
    const auto name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    const auto dot = name.rfind('.');
    if (dot == std::string_view::npos || dot == 0) return "application/octet-stream";
    std::string extension(name.substr(dot));
    for (auto& letter : extension) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    const auto* found = std::ranges::find(media_types, extension, &MediaType::extension);
    return found == media_types.end() ? "application/octet-stream" : found->type;
}

/// A path as a file URL, with what Node's `pathToFileURL` escapes.
std::string file_url(std::string_view path) {
    static constexpr std::string_view escaped = " \"#%<>?[\\]^`{|}~\x7F";
    std::string url = "file://";
    for (const char letter : path) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool escape = byte <= 0x20 || byte > 0x7E || escaped.find(letter) != std::string_view::npos;
        url += escape ? fmt::format("%{:02X}", byte) : std::string(1, letter);
    }
    return url;
}

}  // namespace

Answered<std::string> FilesTools::read_bytes(const std::string& path) const {
    if (store_.is_directory(path)) return refused("EISDIR: illegal operation on a directory, read");
    const auto* entry = store_.find(path);
    if (entry == nullptr) {
        return refused(no_entry("open", store_.absolute(path)));
    }
    if (entry->absent) return not_known();
    auto bytes = store_.content(entry->content);
    if (!bytes) return not_known();
    return std::move(*bytes);
}

Answered<std::string> FilesTools::read_asked(const std::string& asked) {
    const auto path = allow(asked);
    if (!path) return path.error();
    auto bytes = read_bytes(*path);
    if (!bytes) return bytes.error();
    return js::from_file(*bytes);
}

Answered<Said> FilesTools::read_text(const FilesArguments& arguments) {
    const auto head = arguments.head.value_or(0), tail = arguments.tail.value_or(0);
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    if (head != 0 && tail != 0) return refused("Cannot specify both head and tail parameters simultaneously");
    const bool there = store_.is_directory(*path) || store_.find(*path) != nullptr;
    if (tail != 0 && !there) return refused(no_entry("stat", store_.absolute(*path)));
    if (there && (head < 0 || tail < 0)) return Said{"", ""};  // Opened, but not read.
    const auto text = read_asked(arguments.path);
    if (!text) return text.error();
    if (tail != 0) return Said{last_lines(*text, tail), ""};
    if (head != 0) return Said{first_lines(*text, head), ""};
    return Said{*text, ""};
}

Answered<Said> FilesTools::read_many(const FilesArguments& arguments) {
    std::string all;
    for (const auto& asked : arguments.paths) {
        const auto text = read_asked(asked);
        if (!text && text.error().unknown) return text.error();
        if (!all.empty()) all += "\n---\n";
        all += text ? fmt::format("{}:\n{}\n", asked, *text)
                    : fmt::format("{}: Error - {}", asked, text.error().text);
    }
    return Said{all, ""};
}

Answered<Said> FilesTools::read_media(const FilesArguments& arguments) {
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    const auto bytes = read_bytes(*path);
    if (!bytes) return bytes.error();
    const auto type = media_type_of(*path);
    const auto data = js::base64(*bytes);
    if (type.starts_with("image/") || type.starts_with("audio/")) {
        return Said{
            "", fmt::format(R"({{"type":"{}","data":"{}","mimeType":"{}"}})", type.substr(0, 5), data, type)};
    }
    const auto url = js::quote(file_url(store_.absolute(*path)));
    return Said{
        "", fmt::format(R"({{"type":"resource","resource":{{"uri":{},"mimeType":"{}","blob":"{}"}}}})", url,
                        type, data)};
}

Answered<Said> FilesTools::file_info(const FilesArguments& arguments) {
    const auto path = allow(arguments.path);
    if (!path) return path.error();
    const bool directory = store_.is_directory(*path);
    const auto* entry = store_.find(*path);
    if (entry == nullptr && !directory) {
        return refused(no_entry("stat", store_.absolute(*path)));
    }
    volatile_ = true;
    // No stub knows when a file was touched, nor what a directory takes on a disk.
    static constexpr std::string_view then = "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)";
    const auto mode = entry != nullptr ? entry->mode : 0777 & ~umask_;
    return Said{
        fmt::format("size: {}\ncreated: {}\nmodified: {}\naccessed: {}\nisDirectory: {}\nisFile: {}\n"
                    "permissions: {:03o}",
                    directory ? 4096 : entry->size, then, then, then, directory, !directory, mode & 0777),
        ""};
}

}  // namespace stet
