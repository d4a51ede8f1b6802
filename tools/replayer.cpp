#include "tools/replayer.hpp"

#include "tools/check_runner.hpp"
#include "tools/say.hpp"
#include "tools/vouch.hpp"

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

ReplayOptions plain_options(const std::vector<CheckSpec>& late) {
    ReplayOptions options;
    options.late_checks = late;
    options.engine = "stet " STET_VERSION;
    return options;
}

}  // namespace

std::optional<Begin> begin_of(EventSource& source) {
    source.seek(Seq{0});
    const auto event = source.next();
    source.seek(Seq{0});
    const auto* begin = event ? std::get_if<Begin>(&event->body) : nullptr;
    return begin == nullptr ? std::nullopt : std::optional(*begin);
}

ReplayReport Replayer::replay(const OpenedRun& run, const std::vector<CheckSpec>& late) {
    const auto source = run.log.source(run.summary.id);
    const auto begin = begin_of(*source);
    if (begin && begin->episode && arguments_.world != "tape")
        return replay_episode(*source, *begin->episode, late);
    return replay_workspace(run, *source, late);
}

ReplayReport Replayer::replay_episode(EventSource& source, const EpisodeSpec& episode,
                                      const std::vector<CheckSpec>& late) {
    auto& opened = shelf_.world_of(episode, source);
    auto options = plain_options(late);
    options.world = opened.world.get();
    options.make_verifier = opened.make_verifier;
    options.extract_faults = arguments_.faults == "extracted";
    return stet::replay(source, options);
}

ReplayReport Replayer::replay_workspace(const OpenedRun& run, EventSource& source,
                                        const std::vector<CheckSpec>& late) {
    const auto known = look(source);
    auto options = plain_options(late);
    // The tape reads by itself: it needs a cursor of its own.
    const auto tape_source = run.log.source(run.summary.id);
    const auto tape = make_tape(*tape_source);
    const auto world = choose_world(arguments_, known);
    options.world = world.get();
    options.tape = tape.get();
    const auto judged = arguments_.workspace ? scan_directory(*arguments_.workspace, known) : Judged{};
    if (arguments_.workspace) options.final_tree = judged.tree;
    options.run_check =
        check_runner(arguments_, source, known, judged, arguments_.trust || made_here(run.log, run.summary));
    source.seek(Seq{0});
    return stet::replay(source, options);
}

void keep_report(Log& log, const TrajectorySummary& summary, const ReplayReport& report, Level level) {
    if (summary.standing != Standing::sealed) return;
    log.add(summary.id, "replay", wall_ms_now(), vouch(summary, to_json(report, level), *make_redactor()));
}

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

}  // namespace stet
