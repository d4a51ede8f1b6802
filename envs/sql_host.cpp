#include "envs/sql_host.hpp"

#include "envs/sql_functions.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace stet::envs {
namespace {

constexpr int instructions_between_looks = 1000;
constexpr const char* four_kinds = "only SELECT, INSERT, UPDATE and DELETE of the world's rows are for tools";

void demand(sqlite3* database, bool done) {
    if (!done) throw Trouble("prepare", "a world's database", sqlite3_errmsg(database));
}

bool holds_word(std::string_view sql, std::string_view word) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
    return !std::ranges::search(sql, word, same).empty();
}

/// The zone is the machine's. (The present is not: it is the world's clock.)
bool asks_for_the_zone(std::string_view sql) {
    return holds_word(sql, "'localtime'") || holds_word(sql, "'utc'");
}

}  // namespace

SqlHost::SqlHost(RowStore& store, const SqlLimits& limits) : store_(store), limits_(limits) {
    auto* database = store.database();
    add_sql_functions(database);
    constexpr std::array<std::pair<int, int>, 4> settings{{{SQLITE_DBCONFIG_DQS_DML, 0},
                                                           {SQLITE_DBCONFIG_DQS_DDL, 0},
                                                           {SQLITE_DBCONFIG_DEFENSIVE, 1},
                                                           {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0}}};
    for (const auto& [setting, value] : settings)
        demand(database, sqlite3_db_config(database, setting, value, nullptr) == SQLITE_OK);
    // They declare themselves as tables when they are used first, which would be refused then.
    execute(database, "SELECT 1 FROM json_each('[]'), json_tree('[]')");
    sqlite3_limit(database, SQLITE_LIMIT_LENGTH, limits.text_bytes_max);
    sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_progress_handler(database, instructions_between_looks, count, this);
}

SqlHost::~SqlHost() {
    sqlite3_progress_handler(store_.database(), 0, nullptr, nullptr);
}

/// (To set it expires what was prepared before; that is prepared again when it is run next.)
void SqlHost::guard(bool on) {
    const int code = sqlite3_set_authorizer(store_.database(), on ? authorize : nullptr, on ? this : nullptr);
    demand(store_.database(), code == SQLITE_OK);
}

int SqlHost::count(void* self) {
    auto& left = static_cast<SqlHost*>(self)->left_;
    if (left == unlimited) return 0;
    left -= std::min<std::uint64_t>(left, instructions_between_looks);
    return left == 0 ? 1 : 0;
}

int SqlHost::authorize(void* self, int action, const char* first, const char* second, const char*,
                       const char*) {
    const auto text = [](const char* given) {
        return given == nullptr ? std::string_view() : std::string_view(given);
    };
    return static_cast<SqlHost*>(self)->may(action, text(first), text(second)) ? SQLITE_OK : SQLITE_DENY;
}

bool SqlHost::may(int action, std::string_view first, std::string_view second) {
    switch (action) {
        case SQLITE_SELECT:
            known_ = true;
            return true;
        case SQLITE_RECURSIVE:
            return true;
        case SQLITE_READ:
            return may_read(first, second);
        case SQLITE_INSERT:
        case SQLITE_UPDATE:
        case SQLITE_DELETE:
            return may_write(first);
        case SQLITE_FUNCTION:
            if (is_tool_function(second)) return true;
            refusal_ = fmt::format(
                "{}() is not for tools: it does not give the same everywhere, or touches more than rows",
                second);
            return false;
        default:
            refusal_ = four_kinds;
            return false;
    }
}

bool SqlHost::may_read(std::string_view table, std::string_view column) {
    const auto& tables = store_.tables();
    const auto found = std::ranges::find(tables, table, &TableSpec::name);
    if (found != tables.end()) {
        const auto at = static_cast<std::size_t>(found - tables.begin());
        if (std::ranges::find(reads_, at) == reads_.end()) reads_.push_back(at);
        return true;
    }
    if (table == "json_each" || table == "json_tree") return true;
    // A WITH of the statement's own, of which no column is read. SQLite's own tables have names that begin
    // so.
    const bool own = column.empty() && !table.starts_with("sqlite_") && !table.starts_with("pragma_") &&
                     table != "dbstat" && !table.starts_with("fts");
    if (!own) refusal_ = fmt::format("the table {} is not the world's", table);
    return own;
}

bool SqlHost::may_write(std::string_view table) {
    const auto& tables = store_.tables();
    const auto found = std::ranges::find(tables, table, &TableSpec::name);
    known_ = found != tables.end() && !found->collection;
    if (!known_)
        refusal_ =
            found == tables.end() ? four_kinds : fmt::format("{} is a collection: scripts write it", table);
    return known_;
}

/// What there is, where the name is wrong; else what was written.
std::string SqlHost::hint_for(std::string_view said, std::string_view line) const {
    std::vector<std::string> tables, columns;
    for (const auto& table : store_.tables()) {
        tables.push_back(table.name);
        columns.push_back(fmt::format("{} has {}", table.name, fmt::join(table.columns, ", ")));
    }
    if (said.starts_with("no such table")) return fmt::format("tables: {}", fmt::join(tables, ", "));
    if (said.starts_with("no such column")) return fmt::format("{}", fmt::join(columns, "; "));
    return std::string(line);
}

Result<ToolStatement> SqlHost::prepare(std::string_view file, std::string_view who, const SqlText& sql,
                                       std::string_view before, std::string_view after) {
    refusal_.clear();
    reads_.clear();
    known_ = false;
    const auto flaw = [&](std::size_t at, std::string_view said, const std::string& hint) {
        const auto line = static_cast<std::size_t>(std::ranges::count(sql.text.substr(0, at), '\n'));
        const auto number = sql.lines[std::min(line, sql.lines.size() - 1)];
        return Error{fmt::format("{}:{}: {}: {}", file, number, who, said), hint};
    };
    if (asks_for_the_zone(sql.text))
        return flaw(0, "the machine's time zone is not for tools", "times are UTC");
    auto prepared = Statement::prepare(store_.database(), fmt::format("{}{}{}", before, sql.text, after));
    if (prepared && (!known_ || prepared->explains())) refusal_ = four_kinds;
    if (!refusal_.empty()) return flaw(0, refusal_, "see docs/worlds.md, \"Tools in SQL\"");
    if (!prepared) {
        const auto offset = std::max(sqlite3_error_offset(store_.database()), 0);
        const auto at = std::max(static_cast<std::size_t>(offset), before.size()) - before.size();
        const auto begin = at == 0 ? 0 : sql.text.rfind('\n', at - 1) + 1;
        const auto line = sql.text.substr(begin, sql.text.find('\n', begin) - begin);
        return flaw(at, prepared.error().what, hint_for(prepared.error().what, line));
    }
    ToolStatement made{*std::move(prepared), reads_, false};
    made.writes = made.statement.writes();
    return made;
}

}  // namespace stet::envs
