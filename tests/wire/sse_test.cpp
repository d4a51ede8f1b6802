#include <stet/wire/sse.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace stet {
namespace {

std::vector<SseEvent> read_all(SseReader& reader, std::string_view bytes) {
    auto events = reader.read(bytes);
    REQUIRE(events.has_value());
    return *events;
}

std::vector<SseEvent> read_all(std::string_view bytes) {
    SseReader reader;
    return read_all(reader, bytes);
}

struct Row {
    const char* name;
    std::string stream;
    std::vector<SseEvent> events;
};

const std::vector<Row>& streams() {
    static const std::vector<Row> rows = {
        {"LF", "event: a\ndata: 1\n\ndata: 2\n\n", {{"a", "1", "", 0, 18}, {"", "2", "", 18, 27}}},
        {"CR", "event: a\rdata: 1\r\rdata: 2\r\r", {{"a", "1", "", 0, 18}, {"", "2", "", 18, 27}}},
        {"CRLF",
         "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n",
         {{"a", "1", "", 0, 20}, {"", "2", "", 21, 31}}},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "data: 1\n\n",
         {{"", "1", "", 0, 12}}},
        {"a comment", ": hello\n\n:\ndata: 1\n\n", {{"", "1", "", 9, 20}}},
        {"several lines", "data: 1\ndata\ndata:2\ndata:  3\n\n", {{"", "1\n\n2\n 3", "", 0, 30}}},
        {"empty data", "id: 7\ndata: \n\n", {{"", "", "7", 0, 14}}},
        {"no data", "event: a\nid: 1\n\ndata: x\n\n", {{"", "x", "", 16, 25}}},
        {"retry and unknown fields", "retry: 10\nfoo: bar\nbaz\ndata: x\n\n", {{"", "x", "", 0, 32}}},
        {"a NUL in the id", std::string("id: a\0b\ndata: x\n\n", 17), {{"", "x", "", 0, 17}}},
        {"an event without an end", "data: 1\n\ndata: 2\n", {{"", "1", "", 0, 9}}},
        {"a mark that is not at the start",
         "data: 1\n\n\xEF\xBB\xBF"
         "data: 2\n\n",
         {{"", "1", "", 0, 9}}},
        {"many empty lines", "\n\n\ndata: 1\n\n\n\n", {{"", "1", "", 3, 12}}},
    };
    return rows;
}

TEST_CASE("wire/sse: events are found with their places") {
    for (const auto& row : streams()) {
        CAPTURE(row.name);
        CHECK(read_all(row.stream) == row.events);
    }
}

TEST_CASE("wire/sse: a stream means the same however its bytes arrive") {
    for (const auto& row : streams()) {
        CAPTURE(row.name);
        for (std::size_t cut = 0; cut <= row.stream.size(); ++cut) {
            CAPTURE(cut);
            SseReader reader;
            auto events = read_all(reader, std::string_view(row.stream).substr(0, cut));
            for (auto& event : read_all(reader, std::string_view(row.stream).substr(cut)))
                events.push_back(std::move(event));
            CHECK(events == row.events);
        }
    }
}

TEST_CASE("wire/sse: an event is there as soon as an agent can see it") {
    SseReader reader;
    CHECK(read_all(reader, "data: [DONE]\r\n\r").size() == 1);
    CHECK(read_all(reader, "\n").empty());
    CHECK(reader.pending() == 0);
    CHECK(read_all(reader, "data: 1").empty());
    CHECK(reader.pending() == 7);
}

TEST_CASE("wire/sse: an event that is too large is refused, and everything after it") {
    SseReader reader;
    const std::string line = "data: " + std::string(1 << 20, 'x') + "\n";
    bool refused = false;
    for (int i = 0; i < 65 && !refused; ++i)
        refused = !reader.read(line);
    CHECK(refused);
    CHECK_FALSE(reader.read("\n\n").has_value());
}

TEST_CASE("wire/sse: the event after which the model says no more is known") {
    struct Case {
        const char* name;
        std::string event, data;
        bool terminal;
    };
    const std::vector<Case> cases = {
        {"anthropic stop", "message_stop", R"({"type":"message_stop"})", true},
        {"anthropic stop without a name", "", R"({"type":"message_stop"})", true},
        {"anthropic error", "error", R"({"type":"error","error":{"type":"overloaded_error"}})", true},
        {"anthropic delta", "content_block_delta", R"({"type":"content_block_delta"})", false},
        {"a delta that speaks of errors", "content_block_delta",
         R"({"type":"content_block_delta","delta":{"text":"{\"error\":{}}"}})", false},
        {"a delta with error inside", "", R"({"choices":[{"delta":{"error":{"a":1}}}]})", false},
        {"chat done", "", "[DONE]", true},
        {"chat done with white space", "", " [DONE] ", true},
        {"chat error", "", R"({"error":{"message":"scripted","type":"server_error"}})", true},
        {"chat error as text", "", R"({"error":"overloaded"})", true},
        {"no error", "", R"({"id":"1","error":null,"choices":[]})", false},
        {"chat chunk", "", R"({"choices":[{"delta":{"content":"[DONE]"}}]})", false},
        {"responses completed", "response.completed", "{}", true},
        {"responses failed", "response.failed", "{}", true},
        {"responses incomplete", "response.incomplete", "{}", true},
        {"responses completed without a name", "", R"({"type":"response.completed"})", true},
        {"responses delta", "response.output_text.delta", "{}", false},
        {"no JSON", "", R"("error" is a word)", false},
    };
    for (const auto& row : cases) {
        CAPTURE(row.name);
        CHECK(is_terminal({row.event, row.data, "", 0, 0}) == row.terminal);
    }
}

}  // namespace
}  // namespace stet
