#include "envs/world_spec.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace stet::envs {
namespace {

constexpr std::array<std::string_view, 16> members = {
    "world",        "version",           "clock",         "state",
    "scripts",      "prepare",           "after_call",    "tools",
    "results",      "argument_errors",   "error_prefix",  "unknown_tool",
    "script_error", "unknown_arguments", "bare_argument", "transient"};
constexpr std::array<std::string_view, 9> tool_members = {
    "provider", "function", "caller", "arguments", "callable", "let", "require", "do", "result"};
constexpr std::array<std::string_view, 8> source_members = {"collection", "table", "from",    "key",
                                                            "columns",    "types", "indexes", "select"};

class Reader {
public:
    Reader(std::string_view place, const WorldFiles& declared, const WorldFiles& data)
        : place_(place), declared_(declared), data_(data) {}

    Result<WorldSpec> run() {
        const auto text = declared_("world.json");
        if (!text)
            return Error{fmt::format("read world {}: it has no world.json", place_),
                         "`stet world new DIR` makes one"};
        const auto document = JsonDocument::parse(*text);
        if (!document) return Error{place() + ": " + document.error().what, document.error().hint};
        note("world.json", *text);
        world_ = {"world.json", *text};
        read_members(document->root());
        if (problem_) return *problem_;
        spec_.declaration = hasher_.finish();
        return std::move(spec_);
    }

private:
    std::string place() const { return place_ + "/world.json"; }

    /// Everything that was read is part of the declaration.
    void note(std::string_view file, std::string_view text) {
        hasher_.update(fmt::format("{} {} ", file, text.size())).update(text);
    }

    void wrong(std::string_view member, std::string_view what, std::string_view hint = "see docs/worlds.md") {
        if (!problem_)
            problem_ = Error{fmt::format("{}: \"{}\": {}", place(), member, what), std::string(hint)};
    }

    std::string text_of(const JsonValue& root, const char* member, std::string fallback = {}) {
        const auto value = root[member];
        if (value && !value.is(JsonKind::string)) wrong(member, "it is no string");
        return value ? value.text() : std::move(fallback);
    }

    void read_members(const JsonValue& root) {
        if (!root.is(JsonKind::object)) return wrong("", "a world is an object");
        for (const auto& [key, value] : root.members()) {
            if (std::ranges::find(members, key) == members.end())
                wrong(key, "there is no such member", fmt::format("members: {}", fmt::join(members, ", ")));
        }
        spec_.name = text_of(root, "world");
        spec_.version = text_of(root, "version", "1");
        spec_.clock = text_of(root, "clock", "2000-01-01T00:00:00");
        spec_.error_prefix = text_of(root, "error_prefix");
        spec_.unknown_tool = text_of(root, "unknown_tool", spec_.unknown_tool);
        spec_.script_error = text_of(root, "script_error");
        const auto results = text_of(root, "results", "python-json");
        if (results != "python-json" && results != "compact-json")
            wrong("results", fmt::format("there is no format '{}'", results),
                  "formats: python-json, compact-json");
        if (results == "compact-json") spec_.results = ResultFormat::compact_json;
        const auto argument_errors = text_of(root, "argument_errors", "none");
        if (argument_errors != "python" && argument_errors != "none")
            wrong("argument_errors", fmt::format("nobody words errors like '{}'", argument_errors),
                  "python, or none");
        spec_.python_arguments = argument_errors == "python";
        for (const auto& one : root["transient"].elements())
            spec_.transient.push_back(one.text());
        spec_.prepare = text_of(root, "prepare");
        spec_.after_call = text_of(root, "after_call");
        if (spec_.name.empty()) wrong("world", "a world has a name");
        for (const auto& one : root["state"].elements())
            read_source(one);
        for (const auto& one : root["scripts"].elements())
            read_script(one);
        read_arguments_policy(root);
        read_tools(root["tools"]);
    }

    void read_arguments_policy(const JsonValue& root) {
        using Policy = std::pair<std::string_view, UnknownArguments>;
        constexpr std::array<Policy, 3> policies = {{{"pass", UnknownArguments::pass},
                                                     {"drop", UnknownArguments::drop},
                                                     {"error", UnknownArguments::error}}};
        const auto unknown = text_of(root, "unknown_arguments", "pass");
        const auto policy = std::ranges::find(policies, unknown, &Policy::first);
        if (policy == policies.end())
            return wrong("unknown_arguments", fmt::format("there is no policy '{}'", unknown),
                         "pass, drop, or error");
        spec_.unknown_arguments = policy->second;
        const auto bare = text_of(root, "bare_argument", "pass");
        if (bare != "first" && bare != "pass")
            wrong("bare_argument", fmt::format("there is no policy '{}'", bare), "first, or pass");
        spec_.bare_argument_is_first = bare == "first";
    }

    /// An object by name; or an array of such objects, and of the names of files that hold one.
    void read_tools(const JsonValue& tools) {
        if (!tools.is(JsonKind::array)) return read_tools_of(tools, world_);
        for (const auto& one : tools.elements()) {
            if (!one.is(JsonKind::string)) {
                read_tools_of(one, world_);
                continue;
            }
            const auto file = one.text(), text = contents("tools", file);
            if (problem_) return;
            const auto document = JsonDocument::parse(text);
            if (!document) {
                problem_ = Error{file + ": " + document.error().what, document.error().hint};
                return;
            }
            read_tools_of(document->root(), {file, text});
        }
    }

    void read_tools_of(const JsonValue& tools, const SpecFile& file) {
        if (tools && !tools.is(JsonKind::object))
            wrong("tools", fmt::format("{}: tools are an object by name", file.name));
        for (const auto& [name, one] : tools.members())
            read_tool(name, one, file);
    }

    /// Where it lies first: in the world, or among the data.
    std::string contents(std::string_view member, const std::string& file) {
        auto text = declared_(file);
        if (!text && data_) text = data_(file);
        if (!text) {
            wrong(member, fmt::format("{} is not in {}{}", file, place_, data_ ? ", nor among its data" : ""),
                  "name the directory that has it with --data");
            return {};
        }
        note(file, *text);
        return *std::move(text);
    }

    static std::vector<std::string> texts(const JsonValue& array) {
        std::vector<std::string> all;
        for (const auto& one : array.elements())
            all.push_back(one.text());
        return all;
    }

    void read_source(const JsonValue& one) {
        for (const auto& [key, value] : one.members()) {
            if (std::ranges::find(source_members, key) == source_members.end())
                wrong("state", fmt::format("a part has no \"{}\"", key),
                      fmt::format("members: {}", fmt::join(source_members, ", ")));
        }
        WorldSpec::Source source;
        source.table.collection = static_cast<bool>(one["collection"]);
        source.table.name = one[source.table.collection ? "collection" : "table"].text();
        const auto from = one["from"].text();
        source.file = from.substr(0, from.find('#'));
        if (source.file.size() < from.size()) source.pointer = from.substr(source.file.size() + 1);
        if (source.table.name.empty()) return wrong("state", "a part has a \"collection\" or a \"table\"");
        source.table.key = one["key"].text();
        source.table.columns = texts(one["columns"]);
        if (source.table.collection && !(source.table.key.empty() && source.table.columns.empty()))
            wrong("state", source.table.name + ": a collection has no key and no columns",
                  "or is it a \"table\"?");
        read_types(one["types"], source);
        for (const auto& index : one["indexes"].elements())
            source.table.indexes.push_back(texts(index));
        if (one["select"]) read_select(one["select"], source);
        if (!source.file.empty()) source.contents = contents("state", source.file);
        const auto same = [&](const auto& other) { return other.table.name == source.table.name; };
        if (std::ranges::any_of(spec_.state, same))
            return wrong("state", source.table.name + " stands twice");
        spec_.state.push_back(std::move(source));
    }

    void read_types(const JsonValue& types, WorldSpec::Source& source) {
        for (const auto& [column, type] : types.members()) {
            const auto name = type.text();
            if (name != "integer" && name != "real" && name != "text")
                wrong("state",
                      fmt::format("{}: column {}: there is no type '{}'", source.table.name, column, name),
                      "types: text, integer, real");
            source.types[column] = name == "integer" ? CellType::integer
                                   : name == "real"  ? CellType::real
                                                     : CellType::text;
        }
    }

    void read_select(const JsonValue& value, WorldSpec::Source& source) {
        if (source.table.collection || source.table.columns.empty() || !source.file.empty())
            return wrong("state",
                         source.table.name + ": \"select\" is for a table with \"columns\" and no file");
        auto sql = read_sql(value, world_, "table " + source.table.name);
        if (!sql && !problem_) problem_ = sql.error();
        if (sql) source.select = *std::move(sql);
    }

    void read_script(const JsonValue& one) {
        WorldSpec::Script script{one.text(), {}};
        if (script.file.empty()) return wrong("scripts", "they are files' names");
        script.text = contents("scripts", script.file);
        spec_.scripts.push_back(std::move(script));
    }

    void read_tool(const std::string& name, const JsonValue& one, const SpecFile& file) {
        const auto odd = [&](std::string_view what, std::string_view hint) {
            if (!problem_)
                problem_ =
                    Error{fmt::format("{}: tool {}: {}", file.place(one), name, what), std::string(hint)};
        };
        for (const auto& [key, value] : one.members()) {
            if (std::ranges::find(tool_members, key) == tool_members.end())
                odd(fmt::format("there is no such member '{}'", key),
                    fmt::format("members: {}", fmt::join(tool_members, ", ")));
        }
        WorldSpec::Tool tool;
        tool.providers = one["provider"].is(JsonKind::array)
                             ? texts(one["provider"])
                             : std::vector{one["provider"].text_or(is_sql_tool(one) ? "sql" : "lua")};
        tool.function = one["function"].text_or(name);
        tool.caller = one["caller"].text_or("assistant");
        tool.callable = one["callable"].text_or(name);
        for (const auto& provider : tool.providers) {
            if (provider != "lua" && provider != "sql")
                odd(fmt::format("there is no provider '{}'", provider), "providers: lua, sql");
        }
        if (tool.caller != "assistant" && tool.caller != "user" && tool.caller != "any")
            odd(fmt::format("there is no caller '{}'", tool.caller), "callers: assistant, user, any");
        read_parameters(tool, one["arguments"]);
        if (std::ranges::find(tool.providers, "sql") != tool.providers.end()) {
            auto sql = read_sql_tool(name, one, file);
            if (!sql && !problem_) problem_ = sql.error();
            if (sql) tool.sql = *std::move(sql);
        } else if (is_sql_tool(one)) {
            odd("it has SQL, but not the provider sql", "leave \"provider\" out, or name sql in it");
        }
        if (!spec_.tools.emplace(name, std::move(tool)).second) odd("it stands twice", "names are unique");
        spec_.tool_order.push_back(name);
    }

    static void read_parameters(WorldSpec::Tool& tool, const JsonValue& schema) {
        tool.schema = schema.raw();
        for (const auto& [name, property] : schema["properties"].members())
            tool.parameters.push_back({name, false});
        for (const auto& name : schema["required"].elements()) {
            const auto known = std::ranges::find(tool.parameters, name.text(), &Parameter::name);
            if (known != tool.parameters.end()) known->required = true;
        }
    }

    std::string place_;
    const WorldFiles &declared_, &data_;
    Hasher hasher_;
    WorldSpec spec_;
    SpecFile world_;
    std::optional<Error> problem_;
};

}  // namespace

Result<WorldSpec> read_world(std::string_view place, const WorldFiles& declared, const WorldFiles& data) {
    return Reader(place, declared, data).run();
}

}  // namespace stet::envs
