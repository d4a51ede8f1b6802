#include <stet/wire/http.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace stet {
namespace {

using namespace std::literals;

struct Row {
    const char* name;
    std::string_view bytes;
};

/// Reads everything as one piece; true when some part of it is refused.
bool refuses(HttpReader::Role role, std::string_view bytes) {
    HttpReader reader(role);
    while (!bytes.empty()) {
        const auto piece = reader.read(bytes);
        if (!piece) return true;
        bytes.remove_prefix(piece->consumed);
    }
    return false;
}

const std::vector<Row> bad_request_lines = {
    {"nothing but an end", "\r\n\r\n"sv},
    {"no parts", "GET\r\n\r\n"sv},
    {"HTTP/0.9", "GET /\r\n\r\n"sv},
    {"two spaces before the version", "GET /  HTTP/1.1\r\n\r\n"sv},
    {"two spaces before the target", "GET  / HTTP/1.1\r\n\r\n"sv},
    {"a tab between", "GET\t/ HTTP/1.1\r\n\r\n"sv},
    {"a space in the target", "GET /a b HTTP/1.1\r\n\r\n"sv},
    {"a tab in the target", "GET /a\tb HTTP/1.1\r\n\r\n"sv},
    {"NUL in the target", "GET /a\0b HTTP/1.1\r\n\r\n"sv},
    {"CR in the target", "GET /a\rb HTTP/1.1\r\n\r\n"sv},
    {"a method that is no token", "G(T / HTTP/1.1\r\n\r\n"sv},
    {"no method", " / HTTP/1.1\r\n\r\n"sv},
    {"a space before the method", " GET / HTTP/1.1\r\n\r\n"sv},
    {"no target", "GET HTTP/1.1\r\n\r\n"sv},
    {"HTTP/2", "PRI * HTTP/2.0\r\n\r\n"sv},
    {"HTTP/1.2", "GET / HTTP/1.2\r\n\r\n"sv},
    {"HTTP/1.10", "GET / HTTP/1.10\r\n\r\n"sv},
    {"HTTP/01.1", "GET / HTTP/01.1\r\n\r\n"sv},
    {"a small version", "GET / http/1.1\r\n\r\n"sv},
    {"white space after the version", "GET / HTTP/1.1 \r\n\r\n"sv},
    {"an end of LF alone", "GET / HTTP/1.1\n\r\n"sv},
    {"an end of CR alone", "GET / HTTP/1.1\rHost: a\r\n\r\n"sv},
    {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\n"sv},
};

const std::vector<Row> bad_fields = {
    {"LF alone after a field", "GET / HTTP/1.1\r\nHost: a\n\r\n"sv},
    {"LF alone as the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\n"sv},
    {"CR alone inside a value", "GET / HTTP/1.1\r\nA: b\rContent-Length: 5\r\n\r\n"sv},
    {"two CRs", "GET / HTTP/1.1\r\nA: b\r\r\n\r\n"sv},
    {"NUL in a value", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n"sv},
    {"NUL in a name", "GET / HTTP/1.1\r\nA\0: b\r\n\r\n"sv},
    {"DEL in a value", "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n"sv},
    {"a space before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n"sv},
    {"a tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n"sv},
    {"a vertical tab before the colon", "POST / HTTP/1.1\r\nContent-Length\x0b: 5\r\n\r\n"sv},
    {"no colon", "GET / HTTP/1.1\r\nHost\r\n\r\n"sv},
    {"no name", "GET / HTTP/1.1\r\n: a\r\n\r\n"sv},
    {"a name in quotes", "GET / HTTP/1.1\r\n\"A\": a\r\n\r\n"sv},
    {"a name outside ASCII", "GET / HTTP/1.1\r\nT\xc3\xa4g: a\r\n\r\n"sv},
    {"folded over two lines", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n"sv},
    {"folded with a tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n"sv},
    {"folded at the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"sv},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"sv},
};

const std::vector<Row> bad_lengths = {
    {"a sign", "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n"sv},
    {"a minus", "POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n"sv},
    {"a space inside", "POST / HTTP/1.1\r\nContent-Length: 1 0\r\n\r\n"sv},
    {"hexadecimal", "POST / HTTP/1.1\r\nContent-Length: 0x5\r\n\r\n"sv},
    {"a hexadecimal digit", "POST / HTTP/1.1\r\nContent-Length: a\r\n\r\n"sv},
    {"a leading zero", "POST / HTTP/1.1\r\nContent-Length: 05\r\n\r\n"sv},
    {"a fraction", "POST / HTTP/1.1\r\nContent-Length: 5.0\r\n\r\n"sv},
    {"an exponent", "POST / HTTP/1.1\r\nContent-Length: 1e3\r\n\r\n"sv},
    {"empty", "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n"sv},
    {"a semicolon", "POST / HTTP/1.1\r\nContent-Length: 5;6\r\n\r\n"sv},
    {"more than 64 bits", "POST / HTTP/1.1\r\nContent-Length: 18446744073709551621\r\n\r\n"sv},
    {"more than the limit", "POST / HTTP/1.1\r\nContent-Length: 4294967297\r\n\r\n"sv},
    {"two that differ", "POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"sv},
    {"two that differ in one field", "POST / HTTP/1.1\r\nContent-Length: 5, 6\r\n\r\n"sv},
    {"a list with a hole", "POST / HTTP/1.1\r\nContent-Length: 5,\r\n\r\n"sv},
    {"in small letters, another one", "POST / HTTP/1.1\r\nContent-Length: 5\r\ncontent-length: 6\r\n\r\n"sv},
};

const std::vector<Row> bad_codings = {
    {"length and coding", "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"coding and length", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"sv},
    {"xchunked", "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n"sv},
    {"identity", "POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n"sv},
    {"gzip", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n"sv},
    {"gzip before chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"sv},
    {"chunked not last", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"sv},
    {"chunked twice in one field", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"sv},
    {"two fields", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"two fields, one hidden",
     "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-encoding: cow\r\n\r\n"sv},
    {"empty", "POST / HTTP/1.1\r\nTransfer-Encoding:\r\n\r\n"sv},
    {"in quotes", "POST / HTTP/1.1\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"sv},
    {"with a parameter", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked;q=1\r\n\r\n"sv},
    {"with a vertical tab",
     "POST / HTTP/1.1\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n"sv},
    {"with a comma", "POST / HTTP/1.1\r\nTransfer-Encoding: ,chunked\r\n\r\n"sv},
    {"in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
};

/// What follows the head of a chunked request.
const std::vector<Row> bad_chunks = {
    {"no size", "\r\n"sv},
    {"an extension without a size", ";a\r\n"sv},
    {"a sign", "+5\r\nhello\r\n"sv},
    {"0x", "0x5\r\nhello\r\n"sv},
    {"a space after the size", "5 \r\nhello\r\n"sv},
    {"a space before the size", " 5\r\nhello\r\n"sv},
    {"more than 64 bits", "10000000000000005\r\nhello\r\n"sv},
    {"all of 64 bits", "ffffffffffffffff\r\nhello\r\n"sv},
    {"leading zeros without end", "00000000000000005\r\nhello\r\n"sv},
    {"LF alone after the size", "5\nhello\r\n0\r\n\r\n"sv},
    {"LF alone after the data", "5\r\nhello\n0\r\n\r\n"sv},
    {"data longer than the size", "5\r\nhello!\r\n0\r\n\r\n"sv},
    {"data longer than the size, CR first", "5\r\nhello\rX0\r\n\r\n"sv},
    {"CR inside an extension", "5;a\rb\r\nhello\r\n"sv},
    {"NUL inside an extension", "5;a\0b\r\nhello\r\n"sv},
    {"a trailer without a colon", "0\r\nabc\r\n\r\n"sv},
    {"a trailer that is folded", "0\r\nA: b\r\n c\r\n\r\n"sv},
    {"a trailer that ends in LF", "0\r\nA: b\n\r\n"sv},
};

const std::vector<Row> bad_responses = {
    {"an empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n"sv},
    {"no version", "200 OK\r\n\r\n"sv},
    {"another protocol", "ICY 200 OK\r\n\r\n"sv},
    {"HTTP/2", "HTTP/2 200\r\n\r\n"sv},
    {"two digits", "HTTP/1.1 20 OK\r\n\r\n"sv},
    {"four digits", "HTTP/1.1 2000 OK\r\n\r\n"sv},
    {"letters", "HTTP/1.1 2xx OK\r\n\r\n"sv},
    {"below 100", "HTTP/1.1 099 OK\r\n\r\n"sv},
    {"two spaces", "HTTP/1.1  200 OK\r\n\r\n"sv},
    {"no status", "HTTP/1.1\r\n\r\n"sv},
    {"a control character in the reason", "HTTP/1.1 200 O\x01K\r\n\r\n"sv},
    {"LF alone", "HTTP/1.1 200 OK\n\n"sv},
    {"a 204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n"sv},
    {"a 204 in chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"a 100 with a length", "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"sv},
    {"a 304 with both", "HTTP/1.1 304 -\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"sv},
    {"bytes after the last", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nab"sv},
    {"bytes after an upgrade", "HTTP/1.1 101 -\r\nUpgrade: websocket\r\n\r\n\x81\x00"sv},
};

TEST_CASE("wire/http_head: a request that can be read in two ways is refused") {
    for (const auto* table : {&bad_request_lines, &bad_fields, &bad_lengths, &bad_codings}) {
        for (const auto& row : *table) {
            CAPTURE(row.name);
            CHECK(refuses(HttpReader::Role::requests, row.bytes));
        }
    }
    for (const auto& row : bad_chunks) {
        CAPTURE(row.name);
        const std::string head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
        CHECK(refuses(HttpReader::Role::requests, head + std::string(row.bytes)));
    }
}

TEST_CASE("wire/http_head: a response that can be read in two ways is refused") {
    for (const auto* table : {&bad_fields, &bad_lengths, &bad_codings}) {
        for (const auto& row : *table) {
            CAPTURE(row.name);
            if (row.name == "two Hosts"sv) continue;  // Means nothing in a response.
            const auto after_first_line = row.bytes.substr(row.bytes.find("\r\n"));
            const bool old = row.bytes.find("HTTP/1.0") != row.bytes.npos;
            const auto bytes =
                (old ? "HTTP/1.0 200 OK"s : "HTTP/1.1 200 OK"s) + std::string(after_first_line);
            CHECK(refuses(HttpReader::Role::responses, bytes));
        }
    }
    for (const auto& row : bad_chunks) {
        CAPTURE(row.name);
        const std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        CHECK(refuses(HttpReader::Role::responses, head + std::string(row.bytes)));
    }
    for (const auto& row : bad_responses) {
        CAPTURE(row.name);
        CHECK(refuses(HttpReader::Role::responses, row.bytes));
    }
}

TEST_CASE("wire/http_head: what is unusual but plain is read") {
    const std::vector<Row> good = {
        {"no Host", "GET / HTTP/1.1\r\n\r\n"sv},
        {"no fields in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n"sv},
        {"absolute form", "POST http://api.example/v1/messages HTTP/1.1\r\nHost: api.example\r\n\r\n"sv},
        {"authority form", "CONNECT api.example:443 HTTP/1.1\r\n\r\n"sv},
        {"asterisk form", "OPTIONS * HTTP/1.1\r\n\r\n"sv},
        {"an empty line before", "\r\nGET / HTTP/1.1\r\n\r\n"sv},
        {"an empty value", "GET / HTTP/1.1\r\nA:\r\n\r\n"sv},
        {"no space after the colon", "GET / HTTP/1.1\r\nA:b\r\n\r\n"sv},
        {"white space around the value", "GET / HTTP/1.1\r\nA: \t b \t\r\n\r\n"sv},
        {"bytes outside ASCII in a value", "GET / HTTP/1.1\r\nA: \xc3\xa4\xff\r\n\r\n"sv},
        {"the same length twice", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na"sv},
        {"the same length in a list", "POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\na"sv},
        {"Chunked", "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n"sv},
    };
    for (const auto& row : good) {
        CAPTURE(row.name);
        CHECK_FALSE(refuses(HttpReader::Role::requests, row.bytes));
    }
}

TEST_CASE("wire/http_head: the parts of a head are found, names in any case") {
    const auto head = parse_request_head(
        "POST /v1/messages?beta=true HTTP/1.1\r\nHost: a\r\nACCEPT: x, Y ,z\r\naccept: w\r\n\r\n");
    REQUIRE(head.has_value());
    CHECK(head->method == "POST");
    CHECK(head->target == "/v1/messages?beta=true");
    CHECK(head->minor == 1);
    REQUIRE(head->find("accept") != nullptr);
    CHECK(*head->find("Accept") == "x, Y ,z");
    CHECK(head->find("accep") == nullptr);
    for (const auto* token : {"x", "y", "Z", "w"})
        CHECK(head->has_token("accept", token));
    CHECK_FALSE(head->has_token("accept", "x, y"));
    const auto answer =
        parse_response_head("HTTP/1.0 404 Not Found\r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\n");
    REQUIRE(answer.has_value());
    CHECK(answer->status == 404);
    CHECK(answer->reason == "Not Found");
    CHECK(answer->minor == 0);
    CHECK(media_type_of(*answer) == "text/html");
    CHECK(parse_response_head("HTTP/1.1 200\r\n\r\n")->status == 200);
}

TEST_CASE("wire/http_head: every limit holds") {
    const HttpLimits limits{
        .line_bytes_max = 40, .head_bytes_max = 200, .fields_max = 3, .body_bytes_max = 10};
    const auto reads = [&](const std::string& bytes) {
        HttpReader reader(HttpReader::Role::requests, limits);
        return static_cast<bool>(reader.read(bytes));
    };
    const std::string line = "GET / HTTP/1.1\r\n", end = "\r\n";
    CHECK(reads(line + "A: " + std::string(37, 'x') + "\r\n" + end));
    CHECK_FALSE(reads(line + "A: " + std::string(38, 'x') + "\r\n" + end));
    CHECK_FALSE(reads(std::string(43, 'x')));
    CHECK(reads(line + "A: b\r\nA: b\r\nA: b\r\n" + end));
    CHECK_FALSE(reads(line + "A: b\r\nA: b\r\nA: b\r\nA: b\r\n" + end));
    const std::string field = "A: " + std::string(37, 'x') + "\r\n";
    CHECK(parse_request_head(line + field + end, limits).has_value());
    CHECK_FALSE(reads(line + field + field + field + field + field + end));
    CHECK(reads(line + "Content-Length: 10\r\n" + end));
    CHECK_FALSE(reads(line + "Content-Length: 11\r\n" + end));
    const std::string chunked = line + "Transfer-Encoding: chunked\r\n" + end;
    CHECK(reads(chunked + "5\r\n12345\r\n5\r\n12345\r\n0\r\n\r\n"));
    CHECK_FALSE(reads(chunked + "5\r\n12345\r\n6\r\n123456\r\n0\r\n\r\n"));
    CHECK_FALSE(reads(chunked + "5;" + std::string(50, 'x')));
    CHECK_FALSE(reads(chunked + "0\r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n"));
}

TEST_CASE("wire/http_head: stet's own responses are read back") {
    const auto bytes = make_response(502, "application/json", "{}", {{"Retry-After", "1"}});
    CHECK(bytes ==
          "HTTP/1.1 502 Bad Gateway\r\nContent-Type: application/json\r\nRetry-After: 1\r\nContent-Length: "
          "2\r\n\r\n{}");
    HttpReader reader(HttpReader::Role::responses);
    const auto piece = reader.read(bytes);
    REQUIRE(piece.has_value());
    CHECK(piece->message_done);
    CHECK(piece->body == "{}");
}

}  // namespace
}  // namespace stet
