#pragma once

#include "envs/fixed_clock.hpp"
#include "envs/row_sum.hpp"
#include "envs/statement.hpp"
#include "envs/value.hpp"

#include <stet/digest.hpp>
#include <stet/result.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// A table that a world keeps. A *collection* holds documents: columns `key` and `json` (compact). Rows have
/// the order in which they were put in.
struct TableSpec {
    std::string name;
    bool collection = false;
    std::vector<std::string> columns;  ///< Of a table.
    std::string key;  ///< The column that names a row in a pointer; without one they are numbered.
    /// Of a collection: members of the document. Of a table: columns, and expressions over them.
    std::vector<std::vector<std::string>> indexes;
};

/// What happened to one row since the call began: its values before and after (null for absent).
struct RowChange {
    std::size_t table = 0;
    std::string key;
    std::optional<Value> before, after;
};

/// The state of a world: one SQLite database in memory. An episode is a savepoint; what a
/// call changed is known from the preupdate hook alone, whoever wrote, and undone row by row. One thread.
class RowStore {
public:
    /// `clock` is what SQLite takes for the present.
    explicit RowStore(std::vector<TableSpec> tables, std::string_view clock = {});
    ~RowStore();
    RowStore(const RowStore&) = delete;
    RowStore& operator=(const RowStore&) = delete;

    const std::vector<TableSpec>& tables() const { return tables_; }
    sqlite3* database() const { return database_.get(); }

    /// Filling, before the first episode. Keys are unique; errors name the row.
    [[nodiscard]] Result<void> add_document(std::size_t table, const std::string& key, const Value& document);
    [[nodiscard]] Result<void> add_row(std::size_t table, const std::vector<Value>& cells);
    /// Those that are declared; needed by `where`. An error: an expression that is none.
    [[nodiscard]] Result<void> make_indexes();

    /// Back to what was filled in; the first call of all ends the filling.
    void reset();

    void begin_call();
    /// Writes what tools changed in documents; then what changed in rows, by table and in order of
    /// appearance.
    std::vector<RowChange> end_call();
    /// As if the call had never been. False: SQLite gave up the whole transaction (a statement was
    /// interrupted while it wrote, or asked for it), and the state is the first one again.
    bool undo_call();

    /// What the calls so far are measured by: `episode_changes` starts anew.
    void begin_episode() { episode_.clear(); }
    /// Rows that are not as they were at `begin_episode`, by table, then in the order in which they were
    /// first touched. Only whole calls count.
    std::vector<RowChange> episode_changes() const;
    /// Table and key of every document that may not be as it was filled in; a key may come twice.
    const std::vector<std::pair<std::size_t, std::string>>& may_differ() const { return stale_; }
    /// Of a collection, as it was filled in; in order.
    const std::vector<std::string>& filled_keys(std::size_t table) const;

    /// Of all rows of all tables. Costs nothing: it is kept up to date with every change.
    Digest digest() const;
    /// The same from scratch, for tests.
    Digest recomputed() const;
    /// Of the rows of one table.
    const RowSum& sum(std::size_t table) const;

    // Documents, shared with whoever asks: what is changed in one is written by `end_call`.

    /// Null when there is none of that key.
    const Value* document(std::size_t table, std::string_view key);
    /// All keys, in order.
    const std::vector<std::string>& keys(std::size_t table);
    /// The keys of the documents whose indexed members have these values, in order. Needs a declared index.
    std::vector<std::string> where(std::size_t table, std::size_t index, const std::vector<Value>& values);
    /// Takes the value over as the document of a key (a copy when it belongs to another row already).
    void put_document(std::size_t table, std::string_view key, const Value& document);
    bool erase_document(std::size_t table, std::string_view key);
    /// Says that a container of some row was changed in place.
    void touch(const Container& container);
    /// Makes a value part of the row that `owner` belongs to: copies it when it is part of another.
    Value adopt(const Container& owner, const Value& value);

private:
    struct Table;
    struct Row {
        std::size_t table;
        std::int64_t rowid;
        std::optional<std::vector<Value>> before, after;
    };

    static void on_change(void* self, sqlite3* database, int operation, const char* schema, const char* table,
                          long long old_rowid, long long new_rowid);
    void changed(std::size_t table, std::int64_t rowid, std::optional<std::vector<Value>> before,
                 std::optional<std::vector<Value>> after);
    void prepare(std::size_t table);
    /// The documents themselves; that they changed is remembered until the episode ends.
    void forget_stale();
    void write_dirty();
    void write_document(Statement& write, std::string_view key, const Value& document);
    void add_changes(const Row& row, std::vector<RowChange>& all) const;
    void open_episode();
    void put_back();
    void remember(Row&& row);
    std::vector<RowChange> changes_of(const std::vector<Row>& rows) const;
    std::uint32_t row_number(std::size_t table, std::string_view key);

    std::vector<TableSpec> tables_;
    FixedClock clock_;
    DatabaseHandle database_;
    Statement savepoint_, to_savepoint_;
    std::vector<std::unique_ptr<Table>> states_;
    bool filling_ = true;
    bool undoing_ = false;
    bool changed_ = false;      // In this episode.
    bool writing_own_ = false;  // A cached document's own text.
    mutable std::string scratch_;
    std::vector<Row> changes_;                                    // Of this call.
    std::vector<Row> episode_;                                    // Of the calls before it.
    std::vector<std::pair<std::size_t, std::string>> stale_;      // Documents changed in this episode.
    std::vector<std::pair<std::size_t, std::string>> row_names_;  // By row number − 1.
    std::vector<std::uint32_t> dirty_;                            // Row numbers.
};

}  // namespace stet::envs
