#include "envs/value.hpp"
#include "envs/value_text.hpp"
#include "envs/verifiers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

// Verifiers that look at the state in which an episode ends.

namespace stet::envs {
namespace {

/// When two rows count as equal, though they are not the same bytes.
struct RowRules {
    bool fold_case = false;
    std::set<std::string> keep_case, ignore;
    double tolerance = 0;

    bool exact() const { return !fold_case && ignore.empty() && tolerance == 0; }
    bool same(const std::optional<std::string>& a, const std::optional<std::string>& b) const {
        if (a.has_value() != b.has_value()) return false;
        return !a || *a == *b || same(parse_value(*a).value(), parse_value(*b).value(), "");
    }

private:
    static bool same_folded(const std::string& a, const std::string& b) {
        return std::ranges::equal(
            a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
    }
    static std::optional<double> number(const Value& value) {
        if (const auto* integer = value.integer()) return static_cast<double>(*integer);
        if (const auto* real = value.real()) return *real;
        return std::nullopt;
    }
    bool same(const Value& a, const Value& b, std::string_view member) const {
        if (a.text() != nullptr && b.text() != nullptr) {
            const bool fold = fold_case && !keep_case.contains(std::string(member));
            return fold ? same_folded(*a.text(), *b.text()) : *a.text() == *b.text();
        }
        if (tolerance > 0 && number(a) && number(b)) return std::fabs(*number(a) - *number(b)) <= tolerance;
        const auto *one = a.container(), *other = b.container();
        if (one == nullptr || other == nullptr) return a == b;
        return one->is_object ? other->is_object && same_members(*one, *other) : same_items(*one, *other);
    }
    bool same_items(const Container& a, const Container& b) const {
        return !b.is_object && std::ranges::equal(a.items, b.items, [this](const Value& x, const Value& y) {
            return same(x, y, "");
        });
    }
    bool same_members(const Container& a, const Container& b) const {
        const auto counts = [this](const Container& object) {
            return std::ranges::count_if(object.keys,
                                         [this](const auto& key) { return !ignore.contains(key); });
        };
        if (counts(a) != counts(b)) return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (ignore.contains(a.keys[i])) continue;
            const auto* other = b.get(a.keys[i]);
            if (other == nullptr || !same(a.items[i], *other, a.keys[i])) return false;
        }
        return true;
    }
};

using Rows = std::map<std::pair<std::string, std::string>, const StateChange*>;

Rows rows_of(const std::vector<StateChange>& changes) {
    Rows rows;
    for (const auto& change : changes)
        rows.emplace(std::pair(change.part, change.key), &change);
    return rows;
}

/// "/orders/#W1" of the first row that is another one in the two ends of the same beginning; empty when none
/// is.
std::string first_other_row(const std::vector<StateChange>& ours, const std::vector<StateChange>& gold,
                            const RowRules& rules) {
    const auto mine = rows_of(ours), theirs = rows_of(gold);
    const auto place = [](const StateChange& change) {
        return fmt::format("/{}/{}", change.part, change.key);
    };
    for (const auto& [name, change] : mine) {
        const auto other = theirs.find(name);
        const auto& expected = other == theirs.end() ? change->before : other->second->after;
        if (!rules.same(change->after, expected)) return place(*change);
    }
    for (const auto& [name, change] : theirs) {
        if (!mine.contains(name) && !rules.same(change->before, change->after)) return place(*change);
    }
    return {};
}

Result<std::vector<DigestForm>> read_digests(const JsonValue& declaration) {
    const auto form = declaration["digest"].text();
    if (form.empty()) return std::vector<DigestForm>{};
    std::vector<DigestForm> digests;
    for (const auto& part : declaration["parts"].elements())
        digests.push_back({form, part.text()});
    if (digests.empty()) digests.push_back({form, ""});
    return digests;
}

class StateEqual final : public FinalVerifier {
public:
    StateEqual(std::shared_ptr<GoldRuns> runs, std::vector<WorldCall> gold, std::vector<DigestForm> digests,
               RowRules rules)
        : runs_(std::move(runs)),
          gold_(std::move(gold)),
          digests_(std::move(digests)),
          rules_(std::move(rules)) {}

    void prepare(Environment& world, const WorldStart& start) override {
        end_ = runs_->run(world, start, gold_, digests_);
    }

    Finding conclude(Environment& world, const Trace&) override {
        if (!end_.problem.empty()) return undecided("the gold calls: " + end_.problem);
        const auto other = first_other_row(world.changes(), end_.changes, rules_);
        // Another program's digest sees what that program compares, which may be less than the state.
        bool equal = !digests_.empty() || (rules_.exact() ? world.state() == end_.state : other.empty());
        std::vector<std::string> evidence{
            fmt::format("state {}, gold {}", to_string(world.state()), to_string(end_.state))};
        for (const auto& digest : digests_) {
            const auto ours = world.foreign_digest(digest.form, digest.part);
            if (!ours) return undecided(ours.error().what);
            const auto& gold = end_.digests.at(digest);
            equal = equal && *ours == gold;
            evidence.push_back(fmt::format("{}{}{} {}, gold {}", digest.form,
                                           digest.part.empty() ? "" : " of ", digest.part, *ours, gold));
        }
        auto finding = passed_if(equal, equal           ? "the state is that of the gold calls"
                                        : other.empty() ? "the state is not that of the gold calls"
                                                        : other + " is not as the gold calls leave it");
        finding.evidence = std::move(evidence);
        return finding;
    }

private:
    std::shared_ptr<GoldRuns> runs_;
    std::vector<WorldCall> gold_;
    std::vector<DigestForm> digests_;
    RowRules rules_;
    GoldEnd end_;
};

/// The state after given calls has a digest that was recorded.
class StateDigest final : public FinalVerifier {
public:
    StateDigest(std::shared_ptr<GoldRuns> runs, std::optional<std::vector<WorldCall>> gold, DigestForm form,
                std::string expected)
        : runs_(std::move(runs)),
          gold_(std::move(gold)),
          form_(std::move(form)),
          expected_(std::move(expected)) {}

    void prepare(Environment& world, const WorldStart& start) override {
        if (gold_) end_ = runs_->run(world, start, *gold_, {form_});
    }

    Finding conclude(Environment& world, const Trace&) override {
        if (!end_.problem.empty()) return undecided("the gold calls: " + end_.problem);
        const auto digest = gold_ ? Result<std::string>(end_.digests.at(form_))
                                  : world.foreign_digest(form_.form, form_.part);
        if (!digest) return undecided(digest.error().what);
        auto finding =
            passed_if(*digest == expected_,
                      fmt::format("{} {}", gold_ ? "the gold calls lead to" : "the state is", *digest));
        return finding;
    }

private:
    std::shared_ptr<GoldRuns> runs_;
    std::optional<std::vector<WorldCall>> gold_;
    DigestForm form_;
    std::string expected_;
    GoldEnd end_;
};

class StatePredicate final : public FinalVerifier {
public:
    StatePredicate(std::string function, std::string arguments, std::string expect)
        : function_(std::move(function)), arguments_(std::move(arguments)), expect_(std::move(expect)) {}

    Finding conclude(Environment& world, const Trace&) override {
        const auto answer = world.ask(function_, arguments_);
        if (!answer) return undecided(answer.error().what);
        return passed_if(*answer == expect_, fmt::format("{} {} says {}", function_, arguments_, *answer));
    }

private:
    std::string function_, arguments_, expect_;
};

/// Which rows a pattern means: "orders", "orders/#W1".
bool covers(const std::string& pattern, const StateChange& change) {
    return pattern == change.part || pattern == change.part + "/" + change.key;
}

class DiffMatch final : public FinalVerifier {
public:
    std::vector<std::string> required, allowed, forbidden;
    bool closed = false;  ///< What is neither required nor allowed is forbidden.

    Finding conclude(Environment& world, const Trace&) override {
        const auto changes = world.changes();
        const auto changed = [&](const std::string& pattern) {
            return std::ranges::any_of(changes, [&](const auto& change) { return covers(pattern, change); });
        };
        for (const auto& pattern : required) {
            if (!changed(pattern)) return passed_if(false, pattern + " did not change");
        }
        for (const auto& pattern : forbidden) {
            if (changed(pattern)) return passed_if(false, pattern + " changed");
        }
        for (const auto& change : changes) {
            const auto named = [&](const std::string& pattern) { return covers(pattern, change); };
            if (closed && std::ranges::none_of(required, named) && std::ranges::none_of(allowed, named))
                return passed_if(false, fmt::format("/{}/{} changed besides", change.part, change.key));
        }
        return passed_if(true, fmt::format("{} rows changed, all as they may", changes.size()));
    }
};

}  // namespace

MadeVerifier make_state_equal(const JsonValue& declaration, const VerifierParts& parts) {
    auto gold = read_calls(declaration["gold"], declaration["coupled"].boolean().value_or(true));
    if (!gold) return gold.error();
    auto digests = read_digests(declaration);
    if (!digests) return digests.error();
    RowRules rules;
    rules.fold_case = declaration["fold_case"].boolean().value_or(false);
    rules.tolerance = declaration["tolerance"].number().value_or(0);
    for (auto& name : texts_of(declaration["keep_case"]))
        rules.keep_case.insert(std::move(name));
    for (auto& name : texts_of(declaration["ignore"]))
        rules.ignore.insert(std::move(name));
    return std::make_unique<StateEqual>(parts.gold, *std::move(gold), *std::move(digests), std::move(rules));
}

MadeVerifier make_state_digest(const JsonValue& declaration, const VerifierParts& parts) {
    std::optional<std::vector<WorldCall>> gold;
    if (declaration["gold"]) {
        auto calls = read_calls(declaration["gold"]);
        if (!calls) return calls.error();
        gold = *std::move(calls);
    }
    const auto expected = declaration["equals"].text();
    if (expected.empty()) return Error{"\"equals\" is missing", "the digest, in hexadecimal digits"};
    return std::make_unique<StateDigest>(parts.gold, std::move(gold),
                                         DigestForm{declaration["digest"].text(), declaration["part"].text()},
                                         expected);
}

MadeVerifier make_state_predicate(const JsonValue& declaration, const VerifierParts&) {
    const auto function = declaration["function"].text();
    if (function.empty()) return Error{"\"function\" is missing", "name a function of the world's scripts"};
    const auto arguments = declaration["arguments"], expect = declaration["expect"];
    const auto expected = parse_value(expect ? expect.raw() : "true");
    if (!expected) return expected.error();
    return std::make_unique<StatePredicate>(function, arguments ? std::string(arguments.raw()) : "{}",
                                            compact_json(*expected));
}

MadeVerifier make_diff_match(const JsonValue& declaration, const VerifierParts&) {
    auto made = std::make_unique<DiffMatch>();
    made->required = texts_of(declaration["required"]);
    made->allowed = texts_of(declaration["allowed"]);
    made->forbidden = texts_of(declaration["forbidden"]);
    made->closed = declaration["allowed"] && true;
    return made;
}

}  // namespace stet::envs
