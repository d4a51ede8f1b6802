#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

/// A till: two accounts, and who owns them.
struct Till {
    Till() {
        test::write_file(dir / "world.json", R"({
  "world": "till", "error_prefix": "Error: ",
  "state": [{"collection": "accounts", "from": "accounts.json"}, {"collection": "owners"}],
  "scripts": ["tools.lua"], "tools": {"pay": {}, "name": {}, "look": {}}
})");
        test::write_file(dir / "accounts.json",
                         R"({"a": {"sum": 10, "note": "Mine"}, "b": {"sum": 0.5, "note": ""}})");
        test::write_file(dir / "tools.lua", R"(
local function pay(state, args)
  local account = state.accounts[args.to]
  if not account then return "Error: no account " .. args.to end
  account.sum = account.sum + args.sum
  return account
end
local function name(state, args) state.owners[args.id] = object("name", args.name) return "named" end
local function look(state, args) return state.accounts[args.id] end
local function holds(state, args) return state.accounts[args.id].sum == args.sum end
local function spoil(state, args) state.accounts.a.sum = 0 return true end
return {pay = pay, name = name, look = look, holds = holds, spoil = spoil}
)");
        world = open_world("till", files_in(dir.path()), {}).value();
    }

    /// The verifier's finding after these calls.
    Finding after(const std::string& declaration, const std::vector<WorldCall>& calls, Trace trace = {}) {
        const auto maker = make_verifiers();
        auto verifier = maker(declaration).value();
        verifier->prepare(*world, {});
        REQUIRE(world->reset({}).has_value());
        for (const auto& call : calls) {
            const auto answer = world->step(call);
            trace.calls.push_back({call, answer.status, answer.content, 0});
        }
        verifier->turn_ended(*world, trace);
        const auto state = world->state();
        auto finding = verifier->conclude(*world, trace);
        CHECK(world->state() == state);
        return finding;
    }

    test::TempDir dir;
    std::unique_ptr<Environment> world;
};

const WorldCall pay_a{"pay", R"({"to":"a","sum":5})"};
const WorldCall pay_b{"pay", R"({"to":"b","sum":1})"};
const WorldCall look{"look", R"({"id":"a"})"};

Trace said(const std::vector<std::string>& texts) {
    Trace trace;
    for (const auto& text : texts)
        trace.texts.push_back({"assistant", text, false, 0});
    trace.ending = Ending::success_claimed;
    return trace;
}

}  // namespace

TEST_CASE("envs/verifiers: a state is equal when the calls lead where the gold calls lead") {
    Till till;
    const std::string gold = R"({"verifier":"state_equal","gold":[{"tool":"look","arguments":{"id":"b"}},)"
                             R"({"tool":"pay","arguments":{"to":"a","sum":5}}]})";
    CHECK(till.after(gold, {pay_a}).outcome == Outcome::pass);
    CHECK(till.after(gold, {look, pay_a, look}).outcome == Outcome::pass);
    const auto nothing = till.after(gold, {look});
    CHECK(nothing.outcome == Outcome::fail);
    CHECK(nothing.why == "/accounts/a is not as the gold calls leave it");
    CHECK(till.after(gold, {pay_a, pay_b}).why == "/accounts/b is not as the gold calls leave it");
    CHECK(till.after(gold, {pay_a, {"pay", R"({"to":"x","sum":1})"}}).outcome == Outcome::pass);
    // 15 and 15.0 are two states, as they are two texts.
    CHECK(till.after(gold, {{"pay", R"({"to":"a","sum":5.0})"}}).outcome == Outcome::fail);
}

TEST_CASE("envs/verifiers: rows may be compared without case, with a tolerance, without some members") {
    Till till;
    struct Row {
        const char *options, *name, *sum;
        Outcome outcome;
    };
    const Row rows[] = {
        {"", "Ann", "1", Outcome::pass},
        {"", "ANN", "1", Outcome::fail},
        {R"(,"fold_case":true)", "ANN", "1", Outcome::pass},
        {R"(,"fold_case":true,"keep_case":["name"])", "ANN", "1", Outcome::fail},
        {R"(,"ignore":["name"])", "Bob", "1", Outcome::pass},
        {R"(,"tolerance":0.01)", "Ann", "1.001", Outcome::pass},
        {R"(,"tolerance":0.01)", "Ann", "1.1", Outcome::fail},
    };
    for (const auto& row : rows) {
        CAPTURE(row.options);
        CAPTURE(row.name);
        const auto gold = std::string(R"({"verifier":"state_equal","gold":[{"tool":"name","arguments":)") +
                          R"({"id":"1","name":"Ann"}},{"tool":"pay","arguments":{"to":"b","sum":1}}])" +
                          row.options + "}";
        const std::vector<WorldCall> calls{{"name", std::string(R"({"id":"1","name":")") + row.name + "\"}"},
                                           {"pay", std::string(R"({"to":"b","sum":)") + row.sum + "}"}};
        CHECK(till.after(gold, calls).outcome == row.outcome);
    }
}

TEST_CASE("envs/verifiers: a state's digest is the one that Python programs make") {
    Till till;
    // python3 -c "import hashlib; print(hashlib.sha256(str(…).encode()).hexdigest())" over
    //   (('accounts', (('a', (('note', 'Mine'), ('sum', 15))), ('b', (('note', ''), ('sum', 0.5))))),
    //   ('owners', ()))
    //   [('accounts', [('a', [('note', 'Mine'), ('sum', 15)]), ('b', [('note', ''), ('sum', 0.5)])]),
    //   ('owners', [])] json.dumps({"a": {"sum": 15, "note": "Mine"}, "b": {"sum": 0.5, "note": ""}},
    //   sort_keys=True)
    const char* const tuples = "80361140ad317aea359180b006d72babf464b81594afaf6b9d57868cb0fb91d1";
    const char* const lists = "5b49b1509dfdd0a90a32ee05bf3d1dffd27d96a7ce3786a8950edfd9980f492c";
    const char* const json = "892f6b1cffda1d1c0c2824cefbc06c95e6ef25d7d49a7274e5dd7daeeb469ba9";
    const auto digest = [&](const std::string& rest, const char* hex) {
        return till.after(R"({"verifier":"state_digest",)" + rest + R"(,"equals":")" + hex + "\"}", {pay_a})
            .outcome;
    };
    CHECK(digest(R"("digest":"py-tuple-sha256")", tuples) == Outcome::pass);
    CHECK(digest(R"("digest":"py-list-sha256")", lists) == Outcome::pass);
    CHECK(digest(R"("digest":"pyjson-sha256","part":"accounts")", json) == Outcome::pass);
    CHECK(digest(R"("digest":"py-tuple-sha256")", lists) == Outcome::fail);
    CHECK(digest(R"("digest":"py-tuple-sha256","gold":[{"tool":"look","arguments":{"id":"a"}}])", tuples) ==
          Outcome::fail);
    CHECK(digest(R"("digest":"md5")", tuples) == Outcome::error);
}

TEST_CASE("envs/verifiers: a predicate is asked of the state, and leaves it") {
    Till till;
    CHECK(till.after(R"({"verifier":"state_predicate","function":"holds","arguments":{"id":"a","sum":15}})",
                     {pay_a})
              .outcome == Outcome::pass);
    CHECK(
        till.after(R"({"verifier":"state_predicate","function":"holds","arguments":{"id":"a","sum":15}})", {})
            .outcome == Outcome::fail);
    CHECK(till.after(R"({"verifier":"state_predicate","function":"holds",)"
                     R"("arguments":{"id":"a","sum":1},"expect":false})",
                     {})
              .outcome == Outcome::pass);
    CHECK(till.after(R"({"verifier":"state_predicate","function":"spoil"})", {pay_a}).outcome ==
          Outcome::pass);
    CHECK(
        till.after(R"({"verifier":"state_predicate","function":"holds","arguments":{"id":"x","sum":1}})", {})
            .outcome == Outcome::error);
    CHECK(till.after(R"({"verifier":"state_predicate","function":"gone"})", {}).outcome == Outcome::error);
}

TEST_CASE("envs/verifiers: changes are required, allowed and forbidden by row") {
    Till till;
    struct Row {
        const char* declaration;
        Outcome outcome;
    };
    const Row rows[] = {
        {R"({"verifier":"diff_match","required":["accounts/a"]})", Outcome::pass},
        {R"({"verifier":"diff_match","required":["owners"]})", Outcome::fail},
        {R"({"verifier":"diff_match","forbidden":["accounts/b"]})", Outcome::pass},
        {R"({"verifier":"diff_match","forbidden":["accounts"]})", Outcome::fail},
        {R"({"verifier":"diff_match","required":["accounts/a"],"allowed":[]})", Outcome::pass},
        {R"({"verifier":"diff_match","allowed":["owners"]})", Outcome::fail},
    };
    for (const auto& row : rows) {
        CAPTURE(row.declaration);
        CHECK(till.after(row.declaration, {pay_a, look}).outcome == row.outcome);
    }
}

TEST_CASE("envs/verifiers: what is to be said is looked for as the declaration says") {
    Till till;
    struct Row {
        const char* declaration;
        Outcome outcome;
    };
    const Row rows[] = {
        {R"("expect":["costs"])", Outcome::pass},
        {R"("expect":["costs","none"])", Outcome::fail},
        {R"("expect":["1234.5"])", Outcome::fail},
        {R"("expect":["IT COSTS 1234.5"],"normalise":["lower","drop_commas"])", Outcome::pass},
        {R"("expect":["bye"],"how":"equals","in":"last","normalise":["strip"])", Outcome::pass},
        {R"("expect":["costs"],"in":"last")", Outcome::fail},
        {R"("expect":["^It costs [0-9,.]+$"],"how":"regex")", Outcome::pass},
        {R"("expect":["1234.4"],"how":"number","tolerance":0.2,"normalise":["drop_commas"])", Outcome::pass},
        {R"("expect":["1234.4"],"how":"number","normalise":["drop_commas"])", Outcome::fail},
        {R"x("expect":["2*(3+4)"],"how":"expression","in":"any")x", Outcome::pass},
        {R"("expect":["15"],"how":"expression")", Outcome::fail},
    };
    for (const auto& row : rows) {
        CAPTURE(row.declaration);
        const auto declaration = std::string(R"({"verifier":"output_match",)") + row.declaration + "}";
        CHECK(till.after(declaration, {}, said({"It costs 1,234.50", "14", " bye "})).outcome == row.outcome);
    }
}

TEST_CASE("envs/verifiers: calls are looked for as a set, one for each, or in their order") {
    Till till;
    struct Row {
        const char* declaration;
        Outcome outcome;
    };
    const Row rows[] = {
        {R"("required":[{"tool":"pay","arguments":{"sum":1.0,"to":"b"}}])", Outcome::pass},
        {R"("required":[{"tool":"pay","arguments":{"to":"b"}}])", Outcome::fail},
        {R"("required":[{"tool":"pay","arguments":{"to":"b"},"compare":["to"]}])", Outcome::pass},
        {R"("required":[{"tool":"pay","caller":"user","arguments":{"sum":1,"to":"b"}}])", Outcome::fail},
        {R"("required":[{"tool":"look","arguments":{"id":"a"}},{"tool":"look","arguments":{"id":"a"}}])",
         Outcome::pass},
        {R"("how":"multiset","required":[{"tool":"look","arguments":{"id":"a"}},)"
         R"({"tool":"look","arguments":{"id":"a"}}])",
         Outcome::fail},
        {R"("how":"subsequence","required":[{"tool":"look","compare":[]},{"tool":"pay","compare":[]}])",
         Outcome::pass},
        {R"("how":"subsequence","required":[{"tool":"pay","compare":[]},{"tool":"look","compare":[]}])",
         Outcome::fail},
        {R"("forbidden":[{"tool":"name","compare":[]}])", Outcome::pass},
        {R"("forbidden":[{"tool":"pay","compare":["to"],"arguments":{"to":"b"}}])", Outcome::fail},
    };
    for (const auto& row : rows) {
        CAPTURE(row.declaration);
        const auto declaration = std::string(R"({"verifier":"trace_match",)") + row.declaration + "}";
        CHECK(till.after(declaration, {look, pay_b}).outcome == row.outcome);
    }
}

TEST_CASE("envs/verifiers: several are one by all, any, min, product or a weighted sum, a gate first") {
    Till till;
    const std::string yes = R"({"verifier":"constant","score":1})",
                      half = R"({"verifier":"constant","score":0.5})",
                      no = R"({"verifier":"ended","as":["crash"]})",
                      broken = R"({"verifier":"state_predicate","function":"gone"})";
    const auto score = [&](const std::string& how, const std::string& of, const std::string& rest = "") {
        return till
            .after(R"({"verifier":")" + how + R"(","of":[)" + of + "]" + rest + "}", {}, said({"a", "b"}))
            .score;
    };
    CHECK(score("all", yes + "," + yes) == 1);
    CHECK(score("all", yes + "," + no) == 0);
    CHECK(score("any", no + "," + yes) == 1);
    CHECK(score("min", yes + "," + half) == 0.5);
    CHECK(score("product", half + "," + half) == 0.25);
    CHECK(score("sum", yes + R"(,{"verifier":"steps","plus":3})", R"(,"weights":[1,-0.01])") == 0.95);
    CHECK(score("sum", yes + "," + yes, R"(,"weights":[1,-3],"at_least":0)") == 0);
    // What stands behind a decision is not asked; an error decides nothing.
    CHECK(score("product", no + "," + broken) == 0);
    CHECK_FALSE(score("product", yes + "," + broken).has_value());
}

TEST_CASE("envs/verifiers: a fault overcome counts, and what the recorder's luck may have counted is said") {
    Till till;
    const std::string fault = R"({"to":"a","sum":1})";
    const auto recovered = [&](const std::string& gold, const std::vector<const char*>& answers) {
        Trace trace;
        for (const auto* answer : answers)
            trace.calls.push_back({{"pay", fault}, ToolStatus::ok, answer, 0});
        const auto maker = make_verifiers();
        auto verifier =
            maker(R"({"verifier":"recovered","fault":"503","by":"to","flaky":["pay"],"gold":[)" + gold + "]}")
                .value();
        return verifier->conclude(*till.world, trace);
    };
    const std::string flaky = R"({"tool":"pay","arguments":{"to":"a"}})",
                      sound = R"({"tool":"look","arguments":{"to":"a"}})";
    CHECK(recovered("", {"503", "fine"}).score == 1);
    CHECK(recovered(flaky + "," + flaky, {"503", "fine"}).by_luck.empty());
    CHECK(recovered("", {"503"}).score == 0);
    CHECK(recovered(flaky, {"fine"}).by_luck.empty());
    CHECK(recovered(flaky + "," + sound, {"fine"}).by_luck == std::vector<double>{1});
    CHECK(recovered(sound, {"503"}).score == 1);
    CHECK(recovered(sound, {"503"}).by_luck.empty());
    CHECK(recovered(flaky, {"503"}).by_luck == std::vector<double>{0});
}

TEST_CASE("envs/verifiers: what is wrong in a declaration is told in one line") {
    struct Row {
        const char *declaration, *says;
    };
    const Row rows[] = {
        {"{", "read verifier: "},
        {"[]", "it is no JSON object"},
        {R"({"verifier":"magic"})", "there is no form 'magic'"},
        {R"({"verifier":"ended","as":["crash"],"colour":1})", "ended: it has no member 'colour'"},
        {R"({"verifier":"ended"})", "\"as\" is missing"},
        {R"({"verifier":"output_match","expect":["("],"how":"regex"})", "no extended regular expression"},
        {R"({"verifier":"output_match","expect":["x"],"how":"magic"})", "there is no 'magic'"},
        {R"({"verifier":"output_match","expect":["x"],"how":"number"})", "'x' is no number"},
        {R"({"verifier":"state_equal","gold":[{"name":"x"}]})", "a call has a \"tool\""},
        {R"({"verifier":"all","of":[]})", "\"of\" is missing"},
        {R"({"verifier":"sum","of":[{"verifier":"constant","score":1}],"weights":[1,2]})", "2 weights for 1"},
        {R"({"verifier":"all","of":[{"verifier":"magic"}]})", "there is no form 'magic'"},
    };
    const auto maker = make_verifiers();
    for (const auto& row : rows) {
        CAPTURE(row.declaration);
        const auto made = maker(row.declaration);
        REQUIRE_FALSE(made.has_value());
        CAPTURE(made.error().what);
        CHECK(made.error().what.find(row.says) != std::string::npos);
        CHECK(made.error().what.find('\n') == std::string::npos);
    }
}

}  // namespace stet
