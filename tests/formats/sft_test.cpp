#include "formats/sft.hpp"

#include "tests/formats/story.hpp"

#include <stet/door/formats.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

using test::Story;

std::vector<int> weights(const JsonValue& messages) {
    std::vector<int> all;
    for (const auto& message : messages.elements()) {
        if (message["role"].text() == "assistant")
            all.push_back(static_cast<int>(message["weight"].integer().value_or(-1)));
    }
    return all;
}

Exported sft(const Story& story, ExportOptions options = {}) {
    options.format = ExportOptions::Format::sft;
    const auto source = story.log.source();
    return export_records(*source, annotate(*source), nullptr, options);
}

}  // namespace

TEST_CASE("formats/sft: a failed action stays in the context with weight 0, its recovery has weight 1") {
    Story story;
    const auto bad = story.turn("let me edit", "edit", R"({"path":"a","old":"x"})");
    story.shown(bad, "old string not found", true);
    const auto good = story.turn("again", "edit", R"({"path":"a","old":"y"})");
    story.shown(good, "ok", false);
    story.turn("done");

    const auto out = sft(story);
    REQUIRE(out.lines.size() == 1);
    const auto document = JsonDocument::parse(out.lines[0]);
    REQUIRE(document.has_value());
    const auto messages = document->root()["messages"];
    CHECK(weights(messages) == std::vector<int>{0, 1, 1});
    CHECK(messages[1]["role"].text() == "tool");
    CHECK(messages[1]["tool_call_id"].text() == messages[0]["tool_calls"][0]["id"].text());
    CHECK(messages[0]["tool_calls"][0]["function"]["arguments"].text() == R"({"path":"a","old":"x"})");
    CHECK(document->root()["tools"][0]["function"]["parameters"].raw() == R"({"type":"object"})");
}

TEST_CASE("formats/sft: a failure that was the environment's does not cost the action its weight") {
    Story story;
    story.shown(story.turn("", "fetch", R"({"id":"abc"})"), "503 Service Unavailable", true);
    story.turn("done");
    const auto out = sft(story);
    REQUIRE(out.lines.size() == 1);
    const auto document = JsonDocument::parse(out.lines[0]);
    CHECK(weights(document->root()["messages"]) == std::vector<int>{1, 1});
    CHECK(document->root()["messages"][0]["content"].kind() == JsonKind::null);
}

TEST_CASE("formats/sft: a call that was never answered ends the record, and that is said") {
    Story story;
    story.turn("first");
    story.turn("then", "edit", "{}");
    const auto out = sft(story);
    REQUIRE(out.lines.size() == 1);
    CHECK(JsonDocument::parse(out.lines[0])->root()["messages"].size() == 1);
    REQUIRE(out.left_out.size() == 1);
    CHECK(out.left_out[0].find("never answered") != std::string::npos);
}

TEST_CASE("formats/sft: side conversations are records of their own") {
    Story story;
    story.turn("main");
    story.turn("a title", {}, {}, 2);
    CHECK(sft(story).lines.size() == 2);
}

TEST_CASE("formats/sft: malformed arguments are kept as the model wrote them") {
    Story story;
    story.shown(story.turn("", "edit", "{\"path\": oops"), "invalid arguments", true);
    story.turn("done");
    const auto out = sft(story);
    const auto document = JsonDocument::parse(out.lines[0]);
    CHECK(document->root()["messages"][0]["tool_calls"][0]["function"]["arguments"].text() ==
          "{\"path\": oops");
}

TEST_CASE("formats/sft: only what a replay confirmed is exported when that is asked for") {
    Story story;
    story.turn("done");
    const auto source = story.log.source();
    const auto readings = annotate(*source);
    ExportOptions options{.format = ExportOptions::Format::sft, .require_rederived = true};
    const auto never = export_records(*source, readings, nullptr, options);
    CHECK(never.lines.empty());
    REQUIRE(never.left_out.size() == 1);
    CHECK(never.left_out[0].find("stet replay") != std::string::npos);

    ReplayReport report;
    report.checks.push_back({.name = "check",
                             .recorded = Outcome::pass,
                             .derived = Outcome::fail,
                             .outcome = CheckOutcome::refuted});
    const auto refuted = export_records(*source, readings, &report, options);
    CHECK(refuted.lines.empty());
    CHECK(refuted.left_out[0].find("refuted") != std::string::npos);

    report.checks[0].outcome = CheckOutcome::confirmed;
    CHECK(export_records(*source, readings, &report, options).lines.size() == 1);
}

TEST_CASE("formats/sft: tool names become what the format allows, differently when they differ") {
    CHECK(portable_tool_name("mcp__fs__read-file") == "mcp__fs__read-file");
    CHECK(portable_tool_name("fs.read/file") == "fs-2eread-2ffile");
    CHECK(portable_tool_name(std::string(80, 'a')).size() == 64);
    CHECK(portable_tool_name(std::string(80, 'a') + "b") != portable_tool_name(std::string(80, 'a') + "c"));
}

}  // namespace stet
