#include "envs/sql_spec.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace stet::envs {
namespace {

constexpr const char* see = "see docs/worlds.md, \"Tools in SQL\"";

struct ShapeName {
    std::string_view name;
    SqlToolSpec::Shape shape;
};
constexpr std::array<ShapeName, 5> shapes{{{"value", SqlToolSpec::Shape::value},
                                           {"row", SqlToolSpec::Shape::row},
                                           {"rows", SqlToolSpec::Shape::rows},
                                           {"list", SqlToolSpec::Shape::list},
                                           {"map", SqlToolSpec::Shape::map}}};

class ToolReader {
public:
    ToolReader(std::string_view name, const SpecFile& file) : file_(file) {
        spec_.tool = name;
        spec_.file = file.name;
    }

    Result<SqlToolSpec> run(const JsonValue& tool) {
        read_parameters(tool["arguments"]);
        for (const auto& [name, value] : tool["let"].members())
            spec_.lets.emplace_back(name, sql(value, "let " + name));
        read_requirements(tool["require"]);
        read_statements(tool["do"]);
        read_result(tool);
        if (problem_) return *problem_;
        return std::move(spec_);
    }

private:
    void wrong(const JsonValue& at, std::string_view what, std::string_view hint = see) {
        if (!problem_)
            problem_ =
                Error{fmt::format("{}: tool {}: {}", file_.place(at), spec_.tool, what), std::string(hint)};
    }

    SqlText sql(const JsonValue& value, std::string_view what) {
        auto read = read_sql(value, file_, fmt::format("tool {}: {}", spec_.tool, what));
        if (!read && !problem_) problem_ = read.error();
        return read ? *std::move(read) : SqlText();
    }

    void read_parameters(const JsonValue& schema) {
        for (const auto& [name, property] : schema["properties"].members()) {
            const auto fallback = to_value(property["default"]);
            if (!fallback) wrong(property, fmt::format("argument {}: {}", name, fallback.error().what));
            const auto type = property["type"].raw();
            const bool nested = type.empty() || type.find("\"array\"") != std::string_view::npos ||
                                type.find("\"object\"") != std::string_view::npos;
            spec_.parameters.push_back({name, fallback ? *fallback : Value(), nested});
        }
    }

    void read_requirements(const JsonValue& all) {
        if (all && !all.is(JsonKind::array))
            return wrong(all, "\"require\" is an array of [condition, text]");
        for (const auto& one : all.elements()) {
            const auto what = fmt::format("require {}", spec_.requirements.size() + 1);
            if (one.size() != 2 || !one[std::size_t{1}].is(JsonKind::string))
                return wrong(one, what + ": it is no [condition, text]");
            spec_.requirements.push_back({sql(one[std::size_t{0}], what), one[std::size_t{1}].text()});
        }
    }

    void read_statements(const JsonValue& all) {
        if (all && !all.is(JsonKind::array)) return wrong(all, "\"do\" is an array of statements");
        for (const auto& one : all.elements())
            spec_.statements.push_back(sql(one, fmt::format("do {}", spec_.statements.size() + 1)));
    }

    void read_result(const JsonValue& tool) {
        const auto result = tool["result"];
        if (result.is(JsonKind::string)) {
            spec_.text = result.text();
            return;
        }
        if (!result.is(JsonKind::object))
            return wrong(result ? result : tool, "it has no \"result\": a text, or an object");
        for (const auto& [key, value] : result.members()) {
            const auto shape = std::ranges::find(shapes, key, &ShapeName::name);
            if (shape != shapes.end()) {
                if (spec_.shape != SqlToolSpec::Shape::text) wrong(value, "\"result\" has two shapes");
                spec_.shape = shape->shape;
                spec_.query = sql(value, "result " + key);
            } else if (key == "none" && value.is(JsonKind::string)) {
                spec_.text = value.text();
            } else if (key == "types") {
                read_types(value);
            } else {
                wrong(value, fmt::format("\"result\" has no \"{}\"", key),
                      "a result has one of value, row, rows, list, map; then none (a text) and types");
            }
        }
        if (spec_.shape == SqlToolSpec::Shape::text)
            wrong(result, "\"result\" has no shape", "one of value, row, rows, list, map");
    }

    void read_types(const JsonValue& types) {
        for (const auto& [column, type] : types.members()) {
            const auto name = type.text();
            if (name != "boolean" && name != "json")
                wrong(type, fmt::format("column {}: there is no type '{}'", column, name),
                      "types: boolean, json");
            spec_.types[column] = name == "json" ? SqlToolSpec::Type::json : SqlToolSpec::Type::boolean;
        }
    }

    SpecFile file_;
    SqlToolSpec spec_;
    std::optional<Error> problem_;
};

}  // namespace

std::size_t SpecFile::line(const JsonValue& value) const {
    const auto before = text.substr(0, value.begin());
    return 1 + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

std::string SpecFile::place(const JsonValue& value) const {
    return fmt::format("{}:{}", name, line(value));
}

Result<SqlText> read_sql(const JsonValue& value, const SpecFile& file, std::string_view what) {
    SqlText made;
    const auto lines = value.is(JsonKind::array) ? value.elements() : std::vector{value};
    for (const auto& line : lines) {
        if (!line.is(JsonKind::string))
            return Error{
                fmt::format("{}: {}: SQL is a string, or an array of lines", file.place(value), what), see};
        if (!made.lines.empty()) made.text += '\n';
        made.text += line.text();
        // A string may hold line breaks of its own; they stand on its line.
        made.lines.resize(1 + static_cast<std::size_t>(std::ranges::count(made.text, '\n')), file.line(line));
    }
    if (made.text.find_first_not_of(" \t\r\n") == std::string::npos)
        return Error{fmt::format("{}: {}: there is no SQL", file.place(value), what), see};
    return made;
}

const std::vector<std::string_view>& sql_tool_members() {
    static const std::vector<std::string_view> members = {"let", "require", "do", "result"};
    return members;
}

bool is_sql_tool(const JsonValue& tool) {
    return std::ranges::any_of(sql_tool_members(),
                               [&](std::string_view member) { return static_cast<bool>(tool[member]); });
}

Result<SqlToolSpec> read_sql_tool(std::string_view name, const JsonValue& tool, const SpecFile& file) {
    return ToolReader(name, file).run(tool);
}

}  // namespace stet::envs
