#include "tests/recorder/relay_house.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <utility>

// Upstreams and agents that misbehave: the other side sees it the same way, and the log says so.

namespace stet::test {
namespace {

void read_post(Socket& socket) {
    socket.receive_until("\r\n\r\n{}");
}

TransportError only_error(const RelayHouse& house) {
    const auto errors = house.sink.all<TransportError>();
    REQUIRE(errors.size() == 1);
    return errors.front();
}

}  // namespace

TEST_CASE("recorder/faults: an upstream that refuses gives a 502 that names it") {
    RelayHouse house(closed_port());
    auto agent = house.connect();
    agent.send(post("{}"));
    const auto answer = agent.receive_all();
    CHECK(answer.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
    CHECK(answer.find("\"type\":\"stet_upstream_unreachable\"") != std::string::npos);
    CHECK(answer.find("up at 127.0.0.1:") != std::string::npos);
    CHECK_FALSE(agent.was_reset());
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.kinds() == "connection_opened request transport_error connection_closed");
    const auto error = only_error(house);
    CHECK(error.phase == "connect");
    CHECK(error.kind == "refused");
    CHECK(error.answered_status == 502);
    CHECK(house.sink.bytes(*house.sink.all<Request>().at(0).body) == "{}");
    CHECK(house.sink.all<ConnectionClosed>().at(0).by == Side::recorder);
}

TEST_CASE("recorder/faults: a host that has no address gives a 502") {
    const std::vector<RelayHouse::To> nowhere = {{"up", "http://no-such-host.invalid"}};
    RelayHouse house(nowhere);
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_all().starts_with("HTTP/1.1 502 "));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(only_error(house).phase == "resolve");
    CHECK(only_error(house).kind == "unreachable");
}

TEST_CASE("recorder/faults: an answer that is cut cuts the agent the same way") {
    struct Row {
        const char* name;
        std::string sent;
        bool reset;
        std::string phase, kind, kinds;
    };
    const std::string begun = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    const std::vector<Row> rows = {
        {"reset before a head", "", true, "head", "reset", "request transport_error"},
        {"closed before a head", "", false, "head", "closed", "request transport_error"},
        {"closed within a head", "HTTP/1.1 200 O", false, "head", "closed", "request gap transport_error"},
        {"closed in the body", begun, false, "body", "truncated", "request response transport_error"},
        {"reset in the body", begun, true, "body", "reset", "request response transport_error"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        std::promise<void> seen;
        FakeUpstream upstream([&](Socket& socket) {
            read_post(socket);
            socket.send(row.sent);
            seen.get_future().wait_for(std::chrono::seconds(10));
            if (row.reset) socket.reset();
        });
        RelayHouse house(upstream.port());
        auto agent = house.connect();
        agent.send(post("{}"));
        CHECK(agent.receive(row.sent.size()) == row.sent);
        seen.set_value();
        CHECK(agent.receive_all().empty());
        CHECK(agent.was_reset() == row.reset);
        agent.close();
        REQUIRE(house.closed(1));
        CHECK(house.sink.kinds() == "connection_opened " + row.kinds + " connection_closed");
        const auto error = only_error(house);
        CHECK(error.phase == row.phase);
        CHECK(error.kind == row.kind);
        CHECK(error.by == Side::upstream);
        const auto closed = house.sink.all<ConnectionClosed>().at(0);
        CHECK(closed.reset == row.reset);
        CHECK(closed.by == Side::upstream);
        if (row.sent == begun) {
            CHECK_FALSE(house.sink.all<Response>().at(0).complete);
            CHECK(house.sink.bytes(*house.sink.all<Response>().at(0).body) == "half");
        }
    }
}

TEST_CASE("recorder/faults: the agent is not cut off before the log knows why") {
    FakeUpstream upstream([](Socket& socket) {
        read_post(socket);
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_until("half").ends_with("half"));
    REQUIRE(house.sink.wait_for_waiter());
    CHECK(agent.quiet());
    house.sink.release();
    CHECK(agent.receive_all().empty());
}

TEST_CASE("recorder/faults: an answer that is no HTTP reaches the agent, and the log as a gap") {
    const std::string large(200'000, '!');
    for (const auto& nonsense : std::vector<std::string>{
             "SSH-2.0-OpenSSH_9.2\r\n" + large,
             "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nx",
             "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
        CAPTURE(nonsense.substr(0, 60));
        const auto& bytes = nonsense;
        FakeUpstream upstream([&](Socket& socket) {
            read_post(socket);
            socket.send(bytes);
        });
        RelayHouse house(upstream.port());
        auto agent = house.connect();
        agent.send(post("{}"));
        CHECK(agent.receive_all() == nonsense);
        agent.close();
        REQUIRE(house.closed(1));
        CHECK(house.sink.kinds().starts_with("connection_opened request gap "));
        CHECK(house.sink.kinds().ends_with("gap transport_error connection_closed"));
        std::string raw;
        for (const auto& gap : house.sink.all<Gap>())
            raw += house.sink.bytes(*gap.raw);
        CHECK(raw == nonsense);
        CHECK(only_error(house).kind == "malformed");
    }
}

TEST_CASE("recorder/faults: the beginning of a head is in the log when no response comes of it") {
    const std::string begun = "HTTP/1.1 200 OK\r\nSet-Cookie: a";
    FakeUpstream upstream([&](Socket& socket) {
        read_post(socket);
        socket.send(begun);
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_all() == begun);
    agent.close();
    REQUIRE(house.closed(1));
    const auto gap = house.sink.all<Gap>().at(0);
    CHECK(gap.bytes == begun.size());
    CHECK(house.sink.bytes(*gap.raw) == begun);
}

TEST_CASE("recorder/faults: an agent that goes away in the middle ends the upstream's connection") {
    for (const bool by_reset : {true, false}) {
        CAPTURE(by_reset);
        std::string rest = "nothing yet";
        FakeUpstream upstream([&](Socket& socket) {
            read_post(socket);
            socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
            rest = socket.receive_all();
        });
        RelayHouse house(upstream.port());
        auto agent = house.connect();
        agent.send(post("{}"));
        CHECK(agent.receive_until("half").ends_with("half"));
        if (by_reset) {
            agent.reset();
        } else {
            agent.close();
        }
        upstream.join();
        CHECK(rest.empty());
        REQUIRE(house.closed(1));
        CHECK_FALSE(house.sink.all<Response>().at(0).complete);
        CHECK(only_error(house).phase == "body");
        CHECK(only_error(house).by == Side::agent);
        CHECK(house.sink.all<ConnectionClosed>().at(0).by == Side::agent);
    }
}

TEST_CASE("recorder/faults: an agent that only ends its sending side still gets its answer") {
    FakeUpstream upstream([](Socket& socket) {
        read_post(socket);
        CHECK(socket.receive_all().empty());
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    agent.end_sending();
    CHECK(agent.receive_all().ends_with("ok"));
}

TEST_CASE("recorder/faults: a request that is cut in its body is in the log as far as it came") {
    FakeUpstream upstream([](Socket& socket) { socket.receive_all(); });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send("POST /up/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nonly this");
    agent.close();
    REQUIRE(house.closed(1));
    const auto request = house.sink.all<Request>().at(0);
    CHECK_FALSE(request.complete);
    CHECK(house.sink.bytes(*request.body) == "only this");
    CHECK(only_error(house).kind == "truncated");
    CHECK(only_error(house).by == Side::agent);
    CHECK(house.sink.all<ConnectionClosed>().at(0).by == Side::agent);
}

TEST_CASE("recorder/faults: what cannot be routed or read is refused in one line of JSON") {
    struct Row {
        const char* name;
        std::string request, status, type, kinds;
        Side by;
    };
    const std::vector<Row> rows = {
        {"unknown", "GET /other/x HTTP/1.1\r\nHost: h\r\n\r\n", "404", "stet_unknown_upstream",
         "request transport_error", Side::recorder},
        {"smuggling",
         "POST /up/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
         "stet_malformed_request", "gap request transport_error", Side::agent},
        {"nonsense", "\x16\x03\x01 hello\r\n\r\n", "400", "stet_malformed_request",
         "gap request transport_error", Side::agent},
        {"proxy form", "GET http://127.0.0.1/up/x HTTP/1.1\r\nHost: h\r\n\r\n", "404",
         "stet_unknown_upstream", "request transport_error", Side::recorder},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        RelayHouse house(closed_port());
        auto agent = house.connect();
        agent.send(row.request);
        const auto answer = agent.receive_all();
        CHECK(answer.starts_with("HTTP/1.1 " + row.status + " "));
        CHECK(answer.find("{\"error\":{\"type\":\"" + row.type + "\",\"message\":\"") != std::string::npos);
        agent.close();
        REQUIRE(house.closed(1));
        CHECK(house.sink.kinds() == "connection_opened " + row.kinds + " connection_closed");
        CHECK(house.sink.bytes(*house.sink.all<Request>().at(0).head) == row.request);
        CHECK(only_error(house).by == row.by);
    }
}

TEST_CASE("recorder/faults: an answer that overtakes its request leaves it incomplete, and a gap") {
    std::promise<void> answered;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("first");
        socket.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
        answered.get_future().wait_for(std::chrono::seconds(10));
        socket.receive_until("then more");
    });
    RelayHouse house(upstream.port());
    house.sink.hold();
    auto agent = house.connect();
    agent.send("POST /up/v1/messages HTTP/1.1\r\nHost: h\r\nContent-Length: 14\r\n\r\nfirst");
    // Held: the log has the request as far as it came.
    REQUIRE(house.sink.wait_for_waiter());
    agent.send("then more");
    answered.set_value();
    upstream.join();
    house.sink.release();
    CHECK(agent.receive_until("no").ends_with("no"));
    agent.close();
    REQUIRE(house.closed(1));
    const auto request = house.sink.all<Request>().at(0);
    CHECK_FALSE(request.complete);
    CHECK(house.sink.bytes(*request.body) == "first");
    const auto gap = house.sink.all<Gap>().at(0);
    CHECK(gap.place == "request body");
    CHECK(gap.bytes == 9);
}

TEST_CASE("recorder/faults: bytes that nobody asked for are a gap and end the connection") {
    FakeUpstream upstream([](Socket& socket) {
        read_post(socket);
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 408 Request Timeout\r\n\r\n");
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_all().ends_with("ok"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.bytes(*house.sink.all<Gap>().at(0).raw) == "HTTP/1.1 408 Request Timeout\r\n\r\n");
}

TEST_CASE("recorder/faults: cut anywhere, an exchange ends and the log has what came") {
    const std::string answer =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    for (std::size_t cut = 0; cut <= answer.size(); cut += 3) {
        CAPTURE(cut);
        FakeUpstream upstream([&](Socket& socket) {
            read_post(socket);
            socket.send(answer.substr(0, cut));
        });
        RelayHouse house(upstream.port());
        auto agent = house.connect();
        agent.send(post("{}"));
        CHECK(agent.receive_all() == answer.substr(0, cut));
        agent.close();
        REQUIRE(house.closed(1));
        const bool has_head = cut >= answer.find("\r\n\r\n") + 4;
        CHECK(house.sink.all<Response>().size() == (has_head ? 1 : 0));
        CHECK(house.sink.all<TransportError>().size() == 1);
        const auto body = house.sink.spooled();
        CHECK(std::string("hello world").starts_with(body));
    }
}

}  // namespace stet::test
