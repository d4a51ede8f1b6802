#include "tests/tidy/rules.hpp"

#include <algorithm>
#include <array>

namespace stet::tidy {
namespace {

constexpr std::array<std::string_view, 8> rooms = {"core", "storage", "recorder", "workspace",
                                                   "envs", "replay",  "formats",  "tools"};

// A library that only some folders may see. The longest prefix that fits decides.
struct Library {
    std::string_view prefix;
    std::vector<std::string_view> folders;
};

const std::vector<Library>& libraries() {
    static const std::vector<std::string_view> everywhere_but_words = {
        "core", "storage", "recorder", "workspace", "envs", "replay", "formats", "tools", "tests", "bench"};
    static const auto everywhere = [] {
        auto folders = everywhere_but_words;
        folders.push_back("include/stet");
        return folders;
    }();
    static const std::vector<Library> all = {
        {"sqlite3.h", {"storage", "envs", "bench"}},
        {"lua", {"envs"}},
        {"regex.h", {"envs"}},
        {"openssl/", {"core", "recorder", "bench"}},
        {"zstd.h", {"core/bytes"}},
        {"zlib.h", {"core/bytes"}},
        {"brotli/", {"core/bytes"}},
        {"hs/", {"core"}},
        {"CLI/", {"tools"}},
        {"boost/", {}},
        {"boost/asio", {"recorder"}},
        {"boost/system/", everywhere},
        {"boost/json", {"tests", "bench"}},
        {"boost/pfr", {"tests"}},
        {"doctest/", {"tests"}},
        {"nlohmann/", {}},
        {"fmt/", everywhere_but_words},
    };
    return all;
}

// What the operating system lends: not for rooms that only decide.
bool is_system(std::string_view name) {
    constexpr std::array<std::string_view, 14> names = {
        "unistd.h", "fcntl.h", "poll.h",    "signal.h", "termios.h", "dirent.h", "netdb.h",
        "pwd.h",    "grp.h",   "pthread.h", "spawn.h",  "ftw.h",     "glob.h",   "csignal"};
    if (name.starts_with("sys/") || name.starts_with("linux/") || name.starts_with("arpa/")) return true;
    return name.starts_with("netinet/") || std::ranges::find(names, name) != names.end();
}

// The room that a file stands in or tests; "house" where rooms may meet; empty: words alone.
std::string_view room_of(std::string_view path) {
    for (const auto room : rooms) {
        if (is_under(path, room)) return room;
    }
    if (is_under(path, "tests/house") || is_under(path, "bench")) return "house";
    if (is_under(path, "tests/wire")) return "core";
    for (const auto room : rooms) {
        if (is_under(path, "tests/" + std::string(room))) return room;
    }
    return {};
}

bool may_meet_rooms(std::string_view room) {
    return room == "tools" || room == "house";
}

std::string check_quoted(const Source& source, std::string_view room, std::string_view name) {
    const auto folder = name.substr(0, name.find('/'));
    if (folder == name) return "is written from the root: \"room/x.hpp\"";
    if (is_under(source.path, "include")) return "is private: public headers name <stet/…> alone";
    if (folder == "tests") return is_under(source.path, "tests") ? "" : "belongs to the tests";
    if (folder == "bench") return is_under(source.path, "bench") ? "" : "belongs to the benchmarks";
    if (std::ranges::find(rooms, folder) == rooms.end()) return "belongs to no room";
    if (is_under(source.path, "tests/fuzz")) return "";
    return folder == room ? "" : "is indoors in another room";
}

std::string check_stet(const Source& source, std::string_view room, std::string_view name) {
    constexpr std::string_view door = "stet/door/";
    if (!name.starts_with(door)) return "";
    auto behind = name.substr(door.size());
    behind = behind.substr(0, behind.find('.'));
    const bool words = is_under(source.path, "include/stet");
    if (words && source.path != "include/" + std::string(name)) return "is a door: words do not know rooms";
    if (may_meet_rooms(room) || behind == room || is_under(source.path, "tests/fuzz")) return "";
    return "is the door of another room";
}

std::string check_library(const Source& source, std::string_view room, std::string_view name) {
    const Library* best = nullptr;
    for (const auto& library : libraries()) {
        if (name.starts_with(library.prefix) && (!best || library.prefix.size() > best->prefix.size()))
            best = &library;
    }
    if (is_system(name)) {
        constexpr std::array<std::string_view, 4> allowed = {"storage", "recorder", "workspace", "tools"};
        const bool pure = std::ranges::find(allowed, room) == allowed.end();
        const bool outside = is_under(source.path, "tests") || is_under(source.path, "bench");
        return pure && !outside ? "belongs to rooms that touch the machine" : "";
    }
    if (!best) {
        const bool standard = name.find_first_of("./") == std::string_view::npos;
        return standard ? "" : "is a library that the include table does not know";
    }
    for (const auto folder : best->folders) {
        if (is_under(source.path, folder)) return "";
        // A room's tests may use what the room uses.
        if (is_under(source.path, "tests") && folder.substr(0, folder.find('/')) == room) return "";
    }
    return "is a library that this folder may not use";
}

struct Include {
    std::string_view name;
    bool quoted;
};

// The name in `#include <name>` or `#include "name"`; empty for every other line.
Include include_in(std::string_view line) {
    line = trimmed(line);
    if (!line.starts_with('#')) return {};
    line = trimmed(line.substr(1));
    if (!line.starts_with("include")) return {};
    line = trimmed(line.substr(7));
    if (line.empty() || (line[0] != '<' && line[0] != '"')) return {};
    const auto end = line.find(line[0] == '<' ? '>' : '"', 1);
    return {line.substr(1, end - 1), line[0] == '"'};
}

}  // namespace

Findings check_includes(const Source& source) {
    Findings findings;
    if (!is_cpp(source)) return findings;
    const auto room = room_of(source.path);
    std::string_view seen;  // Fuzz targets may enter one room, whichever it is.
    std::size_t number = 0;
    for (const auto line : lines_of(source.text)) {
        ++number;
        const auto [name, quoted] = include_in(line);
        if (name.empty()) continue;
        auto wrong = quoted                      ? check_quoted(source, room, name)
                     : name.starts_with("stet/") ? check_stet(source, room, name)
                                                 : check_library(source, room, name);
        const auto entered = quoted ? name.substr(0, name.find('/')) : std::string_view{};
        if (wrong.empty() && is_under(source.path, "tests/fuzz") && !entered.empty() && entered != "tests") {
            if (!seen.empty() && seen != entered) wrong = "is a second room";
            seen = entered;
        }
        if (!wrong.empty()) findings.push_back({source.path, number, std::string(name) + " " + wrong});
    }
    return findings;
}

Findings check_purity(const Source& source) {
    constexpr std::array<std::string_view, 4> pure = {"core", "envs", "replay", "formats"};
    const std::vector<std::string> banned = {"system_clock",
                                             "steady_clock",
                                             "high_resolution_clock",
                                             "clock_gettime",
                                             "gettimeofday",
                                             "localtime",
                                             "gmtime",
                                             "std::time",
                                             "getenv",
                                             "secure_getenv",
                                             "setenv",
                                             "rand",
                                             "srand",
                                             "random_device",
                                             "getrandom",
                                             "std::thread",
                                             "std::jthread",
                                             "std::async",
                                             "thread_local",
                                             "ofstream",
                                             "fstream",
                                             "fopen",
                                             "std::cout",
                                             "std::cerr",
                                             "printf",
                                             "fork",
                                             "popen",
                                             "std::system",
                                             "unordered_map",
                                             "unordered_set",
                                             "filesystem::create_directory",
                                             "filesystem::create_directories",
                                             "filesystem::remove",
                                             "filesystem::remove_all",
                                             "filesystem::rename",
                                             "filesystem::copy_file",
                                             "filesystem::resize_file",
                                             "filesystem::current_path",
                                             "filesystem::permissions"};
    Findings findings;
    const auto folder = std::string_view(source.path).substr(0, source.path.find('/'));
    if (!is_cpp(source) || std::ranges::find(pure, folder) == pure.end()) return findings;
    for (const auto& word : banned) {
        for (const auto at : find_word(source.code, word)) {
            findings.push_back(
                {source.path, line_of(source.code, at), word + " has no place in a room that only decides"});
        }
    }
    return findings;
}

Findings check_speech(const Source& source) {
    Findings findings;
    if (!is_cpp(source) || !is_under(source.path, "tools")) return findings;
    for (const auto* word : {"stderr", "std::cerr", "std::clog", "perror"}) {
        for (const auto at : find_word(source.code, word)) {
            findings.push_back({source.path, line_of(source.code, at),
                                std::string(word) + " can fail, and throw: tools/say.hpp does not"});
        }
    }
    return findings;
}

}  // namespace stet::tidy
