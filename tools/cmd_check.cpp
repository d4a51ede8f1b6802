#include "tools/checks.hpp"
#include "tools/commands.hpp"
#include "tools/interruption.hpp"
#include "tools/render.hpp"
#include "tools/run_pool.hpp"
#include "tools/say.hpp"
#include "tools/vouch.hpp"

#include <stet/door/envs.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

namespace stet {
namespace {

constexpr std::string_view addendum_kind = "verdict";

/// A check as it is asked for now, and bound to what it is by digest.
CheckSpec read_verifier(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Trouble("read verifier", path.string(), "it cannot be read");
    CheckSpec spec;
    spec.verifier = std::string((std::istreambuf_iterator<char>(in)), {});
    const auto made = make_verifiers()(*spec.verifier);
    if (!made) throw Trouble("read verifier", path.string(), made.error().what, made.error().hint);
    const auto document = JsonDocument::parse(*spec.verifier).value();
    spec.name = document.root()["name"].text_or(path.stem().string());
    spec.digest = sha256(spec.name + "\n" + *spec.verifier);
    return spec;
}

std::vector<CheckSpec> read_checks(const CheckArguments& arguments) {
    std::vector<CheckSpec> specs;
    for (std::size_t i = 0; i < arguments.checks.size(); ++i) {
        specs.push_back(parse_check(arguments.checks[i], i));
        specs.back().timeout_ms = arguments.check_timeout_s * 1000;
    }
    for (const auto& path : arguments.verifiers)
        specs.push_back(read_verifier(path));
    std::set<std::string> names;
    for (const auto& spec : specs) {
        if (!names.insert(spec.name).second)
            throw Trouble("check", spec.name, "two checks have this name", "give each one its own");
    }
    if (specs.empty())
        throw Trouble("check", "", "there is nothing to check",
                      "name a --check COMMAND or a --verifier FILE");
    return specs;
}

/// What a run said of this check before: recorded, or the newest of the late verdicts.
struct Earlier {
    std::optional<Verdict> verdict;
    bool same_check = false;  ///< It is a verdict of this very check, made here: nothing is left to do.
};

std::string name_of(const CheckSpec& spec) {
    return spec.verifier ? to_hex(spec.digest) : spec.command;
}

Verdict read_verdict(const JsonValue& json) {
    Verdict verdict{
        .check = json["check"].text(), .score = json["score"].number(), .why = json["why"].text()};
    for (const auto outcome :
         {Outcome::pass, Outcome::fail, Outcome::score, Outcome::abstain, Outcome::error}) {
        if (json["outcome"].text() == to_string(outcome)) verdict.outcome = outcome;
    }
    return verdict;
}

Earlier find_earlier(EventSource& source, const CheckSpec& spec) {
    Earlier earlier;
    source.seek(Seq{0});
    while (const auto event = source.next()) {
        const auto* given = std::get_if<VerdictGiven>(&event->body);
        if (given != nullptr && given->verdict.check == spec.name) earlier.verdict = given->verdict;
    }
    source.seek(Seq{0});
    for (const auto& addendum : source.addenda()) {
        if (addendum.kind != addendum_kind) continue;
        const auto body = JsonDocument::parse(addendum.body);
        if (!body || body->root()["check"].text() != spec.name) continue;
        earlier.verdict = read_verdict(body->root());
        earlier.same_check =
            body->root()["of"].text() == name_of(spec) && vouched(source.summary(), addendum.body);
    }
    return earlier;
}

std::string to_json(const CheckSpec& spec, const Verdict& verdict, const ReplayReport& report) {
    JsonWriter json;
    json.open('{').member("check", spec.name).member("of", name_of(spec));
    if (spec.verifier)
        json.key("verifier").raw(*canonical_json(*spec.verifier));
    else
        json.member("command", spec.command);
    json.member("kind", verdict.kind).member("outcome", verdict.outcome).member("score", verdict.score);
    json.member("why", verdict.why).member("how", report.how).member("fidelity", report.fidelity);
    return json.member("engine", report.engine).close('}').take();
}

std::string word_of_verdict(const std::optional<Verdict>& verdict) {
    if (!verdict) return "-";
    return verdict->outcome == Outcome::score && verdict->score ? fmt::format("{:.6g}", *verdict->score)
                                                                : std::string(to_string(verdict->outcome));
}

/// One check of one run.
struct Row {
    const Located* run = nullptr;
    std::string check;
    std::optional<Verdict> before;
    std::optional<Verdict> now;  ///< None: it was there already.
    std::string addendum;        ///< To be added.
};

class LateChecks {
public:
    explicit LateChecks(const CheckArguments& arguments)
        : arguments_(arguments), specs_(read_checks(arguments)) {
        replaying_.threads = arguments.threads;
        replaying_.sandbox = arguments.sandbox;
        replaying_.trust = arguments.trust;
        replaying_.data = arguments.data;
        replaying_.world = arguments.world;
    }

    int run() {
        runs_ = arguments_.imported ? find_imported() : find_runs(arguments_.runs, arguments_.where);
        std::ranges::sort(runs_, {}, [](const Located& one) { return std::pair(one.summary.id, one.log); });
        rows_.resize(runs_.size());
        troubles_.resize(runs_.size());
        for (std::size_t first = 0; first < runs_.size(); first += kept_together)
            check_some(first, std::min(runs_.size(), first + kept_together));
        print();
        return code();
    }

private:
    /// Who is interrupted, or killed, goes on behind what was kept.
    void check_some(std::size_t first, std::size_t end) {
        const std::vector<Located> some(runs_.begin() + static_cast<std::ptrdiff_t>(first),
                                        runs_.begin() + static_cast<std::ptrdiff_t>(end));
        const auto work = [&](std::size_t i, OpenedRun& run, Replayer& replayer, bool main_thread) {
            return check(first + i, run, replayer, main_thread);
        };
        try {
            const auto troubles = for_each_run(some, replaying_, "check", work);
            std::ranges::copy(troubles, troubles_.begin() + static_cast<std::ptrdiff_t>(first));
        } catch (const Interrupted&) {
            keep(first, end);
            throw;
        }
        keep(first, end);
    }

    bool check(std::size_t i, OpenedRun& run, Replayer& replayer, bool main_thread) {
        const auto source = run.log.source(run.summary.id);
        const auto begin = begin_of(*source);
        if (!main_thread && !(begin && begin->episode)) return false;
        std::vector<CheckSpec> wanted;
        std::vector<Row> rows;
        for (const auto& spec : specs_) {
            const auto earlier = find_earlier(*source, spec);
            rows.push_back({&runs_[i], spec.name, earlier.verdict, {}, {}});
            if (!earlier.same_check) wanted.push_back(spec);
        }
        if (!wanted.empty()) {
            const auto report = replayer.replay(run, wanted);
            for (const auto& verdict : report.late) {
                const auto row = std::ranges::find(rows, verdict.check, &Row::check);
                const auto spec = std::ranges::find(wanted, verdict.check, &CheckSpec::name);
                if (row == rows.end() || spec == wanted.end()) continue;
                row->now = verdict;
                row->addendum = to_json(*spec, verdict, report);
            }
        }
        rows_[i] = std::move(rows);
        return true;
    }

    void keep(std::size_t first, std::size_t end) {
        if (arguments_.dry) return;
        const auto redactor = make_redactor();
        std::map<std::filesystem::path, std::vector<std::pair<const Located*, std::string>>> by_log;
        for (auto i = first; i < end; ++i) {
            for (auto& row : rows_[i]) {
                if (!row.addendum.empty() && row.run->summary.standing == Standing::sealed)
                    by_log[row.run->log].emplace_back(row.run, std::exchange(row.addendum, {}));
            }
        }
        for (auto& [path, verdicts] : by_log) {
            auto log = Log::open(path);
            for (auto& [run, json] : verdicts)
                log.add(run->summary.id, addendum_kind, wall_ms_now(), vouch(run->summary, json, *redactor));
        }
    }

    void print() const {
        std::map<std::pair<std::string, std::string>, std::size_t> changes;
        std::size_t shown = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (!troubles_[i].empty())
                say(fmt::format("check {}: {}", to_string(runs_[i].summary.id).substr(0, 10), troubles_[i]));
            for (const auto& row : rows_[i]) {
                const auto before = word_of_verdict(row.before),
                           now = word_of_verdict(row.now ? row.now : row.before);
                ++changes[{before, now}];
                if (arguments_.json)
                    print_json(row);
                else if (is_news(row) && shown++ < rows_shown_max)
                    fmt::print("{}  {:<18} {}: {} → {}  {}\n", to_string(row.run->summary.id).substr(0, 10),
                               short_line(row.run->summary.name, 18), safe(row.check), before, now,
                               short_line(row.now ? row.now->why : "", 80));
            }
        }
        if (arguments_.json) return;
        fmt::print("{:>10} {:>10} {:>8}\n", "BEFORE", "NOW", "RUNS");
        for (const auto& [change, count] : changes)
            fmt::print("{:>10} {:>10} {:>8}\n", change.first, change.second, count);
    }

    /// Another verdict than before, or none.
    static bool is_news(const Row& row) {
        if (!row.now) return false;
        const bool other = row.before && word_of_verdict(row.before) != word_of_verdict(row.now);
        return other || row.now->outcome > Outcome::score;
    }

    static void print_json(const Row& row) {
        const auto& now = row.now ? row.now : row.before;
        JsonWriter json;
        json.open('{').member("trajectory", row.run->summary.id).member("check", row.check);
        json.key("before");
        put(json, row.before);
        json.key("now");
        put(json, now);
        fmt::print("{}\n", json.member("new", row.now.has_value()).close('}').text());
    }

    static void put(JsonWriter& json, const std::optional<Verdict>& verdict) {
        if (!verdict) {
            json.null();
            return;
        }
        json.open('{').member("outcome", verdict->outcome).member("score", verdict->score);
        json.member("why", verdict->why).close('}');
    }

    /// 2 where a run could not be examined, 3 where a check did not decide.
    int code() const {
        if (std::ranges::any_of(troubles_, [](const auto& trouble) { return !trouble.empty(); })) return 2;
        for (const auto& rows : rows_) {
            for (const auto& row : rows) {
                if (row.now && row.now->outcome > Outcome::score) return 3;
            }
        }
        return 0;
    }

    static constexpr std::size_t rows_shown_max = 40, kept_together = 256;

    const CheckArguments& arguments_;
    std::vector<CheckSpec> specs_;
    ReplayArguments replaying_;
    std::vector<Located> runs_;
    std::vector<std::vector<Row>> rows_;  // Beside `runs_`.
    std::vector<std::string> troubles_;
};

}  // namespace

int check_command(const CheckArguments& arguments) {
    try {
        return LateChecks(arguments).run();
    } catch (const Interrupted& interrupted) {
        say("check: interrupted; say it again to go on");
        return 128 + interrupted.signal;
    }
}

}  // namespace stet
