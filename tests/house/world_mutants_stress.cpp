#include "tests/support/memory_log.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/door/envs.hpp>
#include <stet/door/formats.hpp>
#include <stet/door/replay.hpp>
#include <stet/journal.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <vector>

// stress_world_mutants COUNT SEED: alters one character of a published run, of its task or of the initial
// state, in COUNT ways, imports and replays it, and requires that what the replay finds is not what it found
// before. Compared are the findings alone: levels, divergences, checks with their notes; not the ids and
// digests, which follow from any change by themselves. A change that leaves everything as it was to whoever
// executes it (an argument of a gold call that only reads) is no mutant, and counted apart. STET_CORPORA
// names the runs.

namespace stet::test {
namespace {

namespace fs = std::filesystem;
using Dice = std::mt19937_64;

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Trouble("read", path.string(), "it is not there");
    return {(std::istreambuf_iterator<char>(in)), {}};
}

/// A published set of tau-bench's.
struct Set {
    std::string folder, world;
    std::vector<std::string> files;  ///< Of the initial state.
};

const std::vector<Set>& sets() {
    static const std::vector<Set> all{
        {"tau-bench-airline", "tau-airline", {"flights", "reservations", "users"}},
        {"tau-bench-retail-flaky", "tau-retail", {"orders", "products", "users"}}};
    return all;
}

bool is_plain(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char other_than(char c, Dice& dice) {
    const char first = c >= '0' && c <= '9' ? '0' : c >= 'a' && c <= 'z' ? 'a' : 'A';
    const std::uint64_t count = first == '0' ? 10 : 26;
    // No leading zero comes into being.
    const char made = static_cast<char>(first + static_cast<char>(dice() % count));
    return made == c || made == '0' ? static_cast<char>(c == first + 1 ? first + 2 : first + 1) : made;
}

/// Places in a string or number where a character may be another one, and the text is still JSON.
std::vector<std::size_t> places_in(std::string_view text, const JsonValue& value) {
    std::vector<std::size_t> places;
    if (value.is(JsonKind::object) || value.is(JsonKind::array)) {
        for (const auto& [key, member] : value.members()) {
            const auto inner = places_in(text, member);
            places.insert(places.end(), inner.begin(), inner.end());
        }
        for (const auto& element : value.is(JsonKind::array) ? value.elements() : std::vector<JsonValue>{}) {
            const auto inner = places_in(text, element);
            places.insert(places.end(), inner.begin(), inner.end());
        }
        return places;
    }
    if (!value.is(JsonKind::string) && !value.is(JsonKind::number)) return places;
    for (auto at = value.begin(); at < value.end(); ++at) {
        const auto escaped = text.substr(0, at).find_last_of('\\');
        const bool near_escape =
            escaped != std::string_view::npos && at - escaped <= 5 && escaped >= value.begin();
        if (is_plain(text[at]) && !near_escape && !(value.is(JsonKind::number) && text[at] == 'e'))
            places.push_back(at);
    }
    return places;
}

/// Everything of a report but what follows from any change.
std::string findings_of(const ReplayReport& report) {
    std::string text = fmt::format("{} {}\n", to_string(report.fidelity), report.calls);
    for (const auto count : report.at_level)
        text += fmt::format("{} ", count);
    for (const auto& found : report.divergences)
        text += fmt::format("\n{} {} {} {} {}", found.at.value, found.where, found.recorded, found.live,
                            found.cause);
    for (const auto& check : report.checks) {
        text += fmt::format("\n{} {} {} {}", check.name, to_string(check.outcome), to_string(check.recorded),
                            check.derived ? to_string(*check.derived) : "");
        for (const auto& note : check.notes)
            text += "\n  " + note;
    }
    return text;
}

/// One set, opened, with what each of its trials gives unchanged.
class Bench {
public:
    Bench(const fs::path& corpora, const Set& set)
        : set_(set),
          data_(corpora / set.folder / "db"),
          trials_(read_whole(corpora / set.folder / "dev/trajectories.jsonl")) {
        importer_ = make_importer("tau-bench").value();
        world_ = open(files_in(data_));
        const std::vector<ImportFile> files{{set.folder, trials_}};
        for (const auto& trial : importer_->split(files).value())
            lines_.emplace_back(trial.pieces.front());
        for (const auto& line : lines_)
            findings_.push_back(replay_line(line, *world_, make_));
    }

    std::unique_ptr<Environment> open(const WorldFiles& data) const {
        return open_world(set_.world, shipped_world(set_.world), data).value();
    }
    const std::vector<std::string>& lines() const { return lines_; }
    const std::string& findings(std::size_t line) const { return findings_[line]; }
    const Set& set() const { return set_; }
    const fs::path& data() const { return data_; }

    std::string replay_line(const std::string& line) { return replay_line(line, *world_, make_); }

    std::string replay_line(const std::string& line, Environment& world, const VerifierMaker& make) const {
        const auto made = importer_->read({line}, [&](std::string_view name) {
            return std::optional(EpisodeSpec{.world = std::string(name), .version = "1"});
        });
        if (!made) return "not imported: " + made.error().what;
        MemoryLog log;
        Redactor redactor(std::string(32, 'k'));
        Journal journal({}, made->name, 0, redactor, log);
        for (auto draft : made->drafts)
            journal.append(std::move(draft));
        journal.seal({});
        ReplayOptions options;
        options.world = &world;
        options.make_verifier = make;
        const auto source = log.source();
        return findings_of(replay(*source, options));
    }

    /// Where the gold calls of a line lead.
    Digest gold_end(const std::string& line) {
        const auto document = JsonDocument::parse(line).value();
        (void)world_->reset({});
        for (const auto& action : document.root()["info"]["task"]["actions"].elements()) {
            if (action["name"].text() != "transfer_to_human_agents")
                (void)world_->step({action["name"].text(), std::string(action["kwargs"].raw())});
        }
        return world_->state();
    }

private:
    const Set& set_;
    fs::path data_;
    std::string trials_;
    std::unique_ptr<Importer> importer_;
    std::unique_ptr<Environment> world_;
    VerifierMaker make_ = make_verifiers();
    std::vector<std::string> lines_, findings_;
};

struct Tally {
    std::size_t made = 0, caught = 0, same = 0, survived = 0;
};

class Mutants {
public:
    Mutants(const fs::path& corpora, std::uint64_t seed) : dice_(seed) {
        for (const auto& set : sets())
            benches_.push_back(std::make_unique<Bench>(corpora, set));
    }

    int run(std::size_t count) {
        using Make = void (Mutants::*)(Bench&);
        constexpr std::array<Make, 6> kinds{&Mutants::observation, &Mutants::observation, &Mutants::gold,
                                            &Mutants::output,      &Mutants::verdict,     &Mutants::argument};
        for (std::size_t i = 0; i < count; ++i) {
            auto& bench = *benches_[dice_() % benches_.size()];
            // A state has to be read anew: fewer of them.
            if (i % 20 == 19)
                state(bench);
            else
                (this->*kinds[i % kinds.size()])(bench);
        }
        return report();
    }

private:
    /// A line that has something of what is asked for.
    std::optional<std::pair<std::size_t, std::string>> alter(
        Bench& bench, const std::function<std::vector<JsonValue>(const JsonValue&)>& parts) {
        for (int tries = 0; tries < 50; ++tries) {
            const auto number = dice_() % bench.lines().size();
            auto line = bench.lines()[number];
            const auto document = JsonDocument::parse(line).value();
            const auto some = parts(document.root());
            if (some.empty()) continue;
            const auto places = places_in(line, some[dice_() % some.size()]);
            if (places.empty()) continue;
            const auto at = places[dice_() % places.size()];
            line[at] = other_than(line[at], dice_);
            return std::pair(number, line);
        }
        return std::nullopt;
    }

    void judge(const std::string& kind, Bench& bench, const std::pair<std::size_t, std::string>& altered,
               bool equivalent) {
        auto& tally = tallies_[kind];
        ++tally.made;
        if (bench.replay_line(altered.second) != bench.findings(altered.first)) {
            ++tally.caught;
        } else if (equivalent) {
            ++tally.same;
        } else {
            ++tally.survived;
            survivors_.push_back(fmt::format("{}: {} line {}", kind, bench.set().folder, altered.first));
        }
    }

    void observation(Bench& bench) {
        const auto altered = alter(bench, [](const JsonValue& trial) {
            std::vector<JsonValue> parts;
            for (const auto& message : trial["traj"].elements()) {
                if (message["role"].text() == "tool") parts.push_back(message["content"]);
            }
            return parts;
        });
        if (altered) judge("observation", bench, *altered, false);
    }

    void argument(Bench& bench) {
        const auto altered = alter(bench, [](const JsonValue& trial) {
            std::vector<JsonValue> parts;
            for (const auto& message : trial["traj"].elements()) {
                const auto call = message["tool_calls"][std::size_t{0}]["function"];
                // What a person is told, or what somebody thinks, changes nothing.
                const auto name = call["name"].text();
                if (call && name != "think" && name != "transfer_to_human_agents")
                    parts.push_back(call["name"]);
            }
            return parts;
        });
        if (altered) judge("tool", bench, *altered, false);
    }

    void gold(Bench& bench) {
        const auto altered = alter(bench, [](const JsonValue& trial) {
            std::vector<JsonValue> parts;
            for (const auto& action : trial["info"]["task"]["actions"].elements())
                parts.push_back(action["kwargs"]);
            return parts;
        });
        if (!altered) return;
        const bool same = bench.gold_end(altered->second) == bench.gold_end(bench.lines()[altered->first]);
        judge("gold call", bench, *altered, same);
    }

    void output(Bench& bench) {
        const auto altered = alter(bench, [](const JsonValue& trial) {
            const bool ended = trial["info"]["reward_info"].is(JsonKind::object);
            return ended ? trial["info"]["task"]["outputs"].elements() : std::vector<JsonValue>{};
        });
        if (!altered) return;
        const auto document = JsonDocument::parse(altered->second).value();
        // Where the state is wrong and no part of the reward was recorded, nobody asks what was said.
        const auto info = document.root()["info"]["reward_info"]["info"];
        judge("expected output", bench, *altered, !info["r_outputs"]);
    }

    void verdict(Bench& bench) {
        const auto altered = alter(bench, [](const JsonValue& trial) {
            const auto info = trial["info"]["reward_info"];
            std::vector<JsonValue> parts{trial["reward"]};
            for (const auto& one :
                 {info["info"]["gt_data_hash"], info["info"]["r_actions"], info["info"]["r_outputs"],
                  info["components"]["steps"], info["components"]["base_success"]}) {
                if (one) parts.push_back(one);
            }
            return parts;
        });
        if (!altered) return;
        // The digit behind the point of "0.0", or one that no double keeps.
        const auto before = JsonDocument::parse(bench.lines()[altered->first]).value();
        const auto after = JsonDocument::parse(altered->second).value();
        judge("recorded verdict", bench, *altered, verdicts_of(before.root()) == verdicts_of(after.root()));
    }

    /// As far as a check can tell them apart.
    static std::string verdicts_of(const JsonValue& trial) {
        const auto info = trial["info"]["reward_info"];
        const bool graded = info["components"].is(JsonKind::object);
        const auto score = [](const JsonValue& value) { return value.number().value_or(-1); };
        return fmt::format("{:.9f} {} {} {} {} {}", score(trial["reward"]), graded,
                           info["info"]["gt_data_hash"].text(), score(info["info"]["r_actions"]),
                           score(info["info"]["r_outputs"]), score(info["components"]["steps"]));
    }

    void state(Bench& bench) {
        const auto& file = bench.set().files[dice_() % bench.set().files.size()];
        auto text = read_whole(bench.data() / (file + ".json"));
        const auto document = JsonDocument::parse(text).value();
        const auto members = document.root().members();
        if (members.empty()) return;
        const auto places = places_in(text, members[dice_() % members.size()].second);
        if (places.empty()) return;
        const auto at = places[dice_() % places.size()];
        text[at] = other_than(text[at], dice_);
        const auto world = bench.open([&](const std::string& name) -> std::optional<std::string> {
            return name == file + ".json" ? std::optional(text) : files_in(bench.data())(name);
        });
        // Of the trials that recorded what their whole state was.
        for (int tries = 0; tries < 50; ++tries) {
            const auto number = dice_() % bench.lines().size();
            if (bench.lines()[number].find("gt_data_hash") == std::string::npos) continue;
            auto& tally = tallies_["initial state"];
            ++tally.made;
            if (bench.replay_line(bench.lines()[number], *world, make_verifiers()) != bench.findings(number))
                ++tally.caught;
            else
                ++tally.survived;
            return;
        }
    }

    int report() const {
        Tally all;
        fmt::print("{:<20}{:>7}{:>8}{:>7}{:>10}\n", "mutants", "made", "caught", "same", "survived");
        for (const auto& [kind, tally] : tallies_) {
            fmt::print("{:<20}{:>7}{:>8}{:>7}{:>10}\n", kind, tally.made, tally.caught, tally.same,
                       tally.survived);
            all.made += tally.made, all.caught += tally.caught, all.same += tally.same;
            all.survived += tally.survived;
        }
        for (const auto& survivor : survivors_)
            fmt::print("  survived: {}\n", survivor);
        const auto share = 100.0 * static_cast<double>(all.caught) / static_cast<double>(all.made - all.same);
        fmt::print(
            "\n{} mutants, {} of them the same to whoever executes them; {:.2f} % of the others caught\n",
            all.made, all.same, share);
        return share >= 99 ? 0 : 1;
    }

    Dice dice_;
    std::vector<std::unique_ptr<Bench>> benches_;
    std::map<std::string, Tally> tallies_;
    std::vector<std::string> survivors_;
};

}  // namespace
}  // namespace stet::test

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 120;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    const char* corpora = std::getenv("STET_CORPORA");
    if (corpora == nullptr || !std::filesystem::is_directory(corpora)) {
        fmt::print("SKIPPED: STET_CORPORA names no directory with published runs: nothing was altered\n");
        return 0;
    }
    try {
        return stet::test::Mutants(corpora, seed).run(count);
    } catch (const std::exception& trouble) {
        fmt::print(stderr, "stress_world_mutants: {}\n", trouble.what());
        return 2;
    }
}
