#include "envs/sql_tool.hpp"

#include "envs/sql_result.hpp"
#include "envs/text_template.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace stet::envs {
namespace {

class SqlTool final : public Provider {
public:
    SqlTool(SqlHost& host, const SqlToolSpec& spec) : host_(host), spec_(spec) {}

    Result<void> load(const std::string& clock);
    CallOutcome call(const Value& arguments) override;
    const std::vector<std::size_t>* reads() const override { return writes_ ? nullptr : &reads_; }

private:
    /// A statement, and the slots that its places are bound to.
    struct Bound {
        Statement statement;
        std::vector<std::size_t> slots;
        std::string what;
    };

    Result<Bound> bind_places(const SqlText& sql, const std::string& what, std::string_view before = {},
                              std::string_view after = {});
    Result<TextTemplate> template_of(const std::string& text, std::string_view what) const;
    Result<void> load_lets();
    Result<void> load_requirements();
    Result<void> load_statements();

    void take(const Value& arguments);
    void bind(Bound& bound);
    [[nodiscard]] Result<bool> step(Bound& bound);
    [[nodiscard]] Result<CallOutcome> perform();
    [[nodiscard]] Result<void> compute_lets();
    [[nodiscard]] Result<std::optional<std::size_t>> missing_requirement();
    [[nodiscard]] Result<CallOutcome> result();

    SqlHost& host_;
    SqlToolSpec spec_;
    std::vector<std::string> names_;  // Of the slots: the arguments, `now`, then what is let.
    std::vector<Value> slots_;
    std::vector<std::size_t> reads_;
    bool writes_ = false;

    std::vector<std::pair<std::size_t, Bound>> lets_;
    std::optional<Bound> required_;  // One for all: the number of the first that does not hold, or null.
    std::vector<TextTemplate> refusals_;
    std::vector<Bound> statements_;
    Bound query_;
    SqlResult shape_;
    std::optional<TextTemplate> text_;
};

Result<SqlTool::Bound> SqlTool::bind_places(const SqlText& sql, const std::string& what,
                                            std::string_view before, std::string_view after) {
    auto prepared =
        host_.prepare(spec_.file, fmt::format("tool {}: {}", spec_.tool, what), sql, before, after);
    if (!prepared) return prepared.error();
    Bound bound{std::move(prepared->statement), {}, what};
    for (int place = 1; place <= bound.statement.places(); ++place) {
        const auto* written = bound.statement.place_name(place);
        const std::string_view name = written == nullptr ? "?" : written;
        const auto slot = std::ranges::find(names_, name.substr(1));
        if (!name.starts_with(':') || slot == names_.end()) {
            return Error{fmt::format("{}:{}: tool {}: {}: nothing is bound to {}", spec_.file,
                                     sql.lines.front(), spec_.tool, what, name),
                         fmt::format("there are :{}", fmt::join(names_, ", :"))};
        }
        bound.slots.push_back(static_cast<std::size_t>(slot - names_.begin()));
    }
    writes_ = writes_ || prepared->writes;
    for (const auto table : prepared->reads) {
        if (std::ranges::find(reads_, table) == reads_.end()) reads_.push_back(table);
    }
    return bound;
}

Result<TextTemplate> SqlTool::template_of(const std::string& text, std::string_view what) const {
    auto made = TextTemplate::read(text, names_);
    if (made) return made;
    return Error{fmt::format("{}: tool {}: {}: {}", spec_.file, spec_.tool, what, made.error().what),
                 made.error().hint};
}

Result<void> SqlTool::load(const std::string& clock) {
    for (const auto& parameter : spec_.parameters)
        names_.push_back(parameter.name);
    slots_.resize(names_.size());
    if (std::ranges::find(names_, "now") == names_.end()) {
        names_.emplace_back("now");
        slots_.emplace_back(clock);
    }
    if (auto done = load_lets(); !done) return done;
    if (auto done = load_requirements(); !done) return done;
    return load_statements();
}

Result<void> SqlTool::load_lets() {
    for (const auto& [name, sql] : spec_.lets) {
        const auto what = "let " + name;
        if (!is_name(name) || std::ranges::find(names_, name) != names_.end())
            return Error{fmt::format("{}:{}: tool {}: {}: it is no new name", spec_.file, sql.lines.front(),
                                     spec_.tool, what),
                         fmt::format("there are {}", fmt::join(names_, ", "))};
        auto bound = bind_places(sql, what, "SELECT (", "\n)");
        if (!bound) return bound.error();
        lets_.emplace_back(names_.size(), *std::move(bound));
        names_.push_back(name);
        slots_.emplace_back();
    }
    return {};
}

Result<void> SqlTool::load_requirements() {
    SqlText all;
    for (const auto& one : spec_.requirements) {
        const auto what = fmt::format("require {}", refusals_.size() + 1);
        if (const auto alone = bind_places(one.condition, what, "SELECT (", "\n)"); !alone)
            return alone.error();
        auto text = template_of(one.otherwise, what);
        if (!text) return text.error();
        all.text += fmt::format(" WHEN ({}\n) IS NOT TRUE THEN {}", one.condition.text, refusals_.size());
        all.lines = one.condition.lines;
        refusals_.push_back(*std::move(text));
    }
    if (refusals_.empty()) return {};
    auto bound = bind_places(all, "require", "SELECT CASE", " END");
    if (!bound) return bound.error();
    required_ = *std::move(bound);
    return {};
}

Result<void> SqlTool::load_statements() {
    for (const auto& sql : spec_.statements) {
        auto bound = bind_places(sql, fmt::format("do {}", statements_.size() + 1));
        if (!bound) return bound.error();
        statements_.push_back(*std::move(bound));
    }
    if (spec_.text) {
        auto text = template_of(*spec_.text, "result");
        if (!text) return text.error();
        text_ = *std::move(text);
    }
    if (spec_.shape == SqlToolSpec::Shape::text) return {};
    auto bound = bind_places(spec_.query, "result");
    if (!bound) return bound.error();
    query_ = *std::move(bound);
    auto shape = SqlResult::make(spec_, query_.statement);
    if (!shape) {
        const auto& error = shape.error();
        return Error{fmt::format("{}:{}: tool {}: result: {}", spec_.file, spec_.query.lines.front(),
                                 spec_.tool, error.what),
                     error.hint};
    }
    shape_ = *std::move(shape);
    return {};
}

/// What is not given, or null, is what the schema has for it.
void SqlTool::take(const Value& arguments) {
    const auto* given = arguments.object();
    for (std::size_t i = 0; i < spec_.parameters.size(); ++i) {
        const auto& parameter = spec_.parameters[i];
        const auto* value = given == nullptr ? nullptr : given->get(parameter.name);
        slots_[i] = value == nullptr || value->is_null() ? parameter.fallback : *value;
    }
}

void SqlTool::bind(Bound& bound) {
    for (std::size_t i = 0; i < bound.slots.size(); ++i) {
        const auto slot = bound.slots[i];
        const auto& value = slots_[slot];
        const int place = static_cast<int>(i) + 1;
        if (const auto* text = value.text())
            bound.statement.bind(place, std::string_view(*text));
        else if (value.container() != nullptr && !spec_.parameters[slot].nested)
            bound.statement.bind_blob(place, compact_json(value));
        else
            bound.statement.bind(place, value);
    }
}

/// An error says which statement of the tool it was.
Result<bool> SqlTool::step(Bound& bound) {
    auto more = bound.statement.step();
    if (more) return more;
    return Error{bound.what + ": " + more.error().what, {}};
}

Result<void> SqlTool::compute_lets() {
    for (auto& [slot, bound] : lets_) {
        bind(bound);
        const auto row = step(bound);
        if (!row) return row.error();
        slots_[slot] = bound.statement.column(0);
        bound.statement.reset();
    }
    return {};
}

Result<std::optional<std::size_t>> SqlTool::missing_requirement() {
    using Number = std::optional<std::size_t>;
    if (!required_) return Number();
    bind(*required_);
    const auto row = step(*required_);
    if (!row) return row.error();
    const auto number = required_->statement.column(0);
    required_->statement.reset();
    return number.integer() == nullptr ? Number() : Number(static_cast<std::size_t>(*number.integer()));
}

Result<CallOutcome> SqlTool::result() {
    if (spec_.shape == SqlToolSpec::Shape::text)
        return CallOutcome{CallOutcome::Kind::returned, {}, text_->fill(slots_)};
    bind(query_);
    auto value = shape_.read(query_.statement);
    if (!value) return Error{query_.what + ": " + value.error().what, {}};
    if (*value) return CallOutcome{CallOutcome::Kind::returned, **std::move(value), {}};
    if (text_) return CallOutcome{CallOutcome::Kind::returned, {}, text_->fill(slots_)};
    return CallOutcome{CallOutcome::Kind::returned, shape_.empty(), {}};
}

Result<CallOutcome> SqlTool::perform() {
    if (const auto done = compute_lets(); !done) return done.error();
    const auto missing = missing_requirement();
    if (!missing) return missing.error();
    if (*missing) return CallOutcome{CallOutcome::Kind::failed, {}, refusals_[**missing].fill(slots_)};
    for (auto& bound : statements_) {
        bind(bound);
        for (;;) {
            const auto more = step(bound);
            if (!more) return more.error();
            if (!*more) break;
        }
        bound.statement.reset();
    }
    return result();
}

CallOutcome SqlTool::call(const Value& arguments) {
    const SqlHost::Budget budget(host_);
    take(arguments);
    auto outcome = perform();
    if (outcome) return *std::move(outcome);
    const auto said = budget.spent() ? std::string("it runs too long") : outcome.error().what;
    return {CallOutcome::Kind::broken, {}, fmt::format("{}: tool {}: {}", spec_.file, spec_.tool, said)};
}

}  // namespace

Result<std::unique_ptr<Provider>> make_sql_tool(SqlHost& host, const SqlToolSpec& spec,
                                                const std::string& clock) {
    auto tool = std::make_unique<SqlTool>(host, spec);
    if (auto loaded = tool->load(clock); !loaded) return loaded.error();
    return std::unique_ptr<Provider>(std::move(tool));
}

}  // namespace stet::envs
