#include <stet/audit.hpp>

namespace stet {
namespace {

/// What the events show.
struct Seen {
    Begin begin;
    bool snapshot = false, tools = false, observations = false, diffs = false, checks = false,
         verdicts = false;
    bool calls = false, sampling = false, final_state = false;
};

Seen look(EventSource& source) {
    Seen seen;
    source.seek(Seq{0});
    while (const auto event = source.next()) {
        std::visit(overloaded{
                       [&](const Begin& begin) { seen.begin = begin; },
                       [&](const Snapshot&) { seen.snapshot = true; },
                       [&](const ModelCall& call) {
                           seen.calls = true;
                           seen.tools = seen.tools || call.tools > 0;
                           seen.sampling = seen.sampling || call.sampling.size() > 2;
                       },
                       [&](const Observation&) { seen.observations = true; },
                       [&](const ToolResult&) { seen.observations = true; },
                       [&](const StateDiff& diff) {
                           seen.diffs = true;
                           seen.final_state = seen.final_state || diff.final_state;
                       },
                       [&](const CheckSpec&) { seen.checks = true; },
                       [&](const VerdictGiven&) { seen.verdicts = true; },
                       [](const auto&) {},
                   },
                   event->body);
    }
    return seen;
}

struct Need {
    bool there;
    const char* what;
};

AuditField field(std::string name, std::initializer_list<Need> needs) {
    AuditField field{.name = std::move(name), .missing = {}};
    for (const auto& need : needs) {
        if (!need.there) field.missing.emplace_back(need.what);
    }
    return field;
}

}  // namespace

std::vector<AuditField> audit(EventSource& source) {
    const auto seen = look(source);
    const auto& begin = seen.begin;
    return {
        field("task_state",
              {{seen.snapshot, "initial snapshot"}, {begin.commit.has_value(), "repository commit"}}),
        field("goal_and_constraints", {{begin.instruction.has_value(), "instruction"},
                                       {begin.constraints.has_value(), "constraints"},
                                       {begin.allowed || begin.forbidden, "allowed and forbidden"},
                                       {begin.policy.has_value(), "policy"}}),
        field("action_schema", {{seen.tools, "tool schemas"}}),
        field("observations", {{seen.observations, "observations"}}),
        field("state_diffs", {{seen.diffs, "state diffs"}, {seen.final_state, "final state"}}),
        field("failures_and_retries", {{seen.calls || seen.observations, "calls"}}),
        field("terminal_predicate", {{seen.checks, "a check"},
                                     {seen.verdicts, "a verdict"},
                                     {begin.toolchain.has_value(), "toolchain"}}),
        field("scaffold", {{begin.agent_version.has_value(), "agent version"},
                           {begin.agent_binary.has_value(), "agent binary digest"},
                           {begin.agent_configuration.has_value(), "agent configuration digest"},
                           {begin.permission_mode.has_value(), "permission mode"}}),
        field("budget_and_sampling", {{seen.sampling, "sampling"},
                                      {begin.budget.has_value(), "budget"},
                                      {begin.group && begin.trial, "group and trial"}}),
        field("lineage_and_split", {{begin.source.has_value(), "source"},
                                    {begin.licence.has_value(), "licence"},
                                    {begin.split.has_value(), "split"}}),
    };
}

}  // namespace stet
