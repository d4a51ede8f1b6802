#include "tests/workspace/sandbox_support.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>

using namespace stet;
using namespace stet::test;

TEST_CASE("workspace/sandbox: how a command ended is told alike on every rung") {
    struct Row {
        const char* command;
        std::optional<int> exit_code, signal;
    };
    const std::array rows{
        Row{"true", 0, {}},
        Row{"exit 1", 1, {}},
        Row{"exit 42", 42, {}},
        Row{"exit 255", 255, {}},
        Row{"exec ./plain", 126, {}},
        Row{"no-such-program-at-all", 127, {}},
        Row{"kill -9 $$", {}, SIGKILL},
        Row{"kill -SEGV $$", {}, SIGSEGV},
        Row{"sh -c 'kill -TERM $$'; exit $?", {}, SIGTERM},
    };
    for (const auto& rung : rungs()) {
        Bench bench(rung);
        write_file(bench.tree() / "plain", "no program");
        for (const auto& row : rows) {
            CAPTURE(rung);
            CAPTURE(row.command);
            const auto outcome = bench.run(row.command);
            CHECK(outcome.problem == "");
            CHECK(outcome.exit_code == row.exit_code);
            CHECK(outcome.signal == row.signal);
            CHECK_FALSE(outcome.timed_out);
        }
    }
}

TEST_CASE("workspace/sandbox: it works on the tree, and both outputs come as they were written") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        write_file(bench.tree() / "in", "hello");
        const auto outcome = bench.run("cat in; echo err >&2; echo out; printf x > made; cat");
        CHECK(outcome.output == "helloerr\nout\n");
        CHECK(outcome.exit_code == 0);
        CHECK(read_file(bench.tree() / "made") == "x");
        CHECK(outcome.duration.count() < 10'000);
    }
}

TEST_CASE("workspace/sandbox: what is bound into the tree is there, and cannot be changed") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        write_file(bench.dir / "deps/pad/index.js", "pad");
        write_file(bench.dir / "lock", "1");
        bench.job.read_only = {{bench.dir / "deps", bench.job.inside / "node_modules"},
                               {bench.dir / "lock", bench.job.inside / "a/lock"}};
        const auto outcome =
            bench.run("cat node_modules/pad/index.js a/lock; echo more >> a/lock; rm -rf node_modules/*");
        CHECK(outcome.output.starts_with("pad1"));
        CHECK(outcome.problem == "");
        CHECK(read_file(bench.dir / "deps/pad/index.js") == "pad");
        CHECK(read_file(bench.dir / "lock") == "1");
    }
}

TEST_CASE("workspace/sandbox: output beyond the limit is counted, and nothing waits for it") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        bench.job.output_bytes_max = 1000;
        const auto outcome = bench.run("head -c 3000000 /dev/zero; echo end >&2; exit 3");
        CHECK(outcome.output == std::string(1000, '\0'));
        CHECK(outcome.output_cut_bytes == 3'000'004 - 1000);
        CHECK(outcome.exit_code == 3);
    }
}

TEST_CASE("workspace/sandbox: when the time is up, nothing that it started is left") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        bench.job.timeout = std::chrono::milliseconds(300);
        const auto mark = bench.mark();
        const std::string escape = rung == "bubblewrap" ? "setsid " : "";
        const auto outcome =
            bench.run("(" + escape + "sh -c 'echo grandchild; sleep " + mark + "' &); sleep " + mark);
        CHECK(outcome.timed_out);
        CHECK_FALSE(outcome.exit_code);
        CHECK_FALSE(outcome.signal);
        CHECK(outcome.problem == "");
        CHECK(outcome.output == "grandchild\n");
        CHECK(outcome.duration.count() >= 300);
        CHECK(outcome.duration.count() < 5000);
        CHECK(processes_with(mark) == 0);
    }
}

TEST_CASE("workspace/sandbox: what a command leaves running is ended with it") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        const auto mark = bench.mark();
        const auto outcome = bench.run("sleep " + mark + " & echo started; exit 5");
        CHECK(outcome.exit_code == 5);
        CHECK(outcome.output == "started\n");
        CHECK(outcome.duration.count() < 2000);
        CHECK(processes_with(mark) == 0);
    }
}

TEST_CASE("workspace/sandbox: the environment is the job's and ours to say, not the host's") {
    ::setenv("STET_TEST_LEAK", "leaked", 1);
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        bench.job.environment = {{"EXTRA", "1 2"}, {"TZ", "Asia/Tokyo"}, {"BAD=NAME", "x"}, {"", "y"}};
        const auto outcome = bench.run(
            "echo \"$EXTRA|$TZ|$LANG|$LC_ALL|$PYTHONHASHSEED|$SOURCE_DATE_EPOCH|$STET_TEST_LEAK\"; "
            "ls -A \"$HOME\" \"$TMPDIR\" | grep -v :; touch \"$HOME/x\" \"$TMPDIR/y\" && echo writable");
        CHECK(outcome.output == "1 2|Asia/Tokyo|C.UTF-8|C.UTF-8|0|315532800|\n\nwritable\n");
    }
    ::unsetenv("STET_TEST_LEAK");
}

TEST_CASE("workspace/sandbox: a job that cannot be set up is a problem, not a failure") {
    for (const auto& rung : rungs()) {
        CAPTURE(rung);
        Bench bench(rung);
        bench.job.tree = bench.tree() / "missing";
        const auto outcome = bench.run("true");
        CHECK(outcome.problem.ends_with("missing is no directory"));
        CHECK_FALSE(outcome.exit_code);
    }
}

TEST_CASE("workspace/sandbox: a rung that does not exist cannot be had") {
    CHECK_THROWS_AS(make_sandbox("chroot"), Trouble);
    CHECK(make_sandbox("none")->rung() == "none");
}
