#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

constexpr const char* shop_world = R"({
  "world": "shop", "version": "1", "error_prefix": "Error: ", "script_error": "Error: {error}",
  "state": [{"collection": "orders", "from": "orders.json"}, {"collection": "log"}],
  "scripts": ["tools.lua"], "after_call": "count", "tools": {"set": {}, "note": {}}
})";
constexpr const char* shop_tools = R"(
local function set(state, args) state.orders.a[args.name] = args.value return "set" end
local function note(state, args) state.log[args.text] = object("text", args.text) return "noted" end
local function count(state)
  if state.orders.a.calls then state.orders.a.calls = state.orders.a.calls + 1 end
end
return {set = set, note = note, count = count}
)";
constexpr const char* shop_orders = R"({"a":{"text":"one","calls":0}})";

/// A little shop, in which an episode is played and a verifier looks at it.
class Shop {
public:
    Shop() {
        test::write_file(dir_ / "world.json", shop_world);
        test::write_file(dir_ / "tools.lua", shop_tools);
        test::write_file(dir_ / "orders.json", shop_orders);
        world_ = open_world("shop", files_in(dir_.path()), {}).value();
    }

    Finding judge(std::string_view declaration, const std::vector<WorldCall>& calls = {}) {
        const auto verifier = make_verifiers()(declaration).value();
        verifier->prepare(*world_, {});
        REQUIRE(world_->reset({}).has_value());
        for (const auto& call : calls)
            trace.calls.push_back({call, ToolStatus::ok, world_->step(call).content});
        return verifier->conclude(*world_, trace);
    }

    Trace trace;

private:
    test::TempDir dir_;
    std::unique_ptr<Environment> world_;
};

WorldCall set_call(const std::string& name, const std::string& value) {
    return {"set", R"({"name":")" + name + R"(","value":)" + value + "}"};
}

}  // namespace

TEST_CASE("envs/foreign_verifiers: what was said and what is looked for have rules of their own") {
    struct Row {
        const char *said, *expect, *rules;
        Outcome outcome;
    };
    const char* const both = R"("normalise":["lower","drop_commas"])";
    const char* const apart = R"("normalise":["lower","drop_commas"],"normalise_expect":["lower"])";
    const Row rows[] = {
        {"It is 1,093.34 Dollars", "1093.34 dollars", apart, Outcome::pass},
        {"It is 1,093.34 Dollars", "1,093.34", apart, Outcome::fail},
        {"It is 1,093.34 Dollars", "1,093.34", both, Outcome::pass},
        {"Mastercard", "MASTERCARD", apart, Outcome::pass},
        {"Mastercard", "Mastercard", R"("normalise":["lower"],"normalise_expect":[])", Outcome::fail},
    };
    for (const auto& row : rows) {
        CAPTURE(row.expect);
        CAPTURE(row.rules);
        Shop shop;
        shop.trace.texts = {{"assistant", row.said}};
        const auto finding = shop.judge(std::string(R"({"verifier":"output_match","expect":[")") +
                                        row.expect + R"("],)" + row.rules + "}");
        CHECK(finding.outcome == row.outcome);
    }
    CHECK(!make_verifiers()(R"({"verifier":"output_match","expect":[],"normalise_expect":["upper"]})"));
}

TEST_CASE("envs/foreign_verifiers: what somebody judged is carried over, and decides nothing") {
    Shop shop;
    const auto finding = shop.judge(R"({"verifier":"recorded","asked":"Was the agent kind?"})");
    CHECK(finding.outcome == Outcome::abstain);
    CHECK(!finding.score);
    // A product that rests on it rests on nothing, unless it is 0 already.
    const std::string failed = R"({"verifier":"ended","as":["timeout"]},)";
    const std::string judged = R"({"verifier":"recorded"}]})";
    const std::string product = R"({"verifier":"product","of":[)";
    CHECK(shop.judge(product + judged).outcome == Outcome::abstain);
    CHECK(shop.judge(product + failed + judged).outcome == Outcome::fail);
}

TEST_CASE("envs/foreign_verifiers: another program's digest alone decides where one is named") {
    const std::string gold = R"({"verifier":"state_equal","gold":[)"
                             R"({"tool":"set","arguments":{"name":"text","value":"two"}}])";
    const std::string digest = R"(,"digest":"pyjson-sha256","parts":["orders"]})";
    const std::vector<WorldCall> same{set_call("text", R"("two")")};
    const std::vector<WorldCall> other{set_call("text", R"("three")")};
    CHECK(Shop().judge(gold + "}", same).outcome == Outcome::pass);
    CHECK(Shop().judge(gold + digest, same).outcome == Outcome::pass);
    CHECK(Shop().judge(gold + digest, other).outcome == Outcome::fail);
    // What that program does not look at: another part of the state.
    const WorldCall unseen{"note", R"({"text":"x"})"};
    const std::string uncounted = R"({"verifier":"state_equal","gold":[)"
                                  R"({"tool":"note","arguments":{"text":"y"}}])";
    CHECK(Shop().judge(uncounted + "}", {unseen}).outcome == Outcome::fail);
    CHECK(Shop().judge(uncounted + digest, {unseen}).outcome == Outcome::pass);
}

TEST_CASE("envs/foreign_verifiers: what follows every call follows the gold calls as they say it") {
    const std::string two = R"({"verifier":"state_equal","gold":[)"
                            R"({"tool":"set","arguments":{"name":"text","value":"x"}COUPLED},)"
                            R"({"tool":"set","arguments":{"name":"text","value":"two"}}])";
    const auto with = [&](const std::string& first, const std::string& all) {
        auto text = two + all + "}";
        const std::string mark = "COUPLED";
        return text.replace(text.find(mark), mark.size(), first);
    };
    // One call counts once; of two gold calls, as many as are coupled do.
    const std::vector<WorldCall> once{set_call("text", R"("two")")};
    CHECK(Shop().judge(with("", ""), once).outcome == Outcome::fail);
    CHECK(Shop().judge(with("", R"(,"coupled":false)"), once).outcome == Outcome::fail);
    CHECK(Shop().judge(with(R"(,"coupled":true)", R"(,"coupled":false)"), once).outcome == Outcome::pass);
    CHECK(Shop().judge(with(R"(,"coupled":false)", ""), once).outcome == Outcome::pass);
}

}  // namespace stet
