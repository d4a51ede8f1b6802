// The main of every benchmark: Google Benchmark's, with stet's own word for JSON.

#include <benchmark/benchmark.h>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

int main(int argc, char** argv) {
    std::string json = "--benchmark_format=json";
    std::vector<char*> arguments(argv, argv + argc);
    for (auto& argument : arguments) {
        if (std::string_view(argument) == "--json") argument = json.data();
    }
    auto count = static_cast<int>(arguments.size());
    arguments.push_back(nullptr);
    benchmark::AddCustomContext("stet", STET_VERSION);
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) return 2;
    if (benchmark::RunSpecifiedBenchmarks() == 0) {
        std::fputs("bench: nothing of that name\n", stderr);
        return 2;
    }
    benchmark::Shutdown();
    return 0;
}
