#include "tests/replay/recording.hpp"

#include <stet/door/envs.hpp>
#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace stet {
namespace {

using test::Files;
using test::find_kind;
using test::Recording;

/// Random calls to the filesystem server's tools.
class RandomCalls {
public:
    explicit RandomCalls(unsigned seed) : random_(seed) {}

    WorldCall next() {
        static const std::vector<std::string> tools{"write_file",     "write_file",     "edit_file",
                                                    "edit_file",      "move_file",      "create_directory",
                                                    "read_text_file", "list_directory", "directory_tree",
                                                    "search_files",   "get_file_info",  "no_such_tool"};
        const auto& tool = tools[pick(tools.size())];
        JsonWriter json;
        json.open('{');
        if (tool == "move_file") {
            json.key("source").string(path()).key("destination").string(path());
        } else {
            json.key("path").string(path());
        }
        if (tool == "write_file") json.key("content").string(text());
        if (tool == "search_files") json.key("pattern").string(pick(2) == 0 ? "**" : "**/a*");
        if (tool == "edit_file") {
            json.key("edits").open('[').open('{');
            json.key("oldText").string(line()).key("newText").string(text());
            json.close('}').close(']');
        }
        return {tool, json.close('}').take()};
    }

    std::size_t pick(std::size_t below) { return random_() % below; }

private:
    std::string path() {
        static const std::vector<std::string> paths{"a", "b",   "d/a",   "d/b",  "d",
                                                    "e", "e/f", "/ws/a", "../x", "."};
        return paths[pick(paths.size())];
    }
    std::string line() {
        static const std::vector<std::string> lines{"one", "  two", "three é", "\"4\"", ""};
        return lines[pick(lines.size())];
    }
    std::string text() {
        std::string all;
        for (auto lines = pick(6); lines > 0; --lines)
            all += line() + "\n";
        return all;
    }

    std::mt19937 random_;
};

/// A change of one byte in one of the answers.
struct Flip {
    std::size_t call = 0, byte = 0;
    unsigned bit = 0;
};

struct Played {
    Recording made{Files{{"a", "one\n  two\n"}}};
    std::vector<std::string> tools, answers;
};

/// Records a run in which the world itself is the server.
void play(Played& played, unsigned seed, std::size_t calls, const std::optional<Flip>& flip) {
    const auto world = *make_world("files");
    WorldStart start;
    start.tree = played.made.tree();
    start.root = "/ws";
    start.content = [&](const Digest& digest) -> Result<std::string> {
        return played.made.log.payloads.at(digest);
    };
    REQUIRE(world->reset(start).has_value());
    RandomCalls random(seed);
    for (std::size_t i = 0; i < calls; ++i) {
        const auto call = random.next();
        auto answer = world->step(call).content;
        played.tools.push_back(call.tool);
        played.answers.push_back(answer);
        if (flip && flip->call == i)
            answer[flip->byte] = static_cast<char>(answer[flip->byte] ^ (1 << flip->bit));
        played.made.call(call.tool, call.arguments, answer);
        played.made.state(*world->tree(), [&](const Digest& digest) { return *world->content(digest); });
    }
    played.made.seal();
}

ReplayReport replay_played(const Played& played) {
    const auto world = *make_world("files");
    const auto source = played.made.log.source();
    ReplayOptions options;
    options.world = world.get();
    return replay(*source, options);
}

bool is_json_line(const std::string& answer) {
    return answer.find('\n') == std::string::npos && JsonDocument::parse(answer).has_value();
}

/// Flips the bit, replays, and compares with what must come of it.
void check_flip(unsigned seed, std::size_t calls, const Played& original, const Flip& flip) {
    CAPTURE(flip.call);
    CAPTURE(flip.byte);
    CAPTURE(flip.bit);
    auto altered = original.answers[flip.call];
    altered[flip.byte] = static_cast<char>(altered[flip.byte] ^ (1 << flip.bit));
    Played again;
    play(again, seed, calls, flip);
    const auto report = replay_played(again);
    CHECK(report.fidelity != Level::bytes);
    if (!is_json_line(altered)) return;  // No message any more: a gap, and a call that nobody answered.
    const auto same =
        canonical_json(altered) && *canonical_json(altered) == *canonical_json(original.answers[flip.call]);
    if (same || original.tools[flip.call] == "get_file_info") return;
    REQUIRE_FALSE(report.divergences.empty());
    CHECK(report.divergences[0].at == *find_kind(again.made.log, "tool_result", flip.call));
    const bool unknown = original.tools[flip.call] == "no_such_tool";
    CHECK(report.divergences[0].cause == (unknown ? "unknown_tool" : "answer"));
}

}  // namespace

TEST_CASE("house/files_replay: what the files world did is confirmed, byte for byte, for 200 seeds") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Played played;
        play(played, seed, 12, std::nullopt);
        const auto report = replay_played(played);
        CHECK(report.divergences.empty());
        CHECK(report.calls == 12);
        CHECK(report.fidelity == Level::bytes);
        CHECK(report.states == report.states_equal);
        CHECK(headline(report, Level::bytes) == Headline::confirmed);
    }
}

TEST_CASE("house/files_replay: one flipped bit of any answer diverges at exactly that seq") {
    for (unsigned seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Played played;
        play(played, seed, 6, std::nullopt);
        RandomCalls random(seed + 1000);
        Flip flip{random.pick(6), 0, static_cast<unsigned>(random.pick(8))};
        flip.byte = random.pick(played.answers[flip.call].size());
        check_flip(seed, 6, played, flip);
    }
}

TEST_CASE("house/files_replay: no byte of an answer is overlooked") {
    constexpr unsigned seed = 7;
    Played played;
    play(played, seed, 2, std::nullopt);
    for (std::size_t call = 0; call < 2; ++call) {
        for (std::size_t byte = 0; byte < played.answers[call].size(); ++byte) {
            check_flip(seed, 2, played, {call, byte, static_cast<unsigned>(byte % 8)});
        }
    }
}

TEST_CASE("house/files_replay: the tape gives the same answers, and claims nothing") {
    Played played;
    play(played, 3, 12, std::nullopt);
    const auto tape_source = played.made.log.source(), source = played.made.log.source();
    const auto tape = make_tape(*tape_source);
    ReplayOptions options;
    options.tape = tape.get();
    const auto report = replay(*source, options);
    CHECK(report.at_level[0] == 12);
    CHECK(headline(report, Level::effect) == Headline::unverifiable);
    REQUIRE(tape->reset({}).has_value());
    RandomCalls random(3);
    for (const auto& expected : played.answers)
        CHECK(tape->step(random.next()).content == expected);
}

}  // namespace stet
