#pragma once

#include <stet/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// One replacement of `edit_file`.
struct TextEdit {
    std::string old_text, new_text;
};

/// The arguments of a call, read as the server's schema for the tool reads them. Text may hold lone
/// surrogates (js_text.hpp). Unknown members are ignored, as the server does.
struct FilesArguments {
    std::string path, source, destination, content, pattern;
    std::vector<std::string> paths, exclude_patterns;
    std::vector<TextEdit> edits;
    std::optional<double> head, tail;
    bool dry_run = false, by_size = false;
};

/// Why the server turned the arguments away.
struct ArgumentsRefused {
    std::string issues;         ///< As its validator lists them, one a line; empty when there are none.
    std::string not_an_object;  ///< What it got in the place of an object ("array"); empty when it got one.
};

/// The tools of the server, in its order.
const std::vector<std::string_view>& files_tools();

/// Reads and checks `arguments` (absent: none were sent). `refused` says why when there is no result.
[[nodiscard]] std::optional<FilesArguments> read_files_arguments(std::string_view tool,
                                                                 const JsonValue& arguments,
                                                                 ArgumentsRefused& refused);

}  // namespace stet
