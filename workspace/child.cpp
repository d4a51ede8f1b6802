#include "workspace/child.hpp"

#include "workspace/descriptor.hpp"

#include <stet/result.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace stet::workspace {
namespace {

using Clock = std::chrono::steady_clock;

/// Once the program has ended or was killed, its output is awaited this long: somebody who left its
/// process group may hold the pipe open for ever.
constexpr std::chrono::seconds last_words{2};
constexpr int status_descriptor = 3;
constexpr std::size_t status_bytes_max = 64u << 10;

struct Pipe {
    Descriptor read, write;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw Trouble("make a pipe", "", reason(errno));
    Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
    (void)::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return pipe;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    for (const auto& word : words)
        pointers.push_back(const_cast<char*>(word.c_str()));
    pointers.push_back(nullptr);
    return pointers;
}

/// What posix_spawn(3) does between fork and exec. (A fork of a process with threads may not
/// allocate; posix_spawn knows how.)
class Preparation {
public:
    Preparation() {
        posix_spawn_file_actions_init(&actions_);
        posix_spawnattr_init(&attributes_);
    }
    ~Preparation() {
        posix_spawn_file_actions_destroy(&actions_);
        posix_spawnattr_destroy(&attributes_);
    }
    Preparation(const Preparation&) = delete;
    Preparation& operator=(const Preparation&) = delete;

    void descriptors(const Child& child, int output, int status) {
        posix_spawn_file_actions_addopen(&actions_, 0, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, output, 1);
        posix_spawn_file_actions_adddup2(&actions_, output, 2);
        if (child.with_status) posix_spawn_file_actions_adddup2(&actions_, status, status_descriptor);
        posix_spawn_file_actions_addclosefrom_np(&actions_, status_descriptor + (child.with_status ? 1 : 0));
        if (!child.directory.empty()) {
            posix_spawn_file_actions_addchdir_np(&actions_, child.directory.c_str());
        }
    }

    void signals_and_group() {
        sigset_t all, none;
        sigfillset(&all);
        sigemptyset(&none);
        posix_spawnattr_setsigdefault(&attributes_, &all);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setpgroup(&attributes_, 0);
        constexpr int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP;
        posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
    }

    int spawn(const Child& child, pid_t& process) {
        auto argv = pointers(child.argv);
        auto environment = pointers(child.environment);
        return ::posix_spawn(&process, argv[0], &actions_, &attributes_, argv.data(), environment.data());
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

class Running {
public:
    explicit Running(const Child& child) : child_(child), output_(make_pipe()) {
        if (child.with_status) status_ = make_pipe();
    }

    ChildOutcome run() {
        start();
        if (outcome_.start_error != 0) return std::move(outcome_);
        while ((output_.read || !ended_) && Clock::now() < stop_waiting_)
            wait_and_read();
        // Killed or ended, it is there to be reaped; nobody else may do it.
        if (!ended_) end();
        read_status();
        return std::move(outcome_);
    }

private:
    void start() {
        Preparation preparation;
        preparation.descriptors(child_, output_.write.get(), status_.write.get());
        preparation.signals_and_group();
        began_ = Clock::now();
        outcome_.start_error = preparation.spawn(child_, process_);
        output_.write.close();
        status_.write.close();
        if (outcome_.start_error != 0) return;
        handle_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process_, 0)));
        if (!handle_) {
            const int error = errno;
            kill_all();
            end();
            throw Trouble("watch process", child_.argv[0], reason(error), "stet needs Linux 5.3 or newer");
        }
    }

    void wait_and_read() {
        const auto now = Clock::now();
        const bool over = outcome_.timed_out || outcome_.stopped;
        const auto deadline = over || ended_ ? stop_waiting_ : began_ + child_.timeout;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
        std::array<pollfd, 3> events{pollfd{output_.read.get(), POLLIN, 0},
                                     pollfd{ended_ ? -1 : handle_.get(), POLLIN, 0},
                                     pollfd{over ? -1 : child_.stop_descriptor, POLLIN, 0}};
        constexpr long poll_ms_max = 60'000;
        (void)::poll(events.data(), events.size(), static_cast<int>(std::clamp(left, 0L, poll_ms_max)));
        if (events[0].revents != 0) read_output();
        if (!ended_ && events[1].revents != 0) {
            end();
        } else if (!ended_ && !over && (events[2].revents != 0 || Clock::now() >= deadline)) {
            outcome_.stopped = events[2].revents != 0;
            outcome_.timed_out = !outcome_.stopped;
            kill_all();
            stop_waiting_ = Clock::now() + last_words;
        }
    }

    void read_output() {
        std::array<char, 64u << 10> piece;
        const auto got = ::read(output_.read.get(), piece.data(), piece.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (got <= 0) return output_.read.close();
        const auto bytes = static_cast<std::uint64_t>(got);
        const auto room = child_.output_bytes_max -
                          std::min(child_.output_bytes_max, std::uint64_t{outcome_.output.size()});
        const auto kept = std::min(bytes, room);
        outcome_.output.append(piece.data(), static_cast<std::size_t>(kept));
        outcome_.output_cut_bytes += bytes - kept;
    }

    /// The program has ended (or is being killed): its status, and the end of what it left behind.
    void end() {
        // Before it is reaped its number belongs to it, and so does the number of its group.
        if (outcome_.timed_out || outcome_.stopped) (void)::kill(process_, SIGKILL);
        siginfo_t ended{};
        while (::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOWAIT) != 0 &&
               errno == EINTR) {
        }
        (void)::kill(-process_, SIGKILL);
        int status = 0;
        while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
        }
        ended_ = true;
        outcome_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_);
        if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
        if (WIFEXITED(status)) outcome_.exit_code = WEXITSTATUS(status);
        if (!outcome_.timed_out && !outcome_.stopped) stop_waiting_ = Clock::now() + last_words;
    }

    void kill_all() {
        read_status();
        const bool stopping = child_.stop && child_.stop(outcome_.status);
        if (!stopping) (void)::kill(-process_, SIGKILL);
    }

    void read_status() {
        std::array<char, 4096> piece;
        while (status_.read && outcome_.status.size() < status_bytes_max) {
            const auto got = ::read(status_.read.get(), piece.data(), piece.size());
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return;
            outcome_.status.append(piece.data(), static_cast<std::size_t>(got));
        }
    }

    const Child& child_;
    Pipe output_, status_;
    ChildOutcome outcome_;
    pid_t process_ = 0;
    Descriptor handle_;
    Clock::time_point began_, stop_waiting_ = Clock::time_point::max();
    bool ended_ = false;
};

}  // namespace

ChildOutcome run_child(const Child& child) {
    return Running(child).run();
}

}  // namespace stet::workspace
