#include "recorder/child.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace stet {

struct SignalGuard::Saved {
    int signal;
    struct sigaction action;
};

namespace {

/// posix_spawn's two option objects, released in any case.
class SpawnOptions {
public:
    SpawnOptions() {
        posix_spawn_file_actions_init(&actions);
        posix_spawnattr_init(&attributes);
    }
    ~SpawnOptions() {
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
    }
    SpawnOptions(const SpawnOptions&) = delete;
    SpawnOptions& operator=(const SpawnOptions&) = delete;

    void redirect(int from, int to) {
        if (from >= 0) posix_spawn_file_actions_adddup2(&actions, from, to);
    }
    void default_signals(const std::vector<int>& signals) {
        sigset_t set;
        sigemptyset(&set);
        for (const int signal : signals)
            sigaddset(&set, signal);
        posix_spawnattr_setsigdefault(&attributes, &set);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    }

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

/// The strings as exec wants them; they must outlive the result and are not changed by it.
std::vector<char*> pointers_to(std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    for (auto& string : strings)
        pointers.push_back(string.data());
    pointers.push_back(nullptr);
    return pointers;
}

// As shells, env(1) and timeout(1) say it.
constexpr int not_found_code = 127;
constexpr int not_executable_code = 126;

std::string_view hint_for(int failure) {
    if (failure == ENOENT) return "is it installed, and on PATH?";
    if (failure == EACCES) return "is it executable?";
    if (failure == ENOEXEC) return "a script needs a #! line";
    return {};
}

}  // namespace

StartTrouble::StartTrouble(std::string_view command, std::string_view happened, std::string_view hint,
                           int exit_code)
    : Trouble("start", command, happened, hint), exit_code_(exit_code) {}

SignalGuard::SignalGuard(const std::vector<int>& signals, std::vector<int> own) : own_(std::move(own)) {
    for (const int signal : signals) {
        Saved saved{};
        saved.signal = signal;
        ::sigaction(signal, nullptr, &saved.action);
        saved_.push_back(saved);
    }
}

SignalGuard::~SignalGuard() {
    for (const auto& saved : saved_)
        ::sigaction(saved.signal, &saved.action, nullptr);
}

void SignalGuard::ignore(int signal) {
    struct sigaction action {};
    action.sa_handler = SIG_IGN;  // NOLINT(cppcoreguidelines-pro-type-cstyle-cast): the macro's own cast.
    ::sigaction(signal, &action, nullptr);
}

bool SignalGuard::was_ignored(int signal) const {
    return std::ranges::any_of(saved_, [&](const Saved& saved) {
        return saved.signal == signal && saved.action.sa_handler == SIG_IGN;
    });
}

std::vector<int> SignalGuard::defaults() const {
    std::vector<int> signals;
    for (const auto& saved : saved_) {
        const bool own = std::ranges::find(own_, saved.signal) != own_.end();
        if (own || saved.action.sa_handler != SIG_IGN) signals.push_back(saved.signal);
    }
    return signals;
}

Child::Child(asio::io_context& io, const std::vector<std::string>& command,
             const std::vector<std::string>& environment, const ChildDescriptors& descriptors,
             const SignalGuard& signals)
    : io_(io), news_(io.get_executor()) {
    if (command.empty()) throw Trouble("start", "the command", "there is none", "name it after --");
    SpawnOptions options;
    options.redirect(descriptors.in, STDIN_FILENO);
    options.redirect(descriptors.out, STDOUT_FILENO);
    options.redirect(descriptors.err, STDERR_FILENO);
    options.default_signals(signals.defaults());
    auto arguments = command;
    auto variables = environment;
    const auto argv = pointers_to(arguments);
    const auto envp = pointers_to(variables);
    const int failure =
        ::posix_spawnp(&process_, argv[0], &options.actions, &options.attributes, argv.data(), envp.data());
    if (failure != 0) {
        throw StartTrouble(command.front(), std::strerror(failure), hint_for(failure),
                           failure == ENOENT ? not_found_code : not_executable_code);
    }
    // The thread only waits; reaping is left to the I/O thread, so that `signal` never meets a process
    // id that belongs to somebody else by now.
    waiter_ = std::thread([this, process = process_, work = asio::make_work_guard(io_)] {
        siginfo_t info{};
        while (::waitid(P_PID, static_cast<id_t>(process), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
        }
        asio::post(io_, [this] { reap(); });
    });
}

Child::~Child() {
    if (!ended()) signal(SIGTERM);
    waiter_.join();
    if (!ended()) reap();
}

void Child::reap() {
    int status = 0;
    pid_t reaped = -1;
    do {
        reaped = ::waitpid(process_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    AgentOutcome outcome;  // Stays unknown when somebody else has taken the child's status.
    if (reaped == process_ && WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
    if (reaped == process_ && WIFEXITED(status)) outcome.exit_code = WEXITSTATUS(status);
    outcome_ = outcome;
    news_.notify();
}

asio::awaitable<void> Child::wait() {
    while (!ended())
        co_await news_.wait();
}

void Child::signal(int number) {
    if (!ended()) ::kill(process_, number);
}

std::vector<std::string> current_environment() {
    std::vector<std::string> result;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        result.emplace_back(*entry);
    return result;
}

}  // namespace stet
