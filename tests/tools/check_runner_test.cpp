#include "tools/check_runner.hpp"

#include "tests/support/temp_dir.hpp"

#include <stet/door/workspace.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

namespace fs = std::filesystem;

/// A machine with a project on it, and one check of it that a log recorded.
struct Machine {
    Machine() {
        test::write_file(dir / "project/node_modules/left-pad/index.js", "pad");
        test::write_file(dir / "project/data/numbers", "1 2 3");
        test::write_file(dir / "secret/key", "hush");
        fs::create_directory_symlink(dir / "secret", dir / "project/node_links");
    }

    CheckRun run(const ExcludedTree& recorded, bool trusted, const Tree& tree = {}) const {
        CheckRunner runner({.sandbox = "bubblewrap",
                            .inside = dir / "project",
                            .initial = {},
                            .content = [](const Digest&) { return std::string(); },
                            .trusted = trusted});
        CheckResult result;
        result.environment.excluded.push_back(recorded);
        CheckSpec spec;
        spec.command = "test -e '" + recorded.path + "'";
        return runner(spec, result, tree);
    }

    Digest now(const std::string& path) const { return fingerprint_excluded(dir / "project", path); }

    test::TempDir dir;
};

}  // namespace

TEST_CASE("tools/check_runner: a log is lent what it proves to know, and a stranger's nothing else") {
    if (!probe_sandbox().bubblewrap) return;
    const Machine machine;
    const auto right = machine.now("node_modules"), data = machine.now("data");
    const auto wrong = sha256("something else");
    struct Row {
        const char* name;
        ExcludedTree recorded;
        bool trusted, runs, lent;
    };
    const Row rows[] = {
        {"a stranger's dependency, unchanged", {"node_modules", right}, false, true, true},
        {"a stranger's dependency, changed", {"node_modules", wrong}, false, false, false},
        {"our own, changed", {"node_modules", wrong}, true, true, true},
        {"a stranger's choice of a path", {"data", data}, false, true, false},
        {"our own choice", {"data", data}, true, true, true},
        {"out of the workspace", {"../secret", wrong}, true, true, false},
        {"absolute", {(machine.dir / "secret").string(), wrong}, true, true, false},
        {"through a symlink", {"node_links/key", wrong}, true, true, false},
        {"a symlink", {"node_links", wrong}, true, true, false},
        {"nothing was there", {"node_modules", {}}, true, true, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto run = machine.run(row.recorded, row.trusted);
        CAPTURE(run.result.problem);
        CHECK(run.result.problem.empty() == row.runs);
        if (row.runs) CHECK((run.result.exit_code == 0) == row.lent);
        if (!row.runs) CHECK(run.result.problem.starts_with("environment: "));
    }
}

TEST_CASE("tools/check_runner: nothing is mounted through a symlink of the rebuilt tree") {
    const Machine machine;
    Tree tree;
    tree.entries.push_back({.path = "node_modules", .kind = EntryKind::symlink, .mode = 0, .target = "/etc"});
    const auto run = machine.run({"node_modules", machine.now("node_modules")}, true, tree);
    CHECK_FALSE(run.result.problem.empty());
}

TEST_CASE("tools/check_runner: a check whose command is not what its digest names is not run") {
    const Machine machine;
    CheckRunner runner({.sandbox = "none",
                        .inside = machine.dir / "project",
                        .initial = {},
                        .content = [](const Digest&) { return std::string(); },
                        .trusted = true});
    CheckSpec spec;
    spec.command = "exit 3";
    bind_check(spec, {});
    CHECK(runner(spec, {}, {}).result.exit_code == 3);
    spec.command = "exit 3; true";
    CHECK(runner(spec, {}, {}).result.problem.starts_with("spec: "));
}

TEST_CASE("tools/check_runner: without a sandbox only our own logs' programs run") {
    const test::TempDir dir;
    for (const bool trusted : {false, true}) {
        CheckRunner runner({.sandbox = "none",
                            .inside = dir.path(),
                            .initial = {},
                            .content = [](const Digest&) { return std::string(); },
                            .trusted = trusted});
        CheckSpec spec;
        spec.command = "touch '" + (dir / "was here").string() + "'";
        const auto run = runner(spec, {}, {});
        CHECK(run.result.problem.empty() == trusted);
        CHECK(fs::exists(dir / "was here") == trusted);
    }
}

}  // namespace stet
