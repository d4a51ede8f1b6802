#include "envs/python_calculate.hpp"
#include "envs/value.hpp"
#include "envs/value_text.hpp"
#include "envs/verifiers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>
#include <regex.h>
#include <set>

// Verifiers that look at what was said and called.

namespace stet::envs {
namespace {

// ---- output_match ------------------------------------------------------------------------------------

bool is_space(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

std::string stripped(const std::string& text) {
    const auto first = std::ranges::find_if_not(text, is_space);
    const auto last = std::find_if_not(text.rbegin(), std::make_reverse_iterator(first), is_space).base();
    return {first, last};
}

/// "lower" (ASCII letters), "drop_commas", "strip".
std::string normalised(std::string text, const std::vector<std::string>& rules) {
    for (const auto& rule : rules) {
        if (rule == "lower")
            std::ranges::transform(text, text.begin(),
                                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        else if (rule == "drop_commas")
            std::erase(text, ',');
        else
            text = stripped(text);
    }
    return text;
}

/// POSIX extended, found anywhere: its matcher needs no stack that grows with the text.
class Pattern {
public:
    static Result<std::shared_ptr<Pattern>> compile(const std::string& text) {
        auto pattern = std::make_shared<Pattern>();
        if (regcomp(&pattern->compiled_, text.c_str(), REG_EXTENDED | REG_NOSUB) != 0)
            return Error{fmt::format("'{}' is no extended regular expression", text), "see regex(7)"};
        pattern->whole_ = true;
        return pattern;
    }
    Pattern() = default;
    ~Pattern() {
        if (whole_) regfree(&compiled_);
    }
    Pattern(const Pattern&) = delete;
    Pattern& operator=(const Pattern&) = delete;
    bool in(const std::string& text) const { return regexec(&compiled_, text.c_str(), 0, nullptr, 0) == 0; }

private:
    regex_t compiled_{};
    bool whole_ = false;
};

std::optional<double> number_of(const std::string& expression) {
    const auto value = python_calculate(expression);
    if (!value) return std::nullopt;
    if (const auto* integer = value->integer()) return static_cast<double>(*integer);
    return value->real() != nullptr ? std::optional(*value->real()) : std::nullopt;
}

/// Any number in the text.
bool holds_number(const std::string& text, double wanted, double tolerance) {
    for (const char* at = text.c_str(); *at != '\0';) {
        char* end = nullptr;
        const double number = std::strtod(at, &end);
        if (end != at && std::isfinite(number) && std::fabs(number - wanted) <= tolerance) return true;
        at = end != at ? end : at + 1;
    }
    return false;
}

/// One thing that is to be said.
struct Expected {
    std::string text;
    std::shared_ptr<Pattern> pattern;
    std::optional<double> number;
};

struct OutputRules {
    std::string how = "contains", in = "any", among = "replies";
    std::vector<std::string> normalise;         ///< Of what was said …
    std::vector<std::string> normalise_expect;  ///< … and of what is looked for.
    double tolerance = 0;
};

class OutputMatch final : public FinalVerifier {
public:
    OutputMatch(std::vector<Expected> expected, OutputRules rules)
        : expected_(std::move(expected)), rules_(std::move(rules)) {}

    Finding conclude(Environment&, const Trace& trace) override {
        std::vector<std::string> texts;
        for (const auto& said : trace.texts) {
            if (counts(said)) texts.push_back(normalised(said.text, rules_.normalise));
        }
        if (rules_.in == "last" && texts.size() > 1) texts.erase(texts.begin(), texts.end() - 1);
        std::string missing;
        std::vector<std::string> evidence;
        for (const auto& one : expected_) {
            const bool said =
                std::ranges::any_of(texts, [&](const auto& text) { return matches(text, one); });
            evidence.push_back(fmt::format("'{}' was {}said", one.text, said ? "" : "not "));
            if (!said && missing.empty()) missing = evidence.back();
        }
        const bool all = missing.empty();
        auto finding = passed_if(all, all ? fmt::format("all {} of it was said", expected_.size()) : missing);
        finding.evidence = std::move(evidence);
        return finding;
    }

private:
    bool counts(const TracedText& said) const {
        if (rules_.among == "all") return true;
        return said.role == "assistant" && (rules_.among == "assistant" || !said.with_calls);
    }
    bool matches(const std::string& text, const Expected& one) const {
        if (rules_.how == "contains") return text.find(one.text) != std::string::npos;
        if (rules_.how == "equals") return text == one.text;
        if (rules_.how == "regex") return one.pattern->in(text);
        if (rules_.how == "number") return holds_number(text, *one.number, rules_.tolerance);
        const auto value = number_of(stripped(text));
        return value && std::fabs(*value - *one.number) <= rules_.tolerance;
    }

    std::vector<Expected> expected_;
    OutputRules rules_;
};

Result<void> one_of(std::string_view member, const std::string& word,
                    std::initializer_list<std::string_view> words) {
    if (std::ranges::find(words, word) != words.end()) return {};
    return Error{fmt::format("\"{}\": there is no '{}'", member, word),
                 fmt::format("{}", fmt::join(words, ", "))};
}

Result<OutputRules> read_rules(const JsonValue& declaration) {
    OutputRules rules;
    rules.how = declaration["how"].text_or(rules.how);
    rules.in = declaration["in"].text_or(rules.in);
    rules.among = declaration["among"].text_or(rules.among);
    rules.normalise = texts_of(declaration["normalise"]);
    const auto expect = declaration["normalise_expect"];
    rules.normalise_expect = expect ? texts_of(expect) : rules.normalise;
    rules.tolerance = declaration["tolerance"].number().value_or(0);
    if (const auto how = one_of("how", rules.how, {"contains", "equals", "regex", "number", "expression"});
        !how)
        return how.error();
    if (const auto in = one_of("in", rules.in, {"any", "last"}); !in) return in.error();
    if (const auto among = one_of("among", rules.among, {"replies", "assistant", "all"}); !among)
        return among.error();
    for (const auto* all : {&rules.normalise, &rules.normalise_expect}) {
        for (const auto& rule : *all) {
            if (const auto known = one_of("normalise", rule, {"lower", "drop_commas", "strip"}); !known)
                return known.error();
        }
    }
    return rules;
}

// ---- trace_match ---------------------------------------------------------------------------------------

/// As Python compares: 1, 1.0 and True are equal.
bool python_equal(const Value& a, const Value& b) {
    const auto number = [](const Value& value) -> std::optional<double> {
        if (const auto* boolean = value.boolean()) return *boolean ? 1 : 0;
        if (const auto* integer = value.integer()) return static_cast<double>(*integer);
        return value.real() != nullptr ? std::optional(*value.real()) : std::nullopt;
    };
    if (const auto one = number(a), other = number(b); one && other) return *one == *other;
    const auto *one = a.container(), *other = b.container();
    if (one == nullptr || other == nullptr) return a == b;
    if (one->is_object != other->is_object || one->size() != other->size()) return false;
    for (std::size_t i = 0; i < one->size(); ++i) {
        const auto* item = one->is_object ? other->get(one->keys[i]) : &other->items[i];
        if (item == nullptr || !python_equal(one->items[i], *item)) return false;
    }
    return true;
}

struct WantedCall {
    std::string tool, caller;  ///< No caller: any.
    Value arguments;
    std::optional<std::vector<std::string>> compare;  ///< Of the arguments; absent: those of the call.

    bool matches(const TracedCall& traced) const {
        if (traced.call.tool != tool || (!caller.empty() && traced.call.caller != caller)) return false;
        const auto given = parse_value(traced.call.arguments);
        const auto* object = given ? given->object() : nullptr;
        if (object == nullptr) return false;
        const auto& keys = compare ? *compare : object->keys;
        return std::ranges::all_of(keys, [&](const std::string& key) {
            const auto *ours = object->get(key), *theirs = arguments.object()->get(key);
            if (ours == nullptr || theirs == nullptr) return ours == theirs;
            return python_equal(*ours, *theirs);
        });
    }
};

Result<std::vector<WantedCall>> read_wanted(const JsonValue& calls) {
    std::vector<WantedCall> wanted;
    for (const auto& one : calls.elements()) {
        const auto given = one["arguments"];
        auto arguments = parse_value(given ? given.raw() : "{}");
        if (!arguments) return arguments.error();
        if (one["tool"].text().empty() || arguments->object() == nullptr)
            return Error{"a call has a \"tool\" and an object of \"arguments\"", "see docs/worlds.md"};
        wanted.push_back({one["tool"].text(), one["caller"].text(), *std::move(arguments), {}});
        if (one["compare"].is(JsonKind::array)) wanted.back().compare = texts_of(one["compare"]);
    }
    return wanted;
}

class TraceMatch final : public FinalVerifier {
public:
    std::vector<WantedCall> required, forbidden;
    std::string how = "set";

    Finding conclude(Environment&, const Trace& trace) override {
        const auto made = [&](const WantedCall& wanted) {
            return std::ranges::any_of(trace.calls, [&](const auto& call) { return wanted.matches(call); });
        };
        for (const auto& wanted : forbidden) {
            if (made(wanted)) return passed_if(false, wanted.tool + " was called");
        }
        std::vector<bool> used(trace.calls.size());
        std::size_t from = 0;
        std::string missing;
        std::vector<std::string> evidence;
        for (const auto& wanted : required) {
            const auto at = find(trace, wanted, used, from);
            const bool called = at < trace.calls.size();
            evidence.push_back(fmt::format("{} {} was {}called", wanted.tool, compact_json(wanted.arguments),
                                           called ? "" : "not "));
            if (!called && missing.empty()) missing = wanted.tool + " was not called so";
            if (called) used[at] = how == "multiset";
            if (called && how == "subsequence") from = at + 1;
        }
        const bool all = missing.empty();
        auto finding = passed_if(all, all ? fmt::format("all {} calls were made", required.size()) : missing);
        finding.evidence = std::move(evidence);
        return finding;
    }

private:
    static std::size_t find(const Trace& trace, const WantedCall& wanted, const std::vector<bool>& used,
                            std::size_t from) {
        for (auto at = from; at < trace.calls.size(); ++at) {
            if (!used[at] && wanted.matches(trace.calls[at])) return at;
        }
        return trace.calls.size();
    }
};

// ---- what the trace amounts to --------------------------------------------------------------------------

class Ended final : public FinalVerifier {
public:
    explicit Ended(std::vector<std::string> as) : as_(std::move(as)) {}
    Finding conclude(Environment&, const Trace& trace) override {
        const auto word = std::string(word_of(trace.ending));
        return passed_if(std::ranges::find(as_, word) != as_.end(), "it ended as " + word);
    }

private:
    std::vector<std::string> as_;
};

/// The number of things the agent did: its replies and its calls.
class Steps final : public FinalVerifier {
public:
    explicit Steps(std::int64_t plus) : plus_(plus) {}
    Finding conclude(Environment&, const Trace& trace) override {
        const auto replies = std::ranges::count_if(
            trace.texts, [](const auto& said) { return said.role == "assistant" && !said.with_calls; });
        const auto steps = replies + static_cast<std::int64_t>(trace.calls.size()) + plus_;
        return {.outcome = Outcome::score,
                .score = static_cast<double>(steps),
                .why = fmt::format("{} steps", steps),
                .evidence = {}};
    }

private:
    std::int64_t plus_;
};

/// Was a fault overcome: after an answer that holds its text, another answer about the same thing? Some
/// recorders ask the gold calls next, of tools that fail by chance: what they would count then is luck.
class Recovered final : public FinalVerifier {
public:
    std::string fault, by;
    std::vector<WorldCall> gold;
    std::vector<std::string> flaky;

    Finding conclude(Environment&, const Trace& trace) override {
        std::set<std::string> failed, recovered;
        for (const auto& traced : trace.calls) {
            const auto about = subject(traced.call);
            if (traced.content.find(fault) != std::string::npos)
                failed.insert(about);
            else if (failed.contains(about))
                recovered.insert(about);
        }
        if (!recovered.empty()) return passed_if(true, *recovered.begin() + " was asked again");
        bool is_one = false, may_be_one = false, may_be_none = true;
        for (std::size_t i = 0; i < gold.size(); ++i) {
            const auto about = subject(gold[i]);
            is_one = is_one || failed.contains(about);
            may_be_one = may_be_one || failed.contains(about) || (is_flaky(gold[i]) && asked_later(i));
            may_be_none = may_be_none && (!failed.contains(about) || is_flaky(gold[i]));
        }
        auto finding = passed_if(is_one, is_one ? "the gold calls asked again" : "no fault was overcome");
        if (!is_one && may_be_one) finding.by_luck = {1};
        if (is_one && may_be_none) finding.by_luck = {0};
        return finding;
    }

private:
    std::string subject(const WorldCall& call) const {
        const auto arguments = JsonDocument::parse(call.arguments);
        auto about = arguments ? arguments->root()[by].text() : std::string();
        return about.empty() ? call.tool : about;
    }
    bool is_flaky(const WorldCall& call) const { return std::ranges::find(flaky, call.tool) != flaky.end(); }
    bool asked_later(std::size_t i) const {
        return std::any_of(gold.begin() + static_cast<std::ptrdiff_t>(i) + 1, gold.end(),
                           [&](const auto& call) { return subject(call) == subject(gold[i]); });
    }
};

}  // namespace

MadeVerifier make_output_match(const JsonValue& declaration, const VerifierParts&) {
    const auto rules = read_rules(declaration);
    if (!rules) return rules.error();
    std::vector<Expected> expected;
    for (auto& text : texts_of(declaration["expect"])) {
        Expected one{
            .text = normalised(std::move(text), rules->normalise_expect), .pattern = {}, .number = {}};
        if (rules->how == "regex") {
            auto pattern = Pattern::compile(one.text);
            if (!pattern) return pattern.error();
            one.pattern = *std::move(pattern);
        } else if (rules->how == "number" || rules->how == "expression") {
            one.number = number_of(one.text);
            if (!one.number) return Error{fmt::format("\"expect\": '{}' is no number", one.text), ""};
        }
        expected.push_back(std::move(one));
    }
    return std::make_unique<OutputMatch>(std::move(expected), *rules);
}

MadeVerifier make_trace_match(const JsonValue& declaration, const VerifierParts&) {
    auto made = std::make_unique<TraceMatch>();
    auto required = read_wanted(declaration["required"]), forbidden = read_wanted(declaration["forbidden"]);
    if (!required) return required.error();
    if (!forbidden) return forbidden.error();
    made->required = *std::move(required);
    made->forbidden = *std::move(forbidden);
    made->how = declaration["how"].text_or("set");
    if (const auto how = one_of("how", made->how, {"set", "multiset", "subsequence"}); !how)
        return how.error();
    return made;
}

MadeVerifier make_ended(const JsonValue& declaration, const VerifierParts&) {
    auto as = texts_of(declaration["as"]);
    if (as.empty()) return Error{"\"as\" is missing", "name endings: [\"success_claimed\"]"};
    return std::make_unique<Ended>(std::move(as));
}

MadeVerifier make_steps(const JsonValue& declaration, const VerifierParts&) {
    return std::make_unique<Steps>(declaration["plus"].integer().value_or(0));
}

MadeVerifier make_recovered(const JsonValue& declaration, const VerifierParts&) {
    auto made = std::make_unique<Recovered>();
    made->fault = declaration["fault"].text();
    made->by = declaration["by"].text();
    made->flaky = texts_of(declaration["flaky"]);
    if (made->fault.empty())
        return Error{"\"fault\" is missing", "the text by which a failed answer is known"};
    auto gold = read_calls(declaration["gold"]);
    if (!gold) return gold.error();
    made->gold = *std::move(gold);
    return made;
}

}  // namespace stet::envs
