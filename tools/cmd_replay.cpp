#include "tools/check_runner.hpp"
#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/interruption.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"
#include "tools/vouch.hpp"
#include "tools/world_shelf.hpp"

#include <stet/door/envs.hpp>
#include <stet/door/replay.hpp>
#include <stet/door/workspace.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace stet {
namespace {

namespace fs = std::filesystem;

/// What has to be known of a recording before it can be replayed.
struct Known {
    Begin begin;
    Tree initial;
    std::vector<std::string> excluded;
    std::set<std::string> servers;            ///< Names in MCP `initialize` results.
    std::set<std::uint32_t> introduced = {};  ///< Connections whose first answer, that one, was seen.
    bool tool_boundary = false;
};

void look_at_response(const EventSource& source, std::uint32_t connection, const Response& response,
                      Known& known) {
    if (response.protocol != "mcp/stdio" || !response.body) return;
    if (!known.introduced.insert(connection).second) return;
    const auto line = source.payload(response.body->digest);
    if (!line) return;
    const auto document = JsonDocument::parse(*line);
    if (!document) return;
    auto name = document->root()["result"]["serverInfo"]["name"].text();
    if (!name.empty()) known.servers.insert(std::move(name));
}

Known look(EventSource& source) {
    Known known;
    while (const auto event = source.next()) {
        std::visit(overloaded{
                       [&](const Begin& begin) { known.begin = begin; },
                       [&](const Response& response) {
                           look_at_response(source, event->connection, response, known);
                       },
                       [&](const ToolCall& call) {
                           known.tool_boundary = known.tool_boundary || call.boundary == Boundary::tool;
                       },
                       [&](const Snapshot& snapshot) {
                           known.excluded = snapshot.excluded;
                           const auto manifest = source.payload(snapshot.manifest.digest);
                           if (!manifest) return;
                           auto tree = decode_tree(*manifest);
                           if (tree) known.initial = *std::move(tree);
                       },
                       [](const auto&) {},
                   },
                   event->body);
    }
    source.seek(Seq{0});
    return known;
}

/// The world that can answer; null when only the tape can.
std::unique_ptr<Environment> choose_world(const ReplayArguments& arguments, const Known& known) {
    auto name = arguments.world;
    if (name.empty() && known.tool_boundary && known.servers.size() == 1)
        name = world_for_server(*known.servers.begin());
    if (name.empty() || name == "tape") return nullptr;
    auto world = make_world(name);
    if (!world) throw Trouble(world.error().what, "", "", world.error().hint);
    return *std::move(world);
}

/// A directory that is to be judged: its tree, by the same rules as the recording's snapshots, and its
/// contents.
struct Judged {
    Tree tree;
    std::map<Digest, std::string> contents;
};

Judged scan_directory(const fs::path& directory, const Known& known) {
    const auto redactor = make_redactor();
    const auto workspace = open_workspace(directory, {.exclude = known.excluded}, *redactor);
    Judged judged;
    judged.tree = workspace
                      ->scan([&](std::string bytes) {
                          const auto digest = sha256(bytes);
                          judged.contents.emplace(digest, std::move(bytes));
                      })
                      .tree;
    return judged;
}

CheckRunner check_runner(const ReplayArguments& arguments, const EventSource& source, const Known& known,
                         const Judged& judged, bool trusted) {
    return CheckRunner({.sandbox = arguments.sandbox,
                        .inside = known.begin.workspace_path.value_or(""),
                        .initial = known.initial,
                        .content = [&source, &judged](const Digest& digest) -> Result<std::string> {
                            const auto found = judged.contents.find(digest);
                            if (found != judged.contents.end()) return found->second;
                            return source.payload(digest);
                        },
                        .trusted = trusted});
}

/// False when something is missing: what there is, is written, and the rest is said.
bool keep_tree(const fs::path& directory, EventSource& source) {
    auto tree = rebuild_final_tree(source);
    if (!tree) throw Trouble("rebuild workspace", directory.string(), tree.error().what, tree.error().hint);
    const auto content = [&source](const Digest& digest) { return source.payload(digest); };
    const auto missing = std::erase_if(tree->entries, [&](const TreeEntry& entry) {
        if (entry.kind != EntryKind::file || (!entry.absent && content(entry.content))) return false;
        say(fmt::format("rebuild workspace {}: the recording has no content for {}", directory.string(),
                        entry.path));
        return true;
    });
    if (const auto restored = restore(*tree, content, directory); !restored) {
        throw Trouble("rebuild workspace", directory.string(), restored.error().what, restored.error().hint);
    }
    say(fmt::format("the final workspace is in {}{}", directory.string(),
                    missing == 0 ? "" : fmt::format(", without {} of its files", missing)));
    return missing == 0;
}

void print_report(const OpenedRun& run, const ReplayReport& report, Level level) {
    const auto color = paint();
    const auto found = headline(report, level);
    const char* tint = found == Headline::confirmed      ? color.green
                       : found == Headline::unverifiable ? color.yellow
                                                         : color.red;
    fmt::print("{}{}{}  {}  {}{}\n", tint, to_string(found), color.plain,
               to_string(run.summary.id).substr(0, 10), safe(report.how),
               !report.prefix_only                           ? ""
               : run.summary.standing == Standing::recording ? "  (still being recorded: only its prefix)"
                                                             : "  (torn: only its prefix)");
    fmt::print("  fidelity {}: {} calls", to_string(report.fidelity), report.calls);
    for (const auto one : {Level::bytes, Level::value, Level::normalised, Level::effect, Level::none}) {
        const auto count = report.at_level[static_cast<std::size_t>(one)];
        if (count > 0) fmt::print(", {} at {}", count, to_string(one));
    }
    fmt::print("; {} of {} states equal\n", report.states_equal, report.states);
    for (const auto& divergence : report.divergences) {
        fmt::print("  {}≠ seq {}{} {} {}\n", color.red, divergence.at.value, color.plain, divergence.cause,
                   safe(divergence.where));
        fmt::print("      recorded {}\n      live     {}\n", short_line(divergence.recorded, 120),
                   short_line(divergence.live, 120));
    }
    for (const auto& check : report.checks) {
        fmt::print("  check {}: {} (recorded {}, derived {}{}{}{})\n", safe(check.name),
                   to_string(check.outcome), to_string(check.recorded),
                   check.derived ? to_string(*check.derived) : "nothing",
                   check.how.empty() ? "" : " " + safe(check.how),
                   check.cause.empty() ? "" : "; cause: ", both_ends(check.cause, 200));
        for (const auto& note : check.notes)
            fmt::print("    note: {}\n", safe(note));
    }
    if (report.checks.empty()) fmt::print("  no check was recorded\n");
}

ReplayReport replay_one(const ReplayArguments& arguments, OpenedRun& run, Level level) {
    const auto source = run.log.source(run.summary.id);
    const auto known = look(*source);
    ReplayOptions options;
    options.engine = "stet " STET_VERSION;
    // The tape reads by itself: it needs a cursor of its own.
    const auto tape_source = run.log.source(run.summary.id);
    const auto tape = make_tape(*tape_source);
    std::unique_ptr<Environment> world;
    WorldShelf shelf(arguments.world == "tape" ? "" : arguments.world, arguments.data);
    if (known.begin.episode && arguments.world != "tape") {
        auto& opened = shelf.world_of(*known.begin.episode, *source);
        options.world = opened.world.get();
        options.make_verifier = opened.make_verifier;
        options.extract_faults = arguments.faults == "extracted";
    } else {
        world = choose_world(arguments, known);
        options.world = world.get();
    }
    options.tape = tape.get();
    const auto judged = arguments.workspace ? scan_directory(*arguments.workspace, known) : Judged{};
    if (arguments.workspace) options.final_tree = judged.tree;
    options.run_check =
        check_runner(arguments, *source, known, judged, arguments.trust || made_here(run.log, run.summary));
    source->seek(Seq{0});
    auto report = replay(*source, options);
    if (!arguments.dry && !arguments.workspace && run.summary.standing == Standing::sealed) {
        run.log.add(run.summary.id, "replay", wall_ms_now(),
                    vouch(run.summary, to_json(report, level), *make_redactor()));
    }
    return report;
}

/// What counts for the exit code: the gravest of all.
int graver(int a, int b) {
    const auto rank = [](int code) { return code == 2 ? 3 : code == 1 ? 2 : code == 3 ? 1 : 0; };
    return rank(b) > rank(a) ? b : a;
}

int replay_located(const ReplayArguments& arguments, const Located& located, Level level) {
    auto run = open_run(located);
    int code = 0;
    if (arguments.keep && !keep_tree(*arguments.keep, *run.log.source(run.summary.id))) code = 2;
    const auto report = replay_one(arguments, run, level);
    if (arguments.json)
        fmt::print("{}\n", to_json(report, level));
    else
        print_report(run, report, level);
    return graver(code, exit_code(headline(report, level)));
}

}  // namespace

int replay_command(const ReplayArguments& arguments) {
    const auto level = parse_level(arguments.level);
    if (!level) throw Trouble("read --level", arguments.level, level.error().what, level.error().hint);
    int code = 0;
    for (const auto& located : find_runs(arguments.runs, arguments.where)) {
        const auto id = to_string(located.summary.id).substr(0, 10);
        try {
            code = graver(code, replay_located(arguments, located, *level));
        } catch (const Trouble& trouble) {
            say(fmt::format("replay {}: {}", id, trouble.what()));
            code = graver(code, 2);
        } catch (const Interrupted& interrupted) {
            say(fmt::format("replay {}: interrupted; nothing was added to its log", id));
            return 128 + interrupted.signal;
        }
    }
    return code;
}

}  // namespace stet
