#include "envs/statement.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

namespace stet::envs {
namespace {

[[noreturn]] void fail(sqlite3* database, std::string_view operation) {
    throw Trouble(operation, "a world's database",
                  database == nullptr ? "out of memory" : sqlite3_errmsg(database));
}

int checked_size(std::string_view text) {
    if (text.size() > 1'000'000'000) throw Trouble("bind", "a world's database", "a text of over 1 GB");
    return static_cast<int>(text.size());
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const {
    sqlite3_close_v2(database);
}

DatabaseHandle open_memory(const char* vfs) {
    sqlite3* opened = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(":memory:", &opened, flags, vfs);
    DatabaseHandle database(opened);
    if (code != SQLITE_OK) fail(opened, "open");
    // An episode's rollback copies pages back: small ones are less to copy.
    execute(opened, "PRAGMA page_size=2048; PRAGMA temp_store=MEMORY");
    return database;
}

Value cell_value(sqlite3_value* cell) {
    switch (sqlite3_value_type(cell)) {
        case SQLITE_INTEGER:
            return Value(static_cast<std::int64_t>(sqlite3_value_int64(cell)));
        case SQLITE_FLOAT:
            return Value(sqlite3_value_double(cell));
        case SQLITE_NULL:
            return Value();
        default:
            break;
    }
    const auto* text = reinterpret_cast<const char*>(sqlite3_value_text(cell));
    return Value(std::string(text, static_cast<std::size_t>(sqlite3_value_bytes(cell))));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Result<Statement> Statement::prepare(sqlite3* database, std::string_view sql) {
    sqlite3_stmt* prepared = nullptr;
    const char* rest = nullptr;
    const int code = sqlite3_prepare_v3(database, sql.data(), checked_size(sql), SQLITE_PREPARE_PERSISTENT,
                                        &prepared, &rest);
    Statement statement;
    statement.statement_.reset(prepared);
    if (code != SQLITE_OK) return Error{sqlite3_errmsg(database), std::string(sql)};
    const auto left = std::string_view(rest, static_cast<std::size_t>(sql.data() + sql.size() - rest));
    if (prepared == nullptr || left.find_first_not_of(" \t\r\n;") != std::string_view::npos) {
        return Error{"one statement is expected", std::string(sql)};
    }
    return statement;
}

Statement& Statement::bind(int place, std::string_view text) {
    sqlite3_bind_text(statement_.get(), place, text.data(), checked_size(text), SQLITE_STATIC);
    return *this;
}

Statement& Statement::bind(int place, std::int64_t integer) {
    sqlite3_bind_int64(statement_.get(), place, integer);
    return *this;
}

Statement& Statement::bind(int place, const Value& value) {
    if (const auto* boolean = value.boolean()) return bind(place, static_cast<std::int64_t>(*boolean));
    if (const auto* integer = value.integer()) return bind(place, *integer);
    if (const auto* text = value.text()) {
        sqlite3_bind_text(statement_.get(), place, text->data(), checked_size(*text), SQLITE_TRANSIENT);
    } else if (const auto* real = value.real()) {
        sqlite3_bind_double(statement_.get(), place, *real);
    } else if (value.container() != nullptr) {
        const auto json = compact_json(value);
        sqlite3_bind_text(statement_.get(), place, json.data(), checked_size(json), SQLITE_TRANSIENT);
    } else {
        sqlite3_bind_null(statement_.get(), place);
    }
    return *this;
}

Statement& Statement::bind_blob(int place, std::string_view bytes) {
    sqlite3_bind_blob(statement_.get(), place, bytes.data(), checked_size(bytes), SQLITE_TRANSIENT);
    return *this;
}

bool Statement::explains() const {
    return sqlite3_stmt_isexplain(statement_.get()) != 0;
}

bool Statement::writes() const {
    return sqlite3_stmt_readonly(statement_.get()) == 0;
}

int Statement::places() const {
    return sqlite3_bind_parameter_count(statement_.get());
}

const char* Statement::place_name(int place) const {
    return sqlite3_bind_parameter_name(statement_.get(), place);
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    auto* database = sqlite3_db_handle(statement_.get());
    if (code == SQLITE_NOMEM || code == SQLITE_CORRUPT || code == SQLITE_MISUSE) fail(database, "step");
    Error error{sqlite3_errmsg(database), {}};
    sqlite3_reset(statement_.get());
    return error;
}

int Statement::columns() const {
    return sqlite3_column_count(statement_.get());
}

std::string_view Statement::column_name(int column) const {
    return sqlite3_column_name(statement_.get(), column);
}

Value Statement::column(int column) const {
    return cell_value(sqlite3_column_value(statement_.get(), column));
}

std::string_view Statement::text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

void Statement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
}

void execute(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(database, sql);
}

std::string sql_name(std::string_view name) {
    std::string quoted = "\"";
    for (const char c : name)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + '"';
}

}  // namespace stet::envs
