#include "tests/wire/playbook.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

namespace stet::test {
namespace {

std::string turn(const char* role, const std::string& text) {
    return fmt::format(R"({{"role":"{}","content":"{}"}})", role, text);
}

std::string question(const std::string& messages, const std::string& system = "be good",
                     const std::string& more = "") {
    return fmt::format(R"({{"model":"m","system":"{}","messages":[{}]{}}})", system, messages, more);
}

std::string answer(const std::string& text, const std::string& calls = "") {
    return fmt::format(R"({{"id":"x","content":[{{"type":"text","text":"{}"}}{}],"stop_reason":"end_turn"}})",
                       text, calls);
}

std::string use(const std::string& id) {
    return fmt::format(R"(,{{"type":"tool_use","id":"{}","name":"Bash","input":{{}}}})", id);
}

std::string echo(const std::string& text, const std::string& calls = "") {
    return fmt::format(R"({{"role":"assistant","content":[{{"type":"text","text":"{}"}}{}]}})", text, calls);
}

std::string result(const std::string& id, const std::string& text) {
    return fmt::format(
        R"({{"role":"user","content":[{{"type":"tool_result","tool_use_id":"{}","content":"{}"}}]}})", id,
        text);
}

Playbook::Ask on(std::uint32_t connection, const std::string& agent = "") {
    Playbook::Ask how;
    how.connection = connection;
    how.agent = agent;
    return how;
}

Playbook::Give status(int code) {
    Playbook::Give how;
    how.status = code;
    return how;
}

TEST_CASE("wire/protocol: the same question after a failure is one more attempt, in the same step") {
    struct Row {
        const char* name;
        bool is_attempt;
        std::function<void(Playbook&, Seq)> between;
    };
    const std::vector<Row> rows = {
        {"an error status", true, [](Playbook& play, Seq asked) { play.give(asked, "{}", status(529)); }},
        {"refused", true, [](Playbook& play, Seq asked) { play.fail(asked, "refused"); }},
        {"reset", true, [](Playbook& play, Seq asked) { play.fail(asked, "reset"); }},
        {"the agent hung up", true, [](Playbook& play, Seq) { play.hang_up(1); }},
        {"a cut stream", true,
         [](Playbook& play, Seq asked) { play.stream(asked, "event: ping\ndata: {}\n\n", false); }},
        {"an answer that is no JSON", true, [](Playbook& play, Seq asked) { play.give(asked, "<"); }},
        {"an answer", false, [](Playbook& play, Seq asked) { play.give(asked, answer("done")); }},
        {"nothing: it is still in flight", false, [](Playbook&, Seq) {}},
        {"another connection closed", false, [](Playbook& play, Seq) { play.hang_up(2); }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Playbook play;
        row.between(play, play.ask(question(turn("user", "hi")), on(1)));
        play.said();
        const auto again =
            play.ask(question(turn("user", "hi"), "be good", R"(,"metadata":{"user_id":"z"})"), on(3));
        const auto said = play.said();
        REQUIRE_FALSE(said.empty());
        CHECK((said[0].find(" attempt 2 of #1 changed") != std::string::npos) == row.is_attempt);
        CHECK(play.at(again).step == Step{row.is_attempt ? 1U : 2U});
    }
}

TEST_CASE("wire/protocol: attempts are counted, and identical bytes are known") {
    Playbook play;
    const auto body = question(turn("user", "hi"));
    for (int i = 0; i < 3; ++i)
        play.give(play.ask(body), "{}", status(500));
    play.give(play.ask(question(turn("user", "hi"), "be good", R"(,"stream":true)")), answer("ok"));
    const auto said = play.said();
    REQUIRE(said.size() == 7);
    CHECK(said[3] == "#6 s1 attempt 2 of #1");
    CHECK(said[4] == "#9 s1 attempt 3 of #1");
    CHECK(said[5] == "#12 s1 attempt 4 of #1 changed");
    CHECK(said[6] == "#14 s1 model_result of #1 end_turn text=ok reasoning=-");
    // Answered: whoever asks it again starts anew.
    play.ask(body);
    CHECK(play.said() == Lines{"#16 s2 model_call anthropic-messages m messages=1 tools=0"});
}

TEST_CASE("wire/protocol: another model or another temperature is another question") {
    Playbook play;
    play.give(play.ask(question(turn("user", "hi"))), "{}", status(500));
    play.said();
    play.ask(question(turn("user", "hi"), "be good", R"(,"temperature":1)"));
    CHECK(play.said() == Lines{"#6 s2 model_call anthropic-messages m messages=1 tools=0"});
}

TEST_CASE("wire/protocol: parallel sub-agents that ask the very same are no retries") {
    Playbook play;
    const auto one = play.ask(question(turn("user", "hi")), on(1));
    const auto two = play.ask(question(turn("user", "hi")), on(2));
    CHECK(play.said().size() == 6);
    play.give(one, "{}", status(500));
    const auto again = play.ask(question(turn("user", "hi")), on(1));
    CHECK(play.said() == Lines{"#10 s1 attempt 2 of #1"});
    play.give(two, answer("two", use("t2")));
    play.give(again, answer("one", use("t1")));
    play.said();
    // Their histories part; neither lost anything.
    play.ask(question(turn("user", "hi") + "," + echo("one", use("t1")) + "," + result("t1", "r1")), on(1));
    play.ask(question(turn("user", "hi") + "," + echo("two", use("t2")) + "," + result("t2", "r2")), on(2));
    const auto said = play.said();
    REQUIRE(said.size() == 4);
    CHECK(said[0] == "#18 s1 observation of #16 t1: r1");
    CHECK(said[1] == "#19 s3 model_call anthropic-messages m messages=3 tools=0");
    CHECK(said[2] == "#21 s2 observation of #13 t2: r2");
}

TEST_CASE("wire/protocol: sub-agents are told apart by their header, and side calls disturb nobody") {
    Playbook play;
    play.give(play.ask(question(turn("user", "hi"))), answer("go", use("t1")));
    play.said();
    const auto sub = play.ask(question(turn("user", "hi")), on(2, "agent-7"));
    const auto title = play.ask(question(turn("user", "hi"), "Write a title"), on(3));
    CHECK(play.said() == Lines{
                             "#8 s2 agent-7 model_call anthropic-messages m messages=1 tools=0",
                             "#9 s2 agent-7 message system: be good",
                             "#10 s2 agent-7 message user: hi",
                             "#12 s3 model_call anthropic-messages m messages=1 tools=0",
                             "#13 s3 message system: Write a title",
                             "#14 s3 message user: hi",
                         });
    CHECK(play.at(sub).actor == "agent-7");
    const auto answered = play.give(sub, answer("sub says"));
    CHECK(play.at(answered).actor == "agent-7");
    CHECK(play.at(answered).step == Step{2});
    play.give(title, answer("A title"));
    play.said();
    play.ask(question(turn("user", "hi") + "," + echo("go", use("t1")) + "," + result("t1", "sub says")));
    CHECK(play.said() == Lines{
                             "#20 s1 observation of #6 t1: sub says",
                             "#21 s4 model_call anthropic-messages m messages=3 tools=0",
                         });
}

TEST_CASE("wire/protocol: cache marks and other system prompts do not break a conversation") {
    Playbook play;
    play.give(play.ask(question(turn("user", "hi"))), answer("go"));
    play.said();
    const std::string marked =
        R"({"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"}}]})";
    play.ask(question(marked + "," + echo("go") + "," + turn("user", "on"), "be very good"));
    CHECK(play.said() == Lines{
                             "#7 s2 model_call anthropic-messages m messages=3 tools=0",
                             "#8 s2 message system: be very good",
                             "#9 s2 message user: on",
                         });
}

TEST_CASE("wire/protocol: messages that vanish are a compaction, and its kind is told") {
    const std::string long_text =
        "The user wanted the tests to pass; the assistant read the code, found the wrong operator in sum.js, "
        "changed it, "
        "ran the tests, saw them pass and now has to look at the documentation, which still speaks of "
        "subtraction.";
    const std::string u1 = turn("user", "hi"), a1 = echo("one", use("t1")), r1 = result("t1", "long output"),
                      a2 = echo("two", use("t2")), r2 = result("t2", "more");
    struct Row {
        const char* name;
        std::string then;
        std::string said;
        std::size_t lines;
    };
    const std::vector<Row> rows = {
        {"old turns dropped", u1 + "," + a2 + "," + r2 + "," + echo("three") + "," + turn("user", "on"),
         "compaction trim 5->5", 3},
        {"old output cleared",
         u1 + "," + a1 + "," + result("t1", "[cleared]") + "," + a2 + "," + r2 + "," + echo("three"),
         "compaction edit 5->6", 2},
        {"a summary in place of old turns", u1 + "," + turn("user", "what was: so on") + "," + a2 + "," + r2,
         "compaction summary 5->4", 3},
        {"a new beginning that tells it all", turn("user", "Continue. " + long_text + " Go on."),
         "compaction summary 5->1", 3},
        {"a new conversation", turn("user", "something else"), "message system: be good", 3},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Playbook play;
        play.give(play.ask(question(u1)), answer("one", use("t1")));
        play.give(play.ask(question(u1 + "," + a1 + "," + r1)), answer("two", use("t2")));
        play.give(play.ask(question(u1 + "," + a1 + "," + r1 + "," + a2 + "," + r2)), answer(long_text));
        play.said();
        play.ask(question(row.then));
        const auto said = play.said();
        REQUIRE(said.size() == row.lines);
        CHECK(said[0].find("model_call") != std::string::npos);
        CHECK(said[1].find(row.said) != std::string::npos);
    }
}

TEST_CASE("wire/protocol: a diff is laid to the calls that were answered since the last one") {
    Playbook play;
    play.give(play.ask(question(turn("user", "hi"))), answer("go", use("t1")));
    const auto& nothing = std::get<StateDiff>(play.at(play.diff(false)).body);
    CHECK(nothing.causes.empty());
    const auto h1 = turn("user", "hi") + "," + echo("go", use("t1")) + "," + result("t1", "r");
    play.give(play.ask(question(h1)), answer("both", use("t2") + use("t3")));
    auto diff = play.at(play.diff());
    CHECK(std::get<StateDiff>(diff.body).causes == std::vector{Seq{6}});
    CHECK_FALSE(std::get<StateDiff>(diff.body).ambiguous);
    CHECK(diff.step == Step{1});
    const auto both = R"({"role":"user","content":[{"type":"tool_result","tool_use_id":"t2"},)"
                      R"({"type":"tool_result","tool_use_id":"t3"}]})";
    const auto h2 = h1 + "," + echo("both", use("t2") + use("t3")) + "," + both;
    play.ask(question(h2));
    diff = play.at(play.diff());
    const auto& causes = std::get<StateDiff>(diff.body).causes;
    REQUIRE(causes.size() == 2);
    CHECK(std::get<ToolCall>(play.at(causes[0]).body).call_id == "t2");
    CHECK(std::get<ToolCall>(play.at(causes[1]).body).call_id == "t3");
    CHECK(std::get<StateDiff>(diff.body).ambiguous);
    CHECK(diff.step == Step{2});
    CHECK(std::get<StateDiff>(play.at(play.diff()).body).causes.empty());
}

TEST_CASE(
    "wire/protocol: a diff before any answer is laid to what runs, and the answer does not count twice") {
    Playbook play;
    play.give(play.ask(question(turn("user", "hi"))), answer("go", use("t1")));
    CHECK(std::get<StateDiff>(play.at(play.diff()).body).causes == std::vector{Seq{6}});
    const auto h1 = turn("user", "hi") + "," + echo("go", use("t1")) + "," + result("t1", "r");
    play.give(play.ask(question(h1)), answer("more", use("t2")));
    const auto& causes = std::get<StateDiff>(play.at(play.diff()).body).causes;
    REQUIRE(causes.size() == 1);
    CHECK(std::get<ToolCall>(play.at(causes[0]).body).call_id == "t2");
}

/// Bodies that a run could send, broken in places.
std::string scramble(std::mt19937& random, std::string body) {
    for (int i = 0; i < 3 && !body.empty(); ++i) {
        const auto at = random() % body.size();
        switch (random() % 4) {
            case 0:
                body.erase(at);
                break;
            case 1:
                body[at] = static_cast<char>(random() % 256);
                break;
            case 2:
                body.insert(at, body.substr(at / 2, 7));
                break;
            default:
                break;
        }
    }
    return body;
}

TEST_CASE("wire/protocol: the same wire events give the same protocol events, whatever they hold") {
    const auto first = std::random_device{}();
    for (unsigned seed = first; seed != first + 150; ++seed) {
        CAPTURE(seed);
        Playbook one, two;
        for (auto* play : {&one, &two}) {
            std::mt19937 random(seed);
            std::string history = turn("user", "hi");
            for (int i = 0; i < 6; ++i) {
                const auto id = "t" + std::to_string(i);
                const auto asked = play->ask(scramble(random, question(history)), on(1 + random() % 2));
                play->give(asked, scramble(random, answer("go", use(id))),
                           status(random() % 4 == 0 ? 500 : 200));
                if (random() % 3 == 0) play->diff();
                if (random() % 5 == 0) play->hang_up(1);
                if (random() % 4 == 0) continue;
                history += "," + echo("go", use(id)) + "," + result(id, "r");
            }
        }
        CHECK(one.events == two.events);
    }
}

}  // namespace
}  // namespace stet::test
