#pragma once

#include "envs/value.hpp"

#include <stet/json.hpp>
#include <stet/result.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stet::envs {

/// A file that declares something. Both views must outlive what is read.
struct SpecFile {
    std::string_view name, text;

    /// "world.json:14", where the value stands.
    std::string place(const JsonValue& value) const;
    std::size_t line(const JsonValue& value) const;
};

/// A piece of SQL: a string, or an array of strings that are its lines.
struct SqlText {
    std::string text;
    std::vector<std::size_t> lines;  ///< Where in the file each of its lines stands. 1-based.
};

/// An error says which it is not. `what` is what the error calls it.
[[nodiscard]] Result<SqlText> read_sql(const JsonValue& value, const SpecFile& file, std::string_view what);

/// A tool as statements declare it; docs/worlds.md describes the language.
struct SqlToolSpec {
    struct Parameter {
        std::string name;
        Value fallback;       ///< The schema's `default`; null when it has none.
        bool nested = false;  ///< The schema speaks of arrays or objects: they are bound as JSON text.
    };
    struct Requirement {
        SqlText condition;
        std::string otherwise;  ///< A text with `{name}`.
    };
    enum class Shape : std::uint8_t { text, value, row, rows, list, map };
    enum class Type : std::uint8_t { boolean, json };

    std::string tool, file;
    std::vector<Parameter> parameters;
    std::vector<std::pair<std::string, SqlText>> lets;
    std::vector<Requirement> requirements;
    std::vector<SqlText> statements;
    Shape shape = Shape::text;
    SqlText query;  ///< Of every shape but `text`.
    std::optional<std::string>
        text;  ///< Of the shape `text`; of others what stands for no rows. With `{name}`.
    std::map<std::string, Type> types;
};

/// Is it one that statements declare?
bool is_sql_tool(const JsonValue& tool);
/// The members of a tool that make it one.
const std::vector<std::string_view>& sql_tool_members();

/// An error says file, line, tool and what to do. Whether the SQL is right is not known yet.
[[nodiscard]] Result<SqlToolSpec> read_sql_tool(std::string_view name, const JsonValue& tool,
                                                const SpecFile& file);

}  // namespace stet::envs
