#pragma once

#include "envs/python_arguments.hpp"
#include "envs/row_store.hpp"
#include "envs/sql_spec.hpp"
#include "envs/value.hpp"

#include <stet/digest.hpp>
#include <stet/door/envs.hpp>
#include <stet/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// How a tool's value becomes the text that a model is shown. A string is shown as it is.
enum class ResultFormat : std::uint8_t { python_json, compact_json };

/// How a cell of a CSV file is read.
enum class CellType : std::uint8_t { text, integer, real };

/// What becomes of arguments that a tool does not declare.
enum class UnknownArguments : std::uint8_t { pass, drop, error };

/// What world.json says; docs/worlds.md describes it.
struct WorldSpec {
    struct Source {
        TableSpec table;      ///< Without columns: the file's first line names them.
        std::string file;     ///< A JSON object, by key; of a table CSV.
        std::string pointer;  ///< Where in the file it stands (RFC 6901).
        std::string contents;
        std::map<std::string, CellType> types;  ///< Of a file's columns; the others are text.
        std::optional<SqlText> select;          ///< Gives a table's rows, once everything was read.
    };
    struct Tool {
        std::vector<std::string> providers;  ///< "sql", "lua", in the order in which they are asked.
        std::string function;                ///< Its name in the scripts.
        std::optional<SqlToolSpec> sql;
        std::string caller;    ///< "assistant", "user", "any".
        std::string callable;  ///< What errors of its arguments call it.
        std::vector<Parameter> parameters;
        std::string schema;  ///< Of its arguments; empty when it declares none.
    };
    struct Script {
        std::string file, text;
    };

    std::string name, version, clock;
    Digest declaration;  ///< Of all that was read: world.json, scripts, initial state.
    std::vector<Source> state;
    std::vector<Script> scripts;
    std::string prepare;     ///< A function that completes the initial state; empty for none.
    std::string after_call;  ///< A function that ends every call; empty for none.
    std::map<std::string, Tool> tools;
    std::vector<std::string> tool_order;  ///< As they were declared.
    UnknownArguments unknown_arguments = UnknownArguments::pass;
    bool bare_argument_is_first = false;  ///< Arguments that are no object stand for the first parameter.
    std::vector<std::string> transient;   ///< Texts by which the answer of a fault of a moment is known.
    bool python_arguments = false;        ///< Arguments that do not fit are answered as CPython does.
    ResultFormat results = ResultFormat::python_json;
    std::string error_prefix;                          ///< A text that begins so is an error of the tool.
    std::string unknown_tool = "Unknown tool {tool}";  ///< With "{tool}", "{tools}".
    std::string script_error;  ///< What a broken script answers: "{error}". Empty: the episode ends.
};

/// Reads world.json and what it names. Files are looked for in `declared`, then in `data` (initial states
/// that are published elsewhere; may be empty). `place` is what errors call the world's directory. An error
/// says file, member and what to do.
[[nodiscard]] Result<WorldSpec> read_world(std::string_view place, const WorldFiles& declared,
                                           const WorldFiles& data);

}  // namespace stet::envs
