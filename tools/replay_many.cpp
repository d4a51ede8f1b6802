#include "tools/replay_many.hpp"

#include "tools/render.hpp"
#include "tools/run_pool.hpp"
#include "tools/say.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace stet {
namespace {

constexpr std::array levels{Level::bytes, Level::value, Level::normalised, Level::effect, Level::none};
constexpr std::array outcomes{CheckOutcome::confirmed, CheckOutcome::refuted, CheckOutcome::unstable,
                              CheckOutcome::unverifiable};
std::string set_of(const std::optional<Begin>& begin) {
    return begin && begin->episode ? begin->episode->world : "workspace";
}

/// What a set amounts to.
struct Sums {
    std::size_t trajectories = 0, calls = 0, troubles = 0;
    std::array<std::size_t, levels.size()> at_level{};
    std::array<std::size_t, outcomes.size()> checks{};
    std::map<std::string, std::size_t> causes;  ///< Of what diverged.

    void add(const Replayed& one) {
        ++trajectories;
        if (!one.report) {
            ++troubles;
            return;
        }
        calls += one.report->calls;
        for (std::size_t i = 0; i < levels.size(); ++i)
            at_level[i] += one.report->at_level[i];
        for (const auto& check : one.report->checks)
            ++checks[static_cast<std::size_t>(check.outcome)];
        for (const auto& divergence : one.report->divergences)
            ++causes[divergence.cause];
    }
};

std::map<std::string, Sums> sums_of(const std::vector<Replayed>& all) {
    std::map<std::string, Sums> sets;
    for (const auto& one : all)
        sets[one.set].add(one);
    return sets;
}

void print_row(std::string_view name, const Sums& sums) {
    fmt::print("{:<20} {:>6} {:>7}", short_line(name, 20), sums.trajectories, sums.calls);
    for (const auto count : sums.at_level)
        fmt::print(" {:>7}", count);
    for (const auto count : sums.checks)
        fmt::print(" {:>9}", count);
    fmt::print("\n");
}

/// "recorded 0.91, derived 0.81"
std::string scores_of(const CheckReplay& check) {
    const auto text = [](Outcome outcome, const std::optional<double>& score) {
        return outcome == Outcome::score && score ? fmt::format("{:.6g}", *score)
                                                  : std::string(to_string(outcome));
    };
    return fmt::format("recorded {}, derived {}", text(check.recorded, check.recorded_score),
                       check.derived ? text(*check.derived, check.derived_score) : "nothing");
}

void print_exceptions(const std::vector<Replayed>& all) {
    constexpr std::size_t shown_max = 40;
    std::size_t found = 0;
    const auto line = [&](const Replayed& one, const std::string& what) {
        if (++found <= shown_max)
            fmt::print("  {}  {:<18} {}\n", to_string(one.summary.id).substr(0, 10),
                       short_line(one.summary.name, 18), short_line(what, 120));
    };
    for (const auto& one : all) {
        if (!one.report) line(one, one.trouble);
        if (!one.report) continue;
        for (const auto& check : one.report->checks) {
            if (check.outcome == CheckOutcome::confirmed) continue;
            line(one, fmt::format("{}: {} ({}{}{})", check.name, to_string(check.outcome), scores_of(check),
                                  check.cause.empty() ? "" : "; ", check.cause));
        }
    }
    if (found > shown_max) fmt::print("  … and {} more; --json has all\n", found - shown_max);
}

}  // namespace

std::vector<Replayed> replay_all(const ReplayArguments& arguments, std::vector<Located> runs) {
    std::ranges::sort(runs, {}, [](const Located& one) { return std::pair(one.summary.id, one.log); });
    std::vector<Replayed> all(runs.size());
    const auto replay_one = [&](std::size_t i, OpenedRun& run, Replayer& replayer, bool main_thread) {
        auto& one = all[i];
        one.set = set_of(begin_of(*run.log.source(run.summary.id)));
        if (!main_thread && one.set == "workspace") return false;
        one.report = replayer.replay(run);
        return true;
    };
    const auto troubles = for_each_run(runs, arguments, "replay", replay_one);
    for (std::size_t i = 0; i < runs.size(); ++i) {
        all[i].summary = runs[i].summary;
        all[i].log = runs[i].log;
        all[i].trouble = troubles[i];
    }
    return all;
}

void keep_reports(const std::vector<Replayed>& all, Level level) {
    std::map<std::filesystem::path, std::vector<const Replayed*>> by_log;
    for (const auto& one : all) {
        if (one.report) by_log[one.log].push_back(&one);
    }
    for (const auto& [path, some] : by_log) {
        auto log = Log::open(path);
        for (const auto* one : some)
            keep_report(log, one->summary, *one->report, level);
    }
}

void print_table(const std::vector<Replayed>& all, Level level) {
    fmt::print("{:<20} {:>6} {:>7}", "SET", "RUNS", "CALLS");
    for (const auto one : levels)
        fmt::print(" {:>7}", one == Level::normalised ? "NORM." : fmt::format("{}", to_string(one)));
    for (const auto outcome : outcomes)
        fmt::print(" {:>9}", outcome == CheckOutcome::unverifiable ? "unverif." : to_string(outcome));
    fmt::print("\n");
    Sums sum;
    for (const auto& one : all)
        sum.add(one);
    const auto sets = sums_of(all);
    for (const auto& [name, sums] : sets)
        print_row(name, sums);
    if (sets.size() > 1) print_row("all", sum);
    for (const auto& [cause, count] : sum.causes)
        fmt::print("  {} answers or states differ: {}\n", count, safe(cause));
    print_exceptions(all);
    std::array<std::size_t, 4> heads{};
    for (const auto& one : all) {
        if (one.report) ++heads[static_cast<std::size_t>(headline(*one.report, level))];
    }
    fmt::print("{} confirmed, {} refuted, {} diverged, {} unverifiable{}\n", heads[0], heads[1], heads[2],
               heads[3], sum.troubles == 0 ? "" : fmt::format(", {} not replayed", sum.troubles));
}

void print_json(const std::vector<Replayed>& all, Level level) {
    for (const auto& one : all) {
        if (one.report)
            fmt::print("{}\n", to_json(*one.report, level));
        else
            say(fmt::format("replay {}: {}", to_string(one.summary.id).substr(0, 10), one.trouble));
    }
    JsonWriter json;
    json.open('{').key("summary").open('[');
    for (const auto& [name, sums] : sums_of(all)) {
        json.open('{').member("set", name).member("trajectories", sums.trajectories);
        json.member("calls", sums.calls).member("not_replayed", sums.troubles).key("at_level").open('{');
        for (std::size_t i = 0; i < levels.size(); ++i)
            json.member(to_string(levels[i]), sums.at_level[i]);
        json.close('}').key("checks").open('{');
        for (std::size_t i = 0; i < outcomes.size(); ++i)
            json.member(to_string(outcomes[i]), sums.checks[i]);
        json.close('}').key("causes").open('{');
        for (const auto& [cause, count] : sums.causes)
            json.member(cause, count);
        json.close('}').close('}');
    }
    fmt::print("{}\n", json.close(']').close('}').text());
}

int exit_code(const std::vector<Replayed>& all, Level level) {
    constexpr std::array order{0, 3, 1, 2};  // From the mildest to the gravest.
    std::size_t gravest = 0;
    for (const auto& one : all) {
        const int code = one.report ? exit_code(headline(*one.report, level)) : 2;
        gravest = std::max(gravest, static_cast<std::size_t>(std::ranges::find(order, code) - order.begin()));
    }
    return order.at(gravest);
}

}  // namespace stet
