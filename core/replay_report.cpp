#include "core/event_reader.hpp"
#include "core/event_writer.hpp"

#include <stet/json.hpp>
#include <stet/replay_report.hpp>

#include <algorithm>
#include <array>

namespace stet {

// Words and fields for EventWriter and EventReader, which find them by their argument.

inline constexpr std::array<std::string_view, 5> level_words = {"bytes", "value", "normalised", "effect",
                                                                "none"};
inline constexpr std::array<std::string_view, 4> check_outcome_words = {"confirmed", "refuted", "unstable",
                                                                        "unverifiable"};
inline constexpr std::array<std::string_view, 4> headline_words = {"confirmed", "refuted", "diverged",
                                                                   "unverifiable"};
constexpr const auto& words(Of<Level>) {
    return level_words;
}
constexpr const auto& words(Of<CheckOutcome>) {
    return check_outcome_words;
}

template <class F>
void describe(Of<Divergence>, F&& field) {
    field("at", &Divergence::at);
    field("where", &Divergence::where);
    field("recorded", &Divergence::recorded);
    field("live", &Divergence::live);
    field("cause", &Divergence::cause);
}

template <class F>
void describe(Of<CheckReplay>, F&& field) {
    field("name", &CheckReplay::name);
    field("recorded", &CheckReplay::recorded);
    field("derived", &CheckReplay::derived);
    field("outcome", &CheckReplay::outcome);
    field("recorded_score", &CheckReplay::recorded_score);
    field("derived_score", &CheckReplay::derived_score);
    field("cause", &CheckReplay::cause);
    field("how", &CheckReplay::how);
    field("notes", &CheckReplay::notes);
}

/// All but `trajectory` and `at_level`.
template <class F>
void describe(Of<ReplayReport>, F&& field) {
    field("root", &ReplayReport::root);
    field("engine", &ReplayReport::engine);
    field("how", &ReplayReport::how);
    field("fidelity", &ReplayReport::fidelity);
    field("calls", &ReplayReport::calls);
    field("states", &ReplayReport::states);
    field("states_equal", &ReplayReport::states_equal);
    field("missing", &ReplayReport::missing);
    field("prefix_only", &ReplayReport::prefix_only);
    field("divergences", &ReplayReport::divergences);
    field("checks", &ReplayReport::checks);
}

namespace {

bool any_check(const ReplayReport& report, CheckOutcome outcome) {
    return std::ranges::any_of(report.checks,
                               [&](const CheckReplay& check) { return check.outcome == outcome; });
}

/// What only a declared world can say.
void write_world(JsonWriter& json, const ReplayReport& report) {
    json.member("world", report.world).member("final_state", report.final_state).key("each").open('[');
    for (const auto& call : report.each) {
        json.open('{').member("at", call.at.value).member("tool", call.tool).member("level", call.level);
        json.key("changes").raw(call.changes.empty() ? "[]" : call.changes).close('}');
    }
    json.close(']');
}

bool read_world(EventReader& reader, const JsonValue& root, ReplayReport& report) {
    if (!root["world"]) return true;
    if (!reader.read(root["world"], report.world) || !reader.read(root["final_state"], report.final_state))
        return false;
    for (const auto& one : root["each"].elements()) {
        auto& call = report.each.emplace_back();
        const bool good = reader.read(one["at"], call.at) && reader.read(one["tool"], call.tool) &&
                          reader.read(one["level"], call.level);
        if (!good) return false;
        call.changes = one["changes"].raw();
    }
    return true;
}

Error unreadable(const std::string& problem) {
    return {"read replay report: " + problem, ""};
}

}  // namespace

std::string_view to_string(Level level) {
    return level_words.at(static_cast<std::size_t>(level));
}
std::string_view to_string(CheckOutcome outcome) {
    return check_outcome_words.at(static_cast<std::size_t>(outcome));
}
std::string_view to_string(Headline headline) {
    return headline_words.at(static_cast<std::size_t>(headline));
}

Result<Level> parse_level(std::string_view text) {
    const auto found = std::ranges::find(level_words, text);
    if (found < level_words.end() - 1) return static_cast<Level>(found - level_words.begin());
    constexpr std::size_t shown_max = 64;
    return Error{"there is no level " + json_quote(text.substr(0, shown_max)),
                 "levels are bytes, value, normalised and effect"};
}

Headline headline(const ReplayReport& report, Level level) {
    if (any_check(report, CheckOutcome::refuted)) return Headline::refuted;
    if (report.fidelity > level || report.states_equal != report.states) return Headline::diverged;
    if (report.missing > 0) return Headline::unverifiable;
    if (any_check(report, CheckOutcome::unstable) || any_check(report, CheckOutcome::unverifiable))
        return Headline::unverifiable;
    if (!report.checks.empty()) return Headline::confirmed;
    const bool executed = report.calls > 0 && report.how.starts_with(re_executed);
    return executed ? Headline::confirmed : Headline::unverifiable;
}

int exit_code(Headline headline) {
    constexpr std::array codes = {0, 1, 1, 3};  // In the order of the headlines.
    return codes.at(static_cast<std::size_t>(headline));
}

std::string to_json(const ReplayReport& report, Level level) {
    JsonWriter json;
    EventWriter writer(json, nullptr);
    json.open('{').key("headline").string(to_string(headline(report, level)));
    json.key("level").string(to_string(level)).key("trajectory").string(to_string(report.trajectory));
    writer.members(report);
    json.key("at_level").open('{');
    for (std::size_t i = 0; i < level_words.size(); ++i)
        json.key(level_words[i]).integer(report.at_level[i]);
    json.close('}');
    if (report.world) write_world(json, report);
    return json.close('}').take();
}

Result<ReplayReport> parse_replay_report(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document) return unreadable(document.error().what);
    const JsonValue root = document->root();
    ReplayReport report;
    EventReader reader({});
    if (!reader.read(root, report)) return unreadable(reader.problem());
    const auto trajectory = parse_trajectory_id(root["trajectory"].text());
    if (!trajectory) return unreadable(trajectory.error().what);
    report.trajectory = *trajectory;
    for (std::size_t i = 0; i < level_words.size(); ++i)
        if (!reader.read(root["at_level"][level_words[i]], report.at_level[i]))
            return unreadable("member \"at_level." + std::string(level_words[i]) + "\" is not a count");
    if (!read_world(reader, root, report)) return unreadable(reader.problem());
    return report;
}

}  // namespace stet
