#include "tests/formats/imported.hpp"

namespace stet {
namespace {

using test::all;
using test::checks_of;
using test::Imported;
using test::read;

const ImportFile tasks{"tasks.json", R"({"now": "2023-11-30", "tasks": [
  {"id": "notes-0", "domain": "notes", "query": "Tell Ann.", "expected_actions": [
    {"tool": "notes.send", "args": {"to": "ann"}}]},
  {"id": "notes-1", "domain": "notes", "query": "Do nothing.", "expected_actions": []}]})"};

constexpr const char* line =
    R"({"task": "notes-0", "model": "m-1_all", "calls": [)"
    R"({"tool": "notes.find", "args": {"name": "ann"}, "observation": [{"id": "7", "size": 1.0}]}, )"
    R"({"tool": "notes.send", "args": "ann", "observation": "Sent."}], )"
    R"("has_observations": true, "final_output": "Told.", "correct": true})";

ImportedTrajectory of_line(const std::string& text) {
    return Imported("workbench").only({{"runs.jsonl", text + "\n"}, tasks});
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    REQUIRE(text.find(part) != std::string::npos);
    return text.replace(text.find(part), part.size(), by);
}

}  // namespace

TEST_CASE("formats/import_workbench: a run begins as its task says, and its calls follow one in a turn") {
    const auto made = of_line(line);
    CHECK(made.name == "workbench:notes-0 m-1_all");
    const auto begin = all<Begin>(made).front();
    CHECK(begin.task_id == "workbench:notes-0");
    CHECK(begin.group == begin.task_id);
    CHECK(begin.instruction == "Tell Ann.");
    CHECK(begin.tags == Pairs{{"domain", "notes"}});
    CHECK(begin.episode->world == "workbench");
    CHECK(read(made, all<Message>(made).front().content) == "Tell Ann.");
    const auto turns = all<ModelResult>(made);
    REQUIRE(turns.size() == 3);
    CHECK(turns[0].model == "m-1_all");
    CHECK(!turns[1].text);
    CHECK(read(made, *turns[2].text) == "Told.");
    std::vector<std::string> calls;
    for (const auto& call : all<ToolCall>(made)) {
        if (call.boundary == Boundary::tool)
            calls.push_back(call.tool + " " + read(made, call.arguments) +
                            (call.arguments_valid ? "" : " ?"));
    }
    CHECK(calls == std::vector<std::string>{R"(notes.find {"name": "ann"})", "notes.send ann ?"});
    CHECK(std::get<End>(made.drafts.back().body).ending == Ending::success_claimed);
}

TEST_CASE("formats/import_workbench: an answer that is a value is cited as one, and a text as a text") {
    const auto made = of_line(line);
    const auto results = all<ToolResult>(made);
    REQUIRE(results.size() == 2);
    CHECK(results[0].content->coding == Coding::json);
    CHECK(read(made, *results[0].content) == R"([{"id": "7", "size": 1.0}])");
    CHECK(results[1].content->coding == Coding::json_string);
    CHECK(read(made, *results[1].content) == "Sent.");
}

TEST_CASE("formats/import_workbench: where no answers were recorded there are none") {
    const auto made = of_line(replaced(line, R"("has_observations": true)", R"("has_observations": false)"));
    CHECK(all<ToolCall>(made).size() == 4);
    CHECK(all<ToolResult>(made).empty());
    CHECK(all<Observation>(made).empty());
    CHECK(all<ImportedRecord>(made).front().losses.back() == "what the tools answered");
    // One answer that is missing, among others.
    const auto other = of_line(replaced(line, R"(, "observation": "Sent.")", ""));
    CHECK(all<ToolResult>(other).size() == 1);
}

TEST_CASE(
    "formats/import_workbench: it is correct when the state is the task's, but for case, without an error") {
    const std::string verifier =
        R"({"verifier":"product","of":[{"verifier":"ended","as":["success_claimed"]},)"
        R"({"verifier":"state_equal","gold":[{"tool":"notes.send","arguments":{"to": "ann"}}],)"
        R"("fold_case":true,"keep_case":["status","list_name","board"]}]})";
    CHECK(checks_of(of_line(line)) == std::vector<std::string>{"correct pass " + verifier});
    CHECK(checks_of(of_line(replaced(line, R"("correct": true)", R"("correct": false)"))).front() ==
          "correct fail " + verifier);
    CHECK(checks_of(of_line(replaced(line, R"(, "correct": true)", ""))).front() == "correct - " + verifier);
    const auto nothing = of_line(replaced(line, "notes-0", "notes-1"));
    CHECK(checks_of(nothing).front().find(R"("gold":[],)") != std::string::npos);
}

TEST_CASE("formats/import_workbench: how it ended") {
    struct Row {
        const char* error;
        Ending ending;
    };
    const Row rows[] = {
        {"", Ending::success_claimed},
        {"Agent stopped due to iteration limit or time limit.", Ending::limit},
        {"Context window exceeded", Ending::limit},
        {"Connection refused", Ending::crash},
    };
    for (const auto& row : rows) {
        CAPTURE(row.error);
        const auto made = of_line(
            replaced(line, R"("correct")", std::string(R"("error": ")") + row.error + R"(", "correct")"));
        CHECK(std::get<End>(made.drafts.back().body).ending == row.ending);
    }
}

TEST_CASE("formats/import_workbench: what a file is, its content tells, and nothing of it is lost") {
    const Imported workbench("workbench");
    const ImportFile runs{"runs", std::string(line) + "\n" + replaced(line, "notes-0", "notes-1")};
    const std::vector<ImportFile> one{runs, tasks}, other{tasks, runs};
    const auto first = workbench.split(one), second = workbench.split(other);
    REQUIRE(first.size() == 2);
    CHECK(first[0].id == second[0].id);
    CHECK(first[0].id != first[1].id);
    const auto records = all<ImportedRecord>(workbench.read(first[0]).value());
    REQUIRE(records.size() == 2);
    for (std::size_t i = 0; i < records.size(); ++i)
        CHECK(records[i].raw.digest == sha256(first[0].pieces[i]));
    // An array of runs does as well; an array of tasks does, too.
    const ImportFile array{"runs", "[" + std::string(line) + "]"};
    const ImportFile bare{"tasks", R"([{"id": "notes-0", "expected_actions": []}])"};
    CHECK(workbench.split({array, bare}).size() == 1);
}

TEST_CASE("formats/import_workbench: what is missing or none of it is told in a line") {
    const Imported workbench("workbench");
    CHECK(workbench.split_error({{"r.jsonl", line}}) ==
          R"(read r.jsonl: record 1: no file holds the task "notes-0")");
    CHECK(workbench.split_error({tasks, {"r.jsonl", std::string(line) + "\n{}\n"}}) ==
          R"(read r.jsonl: record 2: it has no "task" and "calls")");
    CHECK(workbench.split_error({tasks, {"r.jsonl", "{"}}).starts_with("read r.jsonl: record 1: "));
    CHECK(workbench.split_error({tasks}) == "read tasks.json: there are tasks in it, but no runs");
}

}  // namespace stet
