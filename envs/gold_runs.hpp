#pragma once

#include <stet/environment.hpp>
#include <stet/json.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace stet::envs {

/// A digest that another program makes of the state, or of one part of it (`Environment::foreign_digest`).
struct DigestForm {
    std::string form, part;
    friend auto operator<=>(const DigestForm&, const DigestForm&) = default;
};

/// Where calls lead that a task's author holds for right.
struct GoldEnd {
    std::string problem;  ///< Why they lead nowhere; empty when they do.
    Digest state;
    std::vector<StateChange> changes;
    std::map<DigestForm, std::string> digests;
    std::vector<std::string> answers;  ///< Of each call.
};

/// Runs the gold calls of a task in a fresh episode. Trials at the same task share what came of it. One
/// thread.
class GoldRuns {
public:
    const GoldEnd& run(Environment& world, const WorldStart& start, const std::vector<WorldCall>& calls,
                       const std::vector<DigestForm>& digests);

private:
    std::map<Digest, GoldEnd> known_;
};

/// [{"tool": …, "arguments": {…}, "caller": …, "coupled": …}, …]. `coupled`: of those that do not say it.
[[nodiscard]] Result<std::vector<WorldCall>> read_calls(const JsonValue& calls, bool coupled = true);

}  // namespace stet::envs
