#include "tests/workspace/sandbox_support.hpp"
#include "workspace/bubblewrap.hpp"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace stet;
using namespace stet::test;

namespace {

/// Somebody who listens on this machine's loopback.
struct Listener {
    Listener() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(socket.get(), 8) == 0);
        REQUIRE(::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
    }
    workspace::Descriptor socket;
    int port = 0;
};

}  // namespace

TEST_CASE("workspace/bubblewrap: there is no network, not even this machine's") {
    if (!has_bubblewrap() || !fs::exists("/bin/bash")) return;
    const Listener listener;
    const auto connect = fmt::format("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{}'", listener.port);
    Bench bench("bubblewrap");
    Bench plain("none");
    CHECK(plain.run(connect).exit_code == 0);
    CHECK(bench.run(connect).exit_code == 1);
    CHECK(bench.run("ls /sys/class/net 2>/dev/null; cat /proc/net/dev | wc -l").output == "3\n");
}

TEST_CASE("workspace/bubblewrap: nothing outside the tree can be written, nothing of the user's read") {
    if (!has_bubblewrap()) return;
    Bench bench("bubblewrap");
    write_file(bench.dir / "secret", "secret");
    const auto secret = (bench.dir / "secret").native();
    const char* home = std::getenv("HOME");
    struct Row {
        std::string command;
        bool works;
    };
    const std::array rows{
        Row{"cat " + secret, false},
        Row{"echo x > " + secret, false},
        Row{"echo x > ../outside", false},
        Row{"ls " + std::string(home != nullptr && *home != '\0' ? home : "/root"), false},
        Row{"touch /x", false},
        Row{"touch /usr/x", false},
        Row{"touch /etc/x", false},
        Row{"touch /bin/x", false},
        Row{"mkdir /home/x", false},
        Row{"cat /etc/shadow | grep .", false},
        Row{"mount -t tmpfs none /tmp", false},
        Row{"umount /usr", false},
        Row{"unshare -Ur true", false},
        Row{"chroot . true", false},
        Row{"kill -0 " + std::to_string(::getpid()), false},
        Row{"mknod dev c 1 3", false},
        Row{"ls /proc/1/root/home", false},
        Row{"touch x && ln -s / y && touch /tmp/z /var/tmp/z", true},
        Row{"touch y/usr/x", false},
        Row{"test -r /etc/passwd && test -x /usr/bin/env && test -c /dev/null", true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.command);
        const auto outcome = bench.run(row.command);
        CAPTURE(outcome.output);
        CHECK(outcome.problem == "");
        CHECK((outcome.exit_code == 0) == row.works);
    }
    CHECK(read_file(secret) == "secret");
    CHECK(bench.run("ls -A /tmp; ls -A /run; ls -A /home /root").output.starts_with("home\nls: "));
    CHECK(bench.run("hostname 2>/dev/null || cat /proc/sys/kernel/hostname; date +%Z").output ==
          "stet\nUTC\n");
    CHECK(bench.run("grep CapEff /proc/self/status").output == "CapEff:\t0000000000000000\n");
}

TEST_CASE("workspace/bubblewrap: the tree stands where it is asked for") {
    if (!has_bubblewrap()) return;
    const std::array places{"/project/app",    "/tmp/a/b",         "/tmp",
                            "/home/someone/x", "/opt/stet-no/app", "/usr/src/stet-no/x",
                            "/root/project",   "/var/www/x",       "/elsewhere/../project/y"};
    for (const auto* place : places) {
        CAPTURE(place);
        Bench bench("bubblewrap");
        bench.job.inside = place;
        write_file(bench.tree() / "here", "yes");
        const auto outcome = bench.run("cat here && pwd && touch made && ls /usr/bin/env");
        CHECK(outcome.problem == "");
        CHECK(outcome.output == "yes" + fs::path(place).lexically_normal().native() + "\n/usr/bin/env\n");
        CHECK(paths_of(recount(bench.tree())) == std::vector<std::string>{"here", "made"});
        CHECK_FALSE(fs::exists("/opt/stet-no"));
    }
    for (const auto* place : {"/", "", "relative/x", "/a/..", "/proc/self/root/x", "/dev/x", "/a/../sys"}) {
        CAPTURE(place);
        Bench bench("bubblewrap");
        bench.job.inside = place;
        CHECK(bench.run("true").problem.starts_with("the tree can't stand at"));
    }
}

TEST_CASE("workspace/bubblewrap: excluded trees and toolchains are there, read-only") {
    if (!has_bubblewrap()) return;
    Bench bench("bubblewrap");
    write_file(bench.dir / "deps/pkg/index", "dependency");
    make_executable(bench.dir / "tools/bin/mytool", "#!/bin/sh\necho tool\n");
    const auto tools = (bench.dir / "tools").native();
    bench.job.read_only = {{bench.dir / "deps", bench.job.inside / "node_modules"}, {tools, tools}};
    bench.job.environment = {{"PATH", tools + "/bin:/usr/bin:/bin"}};
    CHECK(bench.run("cat node_modules/pkg/index; mytool").output == "dependencytool\n");
    CHECK(bench.run("touch node_modules/x").exit_code == 1);
    CHECK(bench.run("touch " + tools + "/x").exit_code == 1);
    CHECK(bench.run("rm -rf node_modules/pkg").exit_code == 1);
    CHECK(read_file(bench.dir / "deps/pkg/index") == "dependency");
}

TEST_CASE("workspace/bubblewrap: tools whose files lie in a home are told where it is") {
    if (!has_bubblewrap()) return;
    Bench bench("bubblewrap");
    for (const auto* path : {".cargo/bin/cargo", ".rustup/settings", ".local/lib/x"})
        write_file(bench.dir / path, "");
    for (const auto* path : {".cargo/bin", ".rustup", ".local/lib"}) {
        bench.job.read_only.push_back({bench.dir / path, fs::path("/home/me") / path});
    }
    bench.job.environment = {{"PYTHONUSERBASE", "mine"}};
    CHECK(bench.run("echo $CARGO_HOME $RUSTUP_HOME $PYTHONUSERBASE; test -e $CARGO_HOME/bin/cargo").output ==
          "/home/me/.cargo /home/me/.rustup mine\n");
}

TEST_CASE("workspace/bubblewrap: a symlink in the tree does not lead a mount point out of it") {
    if (!has_bubblewrap()) return;
    struct Row {
        const char* name;
        const char* target;
        const char* place;
    };
    const TempDir outside;
    const auto reached = "/oldroot" + outside.path().native();
    const std::array rows{
        Row{"itself", reached.c_str(), "link"},
        Row{"above it", reached.c_str(), "link/node_modules"},
        Row{"above it, far", reached.c_str(), "link/a/b/node_modules"},
        Row{"harmless", ".", "link/node_modules"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Bench bench("bubblewrap");
        write_file(bench.dir / "deps/index", "dependency");
        fs::create_directory_symlink(row.target, bench.tree() / "link");
        bench.job.read_only = {{bench.dir / "deps", bench.job.inside / row.place}};
        CHECK(bench.run("true").problem.ends_with("in the tree; a file or a symlink stands in its way"));
        CHECK(fs::is_empty(outside.path()));
    }
    Bench bench("bubblewrap");
    write_file(bench.dir / "lock", "bound");
    bench.job.read_only = {{bench.dir / "lock", bench.job.inside / "a/b/lock"}};
    CHECK(bench.run("cat a/b/lock").output == "bound");
}

TEST_CASE("workspace/bubblewrap: its own failure is not the command's") {
    if (!has_bubblewrap()) return;
    Bench bench("bubblewrap");
    bench.job.read_only = {{bench.dir / "missing", "/somewhere"}};
    const auto outcome = bench.run("exit 1");
    CHECK(outcome.problem.starts_with("bubblewrap: Can't find source path"));
    CHECK_FALSE(outcome.exit_code);
    CHECK_FALSE(outcome.signal);
}

TEST_CASE("workspace/bubblewrap: a log cannot choose what bubblewrap itself loads") {
    if (!has_bubblewrap()) return;
    Bench bench("bubblewrap");
    bench.job.environment = {{"LD_PRELOAD", (bench.tree() / "evil.so").native()}, {"LD_DEBUG", "all"}};
    const auto outcome = bench.run("echo fine");
    CHECK(outcome.problem == "");
    CHECK(outcome.exit_code == 0);
}

TEST_CASE("workspace/bubblewrap: its status is read whatever surrounds the number") {
    using workspace::status_number;
    const std::string status = "{ \"child-pid\": 4711, \"net-namespace\": 1 }\n{ \"exit-code\": 0 }\n";
    CHECK(status_number(status, "child-pid") == 4711);
    CHECK(status_number(status, "exit-code") == 0);
    CHECK_FALSE(status_number("{ \"child-pid\": 4711 }\n", "exit-code"));
    CHECK_FALSE(status_number("{ \"exit-code\": }", "exit-code"));
    CHECK_FALSE(status_number("", "exit-code"));
}
