#pragma once

#include <string_view>

struct sqlite3;

namespace stet::envs {

/// What SQL lacks for tools.
///
/// - `given(value, …)`: none of them is null, '', 0, [] or {} (what Python takes for true).
/// - `contains(text, part)`: whatever the case of ASCII letters. A part that is not given is in every text.
/// - `contains_words(words, text, …)`: each word of `words` is contained in one of the texts.
///
/// Texts are bytes of UTF-8. All are deterministic. Throws Trouble.
void add_sql_functions(sqlite3* database);

/// Does this function of SQLite, or of ours, give the same everywhere and touch nothing? The functions of
/// dates do, because their clock is fixed (fixed_clock.hpp).
bool is_tool_function(std::string_view name);

}  // namespace stet::envs
