#include "tests/storage/power_cut.hpp"

#include "tests/storage/fault_vfs.hpp"
#include "tests/storage/survivor.hpp"
#include "tests/support/temp_dir.hpp"

#include <atomic>

namespace stet::test {
namespace {

struct Cut {
    std::string directory;
    Ticket acknowledged;
};

// What the power cuts leave: a directory each. They are looked at when the VFS has gone.
std::vector<Cut> record(const TempDir& dir, std::uint64_t seed, Durability durability, std::size_t every) {
    FaultVfs vfs;
    Draw draw(seed ^ 0x5eed);
    std::vector<Cut> cuts;
    std::atomic<Ticket> acknowledged = 0;
    const auto cut = [&](Loss loss) {
        const std::string directory = (dir / ("cut" + std::to_string(cuts.size()))).string();
        std::filesystem::create_directory(directory);
        vfs.cut_power(directory, loss, draw);
        cuts.push_back({directory, acknowledged});
    };
    vfs.before_operation = [&] {
        if (draw.below(every) == 0) cut(static_cast<Loss>(draw.below(4)));
    };
    {
        const auto log = LogWriter::create(dir / "a.stet", {.durability = durability});
        Script script(*log, seed);
        const std::size_t steps = 20 + seed % 100;
        for (std::size_t i = 0; i < steps; ++i) {
            const Ticket ticket = script.step();
            log->when_durable(ticket, [&acknowledged, ticket](bool durable) {
                if (durable) acknowledged = std::max(acknowledged.load(), ticket);
            });
            // Now and then the agent waits, so that commits are small; and the WAL is folded in.
            if (i % 3 == seed % 3) log->flush();
        }
        script.recording().seal();
    }
    // Whatever the durability: a sealed log is safe.
    vfs.before_operation = nullptr;
    cut(Loss::everything);
    return cuts;
}

}  // namespace

PowerCuts cut_power_often(std::uint64_t seed, Durability durability, std::size_t every) {
    const TempDir dir;
    PowerCuts result;
    for (const Cut& cut : record(dir, seed, durability, every)) {
        ++result.cuts;
        if (cut.acknowledged > 0) ++result.acknowledged;
        const std::string path = cut.directory + "/a.stet";
        const std::string problem = check_survivor(path, seed, cut.acknowledged);
        if (!problem.empty())
            result.problems.push_back("seed " + std::to_string(seed) + ", " + path + ": " + problem);
    }
    return result;
}

}  // namespace stet::test
