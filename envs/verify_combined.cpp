#include "envs/verifiers.hpp"

#include <fmt/format.h>

#include <algorithm>

// Verifiers made of verifiers.

namespace stet::envs {
namespace {

enum class Joined : std::uint8_t { all, any, min, product, sum };

class Constant final : public FinalVerifier {
public:
    explicit Constant(double score) : score_(score) {}
    Finding conclude(Environment&, const Trace&) override {
        return {.outcome = Outcome::score, .score = score_, .why = fmt::format("{}", score_), .evidence = {}};
    }

private:
    double score_;
};

/// What a model or a person said: nobody can derive it again, so it is carried over and no more.
class Recorded final : public FinalVerifier {
public:
    Finding conclude(Environment&, const Trace&) override {
        return {.outcome = Outcome::abstain,
                .score = {},
                .why = "somebody's judgement: carried over, not derived again",
                .evidence = {}};
    }
};

class Combined final : public Verifier {
public:
    Joined how = Joined::all;
    std::vector<std::unique_ptr<Verifier>> of;
    std::vector<double> weights;  ///< Beside `of`.
    std::optional<double> at_least;

    void prepare(Environment& world, const WorldStart& start) override {
        for (auto& one : of)
            one->prepare(world, start);
    }
    void turn_ended(Environment& world, const Trace& trace) override {
        for (auto& one : of)
            one->turn_ended(world, trace);
    }

    /// In their order; what comes behind a decision is not asked (a gate stands first).
    Finding conclude(Environment& world, const Trace& trace) override {
        Finding joined;
        std::vector<std::vector<double>> possible;  // Of each that was asked: its score, then those by luck.
        bool graded = how == Joined::sum;
        for (std::size_t i = 0; i < of.size(); ++i) {
            auto found = of[i]->conclude(world, trace);
            joined.evidence.insert(joined.evidence.end(), found.evidence.begin(), found.evidence.end());
            if (!found.score) return found;  // An error, a judge who abstains: nothing follows from that.
            graded = graded || found.outcome == Outcome::score;
            if (joined.why.empty() || *found.score < 1) joined.why = found.why;
            possible.push_back({*found.score * weights[i]});
            for (const double other : found.by_luck)
                possible.back().push_back(other * weights[i]);
            if (decides(*found.score)) break;
        }
        const auto scores = combinations(possible);
        joined.score = scores.front();
        joined.by_luck.assign(scores.begin() + 1, scores.end());
        joined.outcome = graded ? Outcome::score : *joined.score >= 1 ? Outcome::pass : Outcome::fail;
        return joined;
    }

private:
    static constexpr std::size_t combinations_max = 64;

    bool decides(double score) const {
        if (how == Joined::any) return score >= 1;
        return how != Joined::sum && score == 0;
    }

    double join(const std::vector<double>& scores) const {
        double joined = how == Joined::sum || how == Joined::any ? 0 : 1;
        for (const double score : scores) {
            switch (how) {
                case Joined::sum:
                    joined += score;
                    break;
                case Joined::any:
                    joined = std::max(joined, score);
                    break;
                case Joined::product:
                    joined *= score;
                    break;
                default:
                    joined = std::min(joined, score);
            }
        }
        return at_least ? std::max(*at_least, joined) : joined;
    }

    /// The score itself, then what luck may make of it.
    std::vector<double> combinations(const std::vector<std::vector<double>>& possible) const {
        std::vector<std::vector<double>> all{{}};
        for (const auto& some : possible) {
            std::vector<std::vector<double>> longer;
            for (const auto& scores : all) {
                for (const double score : some) {
                    if (longer.size() == combinations_max) break;
                    longer.push_back(scores);
                    longer.back().push_back(score);
                }
            }
            all = std::move(longer);
        }
        std::vector<double> joined;
        for (const auto& scores : all)
            joined.push_back(join(scores));
        return joined;
    }
};

Joined joined_of(std::string_view name) {
    if (name == "any") return Joined::any;
    if (name == "min") return Joined::min;
    if (name == "product") return Joined::product;
    return name == "sum" ? Joined::sum : Joined::all;
}

}  // namespace

MadeVerifier make_combined(const JsonValue& declaration, const VerifierParts& parts) {
    auto made = std::make_unique<Combined>();
    made->how = joined_of(declaration["verifier"].text());
    for (const auto& one : declaration["of"].elements()) {
        auto part = parts.make(one);
        if (!part) return part.error();
        made->of.push_back(*std::move(part));
    }
    if (made->of.empty()) return Error{"\"of\" is missing", "an array of verifiers"};
    made->weights.assign(made->of.size(), 1);
    const auto weights = declaration["weights"].elements();
    if (!weights.empty() && weights.size() != made->of.size())
        return Error{fmt::format("{} weights for {} verifiers", weights.size(), made->of.size()), ""};
    for (std::size_t i = 0; i < weights.size(); ++i)
        made->weights[i] = weights[i].number().value_or(0);
    made->at_least = declaration["at_least"].number();
    return made;
}

MadeVerifier make_constant(const JsonValue& declaration, const VerifierParts&) {
    return std::make_unique<Constant>(declaration["score"].number().value_or(0));
}

MadeVerifier make_recorded(const JsonValue&, const VerifierParts&) {
    return std::make_unique<Recorded>();
}

}  // namespace stet::envs
