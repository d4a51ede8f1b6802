#include "tools/provenance.hpp"

#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

namespace stet {
namespace {

RunArguments running(std::vector<std::string> command) {
    RunArguments arguments;
    arguments.command = std::move(command);
    return arguments;
}

}  // namespace

TEST_CASE("tools/provenance: of an interpreter's script, the script is the agent") {
    const test::TempDir dir;
    test::write_file(dir / "agent.py", "print()");
    test::write_file(dir / "package.json", R"({"name":"agent","version":"1.2.3"})");
    const auto script = (dir / "agent.py").string();
    for (const auto& command :
         {std::vector<std::string>{"/bin/sh", script}, {"/bin/sh", "-x", script, "--task", "anything"}}) {
        const auto begin = make_begin(running(command), {});
        CHECK(begin.agent_binary == sha256("print()"));
        CHECK(begin.agent_version == "agent 1.2.3");
    }
    const auto plain = make_begin(running({"/bin/sh", "-c", script}), {});
    CHECK(plain.agent_binary != sha256("print()"));
    CHECK(plain.agent_binary);
}

TEST_CASE("tools/provenance: the commit is found in a repository, above the workspace, and in a worktree") {
    const test::TempDir dir;
    const std::string commit(40, 'c'), other(40, 'd');
    test::write_file(dir / "repo/.git/HEAD", "ref: refs/heads/main\n");
    test::write_file(dir / "repo/.git/packed-refs", "# packed\n" + commit + " refs/heads/main\n");
    test::write_file(dir / "repo/.git/refs/heads/side", other + "\n");
    test::write_file(dir / "repo/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
    test::write_file(dir / "repo/.git/worktrees/side/commondir", "../..\n");
    test::write_file(dir / "repo/sub/file", "");
    test::write_file(dir / "side/.git", "gitdir: " + (dir / "repo/.git/worktrees/side").string() + "\n");
    CHECK(make_begin(running({"true"}), dir / "repo").commit == commit);
    CHECK(make_begin(running({"true"}), dir / "repo/sub").commit == commit);
    CHECK(make_begin(running({"true"}), dir / "side").commit == other);
}

TEST_CASE("tools/provenance: what nobody said is null, what was said is kept") {
    auto arguments = running({"true"});
    const auto silent = make_begin(arguments, {});
    CHECK_FALSE(silent.allowed);
    CHECK_FALSE(silent.agent_configuration);
    CHECK_FALSE(silent.toolchain);
    const test::TempDir dir;
    test::write_file(dir / "settings.json", "{}");
    test::write_file(dir / "task.txt", "Fix it.");
    arguments.allowed = {"edit"};
    arguments.agent_config = {(dir / "settings.json").string()};
    arguments.checks = {"sh -c true"};
    arguments.task = (dir / "task.txt").string();
    const auto begin = make_begin(arguments, {});
    CHECK(begin.allowed == std::vector<std::string>{"edit"});
    CHECK(begin.agent_configuration);
    CHECK(begin.toolchain);
    CHECK(begin.instruction == "Fix it.");
    arguments.task = "Fix the test.";
    CHECK(make_begin(arguments, {}).instruction == "Fix the test.");
    arguments.budget = "5";
    CHECK_THROWS_AS(make_begin(arguments, {}), Trouble);
}

}  // namespace stet
