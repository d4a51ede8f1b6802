#pragma once

#include <stet/door/storage.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace stet::test {

struct PowerCuts {
    std::size_t cuts = 0;          ///< States of the disk that were looked at.
    std::size_t acknowledged = 0;  ///< Of them, with something acknowledged.
    std::vector<std::string> problems;
};

/// Runs the Script of this seed to its seal, cuts the power at about every `every`-th operation on
/// the disk, and looks at what is left each time.
PowerCuts cut_power_often(std::uint64_t seed, Durability durability, std::size_t every);

}  // namespace stet::test
