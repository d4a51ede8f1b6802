#include "tests/recorder/relay_house.hpp"

#include <stet/bytes.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>

// What the agent gets before the log has it, and what it does not.

namespace stet::test {
namespace {

/// Answers one request in one piece, then waits for the end.
FakeUpstream::Script answering(std::string answer) {
    return [answer = std::move(answer)](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        socket.send(answer);
        socket.receive_all();
    };
}

/// A workspace whose scan lasts until the test lets it end.
class SlowWorkspace final : public Workspace {
public:
    const std::filesystem::path& root() const override { return root_; }
    const std::vector<std::string>& excluded() const override { return excluded_; }
    Scan scan(const std::function<void(std::string)>& keep) override {
        std::unique_lock lock(mutex_);
        change_.wait_for(lock, std::chrono::seconds(10), [&] { return allowed_ > 0; });
        --allowed_;
        keep("content");
        TreeEntry entry;
        entry.path = "file" + std::to_string(++scans_);
        entry.content = sha256("content");
        entry.size = 7;
        Scan scan;
        scan.tree.entries.push_back(entry);
        scan.unreadable.push_back("secret: permission denied");
        return scan;
    }
    void allow(int scans) {
        const std::unique_lock lock(mutex_);
        allowed_ += scans;
        change_.notify_all();
    }

private:
    std::filesystem::path root_ = "/nowhere";
    std::vector<std::string> excluded_;
    std::mutex mutex_;
    std::condition_variable change_;
    int allowed_ = 0, scans_ = 0;
};

}  // namespace

TEST_CASE("recorder/commit rule: what ends an answer waits for the log, what comes before does not") {
    const std::string events = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    struct Row {
        const char* name;
        std::string early, late;  ///< Of what the upstream sends at once.
    };
    const std::vector<Row> rows = {
        {"the last byte of a Content-Length body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "o"},
        {"the last byte of a head without body", "HTTP/1.1 204 No Content\r\n\r", "\n"},
        {"the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", "0\r\n\r\n"},
        {"the terminal event and what follows",
         events + "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\ne\r\n",
         "data: [DONE]\n\n\r\n0\r\n\r\n"},
        {"the terminal event in a fixed body", events + "Content-Length: 39\r\n\r\ndata: 1\n\n",
         "event: message_stop\ndata: {}\n\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        FakeUpstream upstream(answering(row.early + row.late));
        RelayHouse house(upstream.port());
        house.sink.hold();
        auto agent = house.connect();
        agent.send(post("{}"));
        CHECK(agent.receive(row.early.size()) == row.early);
        REQUIRE(house.sink.wait_for_waiter());
        CHECK(agent.quiet());
        house.sink.release();
        CHECK(agent.receive(row.late.size()) == row.late);
        agent.close();
        REQUIRE(house.closed(1));
    }
}

TEST_CASE(
    "recorder/commit rule: a terminal event waits for the body, the end of the message for the response") {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::string terminal = "e\r\ndata: [DONE]\n\n\r\n", last = "0\r\n\r\n";
    std::promise<void> seen;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        socket.send(head + terminal);
        seen.get_future().wait_for(std::chrono::seconds(10));
        socket.send(last);
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    // Up to the event's first byte: its chunk's size line goes ahead.
    CHECK(agent.receive(head.size() + 3) == head + "e\r\n");
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    CHECK(house.sink.all<Response>().empty());
    CHECK(house.sink.spooled() == "data: [DONE]\n\n");
    house.sink.release();
    CHECK(agent.receive(terminal.size() - 3) == terminal.substr(3));
    house.sink.hold();
    seen.set_value();
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    CHECK(house.sink.all<Response>().size() == 1);
    house.sink.release();
    CHECK(agent.receive(last.size()) == last);
}

TEST_CASE("recorder/commit rule: a coded stream's pieces go at once and its text to the log, its end waits") {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: zstd\r\n\r\n";
    const auto early = zstd_compress("data: 1\n\n", 3), late = zstd_compress("data: [DONE]\n\n", 3);
    std::promise<void> seen;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        socket.send(head + early);
        seen.get_future().wait_for(std::chrono::seconds(10));
        socket.send(late);
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive(head.size() + early.size()) == head + early);
    seen.set_value();
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    CHECK(house.sink.spooled() == "data: 1\n\ndata: [DONE]\n\n");
    house.sink.release();
    CHECK(agent.receive_all() == late);
    agent.close();
    REQUIRE(house.closed(1));
    const auto response = house.sink.all<Response>().at(0);
    CHECK(response.content_coding == "zstd");
    CHECK(house.sink.bytes(*response.body) == early + late);
}

TEST_CASE("recorder/commit rule: what is no HTTP waits for the log, block by block") {
    const std::string first = "SSH-2.0-OpenSSH_9.2\r\n", second = "more\r\n";
    std::promise<void> seen;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        socket.send(first);
        seen.get_future().wait_for(std::chrono::seconds(10));
        socket.send(second);
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    CHECK(house.sink.bytes(*house.sink.all<Gap>().at(0).raw) == first);
    house.sink.release();
    CHECK(agent.receive(first.size()) == first);
    house.sink.hold();
    seen.set_value();
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    house.sink.release();
    CHECK(agent.receive_all() == second);
}

TEST_CASE("recorder/commit rule: a body that ends with the connection is closed once the log has it") {
    FakeUpstream upstream([](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        socket.send("HTTP/1.1 200 OK\r\n\r\nall");
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_until("all").ends_with("all"));
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    house.sink.release();
    CHECK(agent.receive_all().empty());
    CHECK_FALSE(agent.was_reset());
}

TEST_CASE("recorder/commit rule: what ends an answer waits for the look at the workspace, too") {
    FakeUpstream upstream(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    SlowWorkspace workspace;
    RelayHouse house(upstream.port(), &workspace);
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_until("\r\n\r\no").ends_with("o"));
    CHECK(agent.quiet());
    CHECK(house.sink.all<Response>().empty());
    workspace.allow(1);
    CHECK(agent.receive(1) == "k");
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.kinds() == "connection_opened request gap state_diff response connection_closed");
    const auto diff = house.sink.all<StateDiff>().at(0);
    CHECK(diff.created == 1);
    CHECK(diff.before == Digest{});
    CHECK_FALSE(diff.ambiguous);
    CHECK(house.sink.bytes(*diff.edits).starts_with("[{"));
    CHECK(house.sink.events().at(3).cause == Seq{1});
}

TEST_CASE("recorder/commit rule: only what asks a model is an occasion to look at the workspace") {
    FakeUpstream upstream(answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    SlowWorkspace workspace;
    RelayHouse house(upstream.port(), &workspace);
    auto agent = house.connect();
    agent.send("POST /up/v1/messages/count_tokens HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(agent.receive_until("ok").ends_with("ok"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.kinds() == "connection_opened request response connection_closed");
}

TEST_CASE(
    "recorder/commit rule: when the log fails, what is held is never sent, and later requests are refused") {
    const std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    FakeUpstream upstream(answering(answer));
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive(answer.size() - 1) == answer.substr(0, answer.size() - 1));
    REQUIRE(house.sink.wait_for_waiter());
    house.sink.break_down();
    CHECK(agent.receive_all().empty());
    CHECK(agent.was_reset());

    auto later = house.connect();
    later.send(post("{}"));
    const auto refusal = later.receive_all();
    CHECK(refusal.starts_with("HTTP/1.1 503 "));
    CHECK(refusal.find("\"type\":\"stet_not_recording\"") != std::string::npos);
}

TEST_CASE("recorder/commit rule: a log that fails before anything was sent gives a 503") {
    std::promise<void> broken;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n{}");
        broken.get_future().wait_for(std::chrono::seconds(10));
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    REQUIRE(house.sink.wait_for([](const TestSink& sink) { return !sink.all<Request>().empty(); }));
    house.sink.break_down();
    // The relay notices when it next tells the log something: with the answer's first bytes.
    broken.set_value();
    const auto got = agent.receive_all();
    CHECK((got.starts_with("HTTP/1.1 503 ") || agent.was_reset()));
    CHECK(got.find("hello") == std::string::npos);
}

}  // namespace stet::test
