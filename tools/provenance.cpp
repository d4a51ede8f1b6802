#include "tools/provenance.hpp"

#include "tools/checks.hpp"

#include <stet/door/workspace.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
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

/// Where a repository keeps what is told by a worktree, and what all of its worktrees share.
struct Repository {
    fs::path own, shared;
};

/// The repository that a directory belongs to: its own, or one further up, or (a worktree, a submodule)
/// where the file `.git` says.
std::optional<Repository> repository_of(fs::path directory) {
    std::error_code error;
    while (!fs::exists(directory / ".git", error)) {
        if (directory == directory.parent_path()) return std::nullopt;
        directory = directory.parent_path();
    }
    const auto git = directory / ".git";
    if (fs::is_directory(git, error)) return Repository{git, git};
    const auto line = first_line_of(git);
    if (!line.starts_with("gitdir: ")) return std::nullopt;
    const auto own = directory / line.substr(8);
    const auto shared = first_line_of(own / "commondir");
    return Repository{own, shared.empty() ? own : own / shared};
}

/// The commit that HEAD names, read from the repository's files (no program is run for it).
std::optional<std::string> head_commit(const Repository& repository) {
    auto head = first_line_of(repository.own / "HEAD");
    if (!head.starts_with("ref: ")) return head.size() >= 40 ? std::optional(head) : std::nullopt;
    const auto name = head.substr(5);
    if (auto commit = first_line_of(repository.shared / name); commit.size() >= 40) return commit;
    std::ifstream packed(repository.shared / "packed-refs");
    for (std::string line; std::getline(packed, line);) {
        if (line.size() > 41 && line.substr(41) == name) return line.substr(0, 40);
    }
    return std::nullopt;
}

/// `git status` is the only one who can say. It is asked in a way that runs no hook and no monitor of the
/// repository's (its clean filters, if it has any, it does run) and leaves the index alone.
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

/// Programs whose first operand is what is really run.
bool is_interpreter(const fs::path& program) {
    static const std::array<std::string_view, 9> names{"python", "node", "bash", "sh",  "ruby",
                                                       "perl",   "deno", "bun",  "dash"};
    const auto name = program.filename().string();
    return std::any_of(names.begin(), names.end(), [&](std::string_view one) {
        return name == one || (name.starts_with(one) &&
                               name.find_first_not_of("0123456789.", one.size()) == std::string::npos);
    });
}

/// The agent's own program: of `python3 agent.py` the script, not the interpreter.
fs::path agent_program(const std::vector<std::string>& command) {
    const auto program = find_program(command.front());
    if (program.empty() || !is_interpreter(program)) return program;
    for (std::size_t i = 1; i < command.size(); ++i) {
        std::error_code error;
        if (command[i] == "-c" || command[i] == "-m" || command[i] == "-e") return program;
        if (command[i].starts_with('-')) continue;
        return fs::is_regular_file(command[i], error) ? fs::path(command[i]) : program;
    }
    return program;
}

/// What the checks will call, as one digest: the same programs give the same one.
std::optional<Digest> toolchain_of(const std::vector<std::string>& checks, const fs::path& workspace) {
    if (checks.empty()) return std::nullopt;
    const char* path = std::getenv("PATH");
    std::set<std::string> lines;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const auto tools =
            fingerprint_toolchain(parse_check(checks[i], i).command, path == nullptr ? "" : path, workspace);
        for (const auto& tool : tools)
            lines.insert(fmt::format("{} {}\n", tool.name, to_string(tool.digest)));
    }
    Hasher hasher;
    for (const auto& line : lines)
        hasher.update(line);
    return hasher.finish();
}

std::optional<Digest> digest_of_files(const std::vector<std::string>& files) {
    if (files.empty()) return std::nullopt;
    Hasher hasher;
    for (const auto& file : files) {
        const auto digest = digest_of_file(file);
        if (!digest) throw Trouble("read --agent-config", file, std::strerror(errno));
        hasher.update(to_string(*digest)).update("\n");
    }
    return hasher.finish();
}

std::optional<std::vector<std::string>> list_or_null(const std::vector<std::string>& words) {
    return words.empty() ? std::nullopt : std::optional(words);
}

std::string umask_text() {
    const auto mask = umask(0);
    umask(mask);
    return fmt::format("{:03o}", static_cast<unsigned>(mask));
}

bool is_json_object(const std::string& text) {
    const auto document = JsonDocument::parse(text);
    return document && document->root().kind() == JsonKind::object && canonical_json(text);
}

std::pair<std::string, std::string> parse_tag(const std::string& word) {
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) throw Trouble("read --tag", word, "it is not K=V");
    return {word.substr(0, equals), word.substr(equals + 1)};
}

}  // namespace

std::string text_or_file(const std::string& word) {
    std::error_code error;
    const bool asked = word.starts_with('@');
    const bool is_path = word.size() < 4096 && word.find('\n') == std::string::npos;
    if (!asked && !(is_path && fs::is_regular_file(word, error))) return word;
    const auto file = asked ? word.substr(1) : word;
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Trouble("read file", file, std::strerror(errno));
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
    if (const auto program = agent_program(command); !program.empty()) {
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
    begin.constraints = list_or_null(arguments.constraints);
    begin.allowed = list_or_null(arguments.allowed);
    begin.forbidden = list_or_null(arguments.forbidden);
    begin.agent_configuration = digest_of_files(arguments.agent_config);
    begin.toolchain = toolchain_of(arguments.checks, workspace);
    for (const auto& tag : arguments.tags)
        begin.tags.push_back(parse_tag(tag));
    if (arguments.budget && !is_json_object(*arguments.budget))
        throw Trouble("read --budget", *arguments.budget, "it is no JSON object",
                      "write for example --budget '{\"usd\":5}'");
    describe_machine(begin, arguments.command, workspace);
    return begin;
}

}  // namespace stet
