#pragma once

#include "recorder/waiting.hpp"

#include <stet/door/recorder.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

namespace stet {

/// Remembers how signals were handled and puts it back.
class SignalGuard {
public:
    /// `own`: those that this process ignores for itself, and a child must not.
    explicit SignalGuard(const std::vector<int>& signals, std::vector<int> own = {});
    ~SignalGuard();
    SignalGuard(const SignalGuard&) = delete;
    SignalGuard& operator=(const SignalGuard&) = delete;

    static void ignore(int signal);
    /// Was it ignored when the guard was made? Then it stays ignored, for the child too (nohup).
    bool was_ignored(int signal) const;
    /// Those that a child must find as they are by default.
    std::vector<int> defaults() const;

private:
    struct Saved;
    std::vector<Saved> saved_;
    std::vector<int> own_;
};

/// Descriptors that become the child's 0, 1 and 2; -1 leaves ours.
struct ChildDescriptors {
    int in = -1, out = -1, err = -1;
};

/// A process that we started, in our own process group (so that Ctrl-C reaches it). Must have ended
/// before the object goes; its end is awaited by a thread, told on the I/O thread.
class Child {
public:
    /// Throws StartTrouble when the command cannot be executed. `environment` is "NAME=value" each.
    Child(asio::io_context& io, const std::vector<std::string>& command,
          const std::vector<std::string>& environment, const ChildDescriptors& descriptors,
          const SignalGuard& signals);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    asio::awaitable<void> wait();
    bool ended() const { return outcome_.has_value(); }
    const AgentOutcome& outcome() const { return *outcome_; }
    /// Sends a signal, unless it has ended.
    void signal(int number);

private:
    void reap();

    asio::io_context& io_;
    Signal news_;
    pid_t process_ = 0;
    std::optional<AgentOutcome> outcome_;
    std::thread waiter_;
};

/// This process's environment, "NAME=value" each.
std::vector<std::string> current_environment();

}  // namespace stet
