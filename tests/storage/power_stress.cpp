#include "tests/storage/power_cut.hpp"

#include <cstdio>
#include <cstdlib>

// stress_storage_power COUNT SEED: that many recordings with durability power, each with the power cut
// at many operations. To prove the suite, each tenth is made with durability process: those must
// lose something.

int main(int argc, char** argv) {
    using namespace stet::test;
    const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
    const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    std::size_t cuts = 0, bad = 0, lost_on_purpose = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const PowerCuts power = cut_power_often(seed, stet::Durability::power, 8);
        cuts += power.acknowledged;
        bad += power.problems.size();
        for (const std::string& problem : power.problems)
            std::printf("%s\n", problem.c_str());
        if (seed % 10 == 0)
            lost_on_purpose += cut_power_often(seed, stet::Durability::process, 8).problems.size();
    }
    std::printf("%zu power cuts with something acknowledged, %zu logs bad (durability process: %zu)\n", cuts,
                bad, lost_on_purpose);
    return bad == 0 && cuts > 0 && (count < 10 || lost_on_purpose > 0) ? 0 : 1;
}
