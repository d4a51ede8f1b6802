#include <stet/wire/http.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace stet {
namespace {

/// One message as it was read, with the place in the whole stream from which it was held back.
struct Seen {
    std::string head, body;
    std::size_t last_from = 0, end = 0;
    bool interim = false, closes = false, done = false;
    friend bool operator==(const Seen&, const Seen&) = default;
};

/// Feeds a stream in pieces and notes what comes out: the conversation as a relay would see it.
class Playbook {
public:
    explicit Playbook(HttpReader::Role role) : reader_(role) {}

    Playbook& in(std::string_view bytes) {
        const auto base = fed_;
        fed_ += bytes.size();
        std::size_t at = 0;
        while (at < bytes.size()) {
            const auto piece = reader_.read(bytes.substr(at));
            REQUIRE(piece.has_value());
            REQUIRE(piece->consumed > 0);
            note(*piece, base + at);
            at += piece->consumed;
        }
        return *this;
    }

    /// A last_from of 0 means "began in an earlier piece", so only its bound can be the same for every cut.
    std::vector<Seen> seen;
    HttpReader& reader() { return reader_; }

private:
    void note(const HttpReader::Piece& piece, std::size_t base) {
        if (piece.head_done) {
            seen.push_back({});
            seen.back().head = reader_.head_bytes();
        }
        if (!seen.empty()) seen.back().body += piece.body;
        if (!piece.message_done) return;
        seen.back().last_from = base + piece.last_from;
        seen.back().end = base + piece.consumed;
        seen.back().interim = reader_.interim();
        seen.back().closes = reader_.closes();
        seen.back().done = true;
        CHECK_FALSE(reader_.in_message());
    }

    HttpReader reader_;
    std::size_t fed_ = 0;
};

struct Row {
    const char* name;
    HttpReader::Role role;
    std::string stream;
    std::vector<std::string> bodies;
};

const std::vector<Row>& streams() {
    static const std::vector<Row> rows = {
        {"pipelined requests",
         HttpReader::Role::requests,
         "GET /a HTTP/1.1\r\n\r\n"
         "POST /b HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"
         "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\n\r\n"
         "\r\nGET /d HTTP/1.1\r\nHost: x\r\n\r\n",
         {"", "hello", "abcde", ""}},
        {"interim responses",
         HttpReader::Role::responses,
         "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
         "HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"
         "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
         {"", "", "ok", "", "", ""}},
        {"chunks with trailers",
         HttpReader::Role::responses,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
         "A\r\n0123456789\r\n1\r\n\n\r\n0;last\r\nETag: \"x\"\r\nB: c\r\n\r\n"
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n000\r\n\r\n",
         {"0123456789\n", ""}},
    };
    return rows;
}

std::vector<std::string> bodies_of(const std::vector<Seen>& seen) {
    std::vector<std::string> bodies;
    for (const auto& message : seen)
        bodies.push_back(message.body);
    return bodies;
}

TEST_CASE("wire/http_reader: a stream means the same however its bytes arrive") {
    for (const auto& row : streams()) {
        CAPTURE(row.name);
        const auto whole = Playbook(row.role).in(row.stream).seen;
        CHECK(bodies_of(whole) == row.bodies);
        for (std::size_t cut = 0; cut <= row.stream.size(); ++cut) {
            CAPTURE(cut);
            Playbook halves(row.role);
            halves.in(std::string_view(row.stream).substr(0, cut))
                .in(std::string_view(row.stream).substr(cut));
            REQUIRE(halves.seen.size() == whole.size());
            for (std::size_t i = 0; i < whole.size(); ++i) {
                // A last chunk that began before the cut is held back from the cut on.
                auto expected = whole[i];
                if (cut > expected.last_from && cut < expected.end) expected.last_from = cut;
                CHECK(halves.seen[i] == expected);
            }
        }
        Playbook bytewise(row.role);
        for (const char& byte : row.stream)
            bytewise.in({&byte, 1});
        CHECK(bodies_of(bytewise.seen) == row.bodies);
    }
}

TEST_CASE("wire/http_reader: the bytes that complete a message begin where last_from says") {
    struct Case {
        const char* name;
        std::string stream;
        std::string_view last;
    };
    const std::vector<Case> cases = {
        {"the last byte of a body", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "o"},
        {"the last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
         "0\r\n\r\n"},
        {"the last chunk with its trailer",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0;x\r\nA: b\r\n\r\n",
         "0;x\r\nA: b\r\n\r\n"},
        {"the last byte of a head", "HTTP/1.1 204 No Content\r\nA: b\r\n\r\n", "\n"},
        {"the last byte of a head with length 0", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\n"},
    };
    for (const auto& row : cases) {
        CAPTURE(row.name);
        HttpReader reader(HttpReader::Role::responses);
        const auto piece = reader.read(row.stream);
        REQUIRE(piece.has_value());
        REQUIRE(piece->message_done);
        CHECK(row.stream.substr(piece->last_from) == row.last);
    }
}

TEST_CASE("wire/http_reader: no byte of a message is out before the one that completes it is held") {
    // Whatever the cuts, what has been relayed before the last piece is never the whole message.
    const std::string stream =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n";
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        HttpReader reader(HttpReader::Role::responses);
        const auto first = reader.read(std::string_view(stream).substr(0, cut));
        REQUIRE(first.has_value());
        CHECK_FALSE(first->message_done);
        const auto second = reader.read(std::string_view(stream).substr(cut));
        REQUIRE(second.has_value());
        CHECK(second->message_done);
        CHECK(second->last_from < second->consumed);
    }
}

TEST_CASE("wire/http_reader: a body without length ends with the connection") {
    HttpReader reader(HttpReader::Role::responses);
    const auto piece = reader.read("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n");
    REQUIRE(piece.has_value());
    CHECK(piece->head_done);
    CHECK(piece->body == "data: x\n\n");
    CHECK_FALSE(piece->message_done);
    CHECK(reader.in_message());
    CHECK(reader.closes());
    CHECK(reader.end_of_stream());
}

TEST_CASE("wire/http_reader: the end of the connection cuts every other message") {
    for (const std::string stream :
         {"", "HTT", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"}) {
        CAPTURE(stream);
        HttpReader reader(HttpReader::Role::responses);
        REQUIRE(reader.read(stream).has_value());
        CHECK_FALSE(reader.end_of_stream());
    }
}

TEST_CASE("wire/http_reader: an answer to HEAD has no body, through interim answers and only once") {
    HttpReader reader(HttpReader::Role::responses);
    reader.expect_no_body(true);
    const std::string stream =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    std::string_view rest = stream;
    std::vector<std::string> bodies;
    while (!rest.empty()) {
        const auto piece = reader.read(rest);
        REQUIRE(piece.has_value());
        REQUIRE(piece->message_done);
        bodies.push_back(piece->body);
        rest.remove_prefix(piece->consumed);
    }
    CHECK(bodies == std::vector<std::string>{"", "", "hello"});
}

TEST_CASE("wire/http_reader: an upgraded connection is no HTTP any more") {
    HttpReader reader(HttpReader::Role::responses);
    const auto piece = reader.read("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    REQUIRE(piece.has_value());
    CHECK(piece->message_done);
    CHECK(reader.upgraded());
    CHECK_FALSE(reader.interim());
    CHECK_FALSE(reader.read("\x81\x05hello").has_value());
    CHECK_FALSE(reader.read("HTTP/1.1 200 OK\r\n\r\n").has_value());
}

TEST_CASE("wire/http_reader: whether the connection goes on") {
    struct Case {
        std::string_view head;
        bool closes;
    };
    for (const auto& row : std::vector<Case>{
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", true},
             {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: foo, close\r\n\r\n", true},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true},
             {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", false},
             {"HTTP/1.1 200 OK\r\n\r\n", true},
         }) {
        CAPTURE(row.head);
        HttpReader reader(HttpReader::Role::responses);
        REQUIRE(reader.read(row.head).has_value());
        CHECK(reader.closes() == row.closes);
    }
}

TEST_CASE("wire/http_reader: after an error the reader is dead") {
    HttpReader reader(HttpReader::Role::requests);
    CHECK_FALSE(reader.read("GET / HTTP/1.1\n").has_value());
    CHECK_FALSE(reader.read("GET / HTTP/1.1\r\n\r\n").has_value());
    CHECK_FALSE(reader.in_message());
    CHECK_FALSE(reader.end_of_stream());
}

}  // namespace
TEST_CASE("wire/http_reader: what cannot become a response is refused at its first bytes") {
    for (const auto* front : {"SSH-2.0", "220 ", "HTTP/2", "http/1.1", "X"}) {
        CAPTURE(front);
        HttpReader reader(HttpReader::Role::responses);
        CHECK(reader.read(front).has_error());
    }
    HttpReader reader(HttpReader::Role::responses);
    for (const auto* piece : {"H", "TTP/", "1.", "1 200 OK\r\n"})
        CHECK(reader.read(piece).has_value());
}

}  // namespace stet
