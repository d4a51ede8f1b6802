#include <stet/door/envs.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <string>

// Published runs, which are not in the repository: $STET_CORPORA names the directory that holds them.

namespace stet {
namespace {

namespace fs = std::filesystem;

/// Empty, and loudly so, where they are not.
fs::path corpus(const std::string& name) {
    const char* corpora = std::getenv("STET_CORPORA");
    if (corpora != nullptr && fs::is_directory(fs::path(corpora) / name)) return fs::path(corpora) / name;
    MESSAGE("SKIPPED: STET_CORPORA names no directory with ", name, ": nothing was re-executed");
    return {};
}

struct Reexecuted {
    int same = 0, unlike = 0, injected = 0;
};

/// Every call of every run in a world, each answer beside the recorded one. Only the first call of a turn was
/// executed there.
Reexecuted execute_again(Environment& world, const fs::path& trajectories) {
    Reexecuted count;
    std::ifstream in(trajectories);
    for (std::string line; std::getline(in, line);) {
        const auto document = JsonDocument::parse(line).value();
        const auto messages = document.root()["traj"].elements();
        REQUIRE(world.reset({}).has_value());
        for (std::size_t i = 0; i + 1 < messages.size(); ++i) {
            const auto call = messages[i]["tool_calls"][std::size_t{0}]["function"];
            if (!call) continue;
            const auto answer = world.step({call["name"].text(), call["arguments"].text()});
            const auto recorded = messages[i + 1]["content"].text();
            const bool injected = recorded == "Error: 503 Service Unavailable";
            const bool same = answer.content == recorded;
            CAPTURE(line.substr(0, 60));
            CAPTURE(recorded);
            CAPTURE(answer.content);
            CHECK((same || injected));
            ++(same ? count.same : injected ? count.injected : count.unlike);
        }
    }
    return count;
}

}  // namespace

TEST_CASE("envs/corpora: tau-bench's airline answers as it was recorded, byte for byte") {
    const auto data = corpus("tau-bench-airline");
    if (data.empty()) return;
    const auto world = open_world("tau-airline", shipped_world("tau-airline"), files_in(data / "db")).value();
    const auto count = execute_again(*world, data / "dev/trajectories.jsonl");
    CHECK(count.same == 282);
    CHECK(count.injected == 0);
}

TEST_CASE("envs/corpora: tau-bench's shop answers as it was recorded, but for the injected faults") {
    const auto data = corpus("tau-bench-retail-flaky");
    if (data.empty()) return;
    const auto world = open_world("tau-retail", shipped_world("tau-retail"), files_in(data / "db")).value();
    const auto count = execute_again(*world, data / "dev/trajectories.jsonl");
    CHECK(count.same == 411);
    CHECK(count.injected == 51);
}

TEST_CASE(
    "envs/corpora: WorkBench's tools answer as they were recorded: texts to the byte, values as values") {
    const auto data = corpus("workbench");
    if (data.empty()) return;
    const auto world = open_world("workbench", shipped_world("workbench"), files_in(data / "db")).value();
    int texts = 0, values = 0;
    for (const char* runs : {"dev/gpt-4_all.jsonl", "dev/gpt-4_domains.jsonl"}) {
        std::ifstream in(data / runs);
        for (std::string line; std::getline(in, line);) {
            const auto document = JsonDocument::parse(line).value();
            REQUIRE(world->reset({}).has_value());
            for (const auto& call : document.root()["calls"].elements()) {
                const auto answer = world->step({call["tool"].text(), std::string(call["args"].raw())});
                const auto recorded = call["observation"];
                CAPTURE(call.raw());
                if (recorded.is(JsonKind::string)) {
                    CHECK(answer.content == recorded.text());
                    ++texts;
                } else {
                    CHECK(canonical_json(answer.content).value() == canonical_json(recorded).value());
                    ++values;
                }
            }
        }
    }
    CHECK(texts == 1303);
    CHECK(texts + values == 2982);
}

}  // namespace stet
