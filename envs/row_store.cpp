#include "envs/row_store.hpp"

#include "envs/row_table.hpp"
#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

namespace stet::envs {
namespace {

std::string create_sql(const TableSpec& spec) {
    if (spec.collection)
        return fmt::format("CREATE TABLE {}(key TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL)",
                           sql_name(spec.name));
    std::vector<std::string> columns;
    for (const auto& column : spec.columns)
        columns.push_back(sql_name(column) + (column == spec.key ? " PRIMARY KEY NOT NULL" : ""));
    return fmt::format("CREATE TABLE {}({})", sql_name(spec.name), fmt::join(columns, ", "));
}

std::vector<std::string> sql_names(const std::vector<std::string>& names) {
    std::vector<std::string> quoted;
    for (const auto& name : names)
        quoted.push_back(sql_name(name));
    return quoted;
}

/// Member paths are written with dots: "address.zip"; "lower(email)" is one without its case.
std::string json_path_sql(std::string_view path) {
    constexpr std::string_view lower = "lower(";
    if (path.starts_with(lower) && path.ends_with(')'))
        return fmt::format("lower({})",
                           json_path_sql(path.substr(lower.size(), path.size() - lower.size() - 1)));
    std::string quoted = "'$.";
    for (const char c : path)
        quoted += c == '\'' ? std::string("''") : std::string(1, c);
    return "json_extract(json, " + quoted + "')";
}

/// What stands in an index: a member, a column, or an expression over columns.
std::vector<std::string> index_terms(const TableSpec& spec, const std::vector<std::string>& index) {
    std::vector<std::string> terms;
    for (const auto& term : index) {
        const bool column = std::ranges::find(spec.columns, term) != spec.columns.end();
        terms.push_back(spec.collection ? json_path_sql(term) : column ? sql_name(term) : term);
    }
    return terms;
}

}  // namespace

Statement prepared(sqlite3* database, const std::string& sql) {
    auto statement = Statement::prepare(database, sql);
    if (!statement) throw Trouble("prepare", sql, statement.error().what);
    return *std::move(statement);
}

bool step(Statement& statement) {
    const auto more = statement.step();
    if (!more) throw Trouble("write", "a world's database", more.error().what);
    return *more;
}

void run(Statement& statement) {
    step(statement);
    statement.reset();
}

RowStore::RowStore(std::vector<TableSpec> tables, std::string_view clock)
    : tables_(std::move(tables)), clock_(clock), database_(open_memory(clock_.vfs())) {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        auto& spec = tables_[i];
        if (spec.collection) spec.columns = {spec.key = "key", "json"};
        execute(database_.get(), create_sql(spec).c_str());
        prepare(i);
    }
    auto* database = database_.get();
    savepoint_ = prepared(database, "SAVEPOINT episode");
    to_savepoint_ = prepared(database, "ROLLBACK TO episode");
    sqlite3_preupdate_hook(database, on_change, this);
    execute(database, "BEGIN");
}

RowStore::~RowStore() = default;

void RowStore::prepare(std::size_t table) {
    const auto& spec = tables_[table];
    const auto name = sql_name(spec.name);
    auto* database = database_.get();
    auto state = std::make_unique<Table>();
    const auto key = std::ranges::find(spec.columns, spec.key);
    if (key != spec.columns.end()) state->key_column = static_cast<std::size_t>(key - spec.columns.begin());
    std::vector<std::string> places(spec.columns.size(), "?");
    state->insert =
        prepared(database, fmt::format("INSERT INTO {} VALUES({})", name, fmt::join(places, ",")));
    state->put_back =
        prepared(database, fmt::format("INSERT INTO {}(rowid,{}) VALUES(?,{})", name,
                                       fmt::join(sql_names(spec.columns), ","), fmt::join(places, ",")));
    state->take_away = prepared(database, fmt::format("DELETE FROM {} WHERE rowid=?", name));
    if (spec.collection) {
        state->list = prepared(database, fmt::format("SELECT key FROM {} ORDER BY rowid", name));
        state->read = prepared(database, fmt::format("SELECT json FROM {} WHERE key=?", name));
        state->update = prepared(database, fmt::format("UPDATE {} SET json=?2 WHERE key=?1", name));
        state->remove = prepared(database, fmt::format("DELETE FROM {} WHERE key=?", name));
    }
    states_.push_back(std::move(state));
}

Result<void> RowStore::make_indexes() {
    STET_ASSERT(filling_);
    for (std::size_t table = 0; table < tables_.size(); ++table) {
        const auto& spec = tables_[table];
        for (std::size_t n = 0; n < spec.indexes.size(); ++n) {
            const auto name = sql_name(spec.name),
                       terms = fmt::format("{}", fmt::join(index_terms(spec, spec.indexes[n]), ", "));
            auto make = Statement::prepare(
                database_.get(), fmt::format("CREATE INDEX {} ON {}({})",
                                             sql_name(fmt::format("{}_{}", spec.name, n)), name, terms));
            const auto done = make ? make->step() : Result<bool>(make.error());
            if (!done)
                return Error{fmt::format("the index [{}] of {}: {}", fmt::join(spec.indexes[n], ", "),
                                         spec.name, done.error().what),
                             fmt::format("columns: {}", fmt::join(spec.columns, ", "))};
            if (!spec.collection) continue;
            states_[table]->by_index.push_back(prepared(
                database_.get(), fmt::format("SELECT key FROM {} WHERE {}=? ORDER BY rowid", name,
                                             fmt::join(index_terms(spec, spec.indexes[n]), "=? AND "))));
        }
    }
    return {};
}

Result<void> RowStore::add_document(std::size_t table, const std::string& key, const Value& document) {
    const auto json = Value(compact_json(document));
    return add_row(table, {Value(key), json});
}

Result<void> RowStore::add_row(std::size_t table, const std::vector<Value>& cells) {
    STET_ASSERT(filling_);
    auto& insert = states_[table]->insert;
    for (std::size_t i = 0; i < cells.size(); ++i)
        insert.bind(static_cast<int>(i) + 1, cells[i]);
    const auto done = insert.step();
    insert.reset();
    if (!done) return Error{fmt::format("a row of {}: {}", tables_[table].name, done.error().what), {}};
    return {};
}

void RowStore::open_episode() {
    run(savepoint_);
    for (auto& table : states_)
        table->sum = table->filled;
}

void RowStore::reset() {
    if (filling_) {
        write_dirty();
        for (std::size_t table = 0; table < tables_.size(); ++table) {
            if (tables_[table].collection) states_[table]->filled_keys = keys(table);
        }
        execute(database_.get(), "COMMIT");
        for (auto& table : states_)
            table->filled = table->sum;
        filling_ = false;
        stale_.clear();
        open_episode();
    } else if (changed_ || !dirty_.empty()) {
        for (const auto number : std::exchange(dirty_, {}))
            stale_.push_back(row_names_[number - 1]);
        run(to_savepoint_);
        for (auto& table : states_)
            table->sum = table->filled;
        forget_stale();
        stale_.clear();
    }
    changed_ = false;
    changes_.clear();
    episode_.clear();
}

void RowStore::begin_call() {
    STET_ASSERT(!filling_);
    changes_.clear();
}

std::vector<RowChange> RowStore::end_call() {
    write_dirty();
    auto all = changes_of(changes_);
    for (auto& row : changes_)
        remember(std::move(row));
    changes_.clear();
    return all;
}

std::vector<RowChange> RowStore::changes_of(const std::vector<Row>& rows) const {
    std::vector<RowChange> all;
    for (const auto& row : rows) {
        if (row.before != row.after) add_changes(row, all);
    }
    if (all.size() > 1) std::ranges::stable_sort(all, {}, &RowChange::table);
    return all;
}

void RowStore::remember(Row&& row) {
    const auto same = [&](const Row& other) { return other.table == row.table && other.rowid == row.rowid; };
    const auto known = std::ranges::find_if(episode_, same);
    if (known == episode_.end())
        episode_.push_back(std::move(row));
    else
        known->after = std::move(row.after);
}

std::vector<RowChange> RowStore::episode_changes() const {
    return changes_of(episode_);
}

const std::vector<std::string>& RowStore::filled_keys(std::size_t table) const {
    return states_[table]->filled_keys;
}

bool RowStore::undo_call() {
    for (const auto number : std::exchange(dirty_, {}))
        stale_.push_back(row_names_[number - 1]);
    const bool lost = sqlite3_get_autocommit(database_.get()) != 0;
    if (lost) {
        open_episode();
        changed_ = false;
        episode_.clear();
    } else {
        put_back();
    }
    forget_stale();
    changes_.clear();
    return !lost;
}

/// The rows that the call touched, as they were before it. (A savepoint for each call would copy every page
/// that the call writes.) First all of them go, so that no key is in another's way.
void RowStore::put_back() {
    undoing_ = true;
    for (const auto& row : changes_) {
        auto& state = *states_[row.table];
        state.take_away.bind(1, row.rowid);
        run(state.take_away);
        if (row.after) state.sum.remove(row_digest(tables_[row.table].name, *row.after, scratch_));
    }
    for (const auto& row : changes_) {
        if (!row.before) continue;
        auto& state = *states_[row.table];
        state.put_back.bind(1, row.rowid);
        for (std::size_t i = 0; i < row.before->size(); ++i)
            state.put_back.bind(static_cast<int>(i) + 2, (*row.before)[i]);
        run(state.put_back);
        state.sum.add(row_digest(tables_[row.table].name, *row.before, scratch_));
    }
    undoing_ = false;
}

void RowStore::forget_stale() {
    for (const auto& [table, key] : stale_) {
        states_[table]->documents.erase(key);
        states_[table]->keys_known = false;
    }
}

Digest RowStore::digest() const {
    RowSum sum;
    for (const auto& table : states_)
        sum.add(table->sum);
    return sum.digest();
}

const RowSum& RowStore::sum(std::size_t table) const {
    return states_[table]->sum;
}

void RowStore::on_change(void* self, sqlite3* database, int operation, const char*, const char* table,
                         long long old_rowid, long long new_rowid) {
    auto& store = *static_cast<RowStore*>(self);
    const auto found = std::ranges::find(store.tables_, std::string_view(table), &TableSpec::name);
    if (store.undoing_ || found == store.tables_.end()) return;
    const auto cells = [&](auto read) {
        std::vector<Value> values(found->columns.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            sqlite3_value* cell = nullptr;
            if (read(database, static_cast<int>(i), &cell) != SQLITE_OK)
                throw Trouble("read", "a changed row", "out of memory");
            values[i] = cell_value(cell);
        }
        return values;
    };
    const auto at = static_cast<std::size_t>(found - store.tables_.begin());
    std::optional<std::vector<Value>> before, after;
    if (operation != SQLITE_INSERT) before = cells(sqlite3_preupdate_old);
    if (operation != SQLITE_DELETE) after = cells(sqlite3_preupdate_new);
    if (before && after && old_rowid != new_rowid) {
        store.changed(at, old_rowid, std::exchange(before, std::nullopt), std::nullopt);
    }
    const auto rowid = before ? old_rowid : new_rowid;
    store.changed(at, rowid, std::move(before), std::move(after));
}

void RowStore::changed(std::size_t table, std::int64_t rowid, std::optional<std::vector<Value>> before,
                       std::optional<std::vector<Value>> after) {
    if (before == after) return;
    const auto& spec = tables_[table];
    auto& state = *states_[table];
    if (before) state.sum.remove(row_digest(spec.name, *before, scratch_));
    if (after) state.sum.add(row_digest(spec.name, *after, scratch_));
    if (spec.collection) {
        if (!before || !after) state.keys_known = false;
        const auto& key = *(before ? *before : *after)[*state.key_column].text();
        if (!writing_own_) state.documents.erase(key);
        if (!filling_) stale_.emplace_back(table, key);
    }
    if (filling_) return;
    changed_ = true;
    const auto same = [&](const Row& row) { return row.table == table && row.rowid == rowid; };
    const auto known = std::ranges::find_if(changes_, same);
    if (known == changes_.end())
        changes_.push_back({table, rowid, std::move(before), std::move(after)});
    else
        known->after = std::move(after);
}

void RowStore::add_changes(const Row& row, std::vector<RowChange>& all) const {
    const auto& spec = tables_[row.table];
    const auto key_column = states_[row.table]->key_column;
    const auto value_of = [&](const std::vector<Value>& cells) {
        if (spec.collection) return parse_value(*cells[1].text()).value();
        auto made = std::make_shared<Container>(Container{.is_object = true, .keys = spec.columns});
        made->items = cells;
        return Value(std::move(made));
    };
    const auto key_of = [&](const std::vector<Value>& cells) {
        if (!key_column) return fmt::format_int(row.rowid).str();
        const auto& key = cells[*key_column];
        return key.text() != nullptr ? *key.text() : python_json(key);
    };
    RowChange change{.table = row.table, .key = {}, .before = {}, .after = {}};
    if (row.before) {
        change.key = key_of(*row.before);
        change.before = value_of(*row.before);
    }
    if (row.after) {
        auto key = key_of(*row.after);
        // A row under another name is another row.
        if (row.before && key != change.key)
            all.push_back(std::exchange(change, {.table = row.table, .key = {}, .before = {}, .after = {}}));
        change.key = std::move(key);
        change.after = value_of(*row.after);
    }
    all.push_back(std::move(change));
}

Digest RowStore::recomputed() const {
    RowSum sum;
    for (std::size_t table = 0; table < tables_.size(); ++table) {
        auto all = prepared(database_.get(), fmt::format("SELECT * FROM {}", sql_name(tables_[table].name)));
        while (step(all)) {
            std::vector<Value> cells;
            for (int i = 0; i < all.columns(); ++i)
                cells.push_back(all.column(i));
            sum.add(row_digest(tables_[table].name, cells, scratch_));
        }
    }
    return sum.digest();
}

}  // namespace stet::envs
