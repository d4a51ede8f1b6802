#pragma once

#include "tests/storage/recording.hpp"

#include <filesystem>
#include <map>
#include <string>

namespace stet::test {

/// A recording that can be made again: the same seed makes the same calls, with the same tickets, on
/// any sink that counts them as LogWriter does. Events of every kind, bytes that are put, and
/// answers that come in by pieces.
class Script {
public:
    Script(RedactedSink& sink, std::uint64_t seed);

    /// One more call. Returns its ticket.
    Ticket step();

    struct Stream {
        Seq request;
        std::string bytes;
    };
    const std::map<StreamId, Stream>& open_streams() const { return streams_; }
    Recording& recording() { return recording_; }

private:
    Ticket spool();
    Ticket close();
    Ticket put();

    RedactedSink& sink_;
    Draw draw_;
    Recording recording_;
    Redactor redactor_{"another key of 16"};
    std::map<StreamId, Stream> streams_;
    StreamId next_stream_ = 1;
};

/// What is wrong with the log that a crash left of a Script, given the last ticket that it had
/// acknowledged; empty when everything acknowledged is there, as a prefix, and fsck finds nothing.
std::string check_survivor(const std::filesystem::path& path, std::uint64_t seed, Ticket acknowledged);

struct Killed {
    Ticket acknowledged = 0;
    std::string problem;
};

/// Runs a Script in a child, kills it with SIGKILL at a moment that the seed draws, and looks at what
/// is left.
Killed kill_once(const std::filesystem::path& path, std::uint64_t seed, Durability durability);

}  // namespace stet::test
