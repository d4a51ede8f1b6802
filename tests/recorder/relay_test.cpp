#include "tests/recorder/relay_house.hpp"

#include <stet/wire/http.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <future>

// Bytes through the relay: what comes out is what went in, both ways, however it was cut.

namespace stet::test {
namespace {

using Pieces = std::vector<std::string>;

std::string joined(const Pieces& pieces) {
    std::string all;
    for (const auto& piece : pieces)
        all += piece;
    return all;
}

/// Reads one request (with a Content-Length or none) and gives it back whole.
std::string read_request(Socket& socket) {
    auto head = socket.receive_until("\r\n\r\n");
    HttpReader reader(HttpReader::Role::requests);
    auto rest = head;
    bool whole = false;
    while (!rest.empty()) {
        const auto piece = reader.read(rest);
        if (!piece) return head + "(unreadable)";
        whole = piece->message_done;
        rest.erase(0, piece->consumed);
        if (!whole && rest.empty()) rest = socket.receive_some(), head += rest;
    }
    return head;
}

std::string fixed(std::string_view body) {
    std::string answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
    return answer.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
}

const std::string sse_head =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";

std::string chunk(std::string_view body) {
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", body.size());
    return std::string(size).append(body).append("\r\n");
}

}  // namespace

TEST_CASE("recorder/relay: an answer reaches the agent byte for byte, and the log whole") {
    const std::string large(1'000'000, 'x');
    struct Row {
        const char* name;
        Pieces pieces;
        std::string body;
        bool closes = false;
    };
    const std::vector<Row> rows = {
        {"fixed", {fixed("{\"a\": 1}")}, "{\"a\": 1}"},
        {"cut everywhere", {"HTTP/1.1 200 O", "K\r\nContent-Length: 5\r", "\n\r\nhe", "ll", "o"}, "hello"},
        {"no body", {"HTTP/1.1 204 No Content\r\n\r\n"}, ""},
        {"large", {fixed(large)}, large},
        {"chunked, odd case and extension",
         {"HTTP/1.1 200 OK\r\nTRANSFER-encoding: chunked\r\n\r\n5;x=y\r\nhel", "lo\r\n0", "\r\nA: b\r\n",
          "\r\n"},
         "hello"},
        {"until close", {"HTTP/1.1 200 OK\r\n\r\nall ", "of it"}, "all of it", true},
        {"events",
         {sse_head, chunk("data: 1\n\nda"), chunk("ta: [DONE]\n\n"), "0\r\n\r\n"},
         "data: 1\n\ndata: [DONE]\n\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        FakeUpstream upstream([&](Socket& socket) {
            read_request(socket);
            for (const auto& piece : row.pieces)
                socket.send(piece);
            if (!row.closes) socket.receive_all();
        });
        RelayHouse house(upstream.port());
        auto agent = house.connect();
        agent.send(post("{}"));
        const auto expected = joined(row.pieces);
        CHECK((row.closes ? agent.receive_all() : agent.receive(expected.size())) == expected);
        agent.close();
        REQUIRE(house.closed(1));
        CHECK(house.sink.kinds() == "connection_opened request response connection_closed");
        const auto response = house.sink.all<Response>().at(0);
        CHECK(response.complete);
        CHECK((response.body ? house.sink.bytes(*response.body) : "") == row.body);
        CHECK(house.sink.bytes(*response.head) == expected.substr(0, expected.find("\r\n\r\n") + 4));
        CHECK(house.sink.spooled() == row.body);
        std::uint64_t bytes = 0;
        for (const auto count : response.chunk_bytes)
            bytes += count;
        CHECK(bytes == row.body.size());
        CHECK(response.chunk_ms.size() == response.chunk_bytes.size());
        CHECK(house.sink.events().at(2).cause == Seq{1});
        CHECK(house.sink.all<ConnectionClosed>().at(0).bytes_from_upstream == expected.size());
    }
}

TEST_CASE("recorder/relay: a request reaches the upstream with two edits, and the log as the agent sent it") {
    std::string seen;
    FakeUpstream upstream([&](Socket& socket) {
        seen = read_request(socket);
        socket.send(fixed("ok"));
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    const auto request = post("{\"model\": \"m\"}", "Accept:  a,  b\r\nX-Odd:\t1\r\n");
    agent.send(request);
    CHECK(agent.receive(fixed("ok").size()) == fixed("ok"));
    agent.close();
    REQUIRE(house.closed(1));
    auto expected = request;
    expected.replace(0, std::string("POST /up/v1").size(), "POST /v1");
    expected.replace(expected.find("127.0.0.1:1\r"), 11, "127.0.0.1:" + std::to_string(upstream.port()));
    CHECK(seen == expected);
    const auto logged = house.sink.all<Request>().at(0);
    CHECK(house.sink.bytes(*logged.head) + house.sink.bytes(*logged.body) == request);
    CHECK(logged.target == "/v1/messages?beta=true");
    CHECK(logged.peer == "up");
    CHECK(logged.complete);
    CHECK(house.sink.all<ConnectionOpened>().at(0) == ConnectionOpened{"up", "tcp"});
}

TEST_CASE("recorder/relay: uploads stream, chunked ones and after 100 Continue too") {
    const auto chunked = chunk("first ") + chunk("second") + "0\r\n\r\n";
    std::string got;
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n");
        socket.send("HTTP/1.1 100 Continue\r\n\r\n");
        got = socket.receive(chunked.size());
        socket.send(fixed("done"));
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(
        "POST /up/x HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
    CHECK(agent.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    agent.send(chunked.substr(0, 7));
    agent.send(chunked.substr(7));
    CHECK(agent.receive(fixed("done").size()) == fixed("done"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(got == chunked);
    CHECK(house.sink.bytes(*house.sink.all<Request>().at(0).body) == "first second");
    CHECK(house.sink.all<Response>().at(0).status == 200);
}

TEST_CASE("recorder/relay: a megabyte upwards arrives whole while nothing is read ahead of it") {
    const std::string body(1'000'000, 'u');
    std::string seen;
    FakeUpstream upstream([&](Socket& socket) {
        seen = read_request(socket);
        socket.send(fixed("ok"));
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post(body));
    CHECK(agent.receive(fixed("ok").size()) == fixed("ok"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(seen.ends_with("\r\n\r\n" + body));
    CHECK(house.sink.bytes(*house.sink.all<Request>().at(0).body) == body);
}

TEST_CASE("recorder/relay: HEAD is answered without a body, and the connection goes on") {
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n");
        socket.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
        read_request(socket);
        socket.send(fixed("second"));
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send("HEAD /up/api/hello HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(agent.receive_until("\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    agent.send(post("{}"));
    CHECK(agent.receive(fixed("second").size()) == fixed("second"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.kinds() == "connection_opened request response request response connection_closed");
}

TEST_CASE("recorder/relay: pipelined requests are answered in order over one upstream connection") {
    FakeUpstream upstream([&](Socket& socket) {
        for (int i = 0; i < 3; ++i) {
            const auto request = read_request(socket);
            socket.send(fixed(request.substr(request.rfind('\n') + 1)));
        }
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("one") + post("two") + post("three"));
    const auto expected = fixed("one") + fixed("two") + fixed("three");
    CHECK(agent.receive(expected.size()) == expected);
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.all<Response>().size() == 3);
    CHECK(house.sink.all<ConnectionOpened>().size() == 1);
}

TEST_CASE("recorder/relay: a chunk reaches the agent before the upstream sends the next") {
    std::promise<void> seen;
    const auto first = sse_head + chunk("data: 1\n\n");
    const auto second = chunk("data: [DONE]\n\n") + "0\r\n\r\n";
    FakeUpstream upstream([&](Socket& socket) {
        read_request(socket);
        socket.send(first);
        // Goes on only when the agent has the first part: no relay that waits for more gets past this.
        seen.get_future().wait_for(std::chrono::seconds(10));
        socket.send(second);
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive(first.size()) == first);
    CHECK(house.sink.all<Response>().empty());
    seen.set_value();
    CHECK(agent.receive(second.size()) == second);
}

TEST_CASE("recorder/relay: an answer that overtakes its request is delivered, the request marked as cut") {
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n");
        socket.send("HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
        socket.receive_all();
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send("POST /up/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nonly this");
    CHECK(agent.receive_all().ends_with("no"));
    agent.close();
    REQUIRE(house.closed(1));
    CHECK_FALSE(house.sink.all<Request>().at(0).complete);
    CHECK(house.sink.bytes(*house.sink.all<Request>().at(0).body) == "only this");
    CHECK(house.sink.all<Response>().at(0).status == 413);
}

TEST_CASE("recorder/relay: two upstreams behind one connection get a number each") {
    const auto script = [](Socket& socket) {
        read_request(socket);
        socket.send(fixed("x"));
        socket.receive_all();
    };
    FakeUpstream first(script), second(script);
    const std::vector<RelayHouse::To> both = {{"a", "http://127.0.0.1:" + std::to_string(first.port())},
                                              {"b", "http://127.0.0.1:" + std::to_string(second.port())}};
    RelayHouse house(both);
    auto agent = house.connect();
    agent.send("GET /a/1 HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(agent.receive(fixed("x").size()) == fixed("x"));
    agent.send("GET /b/2 HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(agent.receive(fixed("x").size()) == fixed("x"));
    agent.close();
    REQUIRE(house.closed(2));
    const auto events = house.sink.events();
    CHECK(house.sink.all<Request>().at(1).peer == "b");
    CHECK(events.front().connection == 1);
    CHECK(events.back().connection == 2);
}

TEST_CASE("recorder/relay: when the upstream ends an idle connection, the agent's ends too") {
    FakeUpstream upstream([&](Socket& socket) {
        read_request(socket);
        socket.send(fixed("x"));
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send(post("{}"));
    CHECK(agent.receive_all() == fixed("x"));
    CHECK_FALSE(agent.was_reset());
    REQUIRE(house.closed(1));
    CHECK(house.sink.all<ConnectionClosed>().at(0).by == Side::upstream);
}

TEST_CASE("recorder/relay: after a 101 bytes go both ways unread") {
    FakeUpstream upstream([&](Socket& socket) {
        socket.receive_until("\r\n\r\n");
        socket.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nhello");
        socket.send("<" + socket.receive(4) + ">");
    });
    RelayHouse house(upstream.port());
    auto agent = house.connect();
    agent.send("GET /up/ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n");
    agent.receive_until("\r\n\r\n");
    CHECK(agent.receive(5) == "hello");
    agent.send("ping");
    CHECK(agent.receive_all() == "<ping>");
    agent.close();
    REQUIRE(house.closed(1));
    CHECK(house.sink.kinds() == "connection_opened request response gap gap connection_closed");
    CHECK(house.sink.all<Gap>().at(0).bytes == 4);
    CHECK(house.sink.all<Gap>().at(1).bytes == 11);
}

}  // namespace stet::test
