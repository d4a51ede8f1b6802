#include "recorder/mcp_tap.hpp"

#include "recorder/mcp_frame.hpp"

#include <doctest/doctest.h>

namespace stet::test {
namespace {

/// Plays lines through a tap that gets dense seqs, as a log would give them.
struct Player {
    McpTap tap{"files"};
    std::uint32_t next = 0;
    std::vector<Draft> drafts;
    bool answered_call = false;

    void line(Side from, const std::string& text) {
        const std::int64_t at = 1000 * static_cast<std::int64_t>(next);
        auto reading = tap.read(from, text, {at, 0});
        answered_call = reading.answers_tool_call;
        for (auto& fact : reading.facts) {
            if (fact.opens) tap.opened(*fact.opens, Seq{next});
            ++next;
            drafts.push_back(std::move(fact.draft));
        }
    }
};

}  // namespace

TEST_CASE("recorder/mcp tap: answers are paired with questions by id and direction") {
    Player player;
    player.line(Side::agent, R"({"jsonrpc":"2.0","id":0,"method":"tools/call","params":{"name":"x"}})"
                             "\n");
    player.line(Side::upstream, R"({"jsonrpc":"2.0","id":0,"method":"roots/list"})"
                                "\n");
    CHECK(player.tap.tool_calls_open() == 1);
    player.line(Side::agent, R"({"jsonrpc":"2.0","id":0,"result":{"roots":[]}})"
                             "\n");
    CHECK_FALSE(player.answered_call);
    player.line(Side::upstream, R"({"result":{},"jsonrpc":"2.0","id":0})"
                                "\n");
    CHECK(player.answered_call);
    CHECK(player.tap.tool_calls_open() == 0);
    REQUIRE(player.drafts.size() == 4);
    const auto& call = std::get<Request>(player.drafts[0].body);
    CHECK(call.from == Side::agent);
    CHECK(call.peer == "mcp:files");
    CHECK(call.protocol == "mcp/stdio");
    CHECK(call.method == "tools/call");
    CHECK(call.id == "0");
    CHECK(std::get<Request>(player.drafts[1].body).from == Side::upstream);
    CHECK(player.drafts[2].cause == Seq{1});
    CHECK(player.drafts[3].cause == Seq{0});
    const auto& answer = std::get<Response>(player.drafts[3].body);
    CHECK(answer.chunk_ms == std::vector<std::uint32_t>{3});
    CHECK(answer.chunk_bytes == std::vector<std::uint64_t>{answer.body->size});
    CHECK(player.drafts[3].payloads.at(0) == R"({"result":{},"jsonrpc":"2.0","id":0})");
}

TEST_CASE("recorder/mcp tap: lines of every kind become events") {
    struct Row {
        Side from;
        const char* line;
        const char* kinds;
    };
    const std::vector<Row> rows = {
        {Side::agent, R"({"jsonrpc":"2.0","method":"notifications/initialized"})", "request"},
        {Side::upstream, "Server is listening\n", "process_output"},
        {Side::upstream, "\n", "process_output"},
        {Side::upstream, R"({"jsonrpc":"2.0","id":9,"error":{"code":-1,"message":"x"}})", "response"},
        {Side::agent, "hello\n", "gap"},
        {Side::agent, R"({"jsonrpc":"1.0","id":1,"method":"x"})", "gap"},
        {Side::agent, R"([{"jsonrpc":"2.0","id":1,"method":"a"},{"jsonrpc":"2.0","method":"b"}])",
         "request request"},
        {Side::agent, "[]", "gap"},
        {Side::upstream, R"({"jsonrpc":"2.0","id":1,"resu)", "process_output"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        Player player;
        player.line(row.from, row.line);
        std::string kinds;
        for (const auto& draft : player.drafts) {
            kinds.append(kinds.empty() ? "" : " ").append(kind_of(draft.body));
            std::string line = row.line;
            if (kinds != "gap" && kinds != "process_output" && line.ends_with('\n')) line.pop_back();
            CHECK(draft.payloads == std::vector<std::string>{line});
        }
        CHECK(kinds == row.kinds);
    }
}

TEST_CASE("recorder/mcp tap: the agent's unanswered questions are known at the end") {
    Player player;
    player.line(Side::agent, R"({"jsonrpc":"2.0","id":"b","method":"tools/call"})");
    player.line(Side::upstream, R"({"jsonrpc":"2.0","id":"b","method":"ping"})");
    player.line(Side::agent, R"({"jsonrpc":"2.0","id":"a","method":"tools/list"})");
    CHECK(player.tap.unanswered() == std::vector<Seq>{Seq{0}, Seq{2}});
}

TEST_CASE("recorder/mcp frame: frames survive any cut, and nonsense is an error") {
    const std::vector<Frame> frames = {{FrameKind::hello, join_words({"name", "", "arg"})},
                                       {FrameKind::leave, ""},
                                       {FrameKind::from_agent, std::string(70'000, 'x')}};
    std::string stream;
    for (const auto& frame : frames)
        stream += encode_frame(frame.kind, frame.content);
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{4096}, stream.size()}) {
        CAPTURE(step);
        FrameReader reader;
        std::vector<Frame> got;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            const auto read = reader.read(std::string_view(stream).substr(at, step));
            REQUIRE(read.has_value());
            got.insert(got.end(), read->begin(), read->end());
        }
        CHECK(got == frames);
    }
    CHECK(split_words(frames[0].content) == std::vector<std::string>{"name", "", "arg"});
    FrameReader reader;
    CHECK_FALSE(reader.read("GET / HTTP/1.1\r\n\r\n").has_value());
    FrameReader bounded;
    CHECK_FALSE(bounded.read(std::string("a\xff\xff\xff\xff", 5)).has_value());
}

TEST_CASE("recorder/mcp frame: whole lines are held, a line beyond the limit is not") {
    LineHold hold;
    auto cut = hold.read("a\nb\nhalf");
    CHECK(cut.lines == std::vector<std::string>{"a\n", "b\n"});
    CHECK(cut.held == "a\nb\n");
    CHECK(cut.now.empty());
    cut = hold.read(" a line\n");
    CHECK(cut.lines == std::vector<std::string>{"half a line\n"});
    CHECK(cut.held == "half a line\n");
    const std::string large(LineHold::partial_bytes_max + 1, 'x');
    cut = hold.read("c\n" + large);
    CHECK(cut.held == "c\n");
    CHECK(cut.now == large);
    cut = hold.read("end\nlast");
    CHECK(cut.lines == std::vector<std::string>{large + "end\n"});
    CHECK(cut.held == "end\n");
    cut = hold.end();
    CHECK(cut.lines == std::vector<std::string>{"last"});
    CHECK(cut.held == "last");
}

}  // namespace stet::test
