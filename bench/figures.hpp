#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::bench {

// A benchmark makes figures: something measured several times, beside the programs that it is compared
// with, against a target that somebody can hold it to. The machine is never quiet, so contenders take
// turns, and a target names a ratio of neighbours in time wherever there is something to compare with.

/// What one contender reached, one value per repetition.
struct Measured {
    std::string program;  ///< "stet", "nginx", "SQLite".
    std::vector<double> values;
};

/// What stet must reach, and why just that.
struct Target {
    enum class Way { at_most, at_least };
    Way way = Way::at_least;
    double value = 0;    ///< In the figure's unit, or how many times what `beside` reached.
    std::string beside;  ///< A program of the same figure; empty: the value is absolute.
    std::string reason;  ///< One phrase.
};

struct Figure {
    std::string name, unit;
    std::vector<Measured> measured;  ///< stet first.
    std::optional<Target> target;    ///< None: the figure is for information, and says so.
};

double median(std::vector<double> values);

/// What is held against the target: the median, or with a compared program the median of the ratios within
/// each repetition.
double reached(const Figure& figure);
/// Without a target: yes.
bool holds(const Figure& figure);

/// One contender: makes one measurement, in the figure's unit.
struct Contender {
    std::string program;
    std::function<double()> measure;
};

/// Each contender once in every repetition, and a different one first each time.
std::vector<Measured> take_turns(const std::vector<Contender>& contenders, std::size_t repetitions);

/// MB/s of the calling thread's own CPU time: `work` handles `bytes` and is repeated for at least 50 ms.
double throughput(std::size_t bytes, const std::function<void()>& work);

/// Seconds, of a clock that never goes back.
double now_s();

/// For people: a column for each program, the targets and whether they hold, their reasons below.
std::string to_table(std::string_view name, const std::vector<Figure>& figures);
/// One JSON document: `bench stet holds figures[]`; a figure: `name unit median min max compared[] target
/// reached holds`.
std::string to_json(std::string_view name, const std::vector<Figure>& figures);

/// The main of every benchmark: prints what `measure` made, as a table or (`--json`) a document. Returns 0,
/// 1 when a figure falls short, 2 when there was trouble.
int run(int argc, char** argv, std::string_view name, const std::function<std::vector<Figure>()>& measure);

}  // namespace stet::bench
