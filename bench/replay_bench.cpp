// Published runs, executed again: steps of declared worlds, resets, and whole replays with their checks.
// STET_CORPORA names the directory that holds them (docs/worlds.md).

#include "bench/figures.hpp"
#include "bench/place.hpp"

#include <stet/door/envs.hpp>
#include <stet/door/formats.hpp>
#include <stet/door/replay.hpp>
#include <stet/door/storage.hpp>
#include <stet/journal.hpp>
#include <stet/json.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <thread>

namespace stet::bench {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t repetitions = 5;
constexpr double measured_s_min = 0.4;

double cpu_s() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

fs::path corpora() {
    const char* where = std::getenv("STET_CORPORA");
    if (where == nullptr || !fs::is_directory(where))
        throw Trouble("measure replays", "STET_CORPORA", "it names no directory", "see docs/worlds.md");
    return where;
}

std::string read_whole(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw Trouble("read", path.string(), "it is not there");
    return {(std::istreambuf_iterator<char>(in)), {}};
}

std::unique_ptr<Environment> open(const std::string& name, const fs::path& data) {
    auto world = open_world(name, shipped_world(name), files_in(data));
    if (!world) throw Trouble("open world", name, world.error().what, world.error().hint);
    return *std::move(world);
}

using Runs = std::vector<std::vector<WorldCall>>;

/// The calls of tau-bench's runs: the first of each turn.
Runs tau_calls(const fs::path& file) {
    Runs runs;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const auto document = JsonDocument::parse(line).value();
        auto& calls = runs.emplace_back();
        for (const auto& message : document.root()["traj"].elements()) {
            const auto call = message["tool_calls"][std::size_t{0}]["function"];
            if (call) calls.push_back({call["name"].text(), call["arguments"].text()});
        }
    }
    return runs;
}

/// The calls of WorkBench's runs.
Runs workbench_calls(const fs::path& set) {
    Runs runs;
    for (const auto* file : {"dev/gpt-4_all.jsonl", "dev/gpt-4_domains.jsonl"}) {
        std::ifstream in(set / file);
        for (std::string line; std::getline(in, line);) {
            const auto document = JsonDocument::parse(line).value();
            auto& calls = runs.emplace_back();
            for (const auto& call : document.root()["calls"].elements())
                calls.push_back({call["tool"].text(), std::string(call["args"].raw())});
        }
    }
    return runs;
}

/// Steps a second when each run is made once, in a world that has answered nothing yet.
double first_steps_per_s(const std::string& name, const fs::path& data, const Runs& runs) {
    std::size_t steps = 0;
    double spent = 0;
    while (spent < measured_s_min / 4) {
        const auto world = open(name, data);
        const double began = cpu_s();
        for (const auto& run : runs) {
            (void)world->reset({});
            for (const auto& call : run)
                (void)world->step(call);
            steps += run.size();
        }
        spent += cpu_s() - began;
    }
    return static_cast<double>(steps) / spent;
}

/// Steps a second, resets between the runs included.
double steps_per_s(Environment& world, const Runs& runs) {
    std::size_t steps = 0;
    const double began = cpu_s();
    double spent = 0;
    while (spent < measured_s_min) {
        for (const auto& run : runs) {
            (void)world.reset({});
            for (const auto& call : run)
                (void)world.step(call);
            steps += run.size();
        }
        spent = cpu_s() - began;
    }
    return static_cast<double>(steps) / spent;
}

/// Microseconds of a reset after a run that changed something.
double reset_us(Environment& world, const Runs& runs) {
    double spent = 0;
    std::size_t resets = 0;
    while (spent < measured_s_min / 20 || resets < 1000) {
        for (const auto& run : runs) {
            for (const auto& call : run)
                (void)world.step(call);
            const double began = cpu_s();
            (void)world.reset({});
            spent += cpu_s() - began;
            ++resets;
        }
    }
    return spent * 1e6 / static_cast<double>(resets);
}

/// What others do for an episode's step: the whole state copied, written and hashed again.
double copies_per_s(const fs::path& data, const std::vector<std::string>& files) {
    boost::json::object state;
    for (const auto& file : files)
        state[file] = boost::json::parse(read_whole(data / (file + ".json")));
    std::size_t steps = 0;
    const double began = cpu_s();
    double spent = 0;
    while (spent < measured_s_min) {
        const boost::json::object copy(state);
        if (!sha256(boost::json::serialize(copy))) return 0;
        ++steps;
        spent = cpu_s() - began;
    }
    return static_cast<double>(steps) / spent;
}

// ---- whole replays -----------------------------------------------------------------------------------

/// A published file as a log, and what replaying it needs on one thread.
class Replays {
public:
    Replays(const fs::path& path, const std::string& world, const fs::path& set)
        : data_(set / "db"), world_(world) {
        const auto text = read_whole(set / "dev/trajectories.jsonl");
        const std::vector<ImportFile> files{{"trajectories.jsonl", text}};
        const auto importer = make_importer("tau-bench").value();
        Redactor redactor(std::string(32, 'k'));
        {
            const auto log = LogWriter::create(path);
            for (const auto& trial : importer->split(files).value()) {
                const auto episode = [&](std::string_view name) {
                    return std::optional(EpisodeSpec{.world = std::string(name), .version = "1"});
                };
                auto made = importer->read({std::string(trial.pieces.front())}, episode).value();
                Journal journal(trial.id, made.name, 0, redactor, *log);
                for (auto& draft : made.drafts)
                    journal.append(std::move(draft));
                journal.seal({});
            }
        }
        path_ = path;
    }

    /// One thread's part: every `of`-th trajectory, `times` times. Seconds of the wall clock, after loading.
    class Thread {
    public:
        Thread(const Replays& replays, std::size_t first, std::size_t of)
            : log_(Log::open(replays.path_)), world_(open(replays.world_, replays.data_)) {
            options_.world = world_.get();
            options_.make_verifier = make_verifiers();
            options_.engine = "bench";
            const auto all = log_.list();
            for (std::size_t i = first; i < all.size(); i += of)
                sources_.push_back(log_.source(all[i].id));
            run();  // What is read on demand has been read.
        }
        void run() {
            for (const auto& source : sources_) {
                const auto report = replay(*source, options_);
                if (headline(report, Level::bytes) == Headline::refuted)
                    throw Trouble("measure replays", "", "a verdict was refuted");
            }
        }

    private:
        Log log_;
        std::unique_ptr<Environment> world_;
        ReplayOptions options_;
        std::vector<std::unique_ptr<EventSource>> sources_;
    };

    double seconds_on(std::size_t threads) const {
        std::vector<std::unique_ptr<Thread>> parts;
        for (std::size_t i = 0; i < threads; ++i)
            parts.push_back(std::make_unique<Thread>(*this, i, threads));
        const double began = now_s();
        std::vector<std::thread> running;
        for (std::size_t i = 1; i < threads; ++i)
            running.emplace_back([&part = *parts[i]] { part.run(); });
        parts.front()->run();
        for (auto& one : running)
            one.join();
        return now_s() - began;
    }

private:
    fs::path path_, data_;
    std::string world_;
};

Figure figure(std::string name, std::string unit, const std::vector<Contender>& contenders,
              std::optional<Target> target) {
    return {std::move(name), std::move(unit), take_turns(contenders, repetitions), std::move(target)};
}

Target at_least(double value, std::string reason) {
    return {Target::Way::at_least, value, "", std::move(reason)};
}
Target at_most(double value, std::string reason) {
    return {Target::Way::at_most, value, "", std::move(reason)};
}

std::vector<Figure> measure() {
    const auto where = corpora();
    const auto airline_set = where / "tau-bench-airline", retail_set = where / "tau-bench-retail-flaky";
    const auto airline = open("tau-airline", airline_set / "db"),
               retail = open("tau-retail", retail_set / "db");
    const auto airline_runs = tau_calls(airline_set / "dev/trajectories.jsonl");
    const auto retail_runs = tau_calls(retail_set / "dev/trajectories.jsonl");
    const auto workbench_set = where / "workbench";
    const auto workbench_runs = workbench_calls(workbench_set);
    const Place place;
    const Replays replays(place.path() / "airline.stet", "tau-airline", airline_set);
    return {
        figure("lua steps, airline", "/s",
               {{"stet", [&] { return steps_per_s(*airline, airline_runs); }},
                {"copy + rehash",
                 [&] {
                     return copies_per_s(airline_set / "db", {"flights", "reservations", "users"});
                 }}},
               at_least(40'000, "a thousand runs of ten calls in a quarter of a second")),
        figure("lua steps, shop", "/s",
               {{"stet", [&] { return steps_per_s(*retail, retail_runs); }},
                {"copy + rehash",
                 [&] {
                     return copies_per_s(retail_set / "db", {"orders", "products", "users"});
                 }}},
               at_least(40'000, "the same")),
        figure(
            "sql steps, WorkBench", "/s",
            {{"stet", [&] { return first_steps_per_s("workbench", workbench_set / "db", workbench_runs); }}},
            at_least(100'000, "each published run once")),
        figure("reset, airline", "us", {{"stet", [&] { return reset_us(*airline, airline_runs); }}},
               at_most(10, "an episode costs what it changed")),
        figure("50 airline runs with all checks", "s", {{"stet", [&] { return replays.seconds_on(1); }}},
               at_most(0.5, "a verdict while one looks")),
        figure("two cores", "times one",
               {{"stet", [&] { return replays.seconds_on(1) / replays.seconds_on(2); }}},
               at_least(1.8, "nothing is shared")),
    };
}

}  // namespace
}  // namespace stet::bench

int main(int argc, char** argv) {
    return stet::bench::run(argc, argv, "replay", stet::bench::measure);
}
