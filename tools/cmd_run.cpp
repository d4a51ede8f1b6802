#include "tools/commands.hpp"
#include "tools/provenance.hpp"
#include "tools/recording.hpp"
#include "tools/say.hpp"
#include "tools/signals.hpp"
#include "tools/terminal_checks.hpp"

#include <stet/door/recorder.hpp>
#include <stet/door/replay.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <unistd.h>

namespace stet {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<Peer> scripted_model(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Trouble("read script", file, std::strerror(errno));
    auto model = make_scripted_model(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!model) throw Trouble("read script", file, model.error().what, model.error().hint);
    return *std::move(model);
}

/// Names are parts of paths and of variables: NAME_BASE_URL.
std::string variable_of(const std::string& name, const std::string& word) {
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_good = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    if (name.empty() || !is_letter(name.front()) || !std::all_of(name.begin(), name.end(), is_good))
        throw Trouble("read --upstream", word, "that is no name for a provider",
                      "begin with a letter; then letters, digits, '-' and '_'");
    std::string variable;
    for (const char c : name)
        variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable + "_BASE_URL";
}

/// The providers: the known two by what the environment said before, and what was asked for by name.
std::vector<Upstream> upstreams_of(const RunArguments& arguments, std::vector<std::unique_ptr<Peer>>& peers) {
    const auto url_or = [](const char* variable, const char* fallback) {
        const char* value = std::getenv(variable);
        return std::string(value == nullptr || *value == '\0' ? fallback : value);
    };
    std::vector<Upstream> all = {
        {"anthropic", "ANTHROPIC_BASE_URL", url_or("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
         nullptr},
        {"openai", "OPENAI_BASE_URL", url_or("OPENAI_BASE_URL", "https://api.openai.com/v1"), nullptr},
    };
    std::set<std::string> named;
    for (const auto& word : arguments.upstreams) {
        const auto equals = word.find('=');
        if (equals == std::string::npos) throw Trouble("read --upstream", word, "it is not NAME=URL");
        const auto name = word.substr(0, equals), url = word.substr(equals + 1);
        const auto variable = variable_of(name, word);
        if (!named.insert(variable).second)
            throw Trouble("read --upstream", word, "another one has this name already");
        auto found =
            std::find_if(all.begin(), all.end(), [&](const Upstream& one) { return one.name == name; });
        if (found == all.end()) found = all.insert(all.end(), {name, variable, "", nullptr});
        found->url = url;
        if (!url.starts_with("script:")) continue;
        peers.push_back(scripted_model(url.substr(7)));
        found->url = name == "openai" ? "http://script/v1" : "http://script";
        found->peer = peers.back().get();
    }
    return all;
}

AgentOutcome run_agent(Recording& recording, const RunArguments& arguments, std::vector<Upstream> upstreams) {
    RecorderOptions options;
    options.command = arguments.command;
    options.upstreams = std::move(upstreams);
    options.workspace = recording.workspace();
    options.initial_tree = recording.initial();
    options.initial_unreadable = recording.unreadable();
    options.initial_state = tree_digest(recording.initial());
    options.socket = run_socket(getpid());
    options.environment = {{"STET_TRAJECTORY", to_string(recording.id())},
                           {"STET_SOCKET", options.socket.string()}};
    options.now = [&recording] { return recording.now(); };
    options.warn = say;
    options.own_ignored_signals = own_ignored_signals();
    options.learn = [&recording](const Secret& secret) {
        recording.redactor().learn(secret.kind, secret.value);
    };
    return recording.run([&] { return record(options, recording.journal()); });
}

int code_of(Outcome outcome) {
    return outcome == Outcome::pass ? 0 : outcome == Outcome::fail ? 1 : 3;
}

}  // namespace

int run_command(const RunArguments& arguments) {
    if (!arguments.watch && !arguments.checks.empty())
        throw Trouble("run", "--check", "a check needs a workspace", "leave --no-workspace out");
    if (arguments.checks.empty() && !arguments.protect.empty())
        throw Trouble("run", "--protect", "there is no check that it could protect files for",
                      "add --check COMMAND");
    std::vector<std::unique_ptr<Peer>> peers;
    auto upstreams = upstreams_of(arguments, peers);
    for (const auto& upstream : upstreams) {
        if (const auto good = check_upstream(upstream); !good)
            throw Trouble("use upstream", upstream.name, good.error().what, good.error().hint);
    }
    std::error_code error;
    const auto root = fs::canonical(arguments.workspace, error);
    if (arguments.watch && error)
        throw Trouble("open workspace", arguments.workspace.string(), error.message());
    if (!arguments.checks.empty()) make_sandbox(arguments.sandbox);  // Better now than after an hour.
    auto begin = make_begin(arguments, arguments.watch ? root : fs::path());
    Recording recording({.log = arguments.log,
                         .name = arguments.name,
                         .command = arguments.command,
                         .workspace = arguments.watch ? std::optional(root) : std::nullopt,
                         .exclude = arguments.exclude,
                         .durability = arguments.power ? Durability::power : Durability::process});
    TerminalChecks checks(recording, arguments);
    if (arguments.task_id) begin.task_id = *arguments.task_id;
    const auto seqs = recording.begin(std::move(begin), checks.specs());
    say(fmt::format("recording to {}", recording.path().string()));
    const auto agent = run_agent(recording, arguments, std::move(upstreams));
    const Interruption interruption;
    recording.note(end_of(agent.exit_code, agent.signal));
    const auto worst = checks.run(seqs, agent.final_tree, interruption);
    recording.seal();
    if (Interruption::signal() != 0) return 128 + Interruption::signal();
    return arguments.exit_check ? code_of(worst) : exit_code_of(agent.exit_code, agent.signal);
}

}  // namespace stet
