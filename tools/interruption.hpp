#pragma once

namespace stet {

/// While it lives, SIGINT, SIGTERM and SIGHUP do not end the process: they are noted, and a descriptor
/// becomes readable. One at a time, on the main thread. Signals that were ignored stay ignored.
class Interruption {
public:
    Interruption();  ///< Throws Trouble.
    ~Interruption();
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    int descriptor() const;
    /// The first signal that came; 0 when none did.
    static int signal();
};

/// Thrown where work is given up because of a signal: by then what it had made is taken away. No mishap, so
/// that nothing takes it for one; the command that holds the work catches it.
struct Interrupted {
    int signal;
};

}  // namespace stet
