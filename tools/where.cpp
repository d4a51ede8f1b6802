#include "tools/where.hpp"

#include "tools/glance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <tuple>

namespace stet {
namespace {

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

template <class T>
bool compare(const std::string& op, const T& left, const T& right) {
    if (op == "=") return left == right;
    if (op == "<") return left < right;
    if (op == ">") return left > right;
    if (op == "<=") return left <= right;
    return left >= right;
}

bool holds(const Condition& condition, const RunFacts& facts) {
    const auto found = facts.find(condition.key);
    if (found == facts.end()) return condition.op == "!=";
    const auto& value = found->second;
    if (condition.op == "~") return value.find(condition.value) != std::string::npos;
    if (condition.op == "!=") return value != condition.value;
    const auto left = number(value), right = number(condition.value);
    if (left && right) return compare(condition.op, *left, *right);
    return compare(condition.op, value, condition.value);
}

constexpr std::array<std::string_view, 9> word_keys = {"id",    "name",  "standing", "task",  "group",
                                                       "agent", "model", "verdict",  "replay"};
constexpr std::array<std::string_view, 6> number_keys = {"trial",      "failures", "retries",
                                                         "recoveries", "steps",    "events"};

bool is_in(std::string_view key, std::span<const std::string_view> keys) {
    return std::ranges::find(keys, key) != keys.end();
}

Result<Condition> parse_condition(const std::string& word) {
    const auto at = word.find_first_of("=!~<>");
    if (at == std::string::npos || at == 0) {
        return Error{fmt::format("'{}' is no condition", word), "write KEY=VALUE, e.g. --where verdict=fail"};
    }
    const bool two = at + 1 < word.size() && word[at + 1] == '=' && word[at] != '=' && word[at] != '~';
    Condition condition{word.substr(0, at), word.substr(at, two ? 2 : 1), word.substr(at + (two ? 2 : 1))};
    if (condition.op == "!") return Error{fmt::format("'{}' is no condition", word), "write KEY!=VALUE"};
    const bool counts = is_in(condition.key, number_keys);
    if (!counts && !condition.key.starts_with("tag.") && !is_in(condition.key, word_keys)) {
        return Error{
            fmt::format("'{}' is no key", condition.key),
            fmt::format("keys: {}, {}, tag.NAME", fmt::join(word_keys, ", "), fmt::join(number_keys, ", "))};
    }
    if (counts && !number(condition.value)) {
        return Error{fmt::format("{} is a number, and '{}' is none", condition.key, condition.value),
                     fmt::format("write e.g. {}>=1", condition.key)};
    }
    return condition;
}

}  // namespace

Result<std::vector<Condition>> parse_where(const std::vector<std::string>& words) {
    std::vector<Condition> conditions;
    for (const auto& word : words) {
        auto condition = parse_condition(word);
        if (!condition) return condition.error();
        conditions.push_back(*std::move(condition));
    }
    return conditions;
}

bool holds(const std::vector<Condition>& conditions, const RunFacts& facts) {
    return std::all_of(conditions.begin(), conditions.end(),
                       [&](const Condition& condition) { return holds(condition, facts); });
}

RunFacts facts_of(const Glance& glance) {
    RunFacts facts{{"id", to_string(glance.summary.id)},
                   {"standing", std::string(to_string(glance.summary.standing))},
                   {"failures", std::to_string(glance.failures)},
                   {"retries", std::to_string(glance.retries)},
                   {"recoveries", std::to_string(glance.recoveries)},
                   {"steps", std::to_string(glance.steps.size())},
                   {"events", std::to_string(glance.summary.events)}};
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty()) facts[key] = value;
    };
    const auto& begin = glance.begin;
    add("name", glance.summary.name);
    add("task", begin.task_id);
    add("group", begin.group.value_or(""));
    add("trial", begin.trial ? std::to_string(*begin.trial) : "");
    add("agent", begin.agent_argv.empty() ? "" : begin.agent_argv.front());
    add("model", glance.model);
    add("verdict", worst_word(glance.outcomes));
    if (glance.replay && glance.replay->verified)
        add("replay", std::string(to_string(headline(glance.replay->report, level_default))));
    for (const auto& [key, value] : begin.tags)
        facts["tag." + key] = value;
    return facts;
}

}  // namespace stet
