#include "tools/commands.hpp"
#include "tools/say.hpp"
#include "tools/signals.hpp"

#include <stet/door/recorder.hpp>
#include <stet/event.hpp>
#include <stet/result.hpp>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace {

int run(const stet::Arguments& arguments) {
    return std::visit(
        stet::overloaded{
            [](const stet::Finished& finished) { return finished.exit_code; },
            [](const stet::RunArguments& run) { return stet::run_command(run); },
            [](const stet::McpArguments& mcp) { return stet::mcp_command(mcp); },
            [](const stet::LsArguments& ls) { return stet::ls_command(ls); },
            [](const stet::ShowArguments& show) { return stet::show_command(show); },
            [](const stet::EventsArguments& events) { return stet::events_command(events); },
            [](const stet::DiffArguments& diff) { return stet::diff_command(diff); },
            [](const stet::FsckArguments& fsck) { return stet::fsck_command(fsck); },
            [](const stet::ReplayArguments& replay) { return stet::replay_command(replay); },
            [](const stet::CheckArguments& check) { return stet::check_command(check); },
            [](const stet::ImportArguments& import) { return stet::import_command(import); },
            [](const stet::ExportArguments& exported) { return stet::export_command(exported); },
            [](const stet::WorldArguments& world) { return stet::world_command(world); },
            [](const stet::DoctorArguments& doctor) { return stet::doctor_command(doctor); },
        },
        arguments);
}

/// While an agent runs, its own codes are what counts: stet's trouble is 125, as for env(1) and timeout(1).
int trouble_code(const stet::Arguments& arguments) {
    const bool wraps = std::holds_alternative<stet::RunArguments>(arguments) ||
                       std::holds_alternative<stet::McpArguments>(arguments);
    return wraps ? 125 : 2;
}

/// What was printed has to arrive, but for a reader that wants no more of it (`| head`): then the code is
/// that of other programs.
int output_lost(int error, int trouble) {
    if (error == EPIPE) return 128 + SIGPIPE;
    stet::say(std::string("write output: ") + std::strerror(error));
    return trouble;
}

}  // namespace

int main(int argc, char** argv) {
    if (!stet::open_standard_descriptors()) return 125;
    stet::ignore_write_signals();
    const auto arguments = stet::parse_arguments(argc, argv);
    try {
        const int code = run(arguments);
        return std::fflush(stdout) == 0 ? code : output_lost(errno, trouble_code(arguments));
    } catch (const stet::StartTrouble& trouble) {
        stet::say(trouble.what());
        return trouble.exit_code();
    } catch (const std::system_error& error) {
        if (std::ferror(stdout) != 0) return output_lost(error.code().value(), trouble_code(arguments));
        stet::say(error.what());
    } catch (const std::bad_alloc&) {
        stet::say("out of memory");
    } catch (const std::exception& error) {  // Trouble, mostly. It may quote a stranger's log.
        stet::say(error.what());
    }
    return trouble_code(arguments);
}
