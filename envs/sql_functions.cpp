#include "envs/sql_functions.hpp"

#include "envs/needle.hpp"

#include <stet/result.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace stet::envs {
namespace {

using Needles = std::vector<Needle>;

std::string_view text_of(sqlite3_value* value) {
    // A text is read as it lies there: asked for as text, it would be copied to get a zero at its end.
    if (sqlite3_value_type(value) != SQLITE_TEXT && sqlite3_value_type(value) != SQLITE_BLOB)
        sqlite3_value_text(value);
    const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
    return bytes == nullptr ? std::string_view()
                            : std::string_view(bytes, static_cast<std::size_t>(sqlite3_value_bytes(value)));
}

Needles one_needle(std::string_view text) {
    return Needles{Needle(text)};
}

Needles needle_of_each_word(std::string_view text) {
    constexpr std::string_view blanks = " \t\n\v\f\r\x1c\x1d\x1e\x1f";
    Needles needles;
    for (auto at = text.find_first_not_of(blanks); at != std::string_view::npos;) {
        const auto end = std::min(text.find_first_of(blanks, at), text.size());
        needles.emplace_back(text.substr(at, end - at));
        at = text.find_first_not_of(blanks, end);
    }
    // Long words are rare: what fails, fails sooner.
    std::ranges::sort(needles, std::greater(), &Needle::size);
    return needles;
}

/// Made once for a statement that runs: what is looked for is the same for each of its rows.
template <auto make>
const Needles& needles_of(sqlite3_context* context, sqlite3_value* value, int argument, Needles& room) {
    if (const auto* kept = static_cast<const Needles*>(sqlite3_get_auxdata(context, argument))) return *kept;
    const auto text = text_of(value);
    auto* made = new Needles(make(text));
    sqlite3_set_auxdata(context, argument, made, [](void* old) { delete static_cast<Needles*>(old); });
    // SQLite keeps it only when the argument is constant, and may have deleted it already.
    if (const auto* kept = static_cast<const Needles*>(sqlite3_get_auxdata(context, argument))) return *kept;
    return room = make(text);
}

bool is_given(sqlite3_value* value) {
    switch (sqlite3_value_type(value)) {
        case SQLITE_NULL:
            return false;
        case SQLITE_INTEGER:
            return sqlite3_value_int64(value) != 0;
        case SQLITE_FLOAT:
            return sqlite3_value_double(value) != 0;
        case SQLITE_BLOB:
            return text_of(value) != "[]" && text_of(value) != "{}";
        default:
            return sqlite3_value_bytes(value) > 0;
    }
}

void contains(sqlite3_context* context, int, sqlite3_value** arguments) {
    auto *text = arguments[0], *part = arguments[1];
    if (!is_given(part)) return sqlite3_result_int(context, 1);
    if (sqlite3_value_type(text) == SQLITE_NULL) return sqlite3_result_int(context, 0);
    Needles room;
    const auto& needles = needles_of<one_needle>(context, part, 1, room);
    sqlite3_result_int(context, static_cast<int>(needles.front().is_in(text_of(text))));
}

void contains_words(sqlite3_context* context, int count, sqlite3_value** arguments) {
    Needles room;
    const auto& needles = needles_of<needle_of_each_word>(context, arguments[0], 0, room);
    const bool all = std::ranges::all_of(needles, [&](const Needle& needle) {
        for (int i = 1; i < count; ++i) {
            if (needle.is_in(text_of(arguments[i]))) return true;
        }
        return false;
    });
    sqlite3_result_int(context, static_cast<int>(all));
}

void given(sqlite3_context* context, int count, sqlite3_value** arguments) {
    const bool all = std::all_of(arguments, arguments + count, is_given);
    sqlite3_result_int(context, static_cast<int>(all));
}

}  // namespace

void add_sql_functions(sqlite3* database) {
    constexpr int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
    const auto add = [&](const char* name, int count, auto function) {
        if (sqlite3_create_function_v2(database, name, count, flags, nullptr, function, nullptr, nullptr,
                                       nullptr) != SQLITE_OK)
            throw Trouble("add a function", name, sqlite3_errmsg(database));
    };
    add("given", -1, given);
    add("contains", 2, contains);
    add("contains_words", -1, contains_words);
}

bool is_tool_function(std::string_view name) {
    // Not among them: chance, the connection's memory (changes, last_insert_rowid), versions, files, and
    // functions whose last digit depends on the machine's mathematical library.
    constexpr std::string_view known =
        " -> ->> abs avg ceil ceiling char coalesce contains contains_words count cume_dist current_date "
        "current_time"
        " current_timestamp date datetime dense_rank first_value floor format given glob group_concat hex "
        "ifnull iif"
        " instr json json_array json_array_length json_each json_extract json_group_array json_group_object"
        " json_insert json_object json_patch json_quote json_remove json_replace json_set json_tree json_type"
        " json_valid julianday lag last_value lead length like likelihood likely lower ltrim max min "
        "nth_value ntile"
        " nullif percent_rank printf quote rank replace round row_number rtrim sign strftime substr "
        "substring sum"
        " time total trim trunc typeof unicode unixepoch unlikely upper ";
    return known.find(" " + std::string(name) + " ") != std::string_view::npos;
}

}  // namespace stet::envs
