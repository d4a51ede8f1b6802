#include "tools/checks.hpp"

#include <stet/door/workspace.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace stet {
namespace {

namespace fs = std::filesystem;

bool any_matches(const std::vector<std::string>& globs, std::string_view path) {
    return std::any_of(globs.begin(), globs.end(),
                       [&](const auto& glob) { return glob_matches(glob, path); });
}

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

/// A repository's innards change with every git command: they are lent, but no evidence.
bool is_repository(std::string_view path) {
    return path == ".git" || path == ".git/" || path.find("/.git") != std::string_view::npos;
}

void bind_excluded(const CheckPlace& place, SandboxJob& job, CheckResult& result) {
    for (const auto& path : place.excluded) {
        if (any_matches(remade_excludes(), path)) continue;
        const auto from = place.inside / path;
        std::error_code error;
        ExcludedTree tree{.path = path, .digest = {}};
        if (fs::exists(from, error)) {
            if (!is_repository(path)) tree.digest = fingerprint_tree(from);
            job.read_only.push_back({from, place.inside / path});
        }
        if (!is_repository(path)) result.environment.excluded.push_back(std::move(tree));
    }
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
        if (any_matches(spec.protect, entry.path))
            json.open('[').string(entry.path).string(to_string(entry.content)).close(']');
    }
    spec.digest = sha256(json.close(']').close(']').text());
}

Tree with_protected(const Tree& final_tree, const Tree& initial, const std::vector<std::string>& globs) {
    Tree tree;
    for (const auto& entry : final_tree.entries) {
        if (!any_matches(globs, entry.path)) tree.entries.push_back(entry);
    }
    for (const auto& entry : initial.entries) {
        if (!any_matches(globs, entry.path)) continue;
        tree.entries.push_back(entry);
        // The directories above it may be gone.
        for (auto slash = entry.path.rfind('/'); slash != std::string::npos && slash > 0;
             slash = entry.path.rfind('/', slash - 1)) {
            const auto above = entry.path.substr(0, slash);
            const auto there = std::any_of(tree.entries.begin(), tree.entries.end(),
                                           [&](const auto& one) { return one.path == above; });
            if (!there)
                tree.entries.push_back(
                    {.path = above, .kind = EntryKind::directory, .mode = 0755, .content = {}, .target = {}});
        }
    }
    std::sort(tree.entries.begin(), tree.entries.end(),
              [](const auto& a, const auto& b) { return a.path < b.path; });
    return tree;
}

struct ProtectedFiles::State {
    ScratchDirectory kept;
    std::vector<std::string> globs, paths;
};

ProtectedFiles::ProtectedFiles(const fs::path& workspace, const Tree& initial, std::vector<std::string> globs)
    : state_(std::make_unique<State>()) {
    state_->globs = std::move(globs);
    for (const auto& entry : initial.entries) {
        if (entry.kind != EntryKind::file || !any_matches(state_->globs, entry.path)) continue;
        const auto to = state_->kept.path() / entry.path;
        fs::create_directories(to.parent_path());
        std::error_code error;
        fs::copy_file(workspace / entry.path, to, error);
        if (error) throw Trouble("keep protected file", entry.path, error.message());
        state_->paths.push_back(entry.path);
    }
}

ProtectedFiles::~ProtectedFiles() = default;
ProtectedFiles::ProtectedFiles(ProtectedFiles&&) noexcept = default;

void ProtectedFiles::put_back(const fs::path& copy) const {
    if (state_->globs.empty()) return;
    std::vector<fs::path> strangers;
    for (const auto& entry : fs::recursive_directory_iterator(copy)) {
        if (entry.is_directory() && !entry.is_symlink()) continue;
        if (any_matches(state_->globs, entry.path().lexically_relative(copy).string()))
            strangers.push_back(entry.path());
    }
    for (const auto& path : strangers)
        fs::remove(path);
    for (const auto& path : state_->paths) {
        fs::create_directories((copy / path).parent_path());
        fs::copy_file(state_->kept.path() / path, copy / path, fs::copy_options::overwrite_existing);
    }
}

CheckRun run_check(Sandbox& sandbox, const CheckSpec& spec, const CheckPlace& place) {
    CheckRun run;
    auto& result = run.result;
    const auto path = path_variable();
    result.environment.sandbox = sandbox.rung();
    result.environment.toolchain = fingerprint_toolchain(spec.command, path, place.tree);
    SandboxJob job;
    job.command = spec.command;
    job.tree = place.tree;
    job.inside = place.inside;
    job.environment = {{"PATH", path}};
    job.timeout = std::chrono::milliseconds(spec.timeout_ms);
    job.output_bytes_max = spec.output_bytes_max;
    job.read_only = toolchain_binds(result.environment.toolchain, path);
    try {
        bind_excluded(place, job, result);
        take_outcome(sandbox.run(job), run);
    } catch (const Trouble& trouble) {
        result.problem = trouble.what();  // That a check could not run is evidence, not the end of the run.
    }
    return run;
}

}  // namespace stet
