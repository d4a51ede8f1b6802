#include "envs/gold_runs.hpp"

#include <fmt/format.h>

namespace stet::envs {
namespace {

constexpr std::size_t known_max = 4096;  // Runs; then the memory begins anew.

Digest key_of(const Environment& world, const WorldStart& start, const std::vector<WorldCall>& calls,
              const std::vector<DigestForm>& digests) {
    JsonWriter json;
    json.open('[').value(world.declaration()).integer(static_cast<std::int64_t>(start.seed));
    for (const auto* some : {&start.setup, &calls}) {
        json.open('[');
        for (const auto& call : *some)
            json.string(call.tool).string(call.arguments).string(call.caller).boolean(call.coupled);
        json.close(']');
    }
    for (const auto& digest : digests)
        json.string(digest.form).string(digest.part);
    return sha256(json.close(']').text());
}

GoldEnd run_anew(Environment& world, const WorldStart& start, const std::vector<WorldCall>& calls,
                 const std::vector<DigestForm>& digests) {
    GoldEnd end;
    if (const auto ready = world.reset(start); !ready) {
        end.problem = ready.error().what;
        return end;
    }
    for (const auto& call : calls) {
        auto answer = world.step(call);
        if (answer.status == ToolStatus::unanswered)
            end.problem = fmt::format("{}: {}", call.tool, answer.content);
        end.answers.push_back(std::move(answer.content));
    }
    end.state = world.state();
    end.changes = world.changes();
    for (const auto& digest : digests) {
        const auto made = world.foreign_digest(digest.form, digest.part);
        if (made)
            end.digests.emplace(digest, *made);
        else
            end.problem = made.error().what;
    }
    return end;
}

}  // namespace

const GoldEnd& GoldRuns::run(Environment& world, const WorldStart& start, const std::vector<WorldCall>& calls,
                             const std::vector<DigestForm>& digests) {
    const auto key = key_of(world, start, calls, digests);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    if (known_.size() >= known_max) known_.clear();
    return known_.emplace(key, run_anew(world, start, calls, digests)).first->second;
}

Result<std::vector<WorldCall>> read_calls(const JsonValue& calls, bool coupled) {
    std::vector<WorldCall> read;
    for (const auto& one : calls.elements()) {
        if (!one["tool"].is(JsonKind::string)) return Error{"a call has a \"tool\"", "see docs/worlds.md"};
        const auto given = one["arguments"];
        read.push_back({one["tool"].text(), given ? std::string(given.raw()) : "{}",
                        one["caller"].text_or("assistant"), one["coupled"].boolean().value_or(coupled)});
    }
    return read;
}

}  // namespace stet::envs
