#include "envs/verifiers.hpp"

#include <stet/door/envs.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace stet {
namespace envs {
namespace {

struct NamedForm {
    std::string_view name;
    VerifierForm make;
    std::string_view members;  // Those that it knows, with a space behind each.
};

constexpr std::string_view combined_members = "of weights at_least ";

constexpr std::array<NamedForm, 16> forms{{
    {"state_equal", make_state_equal, "gold coupled digest parts fold_case keep_case ignore tolerance "},
    {"state_digest", make_state_digest, "gold digest part equals "},
    {"state_predicate", make_state_predicate, "function arguments expect "},
    {"diff_match", make_diff_match, "required allowed forbidden "},
    {"output_match", make_output_match, "expect how in among normalise normalise_expect tolerance "},
    {"trace_match", make_trace_match, "required forbidden how "},
    {"ended", make_ended, "as "},
    {"steps", make_steps, "plus "},
    {"recovered", make_recovered, "fault by gold flaky "},
    {"constant", make_constant, "score "},
    {"recorded", make_recorded, "asked "},
    {"all", make_combined, combined_members},
    {"any", make_combined, combined_members},
    {"min", make_combined, combined_members},
    {"product", make_combined, combined_members},
    {"sum", make_combined, combined_members},
}};

std::string all_names() {
    std::vector<std::string_view> names;
    for (const auto& form : forms)
        names.push_back(form.name);
    return fmt::format("{}", fmt::join(names, ", "));
}

MadeVerifier make_of(const JsonValue& declaration, const VerifierParts& parts) {
    if (!declaration.is(JsonKind::object))
        return Error{"read verifier: it is no JSON object", "see docs/worlds.md"};
    const auto name = declaration["verifier"].text();
    const auto form = std::ranges::find(forms, name, &NamedForm::name);
    if (form == forms.end())
        return Error{fmt::format("read verifier: there is no form '{}'", name), "forms: " + all_names()};
    for (const auto& [key, value] : declaration.members()) {
        if (key != "verifier" && key != "name" && form->members.find(key + " ") == std::string_view::npos)
            return Error{fmt::format("read verifier {}: it has no member '{}'", name, key),
                         fmt::format("members: {}", form->members)};
    }
    auto made = form->make(declaration, parts);
    if (!made) return Error{fmt::format("read verifier {}: {}", name, made.error().what), made.error().hint};
    return made;
}

}  // namespace

Finding passed_if(bool good, std::string why) {
    return {.outcome = good ? Outcome::pass : Outcome::fail,
            .score = good ? 1.0 : 0.0,
            .why = std::move(why),
            .evidence = {}};
}

Finding undecided(std::string why) {
    return {.outcome = Outcome::error, .score = {}, .why = std::move(why), .evidence = {}};
}

std::vector<std::string> texts_of(const JsonValue& array) {
    std::vector<std::string> texts;
    for (const auto& one : array.elements())
        texts.push_back(one.text());
    return texts;
}

}  // namespace envs

VerifierMaker make_verifiers() {
    auto parts = std::make_shared<envs::VerifierParts>();
    parts->gold = std::make_shared<envs::GoldRuns>();
    // The parts live in the maker; what they hold of it must not keep it alive.
    parts->make = [weak = std::weak_ptr(parts)](const JsonValue& declaration) {
        return envs::make_of(declaration, *weak.lock());
    };
    return [parts](std::string_view declaration) -> Result<std::unique_ptr<Verifier>> {
        const auto document = JsonDocument::parse(declaration);
        if (!document) return Error{"read verifier: " + document.error().what, document.error().hint};
        return parts->make(document->root());
    };
}

}  // namespace stet
