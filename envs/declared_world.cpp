#include "envs/declared_world.hpp"

#include "envs/answer_cache.hpp"
#include "envs/foreign_digest.hpp"
#include "envs/json_patch.hpp"
#include "envs/lua_host.hpp"
#include "envs/sql_tool.hpp"
#include "envs/value_text.hpp"
#include "envs/world_arguments.hpp"
#include "envs/world_state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace stet::envs {
namespace {

std::string with(std::string text, std::string_view name, std::string_view value) {
    const auto at = text.find(name);
    return at == std::string::npos ? text : text.replace(at, name.size(), value);
}

class DeclaredWorld final : public Environment {
public:
    explicit DeclaredWorld(WorldSpec spec) : spec_(std::move(spec)) {}

    Result<void> load() {
        auto tables = tables_of(spec_);
        if (!tables) return tables.error();
        store_.emplace(*std::move(tables), spec_.clock);
        digests_.emplace(*store_);
        if (auto filled = fill(); !filled) return filled;
        lua_.emplace(*store_, LuaLimits{});
        lua_->set_global("now", Value(spec_.clock));
        for (const auto& script : spec_.scripts) {
            if (auto loaded = lua_->load(script.text, script.file); !loaded) return loaded;
        }
        if (auto provided = provide(); !provided) return provided;
        if (auto known = know_functions(); !known) return known;
        if (auto prepared = prepare(); !prepared) return prepared;
        store_->reset();
        return {};
    }

    std::string name() const override { return spec_.name; }
    std::string version() const override { return spec_.version; }
    bool knows(std::string_view tool) const override { return spec_.tools.contains(std::string(tool)); }

    std::vector<std::string> tools() const override {
        std::vector<std::string> names;
        for (const auto& [name, tool] : spec_.tools)
            names.push_back(name);
        return names;
    }

    Result<void> reset(const WorldStart& start) override {
        store_->reset();
        broken_.clear();
        for (const auto& call : start.setup) {
            const auto done = set_up(call);
            if (!done) return done;
        }
        store_->begin_episode();
        return {};
    }

    WorldAnswer step(const WorldCall& call) override {
        if (!broken_.empty()) return {ToolStatus::unanswered, broken_, false, false, {}};
        const auto* tool = find(call);
        if (tool == nullptr) return {ToolStatus::unknown_tool, unknown_tool(call), false, false, {}};
        if (tool->reads == nullptr) return execute(call, *tool);
        decided_by(call, *tool);
        if (const auto* known = answers_.find(scratch_)) return *known;
        auto answer = execute(call, *tool);
        if (answer.status != ToolStatus::unanswered) answers_.keep(scratch_, answer);
        return answer;
    }

    std::string normalise(const WorldCall&, std::string_view content) const override {
        return std::string(content);
    }
    Digest state() const override { return store_->digest(); }
    const Tree* tree() const override { return nullptr; }
    Result<std::string> content(const Digest&) const override {
        return Error{"a declared world has no files", ""};
    }

    Digest declaration() const override { return spec_.declaration; }
    bool is_transient(std::string_view content) const override {
        return std::ranges::any_of(spec_.transient, [&](const std::string& part) {
            return content.find(part) != std::string_view::npos;
        });
    }

    std::vector<StateChange> changes() const override {
        std::vector<StateChange> all;
        const auto json = [](const std::optional<Value>& value) {
            return value ? std::optional(compact_json(*value)) : std::nullopt;
        };
        for (const auto& change : store_->episode_changes())
            all.push_back(
                {store_->tables()[change.table].name, change.key, json(change.before), json(change.after)});
        return all;
    }

    Result<std::string> foreign_digest(std::string_view form, std::string_view part) override {
        return digests_->digest(form, part);
    }

    Result<std::string> ask(std::string_view function, std::string_view arguments) override {
        const auto given = parse_value(arguments);
        if (!given) return given.error();
        if (!lua_->knows(function))
            return Error{fmt::format("world {} has no function '{}'", spec_.name, function),
                         "return it in a script's table"};
        store_->begin_call();
        const auto outcome = lua_->call(function, {*given});
        store_->undo_call();
        if (outcome.kind != CallOutcome::Kind::returned)
            return Error{fmt::format("ask world {}: {}: {}", spec_.name, function, outcome.text), {}};
        return outcome.value ? compact_json(*outcome.value) : "null";
    }

private:
    struct Tool {
        const WorldSpec::Tool* declared = nullptr;
        std::vector<std::unique_ptr<Provider>> providers;
        const std::vector<std::size_t>* reads = nullptr;  // Not null: answers may be kept.
    };

    const Tool* find(const WorldCall& call) const {
        const auto found = tools_.find(call.tool);
        return found != tools_.end() && may_call(*found->second.declared, call) ? &found->second : nullptr;
    }

    static bool may_call(const WorldSpec::Tool& tool, const WorldCall& call) {
        return tool.caller == "any" || tool.caller == call.caller;
    }

    std::string unknown_tool(const WorldCall& call) const {
        std::vector<std::string_view> names;
        for (const auto& name : spec_.tool_order) {
            if (may_call(spec_.tools.at(name), call)) names.push_back(name);
        }
        const auto listed = with(spec_.unknown_tool, "{tools}", fmt::format("{}", fmt::join(names, ", ")));
        return with(listed, "{tool}", call.tool);
    }

    Result<void> fill() {
        if (auto filled = fill_state(spec_, *store_); !filled) return filled;
        for (auto& source : spec_.state)
            source.contents.clear();
        const auto speaks_sql = [](const auto& tool) { return tool.second.sql.has_value(); };
        const auto computed = [](const auto& source) { return source.select.has_value(); };
        if (std::ranges::any_of(spec_.tools, speaks_sql) || std::ranges::any_of(spec_.state, computed)) {
            sql_.emplace(*store_, SqlLimits{});
            if (auto done = compute_tables(spec_, *sql_); !done) return done;
        }
        return store_->make_indexes();
    }

    /// The tools of the declaration, each with who answers it.
    Result<void> provide() {
        std::optional<SqlHost::Preparing> preparing;
        if (sql_) preparing.emplace(*sql_);
        for (const auto& [name, declared] : spec_.tools) {
            auto& tool = tools_[name];
            tool.declared = &declared;
            for (const auto& provider : declared.providers) {
                if (provider == "lua") {
                    tool.providers.push_back(make_lua_tool(*lua_, declared.function));
                    continue;
                }
                auto made = make_sql_tool(*sql_, *declared.sql, spec_.clock);
                if (!made) return made.error();
                tool.providers.push_back(*std::move(made));
            }
            const bool alone = tool.providers.size() == 1 && spec_.after_call.empty();
            if (alone) tool.reads = tool.providers.front()->reads();
        }
        return {};
    }

    /// Into `scratch_`: all that decides the answer of a tool that only reads.
    void decided_by(const WorldCall& call, const Tool& tool) {
        scratch_ = call.tool;
        scratch_ += '\0';
        for (const auto table : *tool.reads) {
            const auto& words = store_->sum(table).words();
            scratch_.append(reinterpret_cast<const char*>(words.data()), sizeof words);
        }
        scratch_ += call.arguments;
    }

    WorldAnswer execute(const WorldCall& call, const Tool& tool) {
        auto arguments = parse_value(call.arguments.empty() ? "{}" : call.arguments);
        if (!arguments) return broken(arguments.error().what);
        arguments = fitted_arguments(spec_, call.tool, *tool.declared, *std::move(arguments));
        if (!arguments) return {ToolStatus::tool_error, arguments.error().what, false, false, {}};
        if (const auto problem = argument_problem(*tool.declared, *arguments); !problem.empty())
            return broken(problem);
        store_->begin_call();
        auto outcome = run(tool, *arguments, call.coupled);
        if (outcome.kind == CallOutcome::Kind::broken || outcome.kind == CallOutcome::Kind::absent) {
            const bool undone = store_->undo_call();
            auto answer = broken(outcome.text);
            // Without its state an episode cannot go on.
            if (!undone) broken_ = outcome.text;
            return answer;
        }
        auto changes = json_patch(store_->tables(), store_->end_call());
        auto answer = answer_of(std::move(outcome));
        answer.changes = std::move(changes);
        return answer;
    }

    std::string argument_problem(const WorldSpec::Tool& tool, const Value& arguments) const {
        if (!spec_.python_arguments || tool.schema.empty() || arguments.object() == nullptr) return {};
        return python_argument_error(tool.callable, tool.parameters, *arguments.object());
    }

    /// Who answers a tool, and what ends every call.
    CallOutcome run(const Tool& tool, const Value& arguments, bool coupled) {
        CallOutcome outcome{CallOutcome::Kind::absent, {}, "nothing is known of this call"};
        for (const auto& provider : tool.providers) {
            outcome = provider->call(arguments);
            if (outcome.kind != CallOutcome::Kind::absent) break;
        }
        return coupled ? finish(std::move(outcome)) : outcome;
    }

    CallOutcome finish(CallOutcome outcome) {
        if (outcome.kind == CallOutcome::Kind::broken || spec_.after_call.empty()) return outcome;
        auto after = lua_->call(spec_.after_call, {});
        return after.kind == CallOutcome::Kind::returned ? outcome : after;
    }

    /// A tool, or any function of the scripts.
    Result<void> set_up(const WorldCall& call) {
        const auto failed = [&](const std::string& what) {
            return Error{fmt::format("set up world {}: {}: {}", spec_.name, call.tool, what), {}};
        };
        const auto arguments = parse_value(call.arguments);
        if (!arguments) return failed(arguments.error().what);
        store_->begin_call();
        const auto tool = tools_.find(call.tool);
        const auto outcome = tool != tools_.end() ? run(tool->second, *arguments, true)
                                                  : finish(lua_->call(call.tool, {*arguments}));
        store_->end_call();
        if (outcome.kind != CallOutcome::Kind::returned) return failed(outcome.text);
        return {};
    }

    Result<void> know_functions() const {
        const auto unknown = [this](std::string_view who, std::string_view function) {
            return Error{fmt::format("world {}: {}: no script has a function {}", spec_.name, who, function),
                         "return it in a script's table"};
        };
        for (const auto& [name, tool] : spec_.tools) {
            const bool lua = std::ranges::find(tool.providers, "lua") != tool.providers.end();
            if (lua && !lua_->knows(tool.function)) return unknown("tool " + name, tool.function);
        }
        for (const auto* function : {&spec_.prepare, &spec_.after_call}) {
            if (!function->empty() && !lua_->knows(*function)) return unknown("world.json", *function);
        }
        return {};
    }

    Result<void> prepare() {
        if (spec_.prepare.empty()) return {};
        const auto outcome = lua_->call(spec_.prepare, {});
        if (outcome.kind == CallOutcome::Kind::returned) return {};
        return Error{fmt::format("prepare world {}: {}", spec_.name, outcome.text), {}};
    }

    WorldAnswer answer_of(CallOutcome outcome) const {
        auto text = std::move(outcome.text);
        if (outcome.kind == CallOutcome::Kind::returned && outcome.value) {
            const auto* shown = outcome.value->text();
            text = shown != nullptr                             ? *shown
                   : spec_.results == ResultFormat::python_json ? python_json(*outcome.value)
                                                                : compact_json(*outcome.value);
        }
        const bool failed = outcome.kind == CallOutcome::Kind::failed ||
                            (!spec_.error_prefix.empty() && text.starts_with(spec_.error_prefix));
        return {failed ? ToolStatus::tool_error : ToolStatus::ok, std::move(text), false, false, {}};
    }

    /// The script's author decides whether that is an error of the tool, or the end.
    WorldAnswer broken(const std::string& error) {
        if (!spec_.script_error.empty())
            return {ToolStatus::tool_error, with(spec_.script_error, "{error}", error), false, false, {}};
        broken_ = error;
        return {ToolStatus::unanswered, error, false, false, {}};
    }

    WorldSpec spec_;
    std::optional<RowStore> store_;
    std::optional<ForeignDigests> digests_;
    std::optional<LuaHost> lua_;
    std::optional<SqlHost> sql_;
    std::map<std::string, Tool, std::less<>> tools_;
    AnswerCache answers_;
    std::string broken_, scratch_;
};

}  // namespace

Result<std::unique_ptr<Environment>> make_declared_world(WorldSpec spec) {
    auto world = std::make_unique<DeclaredWorld>(std::move(spec));
    if (auto loaded = world->load(); !loaded) return loaded.error();
    return std::unique_ptr<Environment>(std::move(world));
}

}  // namespace stet::envs
