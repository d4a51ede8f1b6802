#include "tools/provenance.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <unistd.h>

namespace stet {
namespace {

namespace fs = std::filesystem;

std::string first_line_of(const fs::path& path) {
    std::ifstream in(path);
    std::string line;
    std::getline(in, line);
    return line;
}

/// The commit that HEAD names, read from the repository's files (no program is run for it).
std::optional<std::string> head_commit(const fs::path& git) {
    auto head = first_line_of(git / "HEAD");
    if (!head.starts_with("ref: ")) return head.size() >= 40 ? std::optional(head) : std::nullopt;
    const auto name = head.substr(5);
    if (auto commit = first_line_of(git / name); commit.size() >= 40) return commit;
    std::ifstream packed(git / "packed-refs");
    for (std::string line; std::getline(packed, line);) {
        if (line.size() > 41 && line.substr(41) == name) return line.substr(0, 40);
    }
    return std::nullopt;
}

std::optional<fs::path> repository_of(fs::path directory) {
    for (;; directory = directory.parent_path()) {
        if (fs::is_directory(directory / ".git")) return directory / ".git";
        if (directory == directory.parent_path()) return std::nullopt;
    }
}

/// `git status` is the only one who can say; it is asked in a way that runs nothing of the repository's.
std::optional<bool> is_dirty(const fs::path& workspace) {
    if (find_program("git").empty()) return std::nullopt;
    const auto command = fmt::format(
        "git --no-optional-locks -c core.fsmonitor=false -c core.hooksPath=/dev/null -C '{}' status "
        "--porcelain 2>/dev/null",
        workspace.string());
    if (workspace.string().find('\'') != std::string::npos) return std::nullopt;
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    const bool output = std::fgetc(pipe) != EOF;
    const int status = pclose(pipe);
    return output ? std::optional(true) : status == 0 ? std::optional(false) : std::nullopt;
}

std::optional<Digest> digest_of_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return std::nullopt;
    Hasher hasher;
    std::string block(1 << 20, '\0');
    while (in.read(block.data(), static_cast<std::streamsize>(block.size())) || in.gcount() > 0) {
        hasher.update(std::string_view(block).substr(0, static_cast<std::size_t>(in.gcount())));
    }
    return hasher.finish();
}

/// The version that a package says of itself, near the program: what npm puts beside each of its
/// programs. Others would have to be run to be asked.
std::optional<std::string> version_near(const fs::path& program) {
    constexpr int levels_max = 4;
    auto directory = program.parent_path();
    for (int level = 0; level < levels_max; ++level, directory = directory.parent_path()) {
        std::ifstream in(directory / "package.json", std::ios::binary);
        if (!in) continue;
        const std::string text((std::istreambuf_iterator<char>(in)), {});
        const auto document = JsonDocument::parse(text);
        if (!document) return std::nullopt;
        const auto name = document->root()["name"].text(), version = document->root()["version"].text();
        if (!version.empty()) return name + " " + version;
    }
    return std::nullopt;
}

std::string umask_text() {
    const auto mask = umask(0);
    umask(mask);
    return fmt::format("{:03o}", static_cast<unsigned>(mask));
}

std::pair<std::string, std::string> parse_tag(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) throw Trouble("read --tag", word, "it is not K=V");
    return {word.substr(0, equals), word.substr(equals + 1)};
}

}  // namespace

std::string text_or_file(const std::string& word) {
    if (!word.starts_with('@')) return word;
    std::ifstream in(word.substr(1), std::ios::binary);
    if (!in) throw Trouble("read file", word.substr(1), std::strerror(errno));
    return {std::istreambuf_iterator<char>(in), {}};
}

fs::path find_program(const std::string& name) {
    if (name.find('/') != std::string::npos) return fs::exists(name) ? fs::path(name) : fs::path();
    const char* path = std::getenv("PATH");
    std::string_view rest(path == nullptr ? "/usr/bin:/bin" : path);
    while (!rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        auto candidate = fs::path(rest.substr(0, end)) / name;
        if (access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) return candidate;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

void describe_machine(Begin& begin, const std::vector<std::string>& command, const fs::path& workspace) {
    begin.agent_argv = command;
    begin.umask = umask_text();
    begin.recorder = "stet " STET_VERSION;
    std::error_code error;
    if (const auto program = find_program(command.front()); !program.empty()) {
        const auto real = fs::canonical(program, error);
        if (!error) {
            begin.agent_binary = digest_of_file(real);
            begin.agent_version = version_near(real);
        }
    }
    if (workspace.empty()) return;
    begin.workspace_path = workspace.string();
    if (const auto repository = repository_of(workspace)) {
        begin.commit = head_commit(*repository);
        if (begin.commit) begin.dirty = is_dirty(workspace);
    }
}

Begin make_begin(const RunArguments& arguments, const fs::path& workspace) {
    Begin begin;
    begin.name = arguments.name;
    if (arguments.task) begin.instruction = text_or_file(*arguments.task);
    begin.policy = arguments.policy;
    begin.licence = arguments.licence;
    begin.split = arguments.split;
    begin.source = arguments.source;
    begin.image = arguments.image;
    begin.permission_mode = arguments.permission_mode;
    begin.budget = arguments.budget;
    begin.group = arguments.group;
    begin.trial = arguments.trial;
    if (!arguments.constraints.empty()) begin.constraints = arguments.constraints;
    for (const auto& tag : arguments.tags)
        begin.tags.push_back(parse_tag(tag));
    if (arguments.budget && !canonical_json(*arguments.budget))
        throw Trouble("read --budget", *arguments.budget, "it is no JSON");
    describe_machine(begin, arguments.command, workspace);
    return begin;
}

}  // namespace stet
