#pragma once

#include <stet/digest.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What a verifier said. `abstain`, `error` and `not_run` are never turned into pass or fail.
enum class Outcome : std::uint8_t { pass, fail, score, abstain, error, not_run };

/// Who or what examined.
enum class VerifierKind : std::uint8_t { rule, environment, judge, human };

struct Verdict {
    std::string check;  ///< The check's name.
    VerifierKind kind = VerifierKind::rule;
    Outcome outcome = Outcome::not_run;
    std::optional<double> score;
    std::string why;  ///< One line: "exit code 1", "timed out after 60 s".
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

std::string_view to_string(Outcome outcome);
std::string_view to_string(VerifierKind kind);

/// A terminal check: a program over the final workspace, or a verifier over the final state of a world; bound
/// to its inputs by digest.
struct CheckSpec {
    std::string name;     ///< "check" unless given.
    std::string command;  ///< For `/bin/sh -c`; empty when a verifier examines.
    /// Globs of files that are put back to their first state before the check runs.
    std::vector<std::string> protect;
    std::uint64_t timeout_ms = 600'000;
    std::uint64_t output_bytes_max = 1 << 20;
    Digest digest;                        ///< Of everything above, and of the protected files' content.
    std::optional<std::string> verifier;  ///< What examines instead: a JSON object (docs/worlds.md).
    friend bool operator==(const CheckSpec&, const CheckSpec&) = default;
};

/// A program that a check calls, by content. Paths are facts for people; the digest decides.
struct Tool {
    std::string name;
    std::string path;
    Digest digest;  ///< None when it was not found.
    friend bool operator==(const Tool&, const Tool&) = default;
};

/// A tree that the snapshot left out (dependencies), bound read-only for the check.
struct ExcludedTree {
    std::string path;  ///< Relative to the workspace.
    Digest digest;
    friend bool operator==(const ExcludedTree&, const ExcludedTree&) = default;
};

/// What a check ran in.
struct CheckEnvironment {
    std::string sandbox;  ///< The rung: "bubblewrap", "none".
    std::vector<Tool> toolchain;
    std::vector<ExcludedTree> excluded;
    friend bool operator==(const CheckEnvironment&, const CheckEnvironment&) = default;
};

/// Exit code 0 is pass, another is fail; a time-out, a signal, 126, 127 or a failing sandbox is error.
/// `problem` is why the check could not run, empty when it ran.
[[nodiscard]] Verdict judge_exit(std::string_view check, std::optional<int> exit_code,
                                 std::optional<int> signal, bool timed_out, std::string_view problem);

}  // namespace stet
