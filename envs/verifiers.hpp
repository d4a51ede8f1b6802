#pragma once

#include "envs/gold_runs.hpp"

#include <stet/json.hpp>
#include <stet/verifier.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

using MadeVerifier = Result<std::unique_ptr<Verifier>>;

/// What the forms of verifiers are made with.
struct VerifierParts {
    std::shared_ptr<GoldRuns> gold;
    std::function<MadeVerifier(const JsonValue&)> make;  ///< For verifiers within verifiers.
};

/// Makes one form of its declaration; `docs/worlds.md` describes them.
using VerifierForm = MadeVerifier (*)(const JsonValue& declaration, const VerifierParts& parts);

// On states.
MadeVerifier make_state_equal(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_state_digest(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_state_predicate(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_diff_match(const JsonValue& declaration, const VerifierParts& parts);
// On what went on.
MadeVerifier make_output_match(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_trace_match(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_ended(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_steps(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_recovered(const JsonValue& declaration, const VerifierParts& parts);
// Of several.
MadeVerifier make_combined(const JsonValue& declaration, const VerifierParts& parts);
MadeVerifier make_constant(const JsonValue& declaration, const VerifierParts& parts);
// Of nothing that could be examined again.
MadeVerifier make_recorded(const JsonValue& declaration, const VerifierParts& parts);

/// Most forms need one look, at the end.
class FinalVerifier : public Verifier {
public:
    void prepare(Environment&, const WorldStart&) override {}
    void turn_ended(Environment&, const Trace&) override {}
};

Finding passed_if(bool good, std::string why);
Finding undecided(std::string why);

/// The texts of an array of strings.
std::vector<std::string> texts_of(const JsonValue& array);

}  // namespace stet::envs
