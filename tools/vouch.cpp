#include "tools/vouch.hpp"

#include "tools/home.hpp"

#include <stet/digest.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::string_view home_kind = "home";
constexpr std::string_view member = R"(,"vouched":")";
constexpr std::string_view end_of_member = R"("})";
constexpr std::size_t digits = 64;

std::string authenticator(std::string_view key, std::string_view kind, const TrajectorySummary& trajectory,
                          std::string_view text) {
    const auto derived = hmac_sha256(key, "stet addendum");
    const std::string_view derived_bytes(reinterpret_cast<const char*>(derived.bytes.data()),
                                         derived.bytes.size());
    return to_hex(hmac_sha256(derived_bytes, fmt::format("{}\n{}\n{}\n{}", kind, to_string(trajectory.id),
                                                         to_hex(trajectory.root.value_or(Digest{})), text)));
}

/// The stored text taken apart again; empty when it has no authenticator.
struct Vouched {
    std::string text, digits;
};
std::optional<Vouched> take_apart(std::string_view stored) {
    const std::size_t tail = member.size() + digits + end_of_member.size();
    if (stored.size() <= tail || !stored.ends_with(end_of_member)) return std::nullopt;
    const auto at = stored.size() - tail;
    if (stored.substr(at, member.size()) != member) return std::nullopt;
    return Vouched{std::string(stored.substr(0, at)) + "}",
                   std::string(stored.substr(at + member.size(), digits))};
}

TrajectorySummary summary_of(const Log& log, const TrajectoryId& id) {
    for (auto& one : log.list()) {
        if (one.id == id) return std::move(one);
    }
    throw Trouble("vouch for log", log.path().string(), "it holds no such trajectory");
}

bool is_of(const ReplayReport& report, const TrajectorySummary& trajectory) {
    return !report.prefix_only && report.trajectory == trajectory.id && trajectory.root &&
           report.root == *trajectory.root;
}

}  // namespace

RedactedBytes vouch(const TrajectorySummary& trajectory, std::string report, const Redactor& redactor) {
    STET_ASSERT(trajectory.root && report.size() > 2 && report.ends_with('}'));
    const auto kept = redactor.redact(std::move(report));  // What is vouched for is what is stored.
    const auto mac = authenticator(user_key(), "replay", trajectory, kept.bytes());
    const auto open = std::string_view(kept.bytes()).substr(0, kept.bytes().size() - 1);
    return redactor.redact(fmt::format("{}{}{}{}", open, member, mac, end_of_member));
}

bool vouched(const TrajectorySummary& trajectory, std::string_view stored) {
    const auto parts = take_apart(stored);
    if (!parts || !trajectory.root) return false;
    const auto key = known_user_key();
    return key && authenticator(*key, "replay", trajectory, parts->text) == parts->digits;
}

void claim(Log& log, const TrajectoryId& id, const Redactor& redactor) {
    const auto trajectory = summary_of(log, id);
    STET_ASSERT(trajectory.root);
    JsonWriter json;
    json.open('{').key("vouched").string(authenticator(user_key(), home_kind, trajectory, "")).close('}');
    log.add(id, home_kind, wall_ms_now(), redactor.redact(json.text()));
}

bool made_here(const Log& log, const TrajectorySummary& trajectory) {
    if (trajectory.standing != Standing::sealed) return false;
    const auto key = known_user_key();
    if (!key) return false;
    const auto expected = authenticator(*key, home_kind, trajectory, "");
    for (const auto& addendum : log.source(trajectory.id)->addenda()) {
        if (addendum.kind != home_kind) continue;
        const auto body = JsonDocument::parse(addendum.body);
        if (body && body->root()["vouched"].text() == expected) return true;
    }
    return false;
}

std::optional<FoundReplay> newest_replay(const EventSource& source) {
    std::optional<FoundReplay> newest;
    for (const auto& addendum : source.addenda()) {
        if (addendum.kind != "replay") continue;
        auto report = parse_replay_report(addendum.body);
        if (!report) continue;
        const bool verified = is_of(*report, source.summary()) && vouched(source.summary(), addendum.body);
        if (verified || !newest || !newest->verified) newest = {*std::move(report), verified};
    }
    return newest;
}

}  // namespace stet
