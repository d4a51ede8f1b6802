#pragma once

#include "envs/value.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_value;

namespace stet::envs {

struct CloseDatabase {
    void operator()(sqlite3* database) const;
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;

/// A private database in memory, foreign keys off, nothing loaded, with the clock of that VFS. Throws
/// Trouble.
DatabaseHandle open_memory(const char* vfs);

/// A cell as a value: text, integer, real, null. (A world has no blobs: they are read as text.)
Value cell_value(sqlite3_value* cell);

/// A prepared statement. Throws Trouble when SQLite fails; what a statement's author did wrong is an error of
/// `prepare`. One thread.
class Statement {
public:
    Statement() = default;
    [[nodiscard]] static Result<Statement> prepare(sqlite3* database, std::string_view sql);

    Statement& bind(int place, std::string_view text);  ///< `text` must live until the next `reset`.
    Statement& bind(int place, std::int64_t integer);
    Statement& bind(int place, const Value& value);  ///< A container is bound as JSON.
    Statement& bind_blob(int place, std::string_view bytes);
    int places() const;
    /// Name of a place ("…" with its colon); null when it has none.
    const char* place_name(int place) const;

    bool writes() const;
    bool explains() const;  ///< It is an EXPLAIN.

    /// False at the end. An error: a constraint, a function's own error.
    [[nodiscard]] Result<bool> step();
    int columns() const;
    std::string_view column_name(int column) const;
    Value column(int column) const;
    std::string_view text(int column) const;
    std::int64_t integer(int column) const;
    /// Ready for the next time; bindings are gone.
    void reset();

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Statements without parameters and rows. Throws Trouble.
void execute(sqlite3* database, const char* sql);

/// "name" quoted as an identifier.
std::string sql_name(std::string_view name);

}  // namespace stet::envs
