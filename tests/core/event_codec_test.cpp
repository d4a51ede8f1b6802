#include "tests/core/event_generator.hpp"
#include "tests/support/memory_log.hpp"

#include <stet/event_codec.hpp>
#include <stet/event_source.hpp>
#include <stet/json.hpp>

#include <boost/pfr.hpp>
#include <doctest/doctest.h>

#include <algorithm>

namespace stet {
namespace {

using test::EventGenerator;

template <class T>
std::size_t described_members() {
    std::size_t count = 0;
    describe(Of<T>{}, [&](auto&&...) { ++count; });
    return count;
}

/// Has the struct as many members as are described, and each described once?
template <class T>
void check_that_every_member_is_described() {
    CHECK(described_members<T>() == boost::pfr::tuple_size_v<T>);
    std::vector<std::string_view> names;
    describe(Of<T>{}, [&](std::string_view name, auto&&...) { names.push_back(name); });
    std::ranges::sort(names);
    CHECK(std::ranges::adjacent_find(names) == names.end());
}

template <std::size_t... Index>
void check_every_body(std::index_sequence<Index...>) {
    (check_that_every_member_is_described<std::variant_alternative_t<Index, EventBody>>(), ...);
}

/// The bodies' text for one kind, from a hand-made JSON.
Result<EventBody> decode(std::string_view kind, std::string_view json, std::vector<Payload> payloads = {}) {
    return decode_body(kind, json, payloads);
}

}  // namespace

TEST_CASE("core/event_codec: every member of every body is described, once") {
    check_every_body(std::make_index_sequence<kinds.size()>());
    check_that_every_member_is_described<Usage>();
    check_that_every_member_is_described<Verdict>();
    check_that_every_member_is_described<CheckEnvironment>();
    check_that_every_member_is_described<Tool>();
    check_that_every_member_is_described<ExcludedTree>();
    // The body stands beside the envelope.
    CHECK(described_members<Event>() + 1 == boost::pfr::tuple_size_v<Event>);
}

TEST_CASE("core/event_codec: every kind comes back from the log's encoding as it was") {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            CAPTURE(kinds[kind]);
            CAPTURE(seed);
            const EventBody body = EventGenerator(seed).body(kind);
            CHECK(kind_of(body) == kinds[kind]);
            const EncodedBody encoded = encode_body(body);
            CHECK(encoded.kind == kinds[kind]);
            const auto decoded = decode_body(encoded.kind, encoded.json, encoded.payloads);
            REQUIRE(decoded.has_value());
            CHECK((*decoded == body));
            CHECK(encode_body(*decoded) == encoded);
        }
    }
}

TEST_CASE("core/event_codec: a body of defaults comes back as it was") {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(kinds[kind]);
        const auto decoded = decode(kinds[kind], "{}");
        // Most kinds have members that must be there.
        if (decoded) CHECK(encode_body(*decoded).kind == kinds[kind]);
    }
    const EventBody body = Begin{};
    const auto encoded = encode_body(body);
    const auto decoded = decode_body(encoded.kind, encoded.json, encoded.payloads);
    REQUIRE(decoded.has_value());
    CHECK((*decoded == body));
}

TEST_CASE("core/event_codec: every event comes back from its JSON as it was") {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        for (unsigned seed = 1; seed <= 10; ++seed) {
            CAPTURE(kinds[kind]);
            CAPTURE(seed);
            const Event event = EventGenerator(seed).event(kind);
            const auto json = to_json(event);
            CHECK(JsonDocument::parse(json).has_value());
            const auto parsed = parse_event(json);
            REQUIRE(parsed.has_value());
            CHECK((*parsed == event));
        }
    }
}

TEST_CASE("core/event_codec: a body is written compactly, with members in the order of the struct") {
    Response response;
    response.peer = "openai";
    response.protocol = "http/1.1";
    response.status = 200;
    response.head = Payload{sha256("head"), 4};
    response.body = Payload{sha256("body"), 5};
    response.media_type = "application/json";
    response.chunk_bytes = {2, 3};
    response.chunk_ms = {10, 0};
    const auto encoded = encode_body(response);
    CHECK(encoded.json ==
          R"({"peer":"openai","protocol":"http/1.1","status":200,"head":0,"body":1,"content_coding":"",)"
          R"("media_type":"application/json","complete":true,"chunk_bytes":[2,3],"chunk_ms":[10,0]})");
    CHECK(encoded.payloads == std::vector<Payload>{*response.head, *response.body});
}

TEST_CASE("core/event_codec: a payload that is cited twice stands in the table once") {
    const Payload payload{sha256("answer"), 6};
    ModelResult result;
    result.text = Slice{payload, 1, 2, Coding::json_string};
    result.reasoning = Slice{payload, 3, 3, Coding::raw};
    const auto encoded = encode_body(result);
    CHECK(encoded.payloads == std::vector<Payload>{payload});
    CHECK(encoded.json.find(R"("text":{"payload":0,"offset":1,"length":2,"coding":"json_string"})") !=
          std::string::npos);
    CHECK(encoded.json.find(R"("reasoning":{"payload":0,)") != std::string::npos);
}

TEST_CASE("core/event_codec: unknown members are passed over, missing optional ones are empty") {
    const auto decoded = decode("end", R"({"ending":"limit","future":{"a":[1,2]}})");
    REQUIRE(decoded.has_value());
    CHECK((*decoded == EventBody(End{Ending::limit, {}, {}})));
}

TEST_CASE("core/event_codec: what is not as described is an error that says where") {
    struct Row {
        const char* kind;
        const char* json;
        const char* says;
    };
    const Row rows[] = {
        {"surprise", "{}", "there is no kind \"surprise\""},
        {"note", "", "read event of kind note: "},
        {"note", "[]", "the value is not an object"},
        {"note", "{}", "member \"text\" is missing"},
        {"note", R"({"text":7})", "member \"text\" is not a string"},
        {"end", R"({"ending":"well"})", "member \"ending\" is not one of its words"},
        {"end", R"({"ending":"limit","exit_code":1.0})", "member \"exit_code\" is not an integer in range"},
        {"end", R"({"ending":"limit","exit_code":99999999999})",
         "member \"exit_code\" is not an integer in range"},
        {"redaction", R"({"kind":"x","count":-1})", "member \"count\" is not an integer in range"},
        {"process_output", R"({"name":"","stream":"","bytes":1})",
         "member \"bytes\" is not the index of a payload"},
        {"process_output", R"({"name":"","stream":"","bytes":-1})",
         "member \"bytes\" is not an integer in range"},
        {"progress", R"({"token":"","progress":1e999,"message":""})",
         "member \"progress\" is not a number in range"},
        {"judgment", R"({"model":"","prompt":"sha256:00","rubric":null})",
         "member \"prompt\" is not a digest"},
        {"message", R"({"role":"","content":{"payload":0,"offset":-1,"length":0,"coding":"raw"}})",
         "member \"content.offset\" is not an integer in range"},
        {"begin", R"({"task_id":"","name":"","tags":[["a"]]})", "member \"tags\" is not a pair"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.json);
        const auto decoded = decode(row.kind, row.json, {Payload{sha256("x"), 1}});
        REQUIRE(decoded.has_error());
        CHECK(decoded.error().what.find(row.says) != std::string::npos);
        CAPTURE(decoded.error().what);
        CHECK(decoded.error().what.find('\n') == std::string::npos);
    }
}

TEST_CASE("core/event_codec: the largest counts survive") {
    ConnectionClosed closed;
    closed.bytes_from_agent = std::numeric_limits<std::uint64_t>::max();
    const auto encoded = encode_body(closed);
    CHECK(encoded.json.find("18446744073709551615") != std::string::npos);
    const auto decoded = decode_body(encoded.kind, encoded.json, {});
    REQUIRE(decoded.has_value());
    CHECK((*decoded == EventBody(closed)));
}

TEST_CASE("core/event_codec: payloads and texts of a body are visited, names of ours are not") {
    CheckResult result;
    result.output = Payload{sha256("out"), 3};
    result.problem = "why";
    result.environment.sandbox = "bubblewrap";
    result.environment.toolchain = {{"sh", "/bin/sh", {}}};
    EventBody body = result;
    std::vector<Payload> payloads;
    std::vector<std::string> texts;
    for_each_payload(body, [&](Payload& payload) { payloads.push_back(payload); });
    for_each_text(body, [&](std::string& text) { texts.push_back(text); });
    CHECK(payloads == std::vector<Payload>{*result.output});
    CHECK(texts == std::vector<std::string>{"sh", "/bin/sh", "why"});

    Begin begin;
    begin.task_id = "t";
    begin.instruction = "i";
    begin.allowed = {"a", "b"};
    begin.tags = {{"k", "v"}};
    begin.recorder = "r";
    body = begin;
    texts.clear();
    for_each_text(body, [&](std::string& text) { texts.push_back(text); });
    CHECK(texts == std::vector<std::string>{"t", "i", "a", "b", "", "k", "v", "r"});
}

TEST_CASE("core/event_codec: visiting payloads reaches each one that the log's encoding lists") {
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
        CAPTURE(kinds[kind]);
        EventBody body = EventGenerator(7).body(kind);
        std::vector<Payload> visited;
        for_each_payload(body, [&](Payload& payload) { visited.push_back(payload); });
        CHECK(visited == encode_body(body).payloads);
    }
}

TEST_CASE("core/event_source: a slice is fetched within its payload, and decoded as it says") {
    test::MemoryLog log;
    const Payload payload = log.keep(R"({"text":"a\n\u00fc","n":1})");
    const auto source = log.source();
    const auto get = [&](std::uint64_t offset, std::uint64_t length, Coding coding) {
        return fetch(*source, Slice{payload, offset, length, coding});
    };
    CHECK(get(0, payload.size, Coding::json).value() == R"({"text":"a\n\u00fc","n":1})");
    CHECK(get(8, 11, Coding::raw).value() == R"("a\n\u00fc")");
    CHECK(get(8, 11, Coding::json_string).value() == "a\nü");
    CHECK(get(payload.size, 0, Coding::raw).value().empty());
    CHECK(get(0, payload.size + 1, Coding::raw).has_error());
    CHECK(get(payload.size + 1, 0, Coding::raw).has_error());
    CHECK(get(1, std::numeric_limits<std::uint64_t>::max(), Coding::raw).has_error());
    CHECK(get(0, 5, Coding::json_string).has_error());
    CHECK(fetch(*source, Slice{Payload{sha256("else"), 4}, 0, 1, Coding::raw}).has_error());
}

}  // namespace stet
