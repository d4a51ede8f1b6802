#include "tests/core/event_generator.hpp"

#include <stet/bytes.hpp>
#include <stet/event_codec.hpp>
#include <stet/redaction.hpp>

#include <doctest/doctest.h>

#include <numeric>

namespace stet {
namespace {

const std::string key = "a key of sixteen";
const std::string secret = "secret-0123456789";

std::string placeholder(std::string_view kind, std::string_view value) {
    return "[stet:" + std::string(kind) + ":" + to_hex(hmac_sha256(key, value)).substr(0, 12) + "]";
}

const std::string mark = placeholder("registered", secret);

Payload payload_of(std::string_view bytes) {
    return {sha256(bytes), bytes.size()};
}

std::uint64_t sum(const std::vector<std::uint64_t>& numbers) {
    return std::accumulate(numbers.begin(), numbers.end(), std::uint64_t{0});
}

std::vector<std::string> bytes_of(const RedactedEvent& event) {
    std::vector<std::string> all;
    for (const auto& payload : event.payloads())
        all.push_back(payload.bytes());
    return all;
}

template <class Body>
Event event_with(Body body) {
    Event event;
    event.body = std::move(body);
    return event;
}

}  // namespace

TEST_CASE("core/redaction: an event without a secret passes as it is") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(kinds[kind]);
        const Event event = test::EventGenerator(5).event(kind);
        const auto redacted = redactor.redact(event, {"payload", "another"});
        CHECK((redacted.event() == event));
        CHECK(bytes_of(redacted) == std::vector<std::string>{"payload", "another"});
    }
    CHECK(redactor.take_counts().empty());
}

TEST_CASE("core/redaction: a secret in any text of any event is replaced") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(kinds[kind]);
        Event event = test::EventGenerator(6).event(kind);
        std::size_t texts = 1;
        event.actor = secret;
        for_each_text(event.body, [&](std::string& text) {
            text = "a " + secret + " b";
            ++texts;
        });
        auto redacted = redactor.redact(event, {});
        CHECK(to_json(redacted.event()).find(secret) == std::string::npos);
        CHECK(redacted.event().actor == mark);
        EventBody body = redacted.event().body;
        for_each_text(body, [&](std::string& text) { CHECK(text == "a " + mark + " b"); });
        CHECK(redactor.take_counts().at("registered") == texts);
    }
}

TEST_CASE("core/redaction: texts become UTF-8, as a log keeps them") {
    Redactor redactor(key);
    const auto redacted = redactor.redact(event_with(Note{"a\xff\x80z"}), {});
    const auto& note = std::get<Note>(redacted.event().body);
    CHECK(note.text == "a\xEF\xBF\xBD\xEF\xBF\xBDz");
    CHECK((parse_event(to_json(redacted.event())).value() == redacted.event()));
}

TEST_CASE("core/redaction: a request is redacted whole: head, target, body and what cites them") {
    Redactor redactor(key);
    const std::string head = "POST /v1?key=" + secret + " HTTP/1.1\r\nX-Api-Key: 0123456789abcdef\r\n\r\n";
    const std::string body = R"({"a":"0123456789abcdef","b":")" + secret + "\"}";
    Request request;
    request.target = "/v1?key=" + secret;
    request.head = payload_of(head);
    request.body = payload_of(body);
    const auto redacted = redactor.redact(event_with(request), {body, head});

    const auto query = placeholder("query", secret);
    const auto header = placeholder("x-api-key", "0123456789abcdef");
    const auto left_head = "POST /v1?key=" + query + " HTTP/1.1\r\nX-Api-Key: " + header + "\r\n\r\n";
    const auto left_body = R"({"a":")" + header + R"(","b":")" + query + "\"}";
    CHECK(bytes_of(redacted) == std::vector<std::string>{left_body, left_head});
    const auto& left = std::get<Request>(redacted.event().body);
    CHECK(left.target == "/v1?key=" + query);
    CHECK(left.head == payload_of(left_head));
    CHECK(left.body == payload_of(left_body));
    CHECK(redacted.event().fidelity == Fidelity::exact);

    const auto again = redactor.redact(redacted.event(), bytes_of(redacted));
    CHECK((again.event() == redacted.event()));
    CHECK(bytes_of(again) == bytes_of(redacted));
}

TEST_CASE("core/redaction: chunk columns keep adding up, and boundaries leave the secret") {
    struct Row {
        const char* name;
        std::string body;
        std::vector<std::uint64_t> chunks, left;
    };
    const auto n = secret.size();
    const auto m = mark.size();
    const Row rows[] = {
        {"none", "data: hello", {5, 6}, {5, 6}},
        {"before and after", "ab" + secret + "cd", {2, n, 2}, {2, m, 2}},
        {"a boundary inside", "ab" + secret + "cd", {4, n, 0}, {2 + m, 2, 0}},
        {"all boundaries inside", "ab" + secret + "cd", {3, 1, 1, n - 1}, {2 + m, 0, 0, 2}},
        {"twice", secret + "x" + secret, {1, n, n}, {m, 1, m}},
        {"at the end", "x" + secret, {1 + n}, {1 + m}},
        {"columns that say more than there is", secret, {n, 10}, {m, 10}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Redactor redactor(key);
        redactor.learn("registered", secret);
        Response response;
        response.body = payload_of(row.body);
        response.chunk_bytes = row.chunks;
        const auto redacted = redactor.redact(event_with(response), {row.body});
        const auto& left = std::get<Response>(redacted.event().body);
        CHECK(left.chunk_bytes == row.left);
        if (sum(row.chunks) == row.body.size()) CHECK(sum(left.chunk_bytes) == left.body->size);
    }
}

TEST_CASE("core/redaction: chunk columns of a stranger's log cannot overflow") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    Response response;
    response.body = payload_of(secret);
    response.chunk_bytes.assign(3, std::numeric_limits<std::uint64_t>::max());
    const auto redacted = redactor.redact(event_with(response), {secret});
    CHECK(std::get<Response>(redacted.event().body).chunk_bytes.size() == 3);
}

TEST_CASE("core/redaction: slices keep citing what they cited") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    const std::string bytes = R"({"k":")" + secret + R"(","text":"hello"})";
    ModelResult result;
    result.text = Slice{payload_of(bytes), bytes.find("\"hello\""), 7, Coding::json_string};
    result.reasoning = Slice{payload_of(bytes), 5, secret.size() + 2, Coding::json_string};
    result.logprobs = Slice{payload_of(bytes), 8, 3, Coding::raw};
    result.token_ids = Slice{payload_of("elsewhere"), 1, 2, Coding::raw};
    const auto redacted = redactor.redact(event_with(result), {bytes});
    const auto left = redacted.payloads().at(0).bytes();
    const auto& cited = std::get<ModelResult>(redacted.event().body);
    CHECK(cited.text->payload == payload_of(left));
    CHECK(left.substr(cited.text->offset, cited.text->length) == "\"hello\"");
    CHECK(left.substr(cited.reasoning->offset, cited.reasoning->length) == "\"" + mark + "\"");
    CHECK(left.substr(cited.logprobs->offset, cited.logprobs->length) == mark);
    CHECK(cited.token_ids == result.token_ids);
}

TEST_CASE("core/redaction: a secret under a content coding is found") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    const std::string hidden = zstd_compress("data: " + secret + "\n\n", 3);
    const std::string clean = zstd_compress("data: hello\n\n", 3);
    Response response;
    response.content_coding = "zstd";
    response.body = payload_of(hidden);
    response.chunk_bytes = {10, hidden.size() - 10};
    const auto found = redactor.redact(event_with(response), {hidden});
    const auto& left = std::get<Response>(found.event().body);
    CHECK(bytes_of(found) == std::vector<std::string>{"data: " + mark + "\n\n"});
    CHECK(left.content_coding.empty());
    CHECK(left.chunk_bytes.size() == 2);
    CHECK(sum(left.chunk_bytes) == left.body->size);
    CHECK(found.event().fidelity == Fidelity::normalised);
    CHECK(redactor.take_counts().at("registered") == 1);

    response.body = payload_of(clean);
    response.chunk_bytes = {clean.size()};
    const auto passed = redactor.redact(event_with(response), {clean});
    CHECK((passed.event() == event_with(response)));
    CHECK(bytes_of(passed) == std::vector<std::string>{clean});
}

TEST_CASE("core/redaction: a secret in what is left of a cut, coded body is found") {
    Redactor redactor(key);
    redactor.learn("registered", secret);
    std::string text = secret;
    // Many blocks, so that the first is whole.
    for (int i = 0; i < 60'000; ++i)
        text += std::to_string(i * 7919 % 104729);
    auto hidden = zstd_compress(text, 1);
    hidden.resize(hidden.size() / 2);
    Request request;
    request.content_coding = "zstd";
    request.complete = false;
    request.body = payload_of(hidden);
    const auto found = redactor.redact(event_with(request), {hidden});
    CHECK(std::get<Request>(found.event().body).content_coding.empty());
    CHECK(found.payloads().at(0).bytes().starts_with(mark));
    CHECK(found.payloads().at(0).bytes().size() > 1000);
}

TEST_CASE("core/redaction: a coded body that cannot be searched is withheld, and its size is told") {
    struct Row {
        const char* coding;
        std::string bytes;
    };
    const Row rows[] = {
        {"zstd", "damaged " + secret},
        {"rot13", "unknown " + secret},
        {"gzip", zstd_compress(secret, 3)},
        {"zstd", zstd_compress("whole", 3) + "and then " + secret},
    };
    for (const auto& row : rows) {
        CAPTURE(row.bytes);
        Redactor redactor(key);
        Response response;
        response.content_coding = row.coding;
        response.body = payload_of(row.bytes);
        response.chunk_bytes = {1, row.bytes.size() - 1};
        response.chunk_ms = {3, 4};
        const auto redacted = redactor.redact(event_with(response), {row.bytes});
        CHECK(redacted.payloads().empty());
        REQUIRE(redacted.withheld().has_value());
        CHECK(redacted.withheld()->bytes == row.bytes.size());
        CHECK(redacted.withheld()->reason.find("decode") != std::string::npos);
        const auto& left = std::get<Response>(redacted.event().body);
        CHECK_FALSE(left.body.has_value());
        CHECK(left.chunk_bytes == std::vector<std::uint64_t>{0, 0});
        CHECK(left.chunk_ms == response.chunk_ms);
        CHECK(redacted.event().fidelity == Fidelity::lossy);
    }
}

TEST_CASE("core/redaction: a gap's bytes lose what a head would lose, wherever it begins") {
    struct Row {
        std::string raw, left;
    };
    const auto cookie = placeholder("set-cookie", "session=0123456789abcdef; Path=/");
    const auto bearer = placeholder("authorization", "0123456789");
    const Row rows[] = {
        {"HTTP/1.1 200 OK\r\nSet-Cookie: session=0123456789abcdef; Path=/\r\nContent-Length: x\r\n\r\n",
         "HTTP/1.1 200 OK\r\nSet-Cookie: " + cookie + "\r\nContent-Length: x\r\n\r\n"},
        {"set-cookie: session=0123456789abcdef; Path=/", "set-cookie: " + cookie},
        {"okHTTP/1.1 408 Timeout\nAuthorization: Bearer 0123456789\n\n",
         "okHTTP/1.1 408 Timeout\nAuthorization: Bearer " + bearer + "\n\n"},
        {"SSH-2.0-OpenSSH: hello\r\n", "SSH-2.0-OpenSSH: hello\r\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.raw);
        Redactor redactor(key);
        Gap gap;
        gap.raw = payload_of(row.raw);
        const auto redacted = redactor.redact(event_with(gap), {row.raw});
        CHECK(bytes_of(redacted) == std::vector<std::string>{row.left});
        CHECK(std::get<Gap>(redacted.event().body).raw == payload_of(row.left));
    }
}

}  // namespace stet
