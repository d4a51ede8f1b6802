#include "recorder/mcp.hpp"

#include "recorder/mcp_remote.hpp"
#include "tests/recorder/sockets.hpp"
#include "tests/recorder/test_sink.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <fcntl.h>
#include <future>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

// MCP servers behind the recorder, over a pair of sockets as Node gives to its children.

namespace stet::test {
namespace {

std::string call(int id) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
           R"(,"method":"tools/call","params":{"name":"x"}})"
           "\n";
}

const char* const answering_server = R"(
import sys, json
for line in sys.stdin:
    message = json.loads(line)
    if "method" not in message: continue
    print('{"jsonrpc":"2.0","id":%d,"method":"roots/list"}' % message["id"])
    sys.stderr.write("called\n"); sys.stderr.flush()
    print('{"jsonrpc":"2.0","id":%d,"result":{}}' % message["id"], flush=True)
)";

std::string expected_answers(int id) {
    const auto number = std::to_string(id);
    return R"({"jsonrpc":"2.0","id":)" + number +
           R"(,"method":"roots/list"})"
           "\n" +
           R"({"jsonrpc":"2.0","id":)" + number +
           R"(,"result":{}})"
           "\n";
}

/// A wrapped server on a thread, and the client's end of its stdin and stdout.
class Wrapped {
public:
    using Run = std::function<AgentOutcome(const ChildDescriptors&, const McpOptions&)>;

    Wrapped(std::vector<std::string> command, const Run& run)
        : options_(), errors_(make_pair(client_errors_)) {
        options_.name = "server";
        options_.command = std::move(command);
        options_.now = [this] { return Instant{tick_.fetch_add(1000), 0}; };
        options_.warn = [this](const std::string& line) { warnings += line; };
        server_ = make_pair(client);
        outcome_ = std::async(std::launch::async, [this, run] {
            const Closing closing{server_, errors_};
            return run({server_, server_, errors_}, options_);
        });
    }
    AgentOutcome outcome() { return outcome_.get(); }
    std::string errors() { return client_errors_.receive_all(); }

    Socket client;
    std::string warnings;

private:
    struct Closing {
        int server, errors;
        ~Closing() {
            ::close(server);
            ::close(errors);
        }
    };
    static int make_pair(Socket& ours) {
        int ends[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        ours = Socket(ends[0]);
        return ends[1];
    }

    McpOptions options_;
    std::atomic<std::int64_t> tick_{0};
    Socket client_errors_;
    int errors_ = -1, server_ = -1;
    std::future<AgentOutcome> outcome_;
};

Wrapped::Run into(EventSink& sink) {
    return [&sink](const ChildDescriptors& ours, const McpOptions& options) {
        return record_mcp_between(ours, options, sink);
    };
}

}  // namespace

TEST_CASE("recorder/mcp: lines go through byte for byte, the last one without its end") {
    TestSink sink;
    Wrapped wrapped({"cat"}, into(sink));
    std::string lines;
    for (int i = 0; i < 200; ++i)
        lines += i % 7 == 0 ? "  {\"not\": \"rpc\"}\r\n" : call(i);
    lines += R"({"jsonrpc":"2.0","method":"half")";
    std::thread sender([&] {
        for (std::size_t at = 0; at < lines.size(); at += 1000)
            wrapped.client.send(lines.substr(at, 1000));
        wrapped.client.end_sending();
    });
    CHECK(wrapped.client.receive_all() == lines);
    sender.join();
    CHECK(wrapped.outcome().exit_code == 0);
    CHECK(sink.all<Request>().size() == 2 * 171);
    CHECK(sink.all<Gap>().size() == 30);
    CHECK(sink.all<ProcessOutput>().size() == 30);
    const auto closed = sink.all<ConnectionClosed>().at(0);
    CHECK(closed.bytes_from_agent == lines.size());
    CHECK(closed.bytes_from_upstream == lines.size());
    CHECK(sink.kinds().starts_with("connection_opened process_started "));
    CHECK(sink.kinds().ends_with(" process_exited connection_closed"));
    CHECK(sink.events().front().connection == 1);
}

TEST_CASE("recorder/mcp: a line of five megabytes goes through, and is one event each way") {
    TestSink sink;
    Wrapped wrapped({"cat"}, into(sink));
    const auto line = R"({"jsonrpc":"2.0","method":"x","params":[")" + std::string(5'000'000, 'y') + "\"]}\n";
    std::thread sender([&] {
        wrapped.client.send(line);
        wrapped.client.end_sending();
    });
    CHECK(wrapped.client.receive_all() == line);
    sender.join();
    CHECK(wrapped.outcome().exit_code == 0);
    const auto requests = sink.all<Request>();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].body->size == line.size() - 1);
    CHECK(requests[1].body == requests[0].body);
}

TEST_CASE("recorder/mcp: answers are paired while the server asks with the same ids, stderr passes through") {
    TestSink sink;
    Wrapped wrapped({"python3", "-c", answering_server}, into(sink));
    for (int id = 0; id < 20; ++id) {
        wrapped.client.send(call(id));
        CHECK(wrapped.client.receive(expected_answers(id).size()) == expected_answers(id));
    }
    wrapped.client.end_sending();
    CHECK(wrapped.client.receive_all().empty());
    CHECK(wrapped.outcome().exit_code == 0);
    std::string errors;
    for (int id = 0; id < 20; ++id)
        errors += "called\n";
    CHECK(wrapped.errors() == errors);
    CHECK(sink.all<Response>().size() == 20);
    const auto events = sink.events();
    for (const auto& event : events) {
        if (!std::holds_alternative<Response>(event.body)) continue;
        REQUIRE(event.cause.has_value());
        CHECK(std::get<Request>(events.at(event.cause->value).body).from == Side::agent);
    }
    std::string output;
    for (const auto& piece : sink.all<ProcessOutput>())
        output += sink.bytes(piece.bytes);
    CHECK(output == errors);
}

TEST_CASE("recorder/mcp: an answer waits until the log has it") {
    TestSink sink;
    Wrapped wrapped({"cat"}, into(sink));
    sink.hold();
    wrapped.client.send(call(1));
    REQUIRE(sink.wait_for_waiter());
    CHECK(wrapped.client.quiet());
    CHECK(sink.all<Request>().size() == 2);
    sink.release();
    CHECK(wrapped.client.receive(call(1).size()) == call(1));
    wrapped.client.end_sending();
    CHECK(wrapped.outcome().exit_code == 0);
}

TEST_CASE("recorder/mcp: when the log fails, nothing more is answered, and the trouble is reported") {
    TestSink sink;
    Wrapped wrapped({"cat"}, into(sink));
    sink.hold();
    wrapped.client.send(call(1));
    REQUIRE(sink.wait_for_waiter());
    sink.break_down();
    CHECK(wrapped.client.receive_all().empty());
    CHECK_THROWS_AS(wrapped.outcome(), Trouble);
}

TEST_CASE("recorder/mcp: a server that crashes leaves its questions unanswered, and says how it ended") {
    TestSink sink;
    Wrapped wrapped({"/bin/sh", "-c", "read line; echo half; exit 3"}, into(sink));
    wrapped.client.send(call(1));
    CHECK(wrapped.client.receive_all() == "half\n");
    CHECK(wrapped.outcome().exit_code == 3);
    const auto error = sink.all<TransportError>().at(0);
    CHECK(error.kind == "closed");
    CHECK(error.detail.find("exit code 3") != std::string::npos);
    CHECK(sink.all<ProcessExited>().at(0).exit_code == 3);
}

TEST_CASE("recorder/mcp: a signal to end goes on to the server") {
    TestSink sink;
    Wrapped wrapped({"cat"}, into(sink));
    wrapped.client.send("x\n");
    CHECK(wrapped.client.receive(2) == "x\n");
    ::kill(::getpid(), SIGTERM);
    CHECK(wrapped.outcome().signal == SIGTERM);
    CHECK(sink.all<ProcessExited>().at(0).signal == SIGTERM);
}

TEST_CASE("recorder/mcp: a command that is not there is trouble, and nothing is recorded of it") {
    TestSink sink;
    Wrapped wrapped({"/no/such/server"}, into(sink));
    CHECK_THROWS_WITH_AS(wrapped.outcome(), doctest::Contains("/no/such/server"), Trouble);
    CHECK(sink.events().empty());
}

TEST_CASE("recorder/mcp: plain files serve as stdin and stdout, too") {
    const TempDir directory;
    write_file(directory / "in", call(1) + call(2));
    write_file(directory / "out", "");
    const int in = ::open((directory / "in").c_str(), O_RDONLY | O_CLOEXEC);
    const int out = ::open((directory / "out").c_str(), O_WRONLY | O_CLOEXEC);
    const int errors = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    TestSink sink;
    McpOptions options;
    options.command = {"cat"};
    options.now = [] { return Instant{}; };
    options.warn = [](const std::string&) {};
    CHECK(record_mcp_between({in, out, errors}, options, sink).exit_code == 0);
    CHECK(read_file(directory / "out") == call(1) + call(2));
    CHECK(sink.all<Request>().size() == 4);
    for (const int descriptor : {in, out, errors})
        ::close(descriptor);
}

TEST_CASE("recorder/mcp: without a run, the relay says that nobody listens") {
    McpOptions options;
    options.command = {"cat"};
    const auto outcome = relay_mcp(options, "/no/such/socket");
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().what.find("/no/such/socket") != std::string::npos);
}

TEST_CASE("recorder/mcp: a run that accepts and says nothing is waited for no longer than is said") {
    const TempDir directory;
    const auto path = directory / "mcp.sock";
    const int silent = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.native().copy(address.sun_path, sizeof address.sun_path - 1) == path.native().size());
    REQUIRE(::bind(silent, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(silent, 0) == 0);
    boost::asio::io_context io;
    // The second finds the backlog full: not even connecting ends by itself.
    for (int i = 0; i < 2; ++i) {
        const auto connection = connect_to_run(io, path, std::chrono::milliseconds(50));
        REQUIRE_FALSE(connection.has_value());
        CHECK(connection.error().what.find("it has not answered for 50 ms") != std::string::npos);
    }
    ::close(silent);
}

TEST_CASE("recorder/mcp: under a run, several relays are recorded by it, and go on when it is gone") {
    const TempDir directory;
    const auto fifo = directory / "fifo", socket = directory / "mcp.sock";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    TestSink sink;
    RecorderOptions options;
    options.command = {"/bin/sh", "-c", "cat \"$1\"", "sh", fifo.string()};
    options.socket = socket;
    std::atomic<std::int64_t> tick{0};
    options.now = [&] { return Instant{tick.fetch_add(1000), 0}; };
    options.warn = [](const std::string&) {};
    auto run = std::async(std::launch::async, [&] { return record(options, sink); });
    REQUIRE(sink.wait_for([](const TestSink& log) { return !log.all<ProcessStarted>().empty(); }));
    struct stat status {};
    REQUIRE(::stat(socket.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);

    const auto relay = [&](const ChildDescriptors& ours, const McpOptions& mcp) {
        return relay_mcp_between(ours, mcp, socket).value();
    };
    {
        Wrapped first({"python3", "-c", answering_server}, relay);
        first.client.send(call(7));
        CHECK(first.client.receive(expected_answers(7).size()) == expected_answers(7));
        first.client.end_sending();
        CHECK(first.outcome().exit_code == 0);
        CHECK(first.warnings.empty());
    }
    Wrapped second({"cat"}, relay);
    sink.hold();
    second.client.send(call(1));
    REQUIRE(sink.wait_for_waiter());
    CHECK(second.client.quiet());
    sink.release();
    CHECK(second.client.receive(call(1).size()) == call(1));

    // The agent ends; the run waits a moment for the relay that is left, then hangs up.
    ::close(::open(fifo.c_str(), O_WRONLY));
    CHECK(run.get().exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(socket));
    second.client.send(call(2));
    CHECK(second.client.receive(call(2).size()) == call(2));
    second.client.end_sending();
    CHECK(second.outcome().exit_code == 0);
    CHECK(second.warnings.find("unrecorded") != std::string::npos);
    CHECK(sink.all<ProcessStarted>().size() == 3);
    CHECK(sink.all<ProcessStarted>().at(1).name == "server");
    CHECK(sink.all<Response>().size() == 1);
    CHECK(sink.all<Gap>().size() == 1);
    CHECK(sink.all<ConnectionClosed>().at(1).reset);
}

TEST_CASE("recorder/mcp: under a run, what must not be kept is said before anything else") {
    const TempDir directory;
    const std::vector<Secret> secrets = {{"environment", "planted-1"}, {"argument", "planted\n2"}};
    const auto fifo = directory / "fifo", socket = directory / "mcp.sock";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    TestSink sink;
    RecorderOptions options;
    options.command = {"/bin/sh", "-c", "cat \"$1\"", "sh", fifo.string()};
    options.socket = socket;
    std::vector<Secret> learned;
    std::size_t known_before_hello = 0;
    options.learn = [&](const Secret& secret) {
        learned.push_back(secret);
        // Only the agent has been started: no server has said hello.
        if (sink.all<ProcessStarted>().size() == 1) ++known_before_hello;
    };
    options.now = [] { return Instant{}; };
    options.warn = [](const std::string&) {};
    auto run = std::async(std::launch::async, [&] { return record(options, sink); });
    REQUIRE(sink.wait_for([](const TestSink& log) { return !log.all<ProcessStarted>().empty(); }));
    Wrapped server({"cat"}, [&](const ChildDescriptors& ours, const McpOptions& mcp) {
        auto knowing = mcp;
        knowing.secrets = secrets;
        return relay_mcp_between(ours, knowing, socket).value();
    });
    server.client.end_sending();
    CHECK(server.outcome().exit_code == 0);
    ::close(::open(fifo.c_str(), O_WRONLY));
    CHECK(run.get().exit_code == 0);
    CHECK(learned == secrets);
    CHECK(known_before_hello == 2);
}

}  // namespace stet::test
