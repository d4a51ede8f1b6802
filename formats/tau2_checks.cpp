#include "formats/tau2_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace stet {
namespace {

constexpr std::string_view recorded_verifier = R"({"verifier":"recorded"})";

/// The record of a part that consists of items: where they stand, and where their verdicts.
struct Items {
    std::string_view basis, member, subject, verdict;
};
constexpr std::array<Items, 4> itemised{{
    {"ENV_ASSERTION", "env_assertions", "env_assertion", "met"},
    {"ACTION", "action_checks", "action", "action_match"},
    {"COMMUNICATE", "communicate_checks", "info", "met"},
    {"NL_ASSERTION", "nl_assertions", "nl_assertion", "met"},
}};

std::string_view arguments_of(const JsonValue& call) {
    return call["arguments"].is(JsonKind::object) ? call["arguments"].raw() : "{}";
}

/// Asked of the state after the last call.
std::string predicate(const JsonValue& assertion) {
    JsonWriter json;
    json.open('{').member("verifier", "state_predicate").member("function", assertion["func_name"].text());
    json.key("arguments").raw(arguments_of(assertion));
    return json.member("expect", assertion["assert_value"].boolean().value_or(true)).close('}').take();
}

/// Whoever made the call; where nothing says which arguments count, those of the call do, not the action's.
void write_wanted(JsonWriter& json, const JsonValue& action) {
    json.open('{').member("tool", action["name"].text()).key("arguments").raw(arguments_of(action));
    const auto compare = action["compare_args"];
    if (compare.is(JsonKind::array)) json.key("compare").raw(compare.raw());
    json.close('}');
}

std::string were_called(const std::vector<JsonValue>& actions) {
    JsonWriter json;
    json.open('{').member("verifier", "trace_match").key("required").open('[');
    for (const auto& action : actions)
        write_wanted(json, action);
    return json.close(']').close('}').take();
}

std::string was_said(std::string_view expect) {
    return declare_said(expect, "assistant");
}

std::string verifier_of_item(std::string_view basis, const JsonValue& subject) {
    if (basis == "ENV_ASSERTION") return predicate(subject);
    if (basis == "ACTION") return were_called({subject});
    return was_said(fmt::format("[{}]", subject.raw()));
}

/// What the whole of a part came to, by its items.
std::optional<double> all_of(const JsonValue& items, std::string_view verdict) {
    if (items.size() == 0) return std::nullopt;
    const auto listed = items.elements();
    const bool all =
        std::ranges::all_of(listed, [&](const auto& item) { return item[verdict].boolean() == true; });
    return all ? 1 : 0;
}

bool is_graded(const std::optional<double>& score) {
    return score && *score != 0 && *score != 1;
}

}  // namespace

Tau2Checks::Tau2Checks(const JsonValue& simulation, const JsonValue& task,
                       std::vector<std::string_view> digested, bool solo)
    : info_(simulation["reward_info"]),
      criteria_(task["evaluation_criteria"]),
      history_(task["initial_state"]["message_history"]),
      digested_(std::move(digested)),
      solo_(solo) {}

/// The gold calls, as a JSON array. What the task says was called before the trial began, comes first.
std::string Tau2Checks::gold() const {
    JsonWriter json;
    const auto write = [&](const JsonValue& call, bool coupled) {
        const auto caller = solo_ ? "assistant" : call["requestor"].text_or("assistant");
        json.open('{').member("tool", call["name"].text()).key("arguments").raw(arguments_of(call));
        json.member("caller", caller);
        if (coupled) json.member("coupled", true);
        json.close('}');
    };
    json.open('[');
    for (const auto& message : history_.elements()) {
        for (const auto& call : message["tool_calls"].elements())
            write(call, true);
    }
    for (const auto& action : criteria_["actions"].elements())
        write(action, false);
    return json.close(']').take();
}

Tau2Checks::Part Tau2Checks::db() const {
    Part part{"DB", "db", {}};
    const bool is_asked =
        criteria_["actions"].is(JsonKind::array) || criteria_["env_assertions"].is(JsonKind::array);
    if (!is_asked) return part;
    JsonWriter json;
    json.open('{').member("verifier", "state_equal").key("gold").raw(gold());
    // Upstream keeps coupled states in step after the agent's calls, but not after the gold ones.
    json.member("coupled", false).member("digest", "pyjson-sha256");
    if (!digested_.empty()) json.member("parts", digested_);
    part.verifier = json.close('}').take();
    return part;
}

Tau2Checks::Part Tau2Checks::env_assertions() const {
    Part part{"ENV_ASSERTION", "env_assertion", {}};
    std::vector<std::string> all;
    for (const auto& assertion : criteria_["env_assertions"].elements())
        all.push_back(predicate(assertion));
    if (!all.empty()) part.verifier = declare_joined("all", all);
    return part;
}

Tau2Checks::Part Tau2Checks::actions() const {
    Part part{"ACTION", "action", {}};
    const auto actions = criteria_["actions"].elements();
    if (!actions.empty()) part.verifier = were_called(actions);
    return part;
}

Tau2Checks::Part Tau2Checks::communicated() const {
    Part part{"COMMUNICATE", "communicate", {}};
    const auto texts = criteria_["communicate_info"];
    if (texts.size() > 0) part.verifier = was_said(texts.raw());
    return part;
}

Tau2Checks::Part Tau2Checks::judged() const {
    Part part{"NL_ASSERTION", "nl_assertion", {}};
    part.judged = criteria_["nl_assertions"].size() > 0;
    if (part.judged) part.verifier = recorded_verifier;
    return part;
}

Tau2Checks::Part Tau2Checks::part_of(std::string_view basis) const {
    if (basis == "DB") return db();
    if (basis == "ENV_ASSERTION") return env_assertions();
    if (basis == "ACTION") return actions();
    if (basis == "COMMUNICATE") return communicated();
    if (basis == "NL_ASSERTION") return judged();
    return {basis, basis, std::string(recorded_verifier), true};  // Not known here.
}

/// What the reward is the product of: what was multiplied, else what was to be.
std::vector<std::string> Tau2Checks::basis() const {
    std::vector<std::string> names;
    const auto add = [&](std::string name) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
    };
    if (const auto breakdown = info_["reward_breakdown"]; breakdown.is(JsonKind::object)) {
        for (const auto& [name, score] : breakdown.members())
            add(name);
        return names;
    }
    const auto recorded = info_["reward_basis"];
    const auto listed = recorded.is(JsonKind::array) ? recorded : criteria_["reward_basis"];
    if (!listed.is(JsonKind::array)) return {"DB", "COMMUNICATE"};
    for (const auto& name : listed.elements())
        add(name.text());
    return names;
}

std::string Tau2Checks::reward() const {
    // Nothing was looked at unless the conversation came to its end.
    std::vector<std::string> parts{declare_ended({"success_claimed", "gave_up"})}, judged;
    if (!criteria_.is(JsonKind::object)) return declare_joined("product", parts);
    for (const auto& name : basis()) {
        auto part = part_of(name);
        if (!part.verifier.empty()) (part.judged ? judged : parts).push_back(std::move(part.verifier));
    }
    // What nobody can derive again comes last: where something else failed, it does not matter.
    parts.insert(parts.end(), judged.begin(), judged.end());
    return declare_joined("product", parts);
}

void Tau2Checks::write_part(TrialWriter& writer, const Part& part) const {
    auto recorded = info_["reward_breakdown"][part.basis].number();
    if (part.basis == "DB" && !recorded) recorded = score_of(info_["db_check"]["db_match"]);
    if (part.judged) {
        if (recorded) writer.judged(std::string(part.name), "all of the assertions", recorded, {});
        return;
    }
    const auto* items = std::ranges::find(itemised, part.basis, &Items::basis);
    if (!recorded && items != itemised.end()) recorded = all_of(info_[items->member], items->verdict);
    if (!recorded) return;
    const bool given = part.verifier.empty();
    writer.check({std::string(part.name), given ? R"({"verifier":"constant","score":1})" : part.verifier,
                  recorded, is_graded(recorded)});
}

void Tau2Checks::write_items(TrialWriter& writer) const {
    for (const auto& [basis, member, subject, verdict] : itemised) {
        std::size_t number = 0;
        for (const auto& item : info_[member].elements()) {
            const auto name = fmt::format("{}/{}", part_of(basis).name, ++number);
            const auto what = item[subject];
            const auto score = score_of(item[verdict]);
            if (basis == "NL_ASSERTION")
                writer.judged(name, what.text(), score, item["justification"].text());
            else
                writer.check({name, verifier_of_item(basis, what), score});
        }
    }
}

void Tau2Checks::write(TrialWriter& writer) const {
    auto names = basis();
    for (const auto* known : {"DB", "ENV_ASSERTION", "ACTION", "COMMUNICATE", "NL_ASSERTION"}) {
        write_part(writer, part_of(known));
        std::erase(names, known);
    }
    for (const auto& name : names)
        write_part(writer, part_of(name));
    write_items(writer);
    const auto score = score_of(info_["reward"]);
    writer.check({"reward", reward(), score, is_graded(score)});
}

}  // namespace stet
