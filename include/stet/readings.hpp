#pragma once

#include <stet/event_source.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// Meanings, derived from facts by one pure function with a version. Stored beside the log, rebuilt
// at will; a better reader re-reads an old log.

/// Raised whenever annotate() would read some log differently.
inline constexpr int readings_version = 2;

/// Who is to blame.
enum class Fault : std::uint8_t {
    model,
    tool,
    environment,
    transport,
    provider,
    harness,
    verifier,
    human,
    unknown
};
std::string_view to_string(Fault fault);

struct Failure {
    std::uint32_t number = 0;  ///< 0-based, in order of `at`.
    Seq at;                    ///< The event that shows it.
    Step step;
    /// "http_429", "stream_cut", "connection_reset", "tool_error", "command_failed", … (docs/records.md)
    std::string failure_class;
    Fault fault = Fault::unknown;
    std::string what;  ///< One line for people.
    std::vector<Seq> evidence;
    friend bool operator==(const Failure&, const Failure&) = default;
};

enum class RetryKind : std::uint8_t { transport, identical, modified };
std::string_view to_string(RetryKind kind);

struct Retry {
    std::uint32_t of = 0;  ///< The failure's number.
    RetryKind kind = RetryKind::identical;
    std::vector<Seq> attempts;  ///< The requests or tool calls that tried again, in order.
    friend bool operator==(const Retry&, const Retry&) = default;
};

struct Recovery {
    std::uint32_t of = 0;
    Seq by;                   ///< The event that shows that it was overcome.
    std::uint32_t steps = 0;  ///< From the failure to there.
    friend bool operator==(const Recovery&, const Recovery&) = default;
};

struct Readings {
    int version = readings_version;
    std::optional<Digest> root;  ///< Of what was read; none where it was not sealed.
    std::vector<Failure> failures;
    std::vector<Retry> retries;
    std::vector<Recovery> recoveries;
    friend bool operator==(const Readings&, const Readings&) = default;
};

/// Reads a whole trajectory once, from its beginning; holds no payload longer than it looks at it.
[[nodiscard]] Readings annotate(EventSource& source);

/// How an end reads: an agent that gave another exit code than 0, and was stopped by nothing else, gave up.
[[nodiscard]] Ending read_ending(const End& end);

std::string to_json(const Readings& readings);
[[nodiscard]] Result<Readings> parse_readings(std::string_view json);

}  // namespace stet
