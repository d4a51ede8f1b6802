#include "envs/declared_world.hpp"

#include "envs/foreign_digest.hpp"
#include "envs/json_patch.hpp"
#include "envs/lua_host.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace stet::envs {
namespace {

std::string with(std::string text, std::string_view name, std::string_view value) {
    const auto at = text.find(name);
    return at == std::string::npos ? text : text.replace(at, name.size(), value);
}

/// RFC 6901, as far as members go.
JsonValue at_pointer(JsonValue value, std::string_view pointer) {
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        auto token = std::string(pointer.substr(0, pointer.find('/')));
        pointer.remove_prefix(token.size());
        for (const auto& [from, to] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
            for (auto at = token.find(from); at != std::string::npos; at = token.find(from, at + 1))
                token.replace(at, 2, to);
        }
        value = value[token];
    }
    return value;
}

std::vector<TableSpec> tables_of(const WorldSpec& spec) {
    std::vector<TableSpec> tables;
    for (const auto& source : spec.state)
        tables.push_back(source.table);
    return tables;
}

class DeclaredWorld final : public Environment {
public:
    explicit DeclaredWorld(WorldSpec spec) : spec_(std::move(spec)) {}

    Result<void> load() {
        store_.emplace(tables_of(spec_));
        digests_.emplace(*store_);
        for (std::size_t i = 0; i < spec_.state.size(); ++i) {
            auto filled = fill_collection(i);
            if (!filled) return filled;
            spec_.state[i].contents.clear();
        }
        lua_.emplace(*store_, LuaLimits{});
        lua_->set_global("now", Value(spec_.clock));
        for (const auto& script : spec_.scripts) {
            if (auto loaded = lua_->load(script.text, script.file); !loaded) return loaded;
        }
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
        if (tool == nullptr)
            return {
                ToolStatus::unknown_tool, with(spec_.unknown_tool, "{tool}", call.tool), false, false, {}};
        auto arguments = parse_value(call.arguments.empty() ? "{}" : call.arguments);
        if (!arguments) return broken(arguments.error().what);
        if (const auto problem = argument_problem(*tool, *arguments); !problem.empty())
            return broken(problem);
        store_->begin_call();
        const auto outcome = run(tool->function, *arguments, call.coupled);
        if (outcome.kind == LuaOutcome::Kind::broken) {
            store_->undo_call();
            return broken(outcome.error);
        }
        auto changes = json_patch(store_->tables(), store_->end_call());
        auto answer = answer_of(outcome);
        answer.changes = std::move(changes);
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
        if (outcome.kind != LuaOutcome::Kind::returned)
            return Error{fmt::format("ask world {}: {}: {}", spec_.name, function, outcome.error), {}};
        return outcome.value ? compact_json(*outcome.value) : "null";
    }

private:
    const WorldSpec::Tool* find(const WorldCall& call) const {
        const auto found = spec_.tools.find(call.tool);
        if (found == spec_.tools.end()) return nullptr;
        const auto& caller = found->second.caller;
        return caller == "any" || caller == call.caller ? &found->second : nullptr;
    }

    std::string argument_problem(const WorldSpec::Tool& tool, const Value& arguments) const {
        if (!spec_.python_arguments || tool.schema.empty() || arguments.object() == nullptr) return {};
        return python_argument_error(tool.callable, tool.parameters, *arguments.object());
    }

    /// A function, and what ends every call.
    LuaOutcome run(const std::string& function, const Value& arguments, bool coupled) {
        auto outcome = lua_->call(function, {arguments});
        if (outcome.kind == LuaOutcome::Kind::broken || !coupled || spec_.after_call.empty()) return outcome;
        auto after = lua_->call(spec_.after_call, {});
        return after.kind == LuaOutcome::Kind::returned ? outcome : after;
    }

    /// Any function of the scripts, whether it is a tool or not.
    Result<void> set_up(const WorldCall& call) {
        const auto failed = [&](const std::string& what) {
            return Error{fmt::format("set up world {}: {}: {}", spec_.name, call.tool, what), {}};
        };
        const auto arguments = parse_value(call.arguments);
        if (!arguments) return failed(arguments.error().what);
        store_->begin_call();
        const auto outcome = run(call.tool, *arguments, true);
        store_->end_call();
        if (outcome.kind != LuaOutcome::Kind::returned) return failed(outcome.error);
        return {};
    }

    Result<void> know_functions() const {
        const auto unknown = [this](std::string_view who, std::string_view function) {
            return Error{fmt::format("world {}: {}: no script has a function {}", spec_.name, who, function),
                         "return it in a script's table"};
        };
        for (const auto& [name, tool] : spec_.tools) {
            if (!lua_->knows(tool.function)) return unknown("tool " + name, tool.function);
        }
        for (const auto* function : {&spec_.prepare, &spec_.after_call}) {
            if (!function->empty() && !lua_->knows(*function)) return unknown("world.json", *function);
        }
        return {};
    }

    Result<void> prepare() {
        if (spec_.prepare.empty()) return {};
        const auto outcome = lua_->call(spec_.prepare, {});
        if (outcome.kind == LuaOutcome::Kind::returned) return {};
        return Error{fmt::format("prepare world {}: {}", spec_.name, outcome.error), {}};
    }

    WorldAnswer answer_of(const LuaOutcome& outcome) const {
        std::string text = outcome.error;
        if (outcome.kind == LuaOutcome::Kind::returned && outcome.value) {
            const auto* shown = outcome.value->text();
            text = shown != nullptr                             ? *shown
                   : spec_.results == ResultFormat::python_json ? python_json(*outcome.value)
                                                                : compact_json(*outcome.value);
        }
        const bool failed = outcome.kind == LuaOutcome::Kind::failed ||
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

    Result<void> fill_collection(std::size_t i) {
        const auto& source = spec_.state[i];
        if (source.contents.empty()) return {};
        const auto document = JsonDocument::parse(source.contents);
        if (!document) return Error{source.file + ": " + document.error().what, document.error().hint};
        const auto root = at_pointer(document->root(), source.pointer);
        if (!root.is(JsonKind::object))
            return Error{fmt::format("{}{}{}: a collection is an object by key", source.file,
                                     source.pointer.empty() ? "" : "#", source.pointer),
                         "see docs/worlds.md"};
        for (const auto& [key, member] : root.members()) {
            const auto value = to_value(member);
            if (!value)
                return Error{fmt::format("{}: {}: {}", source.file, key, value.error().what),
                             value.error().hint};
            if (auto added = store_->add_document(i, key, *value); !added) return added;
        }
        return {};
    }

    WorldSpec spec_;
    std::optional<RowStore> store_;
    std::optional<ForeignDigests> digests_;
    std::optional<LuaHost> lua_;
    std::string broken_;
};

}  // namespace

Result<std::unique_ptr<Environment>> make_declared_world(WorldSpec spec) {
    auto world = std::make_unique<DeclaredWorld>(std::move(spec));
    if (auto loaded = world->load(); !loaded) return loaded.error();
    return std::unique_ptr<Environment>(std::move(world));
}

}  // namespace stet::envs
