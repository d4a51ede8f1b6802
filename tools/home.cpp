#include "tools/home.hpp"

#include "tools/glance.hpp"
#include "tools/key_file.hpp"
#include "tools/say.hpp"
#include "tools/where.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

namespace stet {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

void make_directory(const fs::path& directory) {
    std::error_code error;
    fs::create_directories(directory, error);
    if (error)
        throw Trouble("make directory", directory.string(), error.message(),
                      "set STET_HOME to a place that can be written");
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(count)) {
        throw Trouble("get random bytes", "", std::strerror(errno));
    }
    return bytes;
}

/// The parent of a process, from /proc; 0 when it can't be told.
long parent_of(long pid) {
    std::ifstream stat(fmt::format("/proc/{}/stat", pid));
    std::string line;
    if (!std::getline(stat, line)) return 0;
    const auto after_name = line.rfind(')');  // The name may hold anything, also ')'.
    if (after_name == std::string::npos || after_name + 4 >= line.size()) return 0;
    return std::strtol(line.c_str() + after_name + 4, nullptr, 10);
}

constexpr std::size_t key_bytes = 32;

fs::path key_path() {
    return home() / "redaction.key";
}

}  // namespace

fs::path home() {
    if (auto own = variable("STET_HOME"); !own.empty()) return own;
    if (auto state = variable("XDG_STATE_HOME"); !state.empty()) return fs::path(state) / "stet";
    auto user = variable("HOME");
    if (user.empty()) throw Trouble("find home", "", "neither STET_HOME nor HOME is set", "set STET_HOME");
    return fs::path(user) / ".local/state/stet";
}

fs::path runs_directory() {
    auto directory = home() / "runs";
    make_directory(directory);
    return directory;
}

fs::path runtime_directory() {
    const auto uid = getuid();
    const fs::path session = fmt::format("/run/user/{}", uid);
    const auto directory =
        access(session.c_str(), W_OK) == 0 ? session / "stet" : fs::path(fmt::format("/tmp/stet-{}", uid));
    if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
        throw Trouble("make directory", directory.string(), std::strerror(errno));
    }
    struct stat status {};
    if (lstat(directory.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != uid ||
        (status.st_mode & 0077U) != 0) {
        throw Trouble("use directory", directory.string(), "it is not this user's alone",
                      "remove it and run again");
    }
    return directory;
}

fs::path run_socket(long pid) {
    return runtime_directory() / fmt::format("run-{}.sock", pid);
}

std::optional<fs::path> find_run_socket() {
    if (auto named = variable("STET_SOCKET"); !named.empty() && fs::exists(named)) return fs::path(named);
    constexpr int ancestors_max = 64;
    long pid = getppid();
    for (int i = 0; i < ancestors_max && pid > 1; ++i, pid = parent_of(pid)) {
        auto socket = run_socket(pid);
        if (fs::exists(socket)) return socket;
    }
    return std::nullopt;
}

std::optional<std::string> known_user_key() {
    std::ifstream in(key_path(), std::ios::binary);
    std::string key((std::istreambuf_iterator<char>(in)), {});
    if (key.size() < key_bytes) return std::nullopt;
    return key;
}

std::string user_key() {
    if (auto known = known_user_key()) return *std::move(known);
    make_directory(home());
    std::error_code absent;
    if (!fs::exists(key_path(), absent)) make_key_file(key_path(), random_bytes(key_bytes));
    // Ours, or that of a stet that came first.
    if (auto known = known_user_key()) return *std::move(known);
    throw Trouble(
        "read key", key_path().string(), "it is broken, or cannot be read",
        "bring it back from a copy, or remove it: secrets then get other placeholders, and what this "
        "home vouched for counts no more");
}

std::vector<Secret> environment_secrets() {
    std::vector<Secret> secrets;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || !is_credential_variable(line.substr(0, equals))) continue;
        secrets.push_back({"environment", std::string(line.substr(equals + 1))});
    }
    return secrets;
}

std::unique_ptr<Redactor> make_redactor() {
    auto redactor = std::make_unique<Redactor>(user_key());
    for (const auto& secret : environment_secrets())
        redactor->learn(secret.kind, secret.value);
    return redactor;
}

TrajectoryId new_trajectory_id() {
    TrajectoryId id;
    const auto bytes = random_bytes(id.bytes.size());
    std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
    return id;
}

namespace {

std::int64_t mono_us() {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

}  // namespace

Clock::Clock() : began_us_(mono_us()) {}

Instant Clock::now() const {
    return {.mono_us = mono_us() - began_us_, .wall_ms = wall_ms_now()};
}

std::int64_t wall_ms_now() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

namespace {

Located find_run(const std::string& word) {
    auto found = open_catalogue(home() / "runs")->find(word);
    if (!found) throw Trouble("find run", word, found.error().what, found.error().hint);
    return *std::move(found);
}

}  // namespace

OpenedRun open_run(const Located& located) {
    return {located.log, located.summary, Log::open(located.log)};
}

OpenedRun open_run(const std::string& word) {
    return open_run(find_run(word));
}

std::vector<Located> find_runs(const std::vector<std::string>& words, const std::vector<std::string>& where) {
    const auto conditions = parse_where(where);
    if (!conditions) throw Trouble("read --where", "", conditions.error().what, conditions.error().hint);
    std::vector<Located> named;
    for (const auto& word : words)
        named.push_back(find_run(word));
    if (where.empty()) {
        if (words.empty()) named.push_back(find_run("last"));
        return named;
    }
    if (words.empty()) named = open_catalogue(home() / "runs")->list(say);
    std::vector<Located> chosen;
    for (const auto& located : named) {
        try {
            if (holds(*conditions, facts_of(glance_at(open_run(located))))) chosen.push_back(located);
        } catch (const Trouble& trouble) {
            if (!words.empty()) throw;
            say(trouble.what());  // One bad log is no reason to hide the others.
        }
    }
    if (chosen.empty()) {
        throw Trouble("find runs where", fmt::format("{}", fmt::join(where, " and ")),
                      fmt::format("none of {} is so", named.size()), "`stet ls` shows them");
    }
    return chosen;
}

std::vector<Located> find_imported() {
    auto all = open_catalogue(home() / "runs")->list(say);
    std::erase_if(all, [](const Located& located) {
        try {
            const auto run = open_run(located);
            const auto source = run.log.source(run.summary.id);
            // A Begin comes first, then the record.
            source->seek(Seq{1});
            const auto second = source->next();
            return !second || !std::holds_alternative<ImportedRecord>(second->body);
        } catch (const Trouble& trouble) {
            say(trouble.what());
            return true;
        }
    });
    return all;
}

}  // namespace stet
