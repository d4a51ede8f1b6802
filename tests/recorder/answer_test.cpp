#include "recorder/answer.hpp"

#include <stet/bytes.hpp>

#include <doctest/doctest.h>

#include <random>
#include <sstream>
#include <vector>

namespace stet::test {
namespace {

const std::string sse_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// What goes at once and what waits, of an answer that comes in these blocks.
struct Played {
    std::string forwarded, body, text;
    std::vector<std::string> held;
    bool done = false;
};

Played play(const std::vector<std::string>& blocks) {
    AnswerReader reader(HttpLimits{});
    reader.begin(false);
    Played played;
    for (const auto& block : blocks) {
        std::string_view rest = block;
        while (!rest.empty()) {
            const auto step = reader.read(rest);
            REQUIRE(step.has_value());
            played.forwarded.append(rest.substr(0, step->forward));
            if (step->hold != Hold::none) played.held.emplace_back(rest.substr(step->forward, step->held));
            played.body += step->body;
            played.text += step->text;
            played.done = step->done;
            rest.remove_prefix(step->forward + step->held);
        }
    }
    return played;
}

std::string chunk(const std::string& bytes) {
    std::ostringstream size;
    size << std::hex << bytes.size();
    return size.str() + "\r\n" + bytes + "\r\n";
}

}  // namespace

TEST_CASE("recorder/answer: interim responses are not held and not the answer") {
    const auto played =
        play({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
              "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
    CHECK(played.held == std::vector<std::string>{"k"});
    CHECK(played.body == "ok");
    CHECK(played.done);
}

TEST_CASE("recorder/answer: a terminal event is held from its first byte in the block, the rest with it") {
    const auto played = play({sse_head + "9\r\ndata: 1\n\n\r\n", "e\r\ndata: [DONE]\n\n\r\n", "0\r\n\r\n"});
    CHECK(played.forwarded == sse_head + "9\r\ndata: 1\n\n\r\ne\r\n");
    CHECK(played.held == std::vector<std::string>{"data: [DONE]\n\n\r\n", "0\r\n\r\n"});
}

TEST_CASE("recorder/answer: of an event that came in two blocks the second is held") {
    const auto played = play({sse_head + "e\r\ndata: [D", "ONE]\n\n\r\n0\r\n\r\n"});
    CHECK(played.held == std::vector<std::string>{"ONE]\n\n\r\n0\r\n\r\n"});
}

TEST_CASE("recorder/answer: of a coded event stream the block is held that completes the terminal event") {
    const std::string head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: zstd\r\n"
        "Transfer-Encoding: chunked\r\n\r\n";
    const auto early = chunk(zstd_compress("data: 1\n\ndata: [DO", 3));
    const auto late = chunk(zstd_compress("NE]\n\n", 3));
    const auto played = play({head + early, late, "0\r\n\r\n"});
    const auto size_line = late.substr(0, late.find('\n') + 1);
    CHECK(played.forwarded == head + early + size_line);
    CHECK(played.held == std::vector<std::string>{late.substr(size_line.size()), "0\r\n\r\n"});
    CHECK(played.text == "data: 1\n\ndata: [DONE]\n\n");
}

TEST_CASE("recorder/answer: a coding that cannot be undone is held at its end only") {
    for (const auto* coding : {"gzip", "rot13"}) {
        CAPTURE(coding);
        const auto played = play({"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: " +
                                  std::string(coding) + "\r\nContent-Length: 14\r\n\r\ndata: [DONE]\n\n"});
        CHECK(played.held == std::vector<std::string>{"\n"});
        CHECK(played.body == "data: [DONE]\n\n");
        CHECK(played.text.empty());
    }
}

TEST_CASE("recorder/answer: however it is cut, all bytes pass once and its end waits") {
    const std::string answer = "HTTP/1.1 100 Continue\r\n\r\n" + sse_head + "9\r\ndata: 1\n\n\r\n1e\r\n" +
                               "event: message_stop\ndata: {}\n\n\r\n0\r\nA: b\r\n\r\n";
    const unsigned seed = 20261123;
    CAPTURE(seed);
    std::mt19937 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::string> blocks;
        for (std::size_t at = 0; at < answer.size();) {
            const auto size = 1 + random() % 40;
            blocks.push_back(answer.substr(at, size));
            at += size;
        }
        CAPTURE(round);
        const auto played = play(blocks);
        std::size_t held = 0;
        for (const auto& bytes : played.held)
            held += bytes.size();
        CHECK(played.forwarded.size() + held == answer.size());
        CHECK(played.done);
        CHECK(played.body == "data: 1\n\nevent: message_stop\ndata: {}\n\n");
        REQUIRE_FALSE(played.held.empty());
        CHECK(answer.ends_with(played.held.back()));
        // The event cannot be complete in what went at once.
        CHECK(played.forwarded.find("data: {}\n\n") == std::string::npos);
    }
}

}  // namespace stet::test
