#pragma once

#include <stet/event.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// 128 random bits: carries no machine and no time. Written as 26 lower-case letters and digits
/// (Crockford's base 32), of which people type a prefix.
struct TrajectoryId {
    std::array<std::uint8_t, 16> bytes{};
    friend auto operator<=>(const TrajectoryId&, const TrajectoryId&) = default;
};

std::string to_string(const TrajectoryId& id);
/// All 26 characters, in either case.
[[nodiscard]] Result<TrajectoryId> parse_trajectory_id(std::string_view text);

/// Where a trajectory stands. To an outside reader:
///
///   recording  its writer is alive; what can be read is a gap-free prefix
///   sealed     complete with its root; nothing may follow but addenda
///   torn       the recorder died; loads as the longest valid prefix
enum class Standing : std::uint8_t { recording, sealed, torn };
std::string_view to_string(Standing standing);

/// What a list shows of a trajectory.
struct TrajectorySummary {
    TrajectoryId id;
    Standing standing = Standing::recording;
    std::string name;
    std::int64_t begun_wall_ms = 0;
    std::int64_t ended_wall_ms = 0;  ///< Of the last event.
    std::uint32_t events = 0;        ///< Stored ones: behind those of a torn one a source may give more.
    std::optional<Digest> root;      ///< Sealed ones only.
};

/// What is learned later: appended to a sealed trajectory and chained to its root; the old one stays.
struct Addendum {
    std::uint32_t number = 0;  ///< 0-based, dense.
    std::string kind;          ///< "replay", "verdict", "label", "reward", "note", "home".
    std::int64_t wall_ms = 0;
    std::string body;  ///< A JSON object.
    friend bool operator==(const Addendum&, const Addendum&) = default;
};

/// task id = "task:" and the first 32 digits of SHA-256 over instruction, initial state and check
/// specs: of the JSON array `["INSTRUCTION","sha256:STATE",["sha256:CHECK",…]]` without white space, the
/// checks in their order, none left out. Holds no path and no clock: the same task has the same id on
/// every machine.
std::string derive_task_id(std::string_view instruction, const Digest& initial_state,
                           const std::vector<CheckSpec>& checks);

}  // namespace stet
