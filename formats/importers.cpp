#include "formats/trial.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace {

struct Known {
    std::string_view format;
    std::unique_ptr<Importer> (*make)();
};

constexpr std::array<Known, 3> known{{
    {"tau-bench", make_tau_bench_importer},
    {"tau2", make_tau2_importer},
    {"workbench", make_workbench_importer},
}};

}  // namespace

std::vector<std::string_view> import_formats() {
    std::vector<std::string_view> names;
    for (const auto& one : known)
        names.push_back(one.format);
    return names;
}

Result<std::unique_ptr<Importer>> make_importer(std::string_view format) {
    const auto found = std::ranges::find(known, format, &Known::format);
    if (found == known.end())
        return Error{fmt::format("import {}: there is no such format", format),
                     fmt::format("formats: {}", fmt::join(import_formats(), ", "))};
    return found->make();
}

}  // namespace stet
