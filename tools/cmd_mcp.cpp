#include "tools/commands.hpp"
#include "tools/provenance.hpp"
#include "tools/recording.hpp"
#include "tools/say.hpp"
#include "tools/signals.hpp"

#include <stet/door/recorder.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace {

namespace fs = std::filesystem;

/// "server-filesystem" out of `node …/server-filesystem/dist/index.js /dir`: the most telling word.
std::string name_of(const std::vector<std::string>& command) {
    static constexpr std::array<std::string_view, 8> interpreters = {"node", "python3", "python", "npx",
                                                                     "uvx",  "uv",      "bun",    "deno"};
    static constexpr std::array<std::string_view, 7> dull = {"index", "main", "server", "dist",
                                                             "build", "src",  "bin"};
    const auto is_one_of = [](const auto& words, std::string_view word) {
        return std::find(words.begin(), words.end(), word) != words.end();
    };
    fs::path path = command.front();
    if (is_one_of(interpreters, path.filename().string())) {
        for (std::size_t i = 1; i < command.size(); ++i) {
            if (command[i].starts_with('-') || command[i] == "run") continue;
            path = command[i];
            break;
        }
    }
    for (auto part = path; !part.empty() && part != part.root_path(); part = part.parent_path()) {
        if (!is_one_of(dull, part.stem().string())) return part.stem().string();
    }
    return path.stem().string();
}

std::optional<fs::path> workspace_of(const McpArguments& arguments) {
    std::error_code error;
    if (arguments.workspace) {
        auto root = fs::canonical(*arguments.workspace, error);
        if (error) throw Trouble("open workspace", arguments.workspace->string(), error.message());
        return root;
    }
    for (auto word = arguments.command.rbegin(); word + 1 != arguments.command.rend(); ++word) {
        if (!word->starts_with('-') && fs::is_directory(*word, error)) return fs::canonical(*word);
    }
    return std::nullopt;
}

std::optional<fs::path> socket_of(const McpArguments& arguments) {
    if (!arguments.run) return find_run_socket();
    if (fs::exists(*arguments.run)) return fs::path(*arguments.run);
    throw Trouble("find run", *arguments.run, "no recorder listens there",
                  "give the path of its socket (STET_SOCKET), or leave --run out");
}

McpOptions options_of(const McpArguments& arguments) {
    McpOptions options;
    options.name = arguments.name.empty() ? name_of(arguments.command) : arguments.name;
    options.command = arguments.command;
    options.own_ignored_signals = own_ignored_signals();
    options.secrets = environment_secrets();
    auto more = secrets_in_command(arguments.command);
    options.secrets.insert(options.secrets.end(), more.begin(), more.end());
    options.warn = say;
    return options;
}

int record_alone(const McpArguments& arguments) {
    auto options = options_of(arguments);
    const auto root = workspace_of(arguments);
    Begin begin;
    describe_machine(begin, arguments.command, root.value_or(fs::path()));
    Recording recording({.log = arguments.log,
                         .name = {},
                         .command = arguments.command,
                         .workspace = root,
                         .exclude = arguments.exclude});
    recording.begin(std::move(begin), {});
    say(fmt::format("recording to {}", recording.path().string()));
    options.workspace = recording.workspace();
    options.initial_tree = recording.initial();
    options.initial_unreadable = recording.unreadable();
    options.initial_state = tree_digest(recording.initial());
    options.now = [&recording] { return recording.now(); };
    const auto server = recording.run([&] { return record_mcp(options, recording.journal()); });
    recording.note(end_of_server(server.exit_code, server.signal));
    recording.seal();
    return exit_code_of(server.exit_code, server.signal);
}

}  // namespace

int mcp_command(const McpArguments& arguments) {
    if (const auto socket = socket_of(arguments)) {
        const Clock clock;
        auto options = options_of(arguments);
        options.now = [&clock] { return clock.now(); };
        const auto server = relay_mcp(options, *socket);
        if (server) return exit_code_of(server->exit_code, server->signal);
        if (arguments.run) throw Trouble(server.error().what, "", "", server.error().hint);
        say(fmt::format("{}; recording alone", server.error().what));
    }
    return record_alone(arguments);
}

}  // namespace stet
