#include "bench/figures.hpp"

#include <stet/result.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>

namespace stet::bench {
namespace {

constexpr double throughput_seconds_min = 0.05;

double thread_cpu_s() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

const Measured& find_program(const Figure& figure, std::string_view program) {
    const auto found = std::ranges::find(figure.measured, program, &Measured::program);
    STET_ASSERT(found != figure.measured.end());
    return *found;
}

}  // namespace

double median(std::vector<double> values) {
    STET_ASSERT(!values.empty());
    std::ranges::sort(values);
    const auto middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double reached(const Figure& figure) {
    const auto& ours = figure.measured.at(0).values;
    if (!figure.target || figure.target->beside.empty()) return median(ours);
    const auto& theirs = find_program(figure, figure.target->beside).values;
    STET_ASSERT(ours.size() == theirs.size());
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.size(); ++i)
        ratios.push_back(ours[i] / theirs[i]);
    return median(ratios);
}

bool holds(const Figure& figure) {
    if (!figure.target) return true;
    const auto value = reached(figure);
    return figure.target->way == Target::Way::at_least ? value >= figure.target->value
                                                       : value <= figure.target->value;
}

std::vector<Measured> take_turns(const std::vector<Contender>& contenders, std::size_t repetitions) {
    std::vector<Measured> all;
    for (const auto& contender : contenders)
        all.push_back({contender.program, std::vector<double>(repetitions)});
    for (std::size_t repetition = 0; repetition < repetitions; ++repetition) {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            const auto turn = (repetition + i) % contenders.size();
            all[turn].values[repetition] = contenders[turn].measure();
        }
    }
    return all;
}

double throughput(std::size_t bytes, const std::function<void()>& work) {
    work();  // Caches and pages are warm from here on.
    const auto begun = thread_cpu_s();
    std::size_t times = 0;
    double seconds = 0;
    while (seconds < throughput_seconds_min) {
        for (int i = 0; i < 8; ++i)
            work();
        times += 8;
        seconds = thread_cpu_s() - begun;
    }
    return static_cast<double>(bytes) * static_cast<double>(times) / seconds / 1e6;
}

double now_s() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int run(int argc, char** argv, std::string_view name, const std::function<std::vector<Figure>()>& measure) {
    const std::vector<std::string_view> words(argv + 1, argv + argc);
    for (const auto word : words) {
        if (word == "--json") continue;
        fmt::print(stderr, "bench {}: no such option: {}\n", name, word);
        return 2;
    }
    try {
        const auto figures = measure();
        fmt::print("{}\n", words.empty() ? to_table(name, figures) : to_json(name, figures));
        return std::ranges::all_of(figures, holds) ? 0 : 1;
    } catch (const std::exception& trouble) {
        fmt::print(stderr, "bench {}: {}\n", name, trouble.what());
        return 2;
    }
}

}  // namespace stet::bench
