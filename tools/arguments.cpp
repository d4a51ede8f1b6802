#include "tools/arguments.hpp"

#include "tools/say.hpp"

#include <stet/door/formats.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <charconv>
#include <memory>

namespace stet {
namespace {

using Where = std::vector<std::string>;

constexpr int check_timeout_s_max = 7 * 24 * 3600;

/// One of two words, as a flag.
CLI::Validator either(const std::string& off, const std::string& on) {
    const auto read = [off, on](std::string& word) {
        if (word != off && word != on) return fmt::format("'{}' is neither {} nor {}", word, off, on);
        word = word == on ? "true" : "false";
        return std::string();
    };
    return {read, off + "|" + on, "either"};
}

CLI::Validator whole_number() {
    const auto read = [](std::string& word) {
        std::int64_t number = 0;
        const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), number);
        const bool good = ec == std::errc{} && end == word.data() + word.size();
        return good ? std::string() : fmt::format("'{}' is no whole number", word);
    };
    return {read, "", "whole number"};
}

CLI::Option* add_json(CLI::App& app, bool& json) {
    return app.add_flag("--json", json, "One JSON document on stdout (docs/cli.md)");
}

void add_where(CLI::App& app, Where& where) {
    app.add_option(
           "--where", where,
           "Only runs for which this holds: KEY=VALUE, KEY!=VALUE, KEY~PART, KEY<N, KEY>N (docs/cli.md)")
        ->allow_extra_args(false);
}

void add_command(CLI::App& app, std::vector<std::string>& command, const char* what) {
    app.add_option("command", command, what)->required();
    app.prefix_command(false);
    app.positionals_at_end();
}

void add_run(CLI::App& root, RunArguments& run) {
    auto& app = *root.add_subcommand("run", "Record an agent: stet run [options] -- COMMAND…");
    auto* none = app.add_flag("!--no-workspace", run.watch, "Don't watch a directory");
    app.add_option("--workspace", run.workspace, "The directory that the agent works on (default: here)")
        ->excludes(none)
        ->type_name("DIR");
    app.add_option("--exclude", run.exclude,
                   "Leave out of snapshots what matches (besides dependencies and caches)")
        ->allow_extra_args(false)
        ->type_name("GLOB");
    app.add_option("--task", run.task, "The instruction, or a file that holds it (@FILE: certainly a file)")
        ->type_name("TEXT|FILE");
    app.add_option("--check", run.checks,
                   "A terminal check: a shell command over the final workspace; exit code 0 is pass")
        ->allow_extra_args(false)
        ->type_name("[NAME=]COMMAND");
    app.add_option("--protect", run.protect, "Files that are put back to their first state before checks run")
        ->allow_extra_args(false)
        ->type_name("GLOB");
    app.add_option("--check-timeout", run.check_timeout_s, "Seconds that a check may take (default 600)")
        ->check(CLI::Range(1, check_timeout_s_max))
        ->type_name("S");
    app.add_option("--sandbox", run.sandbox, "Where checks run: bubblewrap (default) or none")
        ->type_name("RUNG");
    app.add_option("--exit", run.exit_check, "`check`: exit with the verdict's code instead of the agent's")
        ->transform(either("agent", "check"));
    app.add_option("--name", run.name, "A name to find the run by");
    app.add_option("--group", run.group, "The group that this trial belongs to");
    app.add_option("--trial", run.trial, "Which trial of the group")->check(whole_number())->type_name("K");
    app.add_option("--tag", run.tags, "A tag")->allow_extra_args(false)->type_name("K=V");
    app.add_option("--task-id", run.task_id,
                   "The task's id (default: a digest of instruction, state and checks)");
    app.add_option("--policy", run.policy, "The policy the agent works under");
    app.add_option("--constraint", run.constraints, "A constraint of the task")->allow_extra_args(false);
    app.add_option("--allow", run.allowed, "What the agent is allowed")->allow_extra_args(false);
    app.add_option("--forbid", run.forbidden, "What it is forbidden")->allow_extra_args(false);
    app.add_option("--agent-config", run.agent_config, "A file that configures the agent: its digest is kept")
        ->allow_extra_args(false)
        ->type_name("FILE");
    app.add_option("--licence", run.licence, "The task's licence");
    app.add_option("--split", run.split, "train, validation, test …");
    app.add_option("--source", run.source, "Where the task comes from");
    app.add_option("--image", run.image, "The container image it runs in");
    app.add_option("--permission-mode", run.permission_mode, "The agent's permission mode");
    app.add_option("--budget", run.budget, "The budget, as a JSON object");
    app.add_option("--upstream", run.upstreams,
                   "A model provider: NAME=URL, or NAME=script:FILE for a scripted model")
        ->allow_extra_args(false)
        ->type_name("NAME=URL");
    app.add_option("--durability", run.power,
                   "process (default; survives kill -9) or power (survives a power cut)")
        ->transform(either("process", "power"));
    app.add_option("--log", run.log, "Write the log to this file (default: in STET_HOME)")->type_name("FILE");
    add_command(app, run.command, "The agent and its arguments");
}

void add_mcp(CLI::App& root, McpArguments& mcp) {
    auto& app = *root.add_subcommand("mcp", "Wrap a stdio MCP server: stet mcp [options] -- SERVER…");
    app.add_option("--name", mcp.name, "The server's name (default: from its command)");
    app.add_option("--run", mcp.run,
                   "The run to record into: its id, or the socket (default: found by itself)");
    app.add_option("--workspace", mcp.workspace,
                   "The directory to watch (default: the server's last operand that is one)")
        ->type_name("DIR");
    app.add_option("--exclude", mcp.exclude, "Leave out of snapshots what matches")
        ->allow_extra_args(false)
        ->type_name("GLOB");
    app.add_option("--log", mcp.log, "Write the log to this file (default: in STET_HOME)")->type_name("FILE");
    add_command(app, mcp.command, "The server and its arguments");
}

void add_readers(CLI::App& root, LsArguments& ls, ShowArguments& show, EventsArguments& events,
                 DiffArguments& diff, FsckArguments& fsck) {
    auto& list = *root.add_subcommand("ls", "List runs, newest first");
    add_where(list, ls.where);
    add_json(list, ls.json);

    auto& shown =
        *root.add_subcommand("show", "Show a run: steps, failures, retries, recoveries, changes, verdict");
    shown.add_option("run", show.run, "last (default), last~N, a name, an id's prefix, or a path");
    auto* follow = shown.add_flag("--follow", show.follow, "Keep showing what is being recorded");
    add_json(shown, show.json)->excludes(follow);

    auto& facts = *root.add_subcommand("events", "Print a run's events, one a line");
    facts.add_option("run", events.run, "As for show");
    facts.add_option("--kind", events.kinds, "Only these kinds")->allow_extra_args(false);
    add_json(facts, events.json);

    auto& compared = *root.add_subcommand("diff", "Compare two runs: exit code 0 same, 1 different");
    compared.add_option("one", diff.one, "As for show")->required();
    compared.add_option("other", diff.other, "As for show")->required();
    add_json(compared, diff.json);

    auto& checked =
        *root.add_subcommand("fsck", "Check logs: pages, digests, chain, roots; names the first bad seq");
    checked.add_option("runs", fsck.runs, "Paths, or as for show")->required();
    add_json(checked, fsck.json);
}

void add_makers(CLI::App& root, ReplayArguments& replay, ExportArguments& exported, DoctorArguments& doctor) {
    auto& again = *root.add_subcommand("replay", "Re-execute runs and derive their verdicts again");
    again.add_option("runs", replay.runs, "As for show");
    add_where(again, replay.where);
    again.add_option("--level", replay.level,
                     "The fidelity that counts as confirmed: bytes, value, normalised (default), effect");
    again.add_option("--world", replay.world,
                     "The world that answers (default: by what was recorded); tape: nothing is executed");
    again.add_option("--data", replay.data, "Where the world's initial state is (default: in the log)")
        ->type_name("DIR");
    again
        .add_option("--faults", replay.faults,
                    "extracted: transient errors that the recording holds, and the world does not give, are "
                    "injected again (default: none)")
        ->check(CLI::IsMember({"none", "extracted"}));
    again
        .add_option("--corpus", replay.corpus,
                    "Published sets, each in a folder of its own: imported for this once, and replayed")
        ->type_name("DIR");
    again.add_flag("--imported", replay.imported, "All runs that were imported");
    again.add_option("--threads", replay.threads, "How many at a time (default: one on each core)")
        ->type_name("N");
    again.add_option("--sandbox", replay.sandbox, "Where checks run: bubblewrap (default) or none");
    again
        .add_option("--keep", replay.keep, "Rebuild the final workspace in this directory and leave it there")
        ->type_name("DIR");
    again
        .add_option("--workspace", replay.workspace, "Judge this directory instead of the rebuilt workspace")
        ->type_name("DIR");
    again.add_flag("--trust", replay.trust,
                   "Treat logs from elsewhere as your own: lend them what has changed here since");
    again.add_flag("--dry", replay.dry, "Don't add the report to the log");
    add_json(again, replay.json);

    auto& out = *root.add_subcommand("export", "Training records on stdout, one JSON line each");
    out.add_option("runs", exported.runs, "As for show");
    add_where(out, exported.where);
    out.add_option("--format", exported.format, "record (default) or sft")
        ->check(CLI::IsMember({"record", "sft"}));
    out.add_flag("--require-rederived", exported.require_rederived,
                 "Only what a replay confirmed; says what it left out");
    out.add_option("--level", exported.level, "As for replay");
    out.add_flag("--schema", exported.schema, "Print the JSON Schema of format record");

    auto& able = *root.add_subcommand("doctor", "What this machine can do, and what to install");
    add_json(able, doctor.json);
}

void add_check(CLI::App& root, CheckArguments& check) {
    auto& app = *root.add_subcommand("check", "Late verdicts: new checks over stored final states");
    app.add_option("runs", check.runs, "As for show");
    add_where(app, check.where);
    app.add_flag("--imported", check.imported, "All runs that were imported");
    app.add_option("--check", check.checks, "A shell command over the final workspace, as for run")
        ->allow_extra_args(false)
        ->type_name("[NAME=]COMMAND");
    app.add_option("--verifier", check.verifiers,
                   "A verifier (docs/worlds.md) over the final state of a world")
        ->allow_extra_args(false)
        ->type_name("FILE");
    app.add_option("--check-timeout", check.check_timeout_s, "Seconds that a check may take (default 600)")
        ->check(CLI::Range(1, check_timeout_s_max))
        ->type_name("S");
    app.add_option("--sandbox", check.sandbox, "Where checks run: bubblewrap (default) or none");
    app.add_option("--world", check.world, "As for replay");
    app.add_option("--data", check.data, "As for replay")->type_name("DIR");
    app.add_option("--threads", check.threads, "As for replay")->type_name("N");
    app.add_flag("--trust", check.trust, "As for replay");
    app.add_flag("--dry", check.dry, "Don't add the verdicts to the logs");
    add_json(app, check.json);
}

void add_import(CLI::App& root, ImportArguments& import) {
    auto& app = *root.add_subcommand("import", "Other people's runs as trajectories, ready to be replayed");
    app.add_option("format", import.format, fmt::format("{}", fmt::join(import_formats(), ", ")))->required();
    app.add_option("files", import.files, "Result files, and what they refer to")->required();
    app.add_option("--data", import.data,
                   "Where the initial states are (default: beside the files, in db/, in ../db/)")
        ->type_name("DIR");
    app.add_option("--log", import.log, "Write the log to this file (default: in STET_HOME)")
        ->type_name("FILE");
    add_json(app, import.json);
}

void add_world(CLI::App& root, WorldArguments& world) {
    auto& app = *root.add_subcommand("world", "Declared worlds: make one, check it, call its tools");
    app.add_option("what", world.what, "new, check, run (calls as JSON lines on stdin), tools")
        ->required()
        ->check(CLI::IsMember({"new", "check", "run", "tools"}));
    app.add_option("directory", world.directory, "The world's directory")->required();
    app.add_option("--data", world.data, "Where initial states are that the directory has not");
}

/// What a command can't do without.
std::string operands_of(std::string_view command) {
    if (command == "run") return "give the agent: stet run [options] -- COMMAND…";
    if (command == "mcp") return "give the server: stet mcp [options] -- SERVER…";
    if (command == "diff") return "give two runs: stet diff ONE OTHER";
    if (command == "import") return "give the format and its files: stet import FORMAT FILE…";
    if (command == "world") return "say what, and where: stet world new|check|run|tools DIR";
    if (command == "fsck") return "give at least one run: stet fsck RUN…";
    return "name a command";
}

/// What is wrong with the words, for a person: the parser's own text where it is one.
std::string reason_of(const CLI::App& root, const CLI::App* chosen, const CLI::ParseError& error) {
    const bool lacks = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    if (!lacks && dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr) return error.what();
    auto strange = (chosen == nullptr ? root : *chosen).remaining();
    std::erase(strange, "--");
    if (!strange.empty() && strange.front().starts_with('-'))
        return fmt::format("there is no option {}", strange.front());
    if (chosen == nullptr && !strange.empty()) return fmt::format("there is no command {}", strange.front());
    if (lacks) return operands_of(chosen == nullptr ? std::string() : chosen->get_name());
    return error.what();
}

/// One line, and the code by which the word says that the trouble is ours.
Finished refuse(const CLI::App& app, const CLI::ParseError& error) {
    const auto chosen = app.get_subcommands();
    const auto word = chosen.empty() ? std::string() : chosen.front()->get_name();
    const auto reason = reason_of(app, chosen.empty() ? nullptr : chosen.front(), error);
    say(fmt::format("read the command line: {}; see stet {}{}--help", reason, word, word.empty() ? "" : " "));
    return Finished{word == "run" || word == "mcp" ? 125 : 2};
}

}  // namespace

Arguments parse_arguments(int argc, char** argv) {
    CLI::App app{"stet records what an AI agent did, failures and all, and proves it again."};
    app.set_version_flag("--version", "stet " STET_VERSION);
    app.require_subcommand(1);
    app.fallthrough(false);
    RunArguments run;
    McpArguments mcp;
    LsArguments ls;
    ShowArguments show;
    EventsArguments events;
    DiffArguments diff;
    FsckArguments fsck;
    ReplayArguments replay;
    CheckArguments check;
    ImportArguments import;
    ExportArguments exported;
    WorldArguments world;
    DoctorArguments doctor;
    add_run(app, run);
    add_mcp(app, mcp);
    add_readers(app, ls, show, events, diff, fsck);
    add_makers(app, replay, exported, doctor);
    add_check(app, check);
    add_import(app, import);
    add_world(app, world);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return Finished{app.exit(error)};
        return refuse(app, error);
    }
    const auto name = app.get_subcommands().front()->get_name();
    if (name == "run") return run;
    if (name == "mcp") return mcp;
    if (name == "ls") return ls;
    if (name == "show") return show;
    if (name == "events") return events;
    if (name == "diff") return diff;
    if (name == "fsck") return fsck;
    if (name == "replay") return replay;
    if (name == "check") return check;
    if (name == "import") return import;
    if (name == "export") return exported;
    if (name == "world") return world;
    return doctor;
}

}  // namespace stet
