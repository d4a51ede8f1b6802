#pragma once

#include <stet/event.hpp>
#include <stet/trajectory.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// How near a replayed call came to the recorded one, best first.
enum class Level : std::uint8_t {
    bytes,       ///< The same bytes.
    value,       ///< The same JSON value (canonical form).
    normalised,  ///< The same after values that no stub can know were set aside.
    effect,      ///< Another answer, the same state.
    none,        ///< Not even that.
};
std::string_view to_string(Level level);
/// A level that can be asked for: `none` is no level.
[[nodiscard]] Result<Level> parse_level(std::string_view text);
/// What counts as confirmed when nobody says. An answer that execution contradicts is not, even where the
/// state came out the same.
inline constexpr Level level_default = Level::normalised;

struct Divergence {
    Seq at;
    std::string where;           ///< JSON pointer into the answer, or a path of the workspace; may be empty.
    std::string recorded, live;  ///< Short forms, at most 200 bytes each.
    std::string cause;           ///< "answer", "state", "unknown_tool", "protocol", "missing_payload", …
    friend bool operator==(const Divergence&, const Divergence&) = default;
};

/// What became of one call.
struct CallReplay {
    Seq at;  ///< Of the result; of the call where it has none.
    std::string tool;
    Level level = Level::none;
    std::string changes;  ///< What it changed, as a JSON Patch; empty where the state is a tree.
    friend bool operator==(const CallReplay&, const CallReplay&) = default;
};

enum class CheckOutcome : std::uint8_t { confirmed, refuted, unstable, unverifiable };
std::string_view to_string(CheckOutcome outcome);

struct CheckReplay {
    std::string name;
    Outcome recorded = Outcome::not_run;
    std::optional<Outcome> derived;  ///< Empty when it could not be run.
    CheckOutcome outcome = CheckOutcome::unverifiable;
    std::optional<double> recorded_score, derived_score;
    std::string cause;  ///< "environment", "redacted", "sandbox", "state", …; empty when confirmed.
    std::string how;    ///< "by re-execution", "on the recorded state".
    std::vector<std::string> notes;  ///< "python3 has changed since".
    friend bool operator==(const CheckReplay&, const CheckReplay&) = default;
};

enum class Headline : std::uint8_t { confirmed, refuted, diverged, unverifiable };
std::string_view to_string(Headline headline);

/// How `ReplayReport::how` begins when no tape answered.
inline constexpr std::string_view re_executed = "re-executed";

/// What a replay found, on two axes: how faithfully it went, and what became of each check.
struct ReplayReport {
    TrajectoryId trajectory;
    Digest root;                    ///< Of what was replayed; none when torn.
    std::string engine;             ///< "stet 0.1.0"
    std::string how;                ///< "re-executed in world files 1", "from tape, on the recorded state".
                                    ///< Begins with `re_executed` exactly when every call was executed again.
    Level fidelity = Level::bytes;  ///< The weakest that every call reached.
    std::uint32_t calls = 0;
    std::uint32_t at_level[5] = {};              ///< Calls by Level.
    std::uint32_t states = 0, states_equal = 0;  ///< State digests compared, and equal.
    std::uint32_t missing = 0;                   ///< What could not be compared: its content was erased.
    bool prefix_only = false;                    ///< The trajectory is torn: this is what its prefix gives.
    std::vector<Divergence> divergences;         ///< In order; the first is the one that counts. At most 64.
    std::vector<CheckReplay> checks;
    Digest world;                  ///< The declaration of the world that it was executed in; else none.
    Digest final_state;            ///< In that world, after the last call.
    std::vector<CallReplay> each;  ///< The calls that were executed in that world, in order.
    std::vector<Verdict> late;     ///< Of the checks that were asked for besides; not part of the JSON.
    friend bool operator==(const ReplayReport&, const ReplayReport&) = default;
};

/// `confirmed` = every check confirmed and fidelity at least `level`; otherwise refuted, diverged,
/// unverifiable, in that order. A trajectory without a check cannot be more than unverifiable,
/// unless every call was re-executed (there was one, and `how` says so): then its effects are what is
/// confirmed. A compared state that was not equal is a divergence at every level. Where nothing diverged but
/// something could not be compared: unverifiable.
[[nodiscard]] Headline headline(const ReplayReport& report, Level level);

/// 0 confirmed; 1 refuted or diverged; 3 unverifiable.
[[nodiscard]] int exit_code(Headline headline);

/// Canonical: the same report is the same bytes, on every machine. One JSON object without white space:
/// `headline` and `level` (what this report amounts to at this level), then the members in the order of
/// the struct, enumerations as their words, a root of nothing as null, `at_level` as an object at the end.
std::string to_json(const ReplayReport& report, Level level);
/// Ignores members that it does not know, `headline` and `level` among them.
[[nodiscard]] Result<ReplayReport> parse_replay_report(std::string_view json);

}  // namespace stet
