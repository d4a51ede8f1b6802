#include "workspace/child.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <thread>
#include <vector>

using namespace stet::workspace;

namespace {

Child shell(const std::string& command) {
    Child child;
    child.argv = {"/bin/sh", "-c", command};
    child.environment = {"PATH=/usr/bin:/bin"};
    child.timeout = std::chrono::seconds(20);
    child.output_bytes_max = 1 << 20;
    return child;
}

}  // namespace

TEST_CASE("workspace/child: a program that is not there is told from one that failed") {
    Child child = shell("");
    child.argv = {"/no/such/program"};
    CHECK(run_child(child).start_error == ENOENT);
    CHECK(run_child(shell("exit 127")).exit_code == 127);
}

TEST_CASE("workspace/child: signals that we ignore are not ignored by the program") {
    const auto before = std::signal(SIGPIPE, SIG_IGN);
    const auto ended = run_child(shell("kill -PIPE $$; echo survived"));
    std::signal(SIGPIPE, before);
    CHECK(ended.signal == SIGPIPE);
    CHECK(ended.output.empty());
}

TEST_CASE("workspace/child: descriptor 3 is the status, and no other descriptor is inherited") {
    Child child = shell("echo told >&3; ls /proc/self/fd | sort | tr '\\n' ' '");
    child.with_status = true;
    const auto ended = run_child(child);
    CHECK(ended.status == "told\n");
    // ls itself holds the directory.
    CHECK(ended.output == "0 1 2 3 4 ");
}

TEST_CASE("workspace/child: a program that closes its output is still awaited") {
    const auto ended =
        run_child(shell("exec >&- 2>&-; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exit 7"));
    CHECK(ended.exit_code == 7);
}

TEST_CASE("workspace/child: many at once do not disturb each other") {
    std::vector<int> codes(8, -1);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < codes.size(); ++i) {
            threads.emplace_back(
                [&codes, i] { codes[i] = run_child(shell("exit " + std::to_string(i))).exit_code; });
        }
    }
    for (std::size_t i = 0; i < codes.size(); ++i)
        CHECK(codes[i] == static_cast<int>(i));
}
