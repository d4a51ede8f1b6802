#include "tests/replay/recording.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace stet {
namespace {

ReplayReport replayed(const test::Recording& made) {
    const auto source = made.log.source();
    return replay(*source, {});
}

ModelResult& result_in(test::Recording& made) {
    const auto at = test::find_kind(made.log, "model_result");
    REQUIRE(at);
    return std::get<ModelResult>(made.log.events[at->value].body);
}

void say_instead(test::Recording& made, const std::string& text) {
    made.log.payloads[sha256(text)] = text;
    result_in(made).text = Slice{{sha256(text), text.size()}, 0, text.size(), Coding::raw};
}

}  // namespace

TEST_CASE("replay/protocol: a secret that came in pieces is set aside, and nothing else is") {
    test::Recording made;
    made.redactor.learn("registered", "planted-secret-0123");
    made.answer({"it is plan", "ted-secret-", "0123, I think"});
    made.seal();
    const auto text = fetch(*made.log.source(), *result_in(made).text).value();
    REQUIRE(text.starts_with("it is [stet:registered:"));
    const auto mark = text.substr(6, text.find(']') - 5);
    CHECK(replayed(made).divergences.empty());
    CHECK(replayed(made).fidelity == Level::normalised);
    for (const auto& other :
         {"it was " + mark + ", I think", "it is " + mark + ", I know", std::string("it is so")}) {
        CAPTURE(other);
        say_instead(made, other);
        CHECK(replayed(made).fidelity == Level::none);
        CHECK(replayed(made).divergences.size() == 1);
    }
}

}  // namespace stet
