#pragma once

#include <stet/result.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

struct Glance;

/// `KEY OP VALUE` with OP one of = != ~ (contains) < > <= >=.
struct Condition {
    std::string key, op, value;
    friend bool operator==(const Condition&, const Condition&) = default;
};

/// What runs are chosen by: id, name, standing, task, group, trial, agent, model, verdict, replay, failures,
/// retries, recoveries, steps, events, tag.NAME. Missing keys are unknown: no condition holds on them but
/// `!=`.
using RunFacts = std::map<std::string, std::string>;

[[nodiscard]] Result<std::vector<Condition>> parse_where(const std::vector<std::string>& words);
/// Do all of them hold? Numbers are compared as numbers when both sides are.
[[nodiscard]] bool holds(const std::vector<Condition>& conditions, const RunFacts& facts);

RunFacts facts_of(const Glance& glance);

}  // namespace stet
