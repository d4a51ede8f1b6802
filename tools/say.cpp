#include "tools/say.hpp"

#include "tools/render.hpp"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace stet {

namespace {

/// Nobody reads a longer line.
constexpr std::size_t characters_max = 600;

void write_all(std::string_view left) {
    while (!left.empty()) {
        const auto written = ::write(STDERR_FILENO, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        left.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

void say(std::string_view line) noexcept {
    try {
        write_all("stet: " + both_ends(line, characters_max) + "\n");
    } catch (const std::exception&) {  // No memory for the line: it stays unsaid.
    }
}

void say_over(std::string_view line) noexcept {
    try {
        write_all("\r\x1b[K" + safe(line));
    } catch (const std::exception&) {
    }
}

bool open_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0) continue;
        // The lowest that is free: this one, as those below are open. Children inherit it.
        const int way = descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        if (::open("/dev/null", way) != descriptor) return false;
    }
    return true;
}

}  // namespace stet
