#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/importing.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

void print(const ImportArguments& arguments, const Imported& imported) {
    const auto before = imported.trials - imported.made.size() - imported.failed;
    if (!arguments.json) {
        fmt::print("{} trajectories imported{}{}\n", imported.made.size(),
                   imported.made.empty() ? "" : fmt::format(" into {}", safe(imported.log.string())),
                   before == 0 ? "" : fmt::format("; {} were here before", before));
        return;
    }
    JsonWriter json;
    json.open('{').member("format", arguments.format).member("log", imported.log.string());
    json.member("imported", imported.made.size()).member("known_before", before);
    json.member("failed", imported.failed).key("trajectories").open('[');
    for (const auto& id : imported.made)
        json.value(id);
    fmt::print("{}\n", json.close(']').close('}').text());
}

}  // namespace

int import_command(const ImportArguments& arguments) {
    std::set<TrajectoryId> known;
    for (const auto& located : open_catalogue(runs_directory())->list(say))
        known.insert(located.summary.id);
    const auto imported = import_runs(arguments, std::move(known));
    print(arguments, imported);
    return imported.failed == 0 ? 0 : 2;
}

}  // namespace stet
