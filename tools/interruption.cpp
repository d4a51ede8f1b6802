#include "tools/interruption.hpp"

#include <stet/result.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace stet {
namespace {

constexpr std::array watched{SIGINT, SIGTERM, SIGHUP};

// A handler can reach nothing else.
std::array<struct sigaction, watched.size()> before;
std::array<int, 2> ends{-1, -1};
volatile std::sig_atomic_t first = 0;

void note(int signal) {
    const int kept = errno;
    if (first == 0) first = signal;
    (void)!::write(ends[1], "!", 1);
    errno = kept;
}

}  // namespace

Interruption::Interruption() {
    first = 0;
    if (::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        throw Trouble("make a pipe", "", std::strerror(errno));
    for (std::size_t i = 0; i < watched.size(); ++i) {
        struct sigaction action {};
        action.sa_handler = note;
        ::sigaction(watched[i], nullptr, &before[i]);
        if (before[i].sa_handler != SIG_IGN) ::sigaction(watched[i], &action, nullptr);
    }
}

Interruption::~Interruption() {
    for (std::size_t i = 0; i < watched.size(); ++i)
        ::sigaction(watched[i], &before[i], nullptr);
    ::close(ends[0]);
    ::close(ends[1]);
}

int Interruption::descriptor() const {
    return ends[0];
}

int Interruption::signal() {
    return first;
}

}  // namespace stet
