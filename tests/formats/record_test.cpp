#include "tests/formats/story.hpp"

#include <stet/door/formats.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

using test::Story;

/// What a schema of ours uses: type, const, enum, required, properties, additionalProperties, items, $ref,
/// minimum. Empty when `value` satisfies it, else where it does not. (interop checks the same with
/// a JSON Schema library.)
std::string mismatch(const JsonValue& value, JsonValue schema, const JsonValue& root, const std::string& at);

const char* type_name(const JsonValue& value) {
    switch (value.kind()) {
        case JsonKind::null:
            return "null";
        case JsonKind::boolean:
            return "boolean";
        case JsonKind::number:
            return value.integer() ? "integer" : "number";
        case JsonKind::string:
            return "string";
        case JsonKind::array:
            return "array";
        case JsonKind::object:
            return "object";
    }
    return "";
}

bool has_type(const JsonValue& value, const JsonValue& type) {
    const std::string name = type_name(value);
    const auto fits = [&](const std::string& wanted) {
        return wanted == name || (wanted == "number" && name == "integer");
    };
    if (type.is(JsonKind::string)) return fits(type.text());
    for (const auto& one : type.elements()) {
        if (fits(one.text())) return true;
    }
    return false;
}

std::string object_mismatch(const JsonValue& value, const JsonValue& schema, const JsonValue& root,
                            const std::string& at) {
    for (const auto& name : schema["required"].elements()) {
        if (!value[name.text()]) return at + " lacks " + name.text();
    }
    for (const auto& [key, member] : value.members()) {
        auto wanted = schema["properties"][key];
        if (!wanted) wanted = schema["additionalProperties"];
        if (wanted.boolean() == false) return at + " has a stranger " + key;
        if (wanted.is(JsonKind::object)) {
            if (auto bad = mismatch(member, wanted, root, at + "/" + key); !bad.empty()) return bad;
        }
    }
    return {};
}

std::string mismatch(const JsonValue& value, JsonValue schema, const JsonValue& root, const std::string& at) {
    if (schema["$ref"]) schema = root["$defs"][schema["$ref"].text().substr(8)];
    if (schema["type"] && !has_type(value, schema["type"])) return at + " is " + type_name(value);
    if (schema["const"] && schema["const"].raw() != value.raw())
        return at + " is " + std::string(value.raw());
    if (schema["enum"]) {
        bool found = false;
        for (const auto& one : schema["enum"].elements())
            found = found || one.raw() == value.raw();
        if (!found) return at + " is " + std::string(value.raw());
    }
    if (value.is(JsonKind::object)) return object_mismatch(value, schema, root, at);
    for (std::size_t i = 0; i < value.size() && schema["items"]; ++i) {
        if (auto bad = mismatch(value[i], schema["items"], root, at + "/" + std::to_string(i)); !bad.empty())
            return bad;
    }
    return {};
}

}  // namespace

TEST_CASE("formats/record: a record satisfies the published schema, and keeps what failed") {
    Story story;
    const auto bad = story.turn("let me edit", "edit", R"({"path":"a","old":"x"})");
    story.shown(bad, "old string not found", true);
    story.turn("done");
    const auto spec = story.log.add(CheckSpec{.name = "check", .command = "true"});
    CheckResult checked{.spec = spec, .exit_code = 0};
    checked.output = story.log.keep("fine\n");
    const auto result = story.log.add(checked);
    story.log.add(VerdictGiven{{.check = "check", .outcome = Outcome::pass}, result});
    story.log.add(End{.ending = Ending::success_claimed, .exit_code = 0});

    const auto source = story.log.source();
    ReplayReport report;
    report.how = "from tape, on the recorded state";
    report.checks.push_back({.name = "check",
                             .recorded = Outcome::pass,
                             .derived = Outcome::pass,
                             .outcome = CheckOutcome::confirmed});
    const auto out = export_records(*source, annotate(*source), &report, {});
    REQUIRE(out.lines.size() == 1);
    const auto record = JsonDocument::parse(out.lines[0]);
    REQUIRE(record.has_value());
    const auto schema = JsonDocument::parse(record_schema());
    REQUIRE(schema.has_value());
    CHECK(mismatch(record->root(), schema->root(), schema->root(), "") == "");

    const auto root = record->root();
    CHECK(root["readings"]["failures"].size() == 1);
    CHECK(root["verdicts"][0]["output"].text() == "fine\n");
    CHECK(root["rederived"]["headline"].text() == "confirmed");
    CHECK(root["task"]["constraints"].kind() == JsonKind::null);
    CHECK(root["provenance"]["lineage"].kind() == JsonKind::null);
    bool marked = false;
    for (const auto& row : root["events"].elements()) {
        if (row["failure_class"].text() == "not_found") marked = row["fault"].text() == "model";
    }
    CHECK(marked);
}

TEST_CASE("formats/record: the same trajectory gives the same bytes") {
    Story story;
    story.turn("done");
    const auto source = story.log.source();
    const auto readings = annotate(*source);
    CHECK(export_records(*source, readings, nullptr, {}).lines ==
          export_records(*source, readings, nullptr, {}).lines);
}

TEST_CASE("formats/record: the schema check of this test finds what is wrong") {
    const auto schema =
        JsonDocument::parse(R"({"type":"object","additionalProperties":false,"required":["a"],)"
                            R"("properties":{"a":{"type":["integer","null"]}}})");
    const auto check = [&](const char* text) {
        const auto document = JsonDocument::parse(text);
        return mismatch(document->root(), schema->root(), schema->root(), "");
    };
    CHECK(check(R"({"a":1})").empty());
    CHECK_FALSE(check(R"({"a":"1"})").empty());
    CHECK_FALSE(check(R"({})").empty());
    CHECK_FALSE(check(R"({"a":1,"b":2})").empty());
}

}  // namespace stet
