#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/lines.hpp"

#include <stet/event_codec.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {

int events_command(const EventsArguments& arguments) {
    const auto run = open_run(arguments.run);
    const auto source = run.log.source(run.summary.id);
    while (const auto event = source->next()) {
        const auto& kinds = arguments.kinds;
        if (!kinds.empty() && std::find(kinds.begin(), kinds.end(), kind_of(event->body)) == kinds.end())
            continue;
        fmt::print("{}\n", arguments.json ? to_json(*event) : event_line(*event, *source));
    }
    return 0;
}

}  // namespace stet
