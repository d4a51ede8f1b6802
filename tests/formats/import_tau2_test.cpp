#include "tests/formats/imported.hpp"

namespace stet {
namespace {

using test::all;
using test::checks_of;
using test::Imported;
using test::read;

constexpr const char* info = R"({"git_commit": "abc", "max_steps": 9, "max_errors": 2,
  "user_info": {"implementation": "user_simulator", "llm": "u-1"},
  "agent_info": {"implementation": "llm_agent", "llm": "m-1", "llm_args": {"temperature": 0.0}},
  "environment_info": {"domain_name": "telecom", "policy": "Be kind.", "tool_defs": null}})";

constexpr const char* task = R"({"id": "t|1", "ticket": "Fix it.",
  "user_scenario": {"instructions": {"domain": "telecom", "reason": "No data.", "known": null}},
  "initial_state": {"initialization_data": null, "message_history": null, "initialization_actions": [
    {"env_type": "user", "func_name": "unplug", "arguments": {"what": "sim"}}]},
  "evaluation_criteria": {
    "actions": [{"action_id": "a", "requestor": "user", "name": "plug", "arguments": {"what": "sim"},
                 "compare_args": null},
                {"action_id": "b", "requestor": "assistant", "name": "bill", "arguments": {},
                 "compare_args": ["who"]}],
    "env_assertions": [{"env_type": "user", "func_name": "is_on", "arguments": {"what": "sim"},
                        "assert_value": false}],
    "communicate_info": ["1,000"], "nl_assertions": ["It was kind."],
    "reward_basis": ["ENV_ASSERTION", "NL_ASSERTION", "DB"]}})";

constexpr const char* messages = R"([
  {"role": "assistant", "content": "Hi!", "tool_calls": null, "timestamp": "2025-08-01T00:00:01"},
  {"role": "user", "content": "No data", "tool_calls": null, "timestamp": "2025-08-01T00:00:02.5"},
  {"role": "assistant", "content": null, "timestamp": "2025-08-01T00:00:03", "cost": 0.5,
   "usage": {"prompt_tokens": 7, "completion_tokens": 3}, "raw_data": {"finish_reason": "tool_calls"},
   "tool_calls": [{"id": "c1", "name": "bill", "arguments": {"who": "A"}, "requestor": "assistant"},
                  {"id": "c2", "name": "bill", "arguments": {}, "requestor": "assistant"}]},
  {"role": "tool", "id": "c1", "content": "{\"due\": 1.0}", "requestor": "assistant", "error": false},
  {"role": "tool", "id": "c2", "content": "Error: who?", "requestor": "assistant", "error": true},
  {"role": "user", "content": null, "tool_calls": [
    {"id": "c1", "name": "plug", "arguments": {"what": "sim"}, "requestor": "user"}]},
  {"role": "tool", "id": "c1", "content": "ok", "requestor": "user", "error": false},
  {"role": "assistant", "content": "Done.", "tool_calls": null, "usage": {"prompt_tokens": 9}},
  {"role": "user", "content": "Thanks ###STOP###", "tool_calls": null}])";

constexpr const char* reward = R"({"reward": 1.0, "db_check": {"db_match": false, "db_reward": 0.0},
  "env_assertions": [{"env_assertion": {"func_name": "is_on", "arguments": {"what": "sim"},
                                        "assert_value": false}, "met": true, "reward": 1.0}],
  "action_checks": [{"action": {"action_id": "a", "name": "plug", "arguments": {"what": "sim"}},
                     "action_match": false}],
  "communicate_checks": [{"info": "1,000", "met": false}],
  "nl_assertions": [{"nl_assertion": "It was kind.", "met": true, "justification": "It said hi."}],
  "reward_basis": ["ENV_ASSERTION", "NL_ASSERTION"],
  "reward_breakdown": {"ENV_ASSERTION": 1.0, "NL_ASSERTION": 1.0}})";

struct Parts {
    std::string of_info = info, of_task = task, of_messages = messages, of_reward = reward;
    std::string reason = "user_stop";

    ImportFile file() const {
        return {"r.json", R"({"timestamp": "x", "info": )" + of_info + R"(, "tasks": [)" + of_task +
                              R"(], "simulations": [{"id": "s", "task_id": "t|1", "trial": 3, "seed": 5,)"
                              R"("start_time": "2025-08-01T00:00:00", "end_time": "2025-08-01T00:00:09",)"
                              R"("termination_reason": ")" +
                              reason + R"(", "reward_info": )" + of_reward + R"(, "messages": )" +
                              of_messages + "}]}"};
    }
};

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    REQUIRE(text.find(part) != std::string::npos);
    return text.replace(text.find(part), part.size(), by);
}

}  // namespace

TEST_CASE("formats/import_tau2: a trial begins as its task, its setting and its models say") {
    const auto made = Imported("tau2").only({Parts().file()});
    CHECK(made.name == "tau2-telecom:t|1#3");
    const auto begin = all<Begin>(made).front();
    CHECK(begin.task_id == "tau2-telecom:t|1");
    CHECK(begin.group == begin.task_id);
    CHECK(begin.trial == 3);
    CHECK(begin.instruction == "domain: telecom\nreason: No data.");
    CHECK(begin.policy == "Be kind.");
    CHECK(begin.budget == R"({"max_steps":9,"max_errors":2})");
    CHECK(begin.agent_argv == std::vector<std::string>{"llm_agent"});
    REQUIRE(begin.episode.has_value());
    CHECK(begin.episode->world == "tau2-telecom");
    const auto setup = begin.episode->setup.value();
    CHECK(read(made, {setup, 0, setup.size, Coding::raw}) ==
          R"([{"tool":"unplug","arguments":{"what": "sim"},"caller":"user"}])");
    const auto calls = all<ModelCall>(made);
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].model == "m-1");
    CHECK(calls[0].sampling == R"({"temperature":0.0})");
    const auto results = all<ModelResult>(made);
    CHECK(results[0].usage.input == 7);
    CHECK(results[0].usage.output == 3);
    CHECK(results[0].cost_usd == 0.5);
    CHECK(results[0].finish_reason == "tool_calls");
    CHECK(results[1].usage.output == std::nullopt);
}

TEST_CASE("formats/import_tau2: what was said and called stands there in its order, by whom and when") {
    const auto made = Imported("tau2").only({Parts().file()});
    std::vector<std::string> went;
    for (const auto& draft : made.drafts) {
        const auto ms = std::to_string(draft.at.mono_us / 1000);
        if (const auto* said = std::get_if<Message>(&draft.body))
            went.push_back(ms + " " + said->role + ": " + read(made, said->content));
        if (const auto* turn = std::get_if<ModelResult>(&draft.body))
            went.push_back(ms + " model: " + (turn->text ? read(made, *turn->text) : ""));
        if (const auto* call = std::get_if<ToolCall>(&draft.body))
            went.push_back(ms + " " + draft.actor + (call->boundary == Boundary::tool ? " ran " : " asked ") +
                           call->tool + read(made, call->arguments));
        if (const auto* result = std::get_if<ToolResult>(&draft.body))
            went.push_back(ms + " " + std::string(word_of(result->status)) + ": " +
                           read(made, *result->content));
    }
    CHECK(went == std::vector<std::string>{
                      "1000 assistant: Hi!", "2500 user: No data",
                      "3000 model: ", R"(3000 main asked bill{"who": "A"})", "3000 main asked bill{}",
                      R"(3000 main ran bill{"who": "A"})", R"(3000 ok: {"due": 1.0})", "3000 main ran bill{}",
                      "3000 tool_error: Error: who?", R"(3000 user ran plug{"what": "sim"})", "3000 ok: ok",
                      "3000 model: Done.", "3000 user: Thanks ###STOP###"});
    // The model is shown the answers to its own calls alone.
    const auto shown = all<Observation>(made);
    REQUIRE(shown.size() == 2);
    CHECK(shown[1].call_id == "c2");
    CHECK(shown[1].error == true);
    CHECK(made.begun_wall_ms == 1'754'006'400'000);
    CHECK(made.drafts.back().at.mono_us == 9'000'000);
    CHECK(std::get<End>(made.drafts.back().body).ending == Ending::success_claimed);
}

TEST_CASE(
    "formats/import_tau2: each recorded part has a check, and the reward is their product behind a gate") {
    const auto made = Imported("tau2").only({Parts().file()});
    const std::string predicate =
        R"({"verifier":"state_predicate","function":"is_on","arguments":{"what": "sim"},"expect":false})";
    const std::string all_of = R"({"verifier":"all","of":[)" + predicate + "]}";
    const std::string said = R"({"verifier":"output_match","expect":["1,000"],"among":"assistant",)"
                             R"("normalise":["lower","drop_commas"],"normalise_expect":["lower"]})";
    const std::string plug = R"({"tool":"plug","arguments":{"what": "sim"}})";
    const std::string judged = R"({"verifier":"recorded"})";
    CHECK(checks_of(made) ==
          std::vector<std::string>{
              R"(db fail {"verifier":"state_equal","gold":[)"
              R"({"tool":"plug","arguments":{"what": "sim"},"caller":"user"},)"
              R"({"tool":"bill","arguments":{},"caller":"assistant"}],)"
              R"("coupled":false,"digest":"pyjson-sha256","parts":["agent","user"]})",
              "env_assertion pass " + all_of,
              R"(action fail {"verifier":"trace_match","required":[)" + plug +
                  R"(,{"tool":"bill","arguments":{},"compare":["who"]}]})",
              "communicate fail " + said,
              R"(nl_assertion pass {"verifier":"recorded","asked":"all of the assertions"})",
              "env_assertion/1 pass " + predicate,
              R"(action/1 fail {"verifier":"trace_match","required":[)" + plug + "]}",
              "communicate/1 fail " + said,
              R"(nl_assertion/1 pass {"verifier":"recorded","asked":"It was kind."})",
              R"(reward pass {"verifier":"product","of":[)"
              R"({"verifier":"ended","as":["success_claimed","gave_up"]},)" +
                  all_of + "," + judged + "]}"});
    for (const auto& given : all<VerdictGiven>(made)) {
        const bool by_model = given.verdict.check.starts_with("nl_assertion");
        CHECK(given.verdict.kind == (by_model ? VerifierKind::judge : VerifierKind::environment));
    }
    const auto judgments = all<Judgment>(made);
    REQUIRE(judgments.size() == 1);
    CHECK(judgments[0].rubric == sha256("It was kind."));
    CHECK(judgments[0].answer == Payload{sha256("It said hi."), 11});
}

TEST_CASE("formats/import_tau2: what the reward rests on follows upstream's rules") {
    const auto reward_of = [](const Parts& parts) {
        return checks_of(Imported("tau2").only({parts.file()})).back();
    };
    const std::string gate = R"({"verifier":"ended","as":["success_claimed","gave_up"]})";
    const std::string only_gate = R"({"verifier":"product","of":[)" + gate + "]}";
    Parts parts;
    parts.of_reward = R"({"reward": 0.0, "reward_breakdown": null})";
    parts.reason = "max_steps";
    CHECK(reward_of(parts).starts_with("reward fail "));
    // Without a breakdown the task's own basis counts; what is judged comes last.
    CHECK(reward_of(parts).find("state_equal") != std::string::npos);
    CHECK(reward_of(parts).ends_with(R"({"verifier":"recorded"}]})"));
    // Parts without anything to look at are 1, and so is all where nothing is asked.
    parts.of_task = replaced(task, R"("actions": [)", R"("actions": null, "x": [)");
    parts.of_task = replaced(parts.of_task, R"("env_assertions": [)", R"("env_assertions": null, "y": [)");
    parts.of_task = replaced(parts.of_task, R"(, "nl_assertions": ["It was kind."])", "");
    CHECK(reward_of(parts) == "reward fail " + only_gate);
    parts.of_task = R"({"id": "t|1", "evaluation_criteria": null})";
    parts.of_reward = R"({"reward": 1.0})";
    CHECK(reward_of(parts) == "reward pass " + only_gate);
    parts.of_reward = "null";
    CHECK(reward_of(parts) == "reward - " + only_gate);
    // A basis of tomorrow.
    parts = {};
    parts.of_reward = R"({"reward": 0.25, "reward_breakdown": {"VOICE": 0.25}})";
    const auto checks = checks_of(Imported("tau2").only({parts.file()}));
    CHECK(checks.front() == R"(VOICE fail {"verifier":"recorded","asked":"all of the assertions"})");
    CHECK(checks.back() ==
          R"(reward score {"verifier":"product","of":[)" + gate + R"(,{"verifier":"recorded"}]})");
}

TEST_CASE("formats/import_tau2: how it ended") {
    struct Row {
        const char *reason, *last;
        Ending ending;
    };
    const Row rows[] = {
        {"user_stop", "###STOP###", Ending::success_claimed},
        {"user_stop", "###TRANSFER###", Ending::gave_up},
        {"agent_stop", "###STOP###", Ending::success_claimed},
        {"max_steps", "and", Ending::limit},
        {"too_many_errors", "and", Ending::limit},
        {"timeout", "and", Ending::timeout},
        {"agent_error", "", Ending::crash},
        {"user_error", "", Ending::crash},
        {"eclipse", "", Ending::unknown},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reason);
        Parts parts;
        parts.reason = row.reason;
        parts.of_messages = replaced(messages, "Thanks ###STOP###", row.last);
        const auto made = Imported("tau2").only({parts.file()});
        CHECK(std::get<End>(made.drafts.back().body).ending == row.ending);
    }
}

TEST_CASE("formats/import_tau2: an agent that is alone has all tools, and is given the ticket") {
    Parts parts;
    parts.of_info = replaced(info, R"("llm_agent")", R"("llm_agent_solo")");
    parts.of_messages = R"([{"role": "assistant", "content": null, "tool_calls": [
      {"id": "1", "name": "plug", "arguments": "sim"}]}, {"role": "tool", "id": "1", "content": "ok"},
      {"role": "assistant", "content": "###STOP###", "tool_calls": null}])";
    parts.reason = "agent_stop";
    const auto made = Imported("tau2").only({parts.file()});
    const auto begin = all<Begin>(made).front();
    CHECK(begin.episode->world == "tau2-telecom-solo");
    CHECK(begin.instruction == "Fix it.");
    CHECK(checks_of(made).front().find(R"("caller":"user")") == std::string::npos);
    const auto setup = begin.episode->setup.value();
    CHECK(read(made, {setup, 0, setup.size, Coding::raw}).find(R"("caller":"assistant")") !=
          std::string::npos);
    const auto calls = all<ToolCall>(made);
    REQUIRE(calls.size() == 2);
    CHECK(!calls[0].arguments_valid);
    CHECK(calls[1].asked_by.has_value());
}

TEST_CASE("formats/import_tau2: nothing is lost, and what is not known is said") {
    const Parts parts;
    const auto file = parts.file();
    const Imported tau2("tau2");
    const std::vector<ImportFile> files{file};
    const auto trials = tau2.split(files);
    const auto made = tau2.read(trials.front()).value();
    const auto records = all<ImportedRecord>(made);
    REQUIRE(records.size() == 3);
    for (std::size_t i = 0; i < records.size(); ++i)
        CHECK(records[i].raw.digest == sha256(trials.front().pieces[i]));
    CHECK(records[0].losses == std::vector<std::string>{"system prompt", "time zone", "tool catalogue"});
    // The ids are made of what is there: as before, and with another task another.
    CHECK(tau2.split({parts.file()}).front().id == trials.front().id);
    Parts other;
    other.of_task = replaced(task, "Fix it.", "Fix that.");
    CHECK(tau2.split({other.file()}).front().id != trials.front().id);
}

TEST_CASE("formats/import_tau2: what cannot be begun faithfully is no episode") {
    Parts parts;
    parts.of_task = replaced(task, R"("initialization_data": null)",
                             R"("initialization_data": {"agent_data": {"x": 1}, "user_data": null})");
    const auto made = Imported("tau2").only({parts.file()});
    CHECK(!all<Begin>(made).front().episode);
    CHECK(all<ImportedRecord>(made).front().losses.back() == "initialization_data of the state");
    parts = {};
    parts.of_info = replaced(info, R"("telecom")", R"("../telecom")");
    CHECK(!all<Begin>(Imported("tau2").only({parts.file()})).front().episode);
    Imported elsewhere("tau2");
    elsewhere.worlds_are_here = false;
    CHECK(!all<Begin>(elsewhere.only({Parts().file()})).front().episode);
}

TEST_CASE("formats/import_tau2: calls that a task says were made before come before the gold ones") {
    Parts parts;
    parts.of_task = replaced(task, R"("message_history": null)",
                             R"("message_history": [{"role": "assistant", "tool_calls": [
                                {"id": "0", "name": "look", "arguments": {"at": 1}}]}])");
    CHECK(
        checks_of(Imported("tau2").only({parts.file()}))
            .front()
            .find(R"("gold":[{"tool":"look","arguments":{"at": 1},"caller":"assistant","coupled":true},)") !=
        std::string::npos);
}

TEST_CASE("formats/import_tau2: what is no such file is told in a line") {
    const Imported tau2("tau2");
    CHECK(tau2.split_error({{"a.json", "{"}}).starts_with("read a.json: "));
    CHECK(tau2.split_error({{"a.json", R"({"tasks": []})"}}) ==
          R"(read a.json: it has no "info", "tasks" and "simulations")");
    Parts parts;
    parts.of_task = replaced(task, R"("id": "t|1")", R"("id": "t|2")");
    CHECK(tau2.split_error({parts.file()}) ==
          R"(read r.json: simulation 0 is of task "t|1", which is not among the tasks)");
    parts = {};
    parts.of_messages = R"([{"role": "tool", "id": "c9", "content": "ok"}])";
    CHECK(tau2.read(tau2.split({parts.file()}).front()).error().what ==
          R"(message 0 answers the call "c9", which the message before it did not make)");
    parts.of_messages = "null";
    CHECK(tau2.read(tau2.split({parts.file()}).front()).error().what ==
          R"(the simulation has no "messages")");
}

}  // namespace stet
