#include "envs/declared_world.hpp"

#include "envs/json_patch.hpp"
#include "envs/lua_host.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>

namespace stet::envs {
namespace {

std::string with(std::string text, std::string_view name, std::string_view value) {
    const auto at = text.find(name);
    return at == std::string::npos ? text : text.replace(at, name.size(), value);
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
        for (const auto& [name, tool] : spec_.tools) {
            if (!lua_->knows(tool.function)) {
                return Error{fmt::format("world {}: tool {}: no script has a function {}", spec_.name, name,
                                         tool.function),
                             "return it in a script's table"};
            }
        }
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

    Result<void> reset(const WorldStart&) override {
        store_->reset();
        broken_.clear();
        return {};
    }

    WorldAnswer step(const WorldCall& call) override {
        const auto tool = spec_.tools.find(call.tool);
        if (!broken_.empty()) return {ToolStatus::unanswered, broken_, false, false, {}};
        if (tool == spec_.tools.end())
            return {
                ToolStatus::unknown_tool, with(spec_.unknown_tool, "{tool}", call.tool), false, false, {}};
        auto arguments = parse_value(call.arguments.empty() ? "{}" : call.arguments);
        if (!arguments) return broken(arguments.error().what);
        store_->begin_call();
        const auto outcome = lua_->call(tool->second.function, {*arguments});
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

private:
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
        if (!document->root().is(JsonKind::object))
            return Error{source.file + ": a collection is an object by key", "see docs/worlds.md"};
        for (const auto& [key, member] : document->root().members()) {
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
