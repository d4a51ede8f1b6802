#include "tools/checks.hpp"
#include "tools/commands.hpp"
#include "tools/provenance.hpp"
#include "tools/recording.hpp"

#include <stet/door/recorder.hpp>
#include <stet/door/replay.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <unistd.h>

namespace stet {
namespace {

namespace fs = std::filesystem;

void say(const std::string& line) {
    fmt::print(stderr, "stet: {}\n", line);
}

std::unique_ptr<Peer> scripted_model(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Trouble("read script", file, "it can't be opened");
    auto model = make_scripted_model(std::string(std::istreambuf_iterator<char>(in), {}));
    if (!model) throw Trouble("read script", file, model.error().what, model.error().hint);
    return *std::move(model);
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
    for (const auto& word : arguments.upstreams) {
        const auto equals = word.find('=');
        if (equals == std::string::npos || equals == 0)
            throw Trouble("read --upstream", word, "it is not NAME=URL");
        const auto name = word.substr(0, equals), url = word.substr(equals + 1);
        auto found =
            std::find_if(all.begin(), all.end(), [&](const Upstream& one) { return one.name == name; });
        if (found == all.end()) {
            std::string variable;
            for (const char c : name)
                variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
            found = all.insert(all.end(), {name, variable + "_BASE_URL", "", nullptr});
        }
        found->url = url;
        if (!url.starts_with("script:")) continue;
        peers.push_back(scripted_model(url.substr(7)));
        found->url = name == "openai" ? "http://script/v1" : "http://script";
        found->peer = peers.back().get();
    }
    return all;
}

std::vector<CheckSpec> specs_of(const RunArguments& arguments, const Tree& initial) {
    std::vector<CheckSpec> specs;
    for (std::size_t i = 0; i < arguments.checks.size(); ++i) {
        auto spec = parse_check(arguments.checks[i], i);
        spec.protect = arguments.protect;
        spec.timeout_ms = arguments.check_timeout_s * 1000;
        bind_check(spec, initial);
        specs.push_back(std::move(spec));
    }
    return specs;
}

Outcome worse(Outcome a, Outcome b) {
    const auto rank = [](Outcome outcome) {
        return outcome == Outcome::fail ? 2 : outcome == Outcome::pass ? 0 : 1;
    };
    return rank(b) > rank(a) ? b : a;
}

/// Runs the terminal checks over a copy of the final workspace and records what they said.
Outcome run_checks(Recording& recording, const RunArguments& arguments, const std::vector<CheckSpec>& specs,
                   const std::vector<Seq>& seqs, const ProtectedFiles& kept, const Digest& state) {
    const auto sandbox = make_sandbox(arguments.sandbox);
    auto worst = Outcome::pass;
    for (std::size_t i = 0; i < specs.size(); ++i) {
        ScratchDirectory scratch;
        const auto root = recording.workspace()->root();
        CheckPlace place{.tree = scratch.path() / "tree", .inside = root, .excluded = {}};
        place.excluded = copy_tree(root, place.tree, recording.workspace()->excluded());
        kept.put_back(place.tree);
        auto run = run_check(*sandbox, specs[i], place);
        run.result.spec = seqs[i];
        run.result.state = state;
        Draft draft;
        draft.at = recording.now();
        run.result.output = draft.attach(run.output);
        draft.body = run.result;
        const auto result = recording.journal().append(std::move(draft));
        const auto verdict = judge_exit(specs[i].name, run.result.exit_code, run.result.signal,
                                        run.result.timed_out, run.result.problem);
        recording.note(VerdictGiven{verdict, result.seq}, {}, result.seq);
        worst = worse(worst, verdict.outcome);
        say(fmt::format("{}: {} ({})", verdict.check, to_string(verdict.outcome), verdict.why));
    }
    return worst;
}

AgentOutcome run_agent(Recording& recording, const RunArguments& arguments, std::vector<Upstream> upstreams) {
    RecorderOptions options;
    options.command = arguments.command;
    options.upstreams = std::move(upstreams);
    options.workspace = recording.workspace();
    options.initial_tree = recording.initial();
    options.initial_state = tree_digest(recording.initial());
    options.socket = run_socket(getpid());
    options.environment = {{"STET_TRAJECTORY", to_string(recording.id())},
                           {"STET_SOCKET", options.socket.string()}};
    options.now = [&recording] { return recording.now(); };
    options.warn = say;
    return record(options, recording.journal());
}

int code_of(Outcome outcome) {
    return outcome == Outcome::pass ? 0 : outcome == Outcome::fail ? 1 : 3;
}

}  // namespace

int run_command(const RunArguments& arguments) {
    if (!arguments.watch && !arguments.checks.empty())
        throw Trouble("run", "--check", "a check needs a workspace", "leave --no-workspace out");
    std::vector<std::unique_ptr<Peer>> peers;
    auto upstreams = upstreams_of(arguments, peers);
    std::error_code error;
    const auto root = fs::canonical(arguments.workspace, error);
    if (arguments.watch && error)
        throw Trouble("open workspace", arguments.workspace.string(), error.message());
    if (!arguments.checks.empty()) make_sandbox(arguments.sandbox);  // Better now than after an hour.
    auto begin = make_begin(arguments, arguments.watch ? root : fs::path());
    Recording recording({.log = arguments.log,
                         .name = arguments.name,
                         .workspace = arguments.watch ? std::optional(root) : std::nullopt,
                         .exclude = arguments.exclude,
                         .durability = arguments.power ? Durability::power : Durability::process});
    const auto specs = specs_of(arguments, recording.initial());
    const ProtectedFiles kept(root, arguments.watch ? recording.initial() : Tree{}, arguments.protect);
    if (arguments.task_id) begin.task_id = *arguments.task_id;
    const auto seqs = recording.begin(std::move(begin), specs);
    say(fmt::format("recording to {}", recording.path().string()));
    const auto agent = run_agent(recording, arguments, std::move(upstreams));
    recording.note(end_of(agent.exit_code, agent.signal));
    auto worst = Outcome::not_run;
    if (!specs.empty()) {
        const auto final_tree = recording.workspace()->scan(
            [&](std::string bytes) { recording.journal().put(std::move(bytes)); });
        worst = run_checks(recording, arguments, specs, seqs, kept, tree_digest(final_tree.tree));
    }
    recording.seal();
    return arguments.exit_check ? code_of(worst) : exit_code_of(agent.exit_code, agent.signal);
}

}  // namespace stet
