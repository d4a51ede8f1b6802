#include "tests/recorder/sockets.hpp"
#include "tests/recorder/test_sink.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/door/recorder.hpp>
#include <stet/wire/http.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <future>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

// Whole recordings, with real processes.

namespace stet::test {
namespace {

RecorderOptions shell(std::string script) {
    RecorderOptions options;
    options.command = {"/bin/sh", "-c", std::move(script)};
    options.now = [tick = std::make_shared<std::atomic<std::int64_t>>(0)] {
        return Instant{tick->fetch_add(1000), 0};
    };
    options.warn = [](const std::string&) {};
    return options;
}

/// An agent that asks a model once and writes down what it got: status and body.
RecorderOptions asking_agent(const std::filesystem::path& output) {
    auto options = shell("");
    options.command = {"python3", "-c", R"(
import os, sys, http.client, urllib.parse
url = urllib.parse.urlsplit(os.environ["OPENAI_BASE_URL"])
connection = http.client.HTTPConnection(url.hostname, url.port)
try:
    connection.request("POST", url.path + "/chat/completions", b'{"model":"m"}')
    answer = connection.getresponse()
    text = "%d %s" % (answer.status, answer.read().decode())
except Exception as failure:
    text = type(failure).__name__
open(sys.argv[1], "w").write(text)
sys.exit(4)
)",
                       output.string()};
    return options;
}

class FixedPeer final : public Peer {
public:
    explicit FixedPeer(std::vector<PeerAct> acts) : acts_(std::move(acts)) {}
    std::vector<PeerAct> answer(const PeerRequest& request) override {
        requests.push_back(request.method + " " + request.target + " " + request.body);
        if (then) then();
        return acts_;
    }
    std::vector<std::string> requests;
    std::function<void()> then;

private:
    std::vector<PeerAct> acts_;
};

PeerAct sends(std::string bytes, PeerAct::Then then = PeerAct::Then::go_on) {
    PeerAct act;
    act.bytes = std::move(bytes);
    act.then = then;
    return act;
}

/// Each scan finds one file more.
class GrowingWorkspace final : public Workspace {
public:
    const std::filesystem::path& root() const override { return root_; }
    const std::vector<std::string>& excluded() const override { return excluded_; }
    Scan scan(const std::function<void(std::string)>&) override {
        TreeEntry entry;
        entry.path = "file" + std::to_string(tree_.entries.size());
        entry.absent = true;
        tree_.entries.push_back(entry);
        Scan scan;
        scan.tree = tree_;
        return scan;
    }

private:
    std::filesystem::path root_ = "/nowhere";
    std::vector<std::string> excluded_;
    Tree tree_;
};

}  // namespace

TEST_CASE("recorder/record: the agent's end is reported as it was") {
    struct Row {
        const char* script;
        std::optional<int> exit_code, signal;
    };
    for (const auto& row : std::vector<Row>{{"exit 3", 3, {}}, {"exit 0", 0, {}}, {"kill -9 $$", {}, 9}}) {
        CAPTURE(row.script);
        TestSink sink;
        const auto outcome = record(shell(row.script), sink);
        CHECK(outcome.exit_code == row.exit_code);
        CHECK(outcome.signal == row.signal);
        CHECK(sink.kinds() == "process_started process_exited");
        CHECK(sink.all<ProcessStarted>().at(0).name == "agent");
        CHECK(sink.all<ProcessStarted>().at(0).argv.at(2) == row.script);
        CHECK(sink.all<ProcessExited>().at(0).exit_code == row.exit_code);
        CHECK(sink.all<ProcessExited>().at(0).signal == row.signal);
    }
}

TEST_CASE("recorder/record: a command that cannot be started is trouble that names it") {
    for (const char* command : {"no-such-command-anywhere", "/etc/passwd", "/"}) {
        CAPTURE(command);
        TestSink sink;
        auto options = shell("");
        options.command = {command};
        try {
            record(options, sink);
            FAIL("it was started");
        } catch (const StartTrouble& trouble) {
            CHECK(std::string(trouble.what()).find(command) != std::string::npos);
            CHECK(trouble.exit_code() == (std::string(command).starts_with('/') ? 126 : 127));
        }
        CHECK(sink.events().empty());
    }
}

TEST_CASE("recorder/record: an upstream's url that is none is trouble before anything runs") {
    TestSink sink;
    auto options = shell("exit 0");
    options.upstreams.push_back({"openai", "OPENAI_BASE_URL", "api.openai.com", nullptr});
    CHECK_THROWS_WITH_AS(record(options, sink), doctest::Contains("api.openai.com"), Trouble);
    CHECK(check_upstream(options.upstreams.front()).has_error());
    CHECK(check_upstream({"openai", "", "https://api.openai.com/v1", nullptr}).has_value());
}

TEST_CASE("recorder/record: the agent finds signals as they were, but for those that we ignore ourselves") {
    const TempDir directory;
    struct Row {
        std::vector<int> own;
        unsigned long expected;  ///< SIGPIPE's bit.
    };
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    const auto limit_before = ::signal(SIGXFSZ, SIG_DFL);
    for (const auto& row : std::vector<Row>{{{SIGPIPE}, 0}, {{}, 1ul << (SIGPIPE - 1)}}) {
        TestSink sink;
        auto options = shell("grep SigIgn /proc/self/status > \"$OUTPUT\"");
        options.environment = {{"OUTPUT", (directory / "out").string()}};
        options.own_ignored_signals = row.own;
        CHECK(record(options, sink).exit_code == 0);
        const auto text = read_file(directory / "out");
        const auto ignored = std::stoul(text.substr(text.find('\t') + 1), nullptr, 16);
        CHECK((ignored & (1ul << (SIGPIPE - 1))) == row.expected);
        CHECK((ignored & (1ul << (SIGXFSZ - 1))) == 0);
    }
    ::signal(SIGPIPE, before);
    ::signal(SIGXFSZ, limit_before);
}

TEST_CASE("recorder/record: a socket that a killed recorder left is replaced, one that is in use is not") {
    const TempDir directory;
    const auto path = directory / "run.sock";
    const auto listening = [&] {
        const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.native().copy(address.sun_path, sizeof(address.sun_path) - 1);
        REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
        REQUIRE(::listen(socket, 1) == 0);
        return socket;
    };
    TestSink sink;
    auto options = shell("test -S \"$STET_SOCKET\"");
    options.socket = path;
    options.environment = {{"STET_SOCKET", path.string()}};
    const int socket = listening();
    CHECK_THROWS_WITH_AS(record(options, sink), doctest::Contains("run.sock"), Trouble);
    ::close(socket);
    CHECK(record(options, sink).exit_code == 0);
}

TEST_CASE("recorder/record: the agent is pointed at the proxy") {
    const TempDir directory;
    TestSink sink;
    auto options = shell("echo \"$A|$B|$C|$STET_URL|$NO_PROXY\" > \"$OUTPUT\"");
    options.upstreams = {{"anthropic", "A", "https://api.anthropic.com", nullptr},
                         {"openai", "B", "http://127.0.0.1:1/v1", nullptr}};
    options.environment = {{"C", "mine"}, {"OUTPUT", (directory / "out").string()}};
    CHECK(record(options, sink).exit_code == 0);
    const auto text = read_file(directory / "out");
    const auto base = text.substr(0, text.find("/anthropic"));
    CHECK(base.starts_with("http://127.0.0.1:"));
    CHECK(text.starts_with(base + "/anthropic|" + base + "/openai/v1|mine|" + base + "|"));
    CHECK(text.find("127.0.0.1,localhost") != std::string::npos);
}

TEST_CASE("recorder/record: a peer is served, its acts performed, and states are looked at") {
    const TempDir directory;
    TestSink sink;
    FixedPeer peer({sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"), sends("llo")});
    GrowingWorkspace workspace;
    auto options = asking_agent(directory / "out");
    options.upstreams = {{"openai", "OPENAI_BASE_URL", "http://script/v1", &peer}};
    options.workspace = &workspace;
    CHECK(record(options, sink).exit_code == 4);
    CHECK(read_file(directory / "out") == "200 hello");
    CHECK(peer.requests == std::vector<std::string>{"POST /v1/chat/completions {\"model\":\"m\"}"});
    CHECK(sink.all<ConnectionOpened>().at(0) == ConnectionOpened{"openai", "script"});
    const auto diffs = sink.all<StateDiff>();
    REQUIRE(diffs.size() == 2);
    CHECK(diffs[0].created == 1);
    CHECK_FALSE(diffs[0].final_state);
    CHECK(diffs[1].final_state);
    CHECK(diffs[1].before == diffs[0].after);
    CHECK(diffs[1].after != diffs[0].after);
    CHECK(sink.kinds().ends_with("state_diff"));
}

TEST_CASE("recorder/record: a peer may cut its answer, and the agent sees it") {
    const TempDir directory;
    for (const auto then : {PeerAct::Then::close, PeerAct::Then::reset}) {
        TestSink sink;
        FixedPeer peer({sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe", then)});
        auto options = asking_agent(directory / "out");
        options.upstreams = {{"openai", "OPENAI_BASE_URL", "", &peer}};
        CHECK(record(options, sink).exit_code == 4);
        const auto seen = read_file(directory / "out");
        CHECK((seen == "IncompleteRead" || seen == "ConnectionResetError"));
        CHECK_FALSE(sink.all<TransportError>().empty());
    }
}

TEST_CASE(
    "recorder/record: when the log fails the agent is told, lives on, and the trouble comes at the end") {
    const TempDir directory;
    TestSink sink;
    FixedPeer peer({sends("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")});
    peer.then = [&] { sink.break_down(); };
    auto options = asking_agent(directory / "out");
    options.upstreams = {{"openai", "OPENAI_BASE_URL", "", &peer}};
    CHECK_THROWS_WITH_AS(record(options, sink), doctest::Contains("disk is full"), Trouble);
    const auto seen = read_file(directory / "out");
    CHECK(seen.find("hello") == std::string::npos);
}

TEST_CASE("recorder/record: trouble in a peer ends the agent and comes out") {
    const TempDir directory;
    TestSink sink;
    FixedPeer peer({});
    peer.then = [] { throw Trouble("answer", "a request", "the tape is torn"); };
    auto options = asking_agent(directory / "out");
    options.upstreams = {{"openai", "OPENAI_BASE_URL", "", &peer}};
    CHECK_THROWS_WITH_AS(record(options, sink), doctest::Contains("the tape is torn"), Trouble);
}

TEST_CASE("recorder/record: a signal to end goes on to the agent, Ctrl-C is the agent's own") {
    TestSink sink;
    auto run = std::async(std::launch::async, [&] { return record(shell("exec sleep 60"), sink); });
    REQUIRE(sink.wait_for([](const TestSink& log) { return !log.all<ProcessStarted>().empty(); }));
    ::kill(::getpid(), SIGINT);
    ::kill(::getpid(), SIGTERM);
    CHECK(run.get().signal == SIGTERM);
}

TEST_CASE("recorder/serve: a peer can be served on its own until the process is asked to end") {
    FixedPeer peer({sends("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")});
    std::promise<std::uint16_t> port;
    auto served = std::async(std::launch::async, [&] {
        serve(peer, 0, [&](std::uint16_t listening) { port.set_value(listening); });
    });
    auto client = Socket::connect(port.get_future().get());
    client.send("POST /x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    CHECK(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("bodyGET /y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    CHECK(client.receive_all() == answer + answer);
    CHECK(peer.requests == std::vector<std::string>{"POST /x body", "GET /y "});
    ::kill(::getpid(), SIGTERM);
    served.get();
}

}  // namespace stet::test
