#include "core/event_words.hpp"

#include <stet/verdict.hpp>

namespace stet {
namespace {

/// What a shell exits with when it could not run the command (POSIX, XCU 2.8.2).
constexpr int not_executable = 126;
constexpr int not_found = 127;

struct Said {
    Outcome outcome;
    std::string why;
};

Said judge(std::optional<int> exit_code, std::optional<int> signal, bool timed_out,
           std::string_view problem) {
    if (!problem.empty()) return {Outcome::error, std::string(problem)};
    if (timed_out) return {Outcome::error, "timed out"};
    if (signal) return {Outcome::error, "ended by signal " + std::to_string(*signal)};
    if (!exit_code) return {Outcome::not_run, "did not run"};
    auto why = "exit code " + std::to_string(*exit_code);
    if (*exit_code == not_executable) return {Outcome::error, why + ": the command cannot be executed"};
    if (*exit_code == not_found) return {Outcome::error, why + ": the command was not found"};
    return {*exit_code == 0 ? Outcome::pass : Outcome::fail, std::move(why)};
}

}  // namespace

std::string_view to_string(Outcome outcome) {
    return outcome_words.at(static_cast<std::size_t>(outcome));
}
std::string_view to_string(VerifierKind kind) {
    return verifier_kind_words.at(static_cast<std::size_t>(kind));
}

Verdict judge_exit(std::string_view check, std::optional<int> exit_code, std::optional<int> signal,
                   bool timed_out, std::string_view problem) {
    auto said = judge(exit_code, signal, timed_out, problem);
    return {.check = std::string(check),
            .kind = VerifierKind::rule,
            .outcome = said.outcome,
            .score = {},
            .why = std::move(said.why)};
}

}  // namespace stet
