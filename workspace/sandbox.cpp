#include "workspace/bubblewrap.hpp"
#include "workspace/child.hpp"
#include "workspace/descriptor.hpp"
#include "workspace/mount_points.hpp"

#include <stet/door/workspace.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

namespace stet {
namespace workspace {
namespace {

namespace fs = std::filesystem;
using Environment = std::vector<std::pair<std::string, std::string>>;

/// HOME is another one in the sandbox: tools whose files lie in the real one are told where they are.
void point_at_homes(const SandboxJob& job, Environment& environment) {
    constexpr std::array<std::pair<const char*, const char*>, 3> homes{
        {{".rustup", "RUSTUP_HOME"}, {".cargo", "CARGO_HOME"}, {".local", "PYTHONUSERBASE"}}};
    for (const auto& [name, variable] : homes) {
        for (const auto& bind : job.read_only) {
            const auto home = bind.to.filename() == name ? bind.to : bind.to.parent_path();
            if (home.filename() != name) continue;
            environment.emplace_back(variable, home.native());
            break;
        }
    }
}

/// What every check sees, whatever the machine and the user: the job's own variables win.
Environment environment_of(const SandboxJob& job, const fs::path& home, const fs::path& temporary) {
    const char* path = std::getenv("PATH");
    Environment all{{"PATH", path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin"},
                    {"HOME", home.native()},
                    {"TMPDIR", temporary.native()},
                    {"LANG", "C.UTF-8"},
                    {"LC_ALL", "C.UTF-8"},
                    {"TZ", "UTC"},
                    {"TERM", "dumb"},
                    {"PYTHONHASHSEED", "0"},
                    {"SOURCE_DATE_EPOCH", "315532800"}};  // 1980: the oldest that a ZIP can hold.
    point_at_homes(job, all);
    for (const auto& [name, value] : job.environment) {
        const bool usable =
            !name.empty() && name.find_first_of(std::string_view("=\0", 2)) == std::string::npos;
        if (!usable || value.find('\0') != std::string::npos) continue;
        std::erase_if(all, [&](const auto& variable) { return variable.first == name; });
        all.emplace_back(name, value);
    }
    return all;
}

/// A shell says 128 + n when signal n ended its command. Only the signals that end a program count:
/// 255 and its neighbours are what test runners say on their own.
std::optional<int> signal_in(int exit_code) {
    constexpr std::array ending{SIGHUP,  SIGINT,  SIGQUIT, SIGILL,  SIGABRT, SIGBUS,  SIGFPE, SIGKILL,
                                SIGSEGV, SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGSYS};
    const int signal = exit_code - 128;
    if (std::find(ending.begin(), ending.end(), signal) == ending.end()) return std::nullopt;
    return signal;
}

void tell_ending(const ChildOutcome& child, int exit_code, SandboxOutcome& outcome) {
    if (outcome.timed_out || child.stopped) return;
    if (child.signal != 0) outcome.signal = child.signal;
    if (child.signal == 0) outcome.signal = signal_in(exit_code);
    if (!outcome.signal) outcome.exit_code = exit_code;
}

SandboxOutcome outcome_of(ChildOutcome& child) {
    SandboxOutcome outcome;
    outcome.timed_out = child.timed_out;
    outcome.output = std::move(child.output);
    outcome.output_cut_bytes = child.output_cut_bytes;
    outcome.duration = child.duration;
    if (child.stopped) outcome.problem = "it was stopped";
    return outcome;
}

SandboxOutcome could_not(std::string problem) {
    SandboxOutcome outcome;
    outcome.problem = std::move(problem);
    return outcome;
}

/// Why the tree can't be worked on; empty when it can.
std::string fault_of(const SandboxJob& job) {
    if (job.command.find('\0') != std::string::npos) return "the command has a NUL byte";
    std::error_code error;
    if (!fs::is_directory(job.tree, error)) return fmt::format("{} is no directory", job.tree.native());
    return {};
}

Result<void> lend_copies(const SandboxJob& job) {
    try {
        return copy_to_mount_points(job);
    } catch (const Trouble& trouble) {
        return Error{trouble.what(), "it is lent to the check as a copy"};
    }
}

/// No sandbox: the same environment, a home of its own, and copies of what belongs into the tree, so that the
/// originals stay as they are.
class PlainSandbox final : public Sandbox {
public:
    std::string rung() const override { return "none"; }

    SandboxOutcome run(const SandboxJob& job) override {
        if (auto fault = fault_of(job); !fault.empty()) return could_not(std::move(fault));
        if (auto copied = lend_copies(job); !copied) {
            return could_not(copied.error().what + "; " + copied.error().hint);
        }
        const ScratchDirectory scratch;
        const auto home = scratch.path() / "home";
        const auto temporary = scratch.path() / "tmp";
        fs::create_directory(home);
        fs::create_directory(temporary);
        Child child;
        child.argv = {"/bin/sh", "-c", job.command};
        for (const auto& [name, value] : environment_of(job, home, temporary)) {
            child.environment.push_back(name + '=' + value);
        }
        child.directory = job.tree;
        child.timeout = job.timeout;
        child.output_bytes_max = job.output_bytes_max;
        child.stop_descriptor = job.stop_descriptor;
        auto ended = run_child(child);
        if (ended.start_error != 0) return could_not("start /bin/sh: " + reason(ended.start_error));
        auto outcome = outcome_of(ended);
        tell_ending(ended, ended.exit_code, outcome);
        return outcome;
    }
};

class BubblewrapSandbox final : public Sandbox {
public:
    BubblewrapSandbox(fs::path program, bool forbid_namespaces)
        : program_(std::move(program)), forbid_namespaces_(forbid_namespaces) {}

    std::string rung() const override { return "bubblewrap"; }

    SandboxOutcome run(const SandboxJob& job) override {
        if (auto fault = fault_of(job); !fault.empty()) return could_not(std::move(fault));
        if (auto made = make_mount_points(job); !made) {
            return could_not(made.error().what + "; " + made.error().hint);
        }
        const ScratchDirectory scratch;
        const auto hosts = scratch.path() / "hosts";
        write_hosts(hosts);
        const BubblewrapPlan plan{job, environment_of(job, home_inside, "/tmp"), hosts, forbid_namespaces_};
        const auto arguments = bubblewrap_arguments(plan);
        if (!arguments) return could_not(arguments.error().what + "; " + arguments.error().hint);
        Child child;
        child.argv = {program_.native()};
        child.argv.insert(child.argv.end(), arguments->begin(), arguments->end());
        child.environment = {"PATH=/usr/bin:/bin"};  // bwrap's own: a log must not choose its loader.
        child.with_status = true;
        child.timeout = job.timeout;
        child.output_bytes_max = job.output_bytes_max;
        child.stop_descriptor = job.stop_descriptor;
        child.stop = kill_first_process;
        return tell(run_child(child));
    }

private:
    /// The first process of the namespace takes all others with it; then bwrap ends by itself.
    static bool kill_first_process(const std::string& status) {
        const auto first = status_number(status, "child-pid");
        return first && *first > 1 && ::kill(*first, SIGKILL) == 0;
    }

    static void write_hosts(const fs::path& path) {
        const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
        if (!file) throw Trouble("make file", path.native(), reason(errno));
        write_all(file.get(), "127.0.0.1 localhost stet\n::1 localhost stet\n", path.native());
    }

    /// bwrap tells the command's exit code in its status, if and only if the command was started:
    /// its own failures can't be taken for the command's.
    static SandboxOutcome tell(ChildOutcome child) {
        if (child.start_error != 0) return could_not("start bubblewrap: " + reason(child.start_error));
        auto outcome = outcome_of(child);
        const auto exit_code = status_number(child.status, "exit-code");
        if (exit_code) {
            child.signal = 0;
            tell_ending(child, *exit_code, outcome);
        } else if (!child.timed_out && !child.stopped) {
            return could_not("bubblewrap: " + complaint(child, outcome.output));
        }
        return outcome;
    }

    static std::string complaint(const ChildOutcome& child, const std::string& output) {
        if (child.signal != 0) return fmt::format("it was ended by signal {}", child.signal);
        std::string_view line(output);
        line = line.substr(0, line.find('\n'));
        if (line.starts_with("bwrap: ")) line.remove_prefix(7);
        if (line.empty()) return fmt::format("it ended with {} and said nothing", child.exit_code);
        return std::string(line);
    }

    fs::path program_;
    bool forbid_namespaces_;
};

/// A file of /proc/sys; −1 when there is none.
int kernel_setting(const char* path) {
    const Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
    std::array<char, 16> text{};
    const auto got = file ? ::read(file.get(), text.data(), text.size()) : 0;
    int value = -1;
    (void)std::from_chars(text.data(), text.data() + std::max<ssize_t>(got, 0), value);
    return value;
}

std::string remedy(const std::string& problem) {
    if (::geteuid() != 0 && kernel_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
        return "AppArmor forbids user namespaces: give bwrap a profile with `userns`, or run `sysctl "
               "kernel.apparmor_restrict_unprivileged_userns=0`";
    }
    if (::geteuid() != 0 && kernel_setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
        return "run `sysctl kernel.unprivileged_userns_clone=1`";
    }
    if (kernel_setting("/proc/sys/user/max_user_namespaces") == 0) {
        return "run `sysctl user.max_user_namespaces=10000`";
    }
    if (problem.find("mount proc") != std::string::npos ||
        problem.find("not permitted") != std::string::npos) {
        return "a container around stet forbids it: start that with `--security-opt seccomp=unconfined "
               "--security-opt systempaths=unconfined`, or use --sandbox none";
    }
    return "see whether `bwrap --ro-bind / / --unshare-all true` works, or use --sandbox none";
}

struct Probe {
    SandboxSupport support;
    fs::path program;
    bool forbid_namespaces = true;
};

Probe probe() {
    Probe probe;
    const auto program = find_bubblewrap();
    if (!program) {
        probe.support.hint = "bubblewrap is not installed: `apt install bubblewrap` (or your system's like)";
        return probe;
    }
    probe.program = *program;
    const ScratchDirectory scratch;
    SandboxJob job;
    job.command = "true";
    job.tree = scratch.path();
    job.inside = "/run/probe";
    job.timeout = std::chrono::seconds(20);
    std::string problem;
    for (const bool forbid : {true, false}) {
        const auto outcome = BubblewrapSandbox(*program, forbid).run(job);
        probe.forbid_namespaces = forbid;
        probe.support.bubblewrap = outcome.problem.empty() && outcome.exit_code == 0;
        if (probe.support.bubblewrap) return probe;
        problem = outcome.problem;
    }
    probe.support.hint = problem + "; " + remedy(problem);
    return probe;
}

}  // namespace
}  // namespace workspace

SandboxSupport probe_sandbox() {
    return workspace::probe().support;
}

std::unique_ptr<Sandbox> make_sandbox(const std::string& rung) {
    if (rung == "none") return std::make_unique<workspace::PlainSandbox>();
    if (rung != "bubblewrap") {
        throw Trouble("make a sandbox", rung, "there is no such rung", "it is \"bubblewrap\" or \"none\"");
    }
    auto probe = workspace::probe();
    if (!probe.support.bubblewrap)
        throw Trouble("make a sandbox", rung, "it does not work here", probe.support.hint);
    return std::make_unique<workspace::BubblewrapSandbox>(std::move(probe.program), probe.forbid_namespaces);
}

}  // namespace stet
