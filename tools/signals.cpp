#include "tools/signals.hpp"

#include <csignal>

namespace stet {
namespace {

std::vector<int>& changed() {
    static std::vector<int> signals;
    return signals;
}

}  // namespace

void ignore_write_signals() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        if (std::signal(signal, SIG_IGN) != SIG_IGN) changed().push_back(signal);
    }
}

const std::vector<int>& own_ignored_signals() {
    return changed();
}

}  // namespace stet
