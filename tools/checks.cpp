#include "tools/checks.hpp"

#include <stet/door/workspace.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

namespace stet {
namespace {

namespace fs = std::filesystem;

bool is_name(std::string_view word) {
    const auto good = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    };
    return !word.empty() && word.front() >= 'a' && word.front() <= 'z' &&
           std::all_of(word.begin(), word.end(), good);
}

std::string path_variable() {
    const char* path = std::getenv("PATH");
    return path == nullptr ? "/usr/local/bin:/usr/bin:/bin" : path;
}

using Entries = std::map<std::string, TreeEntry, std::less<>>;

/// Makes sure that a directory is where the path's entry is to stand, as it was at first or plainly.
void make_way(Entries& entries, const Tree& initial, const std::string& path) {
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const auto above = path.substr(0, slash);
        const auto found = entries.find(above);
        if (found != entries.end() && found->second.kind == EntryKind::directory) continue;
        TreeEntry directory{.path = above, .kind = EntryKind::directory, .mode = 0755};
        const auto* was = initial.find(above);
        if (was != nullptr && was->kind == EntryKind::directory) directory = *was;
        entries.insert_or_assign(above, std::move(directory));
    }
}

/// Takes away what lies below a path that is no directory any more.
void clear_below(Entries& entries, const std::string& path) {
    const auto below = path + '/';
    for (auto at = entries.lower_bound(below); at != entries.end() && at->first.starts_with(below);)
        at = entries.erase(at);
}

/// The tools whose homes may be bound.
std::vector<Tool> lent_tools(const std::vector<Tool>& found, const CheckPlace& place) {
    if (!place.tools) return found;
    std::vector<Tool> lent;
    std::copy_if(found.begin(), found.end(), std::back_inserter(lent), [&](const Tool& tool) {
        return std::any_of(place.tools->begin(), place.tools->end(),
                           [&](const Tool& known) { return known.digest && known.digest == tool.digest; });
    });
    return lent;
}

void take_outcome(const SandboxOutcome& outcome, CheckRun& run) {
    auto& result = run.result;
    result.exit_code = outcome.exit_code;
    result.signal = outcome.signal;
    result.timed_out = outcome.timed_out;
    result.output_cut_bytes = outcome.output_cut_bytes;
    result.duration_ms = static_cast<std::uint64_t>(outcome.duration.count());
    result.problem = outcome.problem;
    run.output = outcome.output;
}

}  // namespace

CheckSpec parse_check(const std::string& word, std::size_t index) {
    CheckSpec spec;
    spec.name = index == 0 ? "check" : fmt::format("check-{}", index + 1);
    spec.command = word;
    const auto equals = word.find('=');
    if (equals != std::string::npos && is_name(std::string_view(word).substr(0, equals))) {
        spec.name = word.substr(0, equals);
        spec.command = word.substr(equals + 1);
    }
    if (spec.command.empty())
        throw Trouble("read --check", word, "it has no command", "write --check 'NAME=COMMAND'");
    return spec;
}

void bind_check(CheckSpec& spec, const Tree& initial) {
    JsonWriter json;
    json.open('[').string(spec.command).open('[');
    for (const auto& glob : spec.protect)
        json.string(glob);
    json.close(']').integer(static_cast<std::int64_t>(spec.timeout_ms));
    json.integer(static_cast<std::int64_t>(spec.output_bytes_max)).open('[');
    for (const auto& entry : initial.entries) {
        if (is_protected(spec.protect, entry.path))
            json.open('[').string(entry.path).string(to_string(entry.content)).close(']');
    }
    spec.digest = sha256(json.close(']').close(']').text());
}

std::vector<std::string> read_protect(const std::vector<std::string>& words, const fs::path& workspace) {
    std::vector<std::string> globs;
    for (const auto& word : words) {
        auto glob = word;
        const auto root = workspace.string() + '/';
        const bool absolute = glob.starts_with(root);
        if (absolute) glob = glob.substr(root.size() - 1);  // "/a" is tied to the workspace's top.
        while (glob.starts_with("./"))
            glob = '/' + glob.substr(glob.find_first_not_of('/', 1));
        const bool leads_out =
            glob == ".." || glob.starts_with("../") || glob.find("/../") != std::string::npos;
        if (glob.empty() || glob == "/" || leads_out ||
            (glob.starts_with('/') && glob == word && fs::exists(fs::symlink_status(glob))))
            throw Trouble("read --protect", word, "it names nothing in the workspace",
                          "name files relative to the workspace: --protect 'tests/'");
        globs.push_back(std::move(glob));
    }
    return globs;
}

bool is_protected(const std::vector<std::string>& globs, std::string_view path) {
    for (auto end = path.size(); end != std::string_view::npos && end > 0; end = path.rfind('/', end - 1)) {
        const auto part = path.substr(0, end);
        if (std::any_of(globs.begin(), globs.end(),
                        [&](const auto& glob) { return glob_matches(glob, part); }))
            return true;
    }
    return false;
}

Tree with_protected(const Tree& final_tree, const Tree& initial, const std::vector<std::string>& globs) {
    Entries entries;
    for (const auto& entry : final_tree.entries) {
        if (!is_protected(globs, entry.path)) entries.emplace(entry.path, entry);
    }
    for (const auto& entry : initial.entries) {
        if (!is_protected(globs, entry.path)) continue;
        make_way(entries, initial, entry.path);
        if (entry.kind != EntryKind::directory) clear_below(entries, entry.path);
        entries.insert_or_assign(entry.path, entry);
    }
    Tree tree;
    for (auto& [path, entry] : entries)
        tree.entries.push_back(std::move(entry));
    return tree;
}

CheckRun run_check(Sandbox& sandbox, const CheckSpec& spec, const CheckPlace& place) {
    CheckRun run;
    auto& environment = run.result.environment;
    environment.sandbox = sandbox.rung();
    environment.excluded = place.lent;
    try {
        const auto path = path_variable();
        environment.toolchain = fingerprint_toolchain(spec.command, path, place.tree);
        SandboxJob job;
        job.command = spec.command;
        job.tree = place.tree;
        job.inside = place.inside;
        job.environment = {{"PATH", path}};
        job.timeout = std::chrono::milliseconds(spec.timeout_ms);
        job.output_bytes_max = spec.output_bytes_max;
        job.stop_descriptor = place.stop_descriptor;
        job.read_only = toolchain_binds(lent_tools(environment.toolchain, place), path);
        for (const auto& tree : place.lent) {
            if (tree.digest) job.read_only.push_back({place.inside / tree.path, place.inside / tree.path});
        }
        take_outcome(sandbox.run(job), run);
    } catch (const Trouble& trouble) {
        run.result.problem =
            trouble.what();  // That a check could not run is evidence, not the end of the run.
    }
    return run;
}

CheckRun failed_check(std::string problem) {
    CheckRun run;
    run.result.problem = std::move(problem);
    return run;
}

}  // namespace stet
