#include "tests/storage/survivor.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstdio>
#include <cstdlib>

// stress_storage_kill COUNT SEED: kills that many writers with SIGKILL, each at a moment of its own,
// half of them with durability power.

int main(int argc, char** argv) {
    using namespace stet::test;
    const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
    const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    std::uint64_t acknowledged = 0, bad = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const TempDir dir;
        const auto durability = seed % 2 == 0 ? stet::Durability::power : stet::Durability::process;
        const Killed killed = kill_once(dir / "a.stet", seed, durability);
        acknowledged += killed.acknowledged;
        if (killed.problem.empty()) continue;
        ++bad;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), killed.problem.c_str());
    }
    std::printf("%llu kills, %llu calls acknowledged, %llu logs bad\n",
                static_cast<unsigned long long>(count), static_cast<unsigned long long>(acknowledged),
                static_cast<unsigned long long>(bad));
    return bad == 0 && acknowledged > 0 ? 0 : 1;
}
