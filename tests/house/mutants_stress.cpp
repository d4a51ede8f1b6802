#include "tests/house/mutant_story.hpp"
#include "tests/storage/wounds.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/door/storage.hpp>
#include <stet/readings.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// stress_mutants COUNT SEED: alters a sealed log in COUNT ways, each on a fresh copy, and requires that
// somebody notices. Five of six are made in the file, behind stet's back: opening, fsck or replay must tell.
// One of six is told otherwise from the start and then chained and sealed by the normal writer, so that the
// log is whole: replay alone can tell. A mutant that reads the same to the byte (free space of a page, an
// index) is no mutant, and counted apart. What survives is listed with its reason.

namespace stet::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t share_counts_from = 1000;  // Mutants.

/// What a log says, in parts that are compared one by one.
struct Saying {
    std::map<std::string, std::string> parts;
    std::vector<Event> events;
    std::vector<Addendum> addenda;
};

struct Tally {
    std::size_t made = 0, opening = 0, fsck = 0, reading = 0, replay = 0, same = 0, survived = 0;
    std::size_t noticed() const { return opening + fsck + reading + replay; }
    void add(const Tally& other) {
        made += other.made, opening += other.opening, fsck += other.fsck, reading += other.reading;
        replay += other.replay, same += other.same, survived += other.survived;
    }
};

class Mutants {
public:
    explicit Mutants(std::uint64_t seed) : dice_(seed) {}
    int run(std::size_t count);

private:
    void make_original();
    void make_wound(Wound kind, std::size_t number);
    void make_lie(std::size_t number);
    void examine(Tally& tally, const std::string& name, const std::string& what);
    std::string why_it_survives(const Saying& saying) const;
    int report() const;

    Dice dice_;
    TempDir dir_;
    fs::path path_ = dir_ / "a.stet";
    Story story_ = tell_story();
    std::string bytes_;  ///< Of the log as it was sealed.
    Saying original_;
    std::map<std::string, Tally> tallies_;
    std::vector<std::string> survivors_;
    std::size_t unexplained_ = 0;
};

// Throws Trouble when the log can't be read. A payload that is refused is a part that differs.
Saying listen_to(const Log& log, const MemoryLog& written) {
    Saying saying;
    const auto list = log.list();
    saying.parts["trajectories"] = std::to_string(list.size());
    for (const auto& one : list) {
        saying.parts["name"] += one.name + "\n";
        saying.parts["beginning"] += std::to_string(one.begun_wall_ms) + "\n";
        saying.parts["summary"] +=
            fmt::format("{} {} {} {} {}\n", to_string(one.id), to_string(one.standing), one.events,
                        one.ended_wall_ms, one.root ? to_hex(*one.root) : "");
        const auto readings = log.readings(one.id);
        saying.parts["readings"] += readings ? to_json(*readings) : "none";
        const auto source = log.source(one.id);
        while (auto event = source->next())
            saying.events.push_back(std::move(*event));
        for (const auto& [digest, bytes] : written.payloads) {
            const auto found = source->payload(digest);
            saying.parts["payload"] += found ? (*found == bytes ? "=" : "altered") : found.error().what;
        }
        saying.addenda = source->addenda();
    }
    return saying;
}

bool replays(const Log& log) {
    try {
        return headline(replay_story(*log.source(log.list().at(0).id)), Level::bytes) == Headline::confirmed;
    } catch (const Trouble&) {
        return false;
    }
}

// docs/file-format.md, "Addenda". Made by hand, as whoever follows that page may.
void add_addenda(const fs::path& path, const Digest& root) {
    Digest value = root;
    const std::pair<const char*, const char*> all[] = {{"verdict", R"({"outcome":"pass"})"},
                                                       {"label", R"({"good":true})"}};
    for (int number = 0; const auto& [kind, body] : all) {
        const std::string before(value.bytes.begin(), value.bytes.end());
        value = sha256(before + fmt::format("{}\n{}\n{}\n{}", number, kind, 5, body));
        run_sql(path, fmt::format("INSERT INTO addendum(trajectory, number, kind, wall_ms, body, value)"
                                  " VALUES(1, {}, '{}', 5, '{}', x'{}')",
                                  number, kind, body, to_hex(value)));
        ++number;
    }
}

void Mutants::make_original() {
    write_log(story_.log, path_);
    Log log = Log::open(path_);
    const auto id = log.list().at(0).id;
    const auto source = log.source(id);
    log.store(id, annotate(*source));
    add_addenda(path_, *log.list()[0].root);
    original_ = listen_to(log, story_.log);
    if (const auto flaws = log.fsck(); !flaws.empty()) throw Trouble("make log", "", flaws[0].what);
    if (!replays(log)) throw Trouble("make log", "", "its replay is not confirmed");
    bytes_ = read_file(path_);
}

// Empty when nobody can explain it.
std::string Mutants::why_it_survives(const Saying& saying) const {
    static const std::map<std::string, std::string> uncovered = {
        {"name", "a trajectory's name is for people, and not covered by the root"},
        {"beginning", "begun_wall_ms is not covered by the root"},
        {"readings", "readings are covered by nothing: they can be made again"},
    };
    std::string why;
    for (const auto& [part, text] : original_.parts) {
        const auto there = saying.parts.find(part);
        if (there != saying.parts.end() && there->second == text) continue;
        const auto reason = uncovered.find(part);
        if (reason == uncovered.end()) return "";
        why = reason->second;
    }
    if (saying.events != original_.events) return "";
    if (saying.addenda == original_.addenda) return why;
    auto begin = original_.addenda;
    begin.resize(std::min(begin.size(), saying.addenda.size()));
    return begin == saying.addenda ? "nothing is chained behind the last addendum that would miss it" : "";
}

void Mutants::examine(Tally& tally, const std::string& name, const std::string& what) {
    ++tally.made;
    std::optional<Log> log;
    try {
        log = Log::open(path_);
    } catch (const Trouble&) {
        ++tally.opening;
        return;
    }
    Saying saying;
    try {
        if (!log->fsck().empty()) {
            ++tally.fsck;
            return;
        }
        saying = listen_to(*log, story_.log);
    } catch (const Trouble&) {
        ++tally.reading;
        return;
    }
    if (saying.parts == original_.parts && saying.events == original_.events &&
        saying.addenda == original_.addenda) {
        ++tally.same;
        return;
    }
    if (!replays(*log)) {
        ++tally.replay;
        return;
    }
    ++tally.survived;
    const auto why = why_it_survives(saying);
    if (why.empty()) ++unexplained_;
    survivors_.push_back(fmt::format("{}: {}: {}", name, what, why.empty() ? "UNEXPLAINED" : why));
}

void Mutants::make_wound(Wound kind, std::size_t number) {
    const std::string name(wound_names.at(static_cast<std::size_t>(kind)));
    for (int tries = 0; tries < 50; ++tries) {
        write_file(path_, bytes_);
        const auto what = wound(path_, kind, number, dice_);
        if (what.empty()) continue;
        return examine(tallies_[name], name, what);
    }
    // Nothing can be done at this place: a column of one value, or one that SQLite guards.
}

// What somebody could say who has the recorder itself, or a copy of its code. Each alters one event of the
// story; false when it cannot.
struct Lie {
    const char* name;
    std::function<bool(Event&, Dice&)> tell;
};

Digest another(Digest digest, Dice& dice) {
    digest.bytes[dice() % digest.bytes.size()] ^= static_cast<std::uint8_t>(1u << (dice() % 8));
    return digest;
}

template <class Body>
Lie lie(const char* name, void (*change)(Body&, Dice&)) {
    return {name, [change](Event& event, Dice& dice) {
                auto* body = std::get_if<Body>(&event.body);
                if (body == nullptr) return false;
                const auto before = *body;
                change(*body, dice);
                return *body != before;
            }};
}

const std::vector<Lie>& lies() {
    static const std::vector<Lie> all = {
        lie<ToolResult>("resealed: tool result",
                        [](ToolResult& result, Dice& dice) {
                            if (dice() % 2 == 0) result.exit_code = static_cast<int>(dice() % 256);
                            result.status = static_cast<ToolStatus>(dice() % 7);
                        }),
        lie<ToolCall>("resealed: tool call",
                      [](ToolCall& call, Dice& dice) { call.tool += static_cast<char>('a' + dice() % 26); }),
        lie<ModelResult>("resealed: model result",
                         [](ModelResult& result, Dice& dice) {
                             if (dice() % 2 == 0) {
                                 result.model += "x";
                             } else {
                                 result.usage.output = static_cast<std::int64_t>(dice() % 1000);
                             }
                         }),
        lie<StateDiff>("resealed: state",
                       [](StateDiff& diff, Dice& dice) {
                           auto& digest = dice() % 2 == 0 ? diff.before : diff.after;
                           digest = another(digest, dice);
                       }),
        lie<Snapshot>("resealed: snapshot",
                      [](Snapshot& snapshot, Dice& dice) { snapshot.state = another(snapshot.state, dice); }),
        lie<CheckResult>("resealed: check result",
                         [](CheckResult& result, Dice& dice) { result.state = another(result.state, dice); }),
        lie<VerdictGiven>("resealed: verdict",
                          [](VerdictGiven& given, Dice& dice) {
                              given.verdict.outcome = static_cast<Outcome>(dice() % 6);
                          }),
    };
    return all;
}

void Mutants::make_lie(std::size_t number) {
    const auto kind = number % (lies().size() + 1);
    std::string name = "resealed: answer", what;
    Story told;
    if (kind == lies().size()) {  // An answer at the tool boundary, recorded with another bit.
        Twist twist{dice_() % story_.answers.size(), 0, static_cast<unsigned>(dice_() % 8)};
        twist.byte = dice_() % story_.answers[twist.answer].size();
        told = tell_story(twist);
        what = fmt::format("bit {} of byte {} of answer {}", twist.bit, twist.byte, twist.answer);
    } else {
        name = lies()[kind].name;
        told.log = story_.log;
        auto at = dice_() % told.log.events.size();
        while (!lies()[kind].tell(told.log.events[at], dice_))
            at = (at + 1) % told.log.events.size();
        what = fmt::format("event {}", at);
    }
    fs::remove(path_);
    write_log(told.log, path_);
    Tally& tally = tallies_[name];
    ++tally.made;
    const Log log = Log::open(path_);
    if (!log.fsck().empty()) {
        ++tally.fsck;
        return;
    }
    if (!replays(log)) {
        ++tally.replay;
        return;
    }
    ++tally.survived;
    ++unexplained_;
    survivors_.push_back(fmt::format("{}: {}: UNEXPLAINED", name, what));
}

int Mutants::report() const {
    Tally all;
    fmt::print("{:<26}{:>7}{:>9}{:>7}{:>9}{:>8}{:>7}{:>10}\n", "mutants", "made", "opening", "fsck",
               "reading", "replay", "same", "survived");
    const auto row = [](const std::string& name, const Tally& tally) {
        fmt::print("{:<26}{:>7}{:>9}{:>7}{:>9}{:>8}{:>7}{:>10}\n", name, tally.made, tally.opening,
                   tally.fsck, tally.reading, tally.replay, tally.same, tally.survived);
    };
    for (const auto& [name, tally] : tallies_) {
        row(name, tally);
        all.add(tally);
    }
    row("all", all);
    if (!survivors_.empty()) fmt::print("\nsurvivors:\n");
    for (const auto& survivor : survivors_)
        fmt::print("  {}\n", survivor);
    const auto effective = all.made - all.same;
    const auto caught = 100.0 * static_cast<double>(all.noticed()) / static_cast<double>(effective);
    fmt::print(
        "\n{} mutants, {} of them read the same; {:.2f} % of the others noticed, {} survived, {} "
        "unexplained\n",
        all.made, all.same, caught, all.survived, unexplained_);
    // In a small sample a single one that is explained would be more than one in a hundred.
    const bool enough = caught >= 99 || effective < share_counts_from;
    return enough && unexplained_ == 0 ? 0 : 1;
}

int Mutants::run(std::size_t count) {
    make_original();
    for (std::size_t number = 0; number < count; ++number) {
        if (number % 6 == 5) {
            make_lie(number / 6);
        } else {
            const auto turn = number - number / 6;
            make_wound(static_cast<Wound>(turn % wound_names.size()), turn / wound_names.size());
        }
    }
    return report();
}

}  // namespace
}  // namespace stet::test

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 240;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    try {
        return stet::test::Mutants(seed).run(count);
    } catch (const std::exception& trouble) {
        fmt::print(stderr, "stress_mutants: {}\n", trouble.what());
        return 2;
    }
}
