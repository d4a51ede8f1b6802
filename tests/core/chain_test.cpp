#include "tests/core/event_generator.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/event_codec.hpp>
#include <stet/json.hpp>
#include <stet/trajectory.hpp>

#include <doctest/doctest.h>

#include <charconv>
#include <filesystem>

namespace stet {
namespace {

std::string read_vectors() {
    return test::read_file(std::filesystem::path(STET_VECTORS_DIR) / "chain.json");
}

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned value = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, value, 16);
        bytes += static_cast<char>(value);
    }
    return bytes;
}

/// The record of an event whose payloads have these commitments.
std::string record_of(const Event& event) {
    const auto body = encode_body(event.body);
    std::vector<Digest> commitments;
    for (const auto& payload : body.payloads)
        commitments.push_back(commitment("salt", to_hex(payload.digest)));
    return chain_record(event, body, commitments);
}

}  // namespace

TEST_CASE("core/chain: records and values are what the vectors say") {
    const auto text = read_vectors();
    const auto document = JsonDocument::parse(text);
    REQUIRE(document.has_value());
    const auto root = document->root();
    auto value = sha256("stet chain 1\n" + root["trajectory"].text());
    CHECK(to_hex(value) == root["start"].text());
    REQUIRE(root["events"].size() == 5);
    for (const auto& vector : root["events"].elements()) {
        const auto event = parse_event(vector["event"].raw());
        REQUIRE(event.has_value());
        CAPTURE(event->seq.value);
        CHECK(to_json(*event) == vector["event"].raw());
        const auto body = encode_body(event->body);
        std::vector<Digest> commitments;
        for (const auto& payload : vector["payloads"].elements())
            commitments.push_back(commitment(from_hex(payload["salt"].text()), payload["bytes"].text()));
        const auto record = chain_record(*event, body, commitments);
        CHECK(record == vector["record"].text());
        value = chain_next(value, record);
        CHECK(to_hex(value) == vector["value"].text());
    }
}

TEST_CASE("core/chain: everything about an event is in its record") {
    const auto request = static_cast<std::size_t>(EventBody(Request{}).index());
    const Event event = test::EventGenerator(3).event(request);
    const auto record = record_of(event);
    CHECK(JsonDocument::parse(record).has_value());
    CHECK(record_of(event) == record);

    const auto changed = [&](auto change) {
        Event other = event;
        change(other);
        return record_of(other) != record;
    };
    CHECK(changed([](Event& e) { e.seq.value ^= 1; }));
    CHECK(changed([](Event& e) { e.step.value ^= 1; }));
    CHECK(changed([](Event& e) { e.actor += "x"; }));
    CHECK(changed([](Event& e) { e.connection ^= 1; }));
    CHECK(changed([](Event& e) { e.cause = {}; }));
    CHECK(changed([](Event& e) { e.mono_us ^= 1; }));
    CHECK(changed([](Event& e) { e.wall_ms ^= 1; }));
    CHECK(changed(
        [](Event& e) { e.fidelity = e.fidelity == Fidelity::lossy ? Fidelity::exact : Fidelity::lossy; }));
    CHECK(changed([](Event& e) { std::get<Request>(e.body).target += "x"; }));
    CHECK(changed([](Event& e) { std::get<Request>(e.body).body->digest.bytes[0] ^= 1; }));
    CHECK(changed([](Event& e) { std::get<Request>(e.body).body->size ^= 1; }));
    CHECK(changed([](Event& e) { e.body = Note{"x"}; }));
}

TEST_CASE("core/chain: a payload is in the record by its commitment, not by its digest") {
    Event event;
    const Payload payload{sha256("bytes"), 5};
    event.body = ProcessOutput{"agent", "stderr", payload};
    const auto body = encode_body(event.body);
    const std::vector<Digest> commitments{commitment("0123456789abcdef", "bytes")};
    const auto record = chain_record(event, body, commitments);
    CHECK(record.find(to_hex(payload.digest)) == std::string::npos);
    CHECK(record.find(to_hex(sha256("0123456789abcdefbytes"))) != std::string::npos);
}

}  // namespace stet
