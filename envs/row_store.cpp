#include "envs/row_store.hpp"

#include "envs/value_text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <map>

namespace stet::envs {
namespace {

template <class T>
using ByText = std::map<std::string, T, std::less<>>;

void encode(std::string& out, char tag, std::string_view bytes) {
    out += tag;
    const std::uint64_t size = bytes.size();
    for (unsigned shift = 0; shift < 64; shift += 8)
        out += static_cast<char>((size >> shift) & 0xFFU);
    out += bytes;
}

void encode(std::string& out, const Value& cell) {
    if (const auto* text = cell.text())
        encode(out, 't', *text);
    else if (const auto* integer = cell.integer())
        encode(out, 'i', fmt::format("{}", *integer));
    else if (const auto* real = cell.real())
        encode(out, 'r', python_float(*real));
    else
        encode(out, 'n', {});
}

std::string create_sql(const TableSpec& spec) {
    if (spec.collection)
        return fmt::format("CREATE TABLE {}(key TEXT PRIMARY KEY NOT NULL, json TEXT NOT NULL)",
                           sql_name(spec.name));
    std::vector<std::string> columns;
    for (const auto& column : spec.columns)
        columns.push_back(sql_name(column) + (column == spec.key ? " PRIMARY KEY NOT NULL" : ""));
    return fmt::format("CREATE TABLE {}({})", sql_name(spec.name), fmt::join(columns, ", "));
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

std::vector<std::string> index_terms(const TableSpec& spec, const std::vector<std::string>& index) {
    std::vector<std::string> terms;
    for (const auto& column : index)
        terms.push_back(spec.collection ? json_path_sql(column) : sql_name(column));
    return terms;
}

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

/// The containers of a value that is to be a part of a row.
Value own(const Value& value, std::uint32_t row) {
    auto* container = value.container();
    if (container == nullptr) return value;
    if (container->row != 0) return own(deep_copy(value), row);
    container->row = row;
    for (auto& item : container->items)
        item = own(item, row);
    return value;
}

}  // namespace

struct RowStore::Table {
    std::size_t key_column = 0;
    ByText<Value> documents;  // Read so far.
    ByText<std::uint32_t> row_numbers;
    std::vector<std::string> keys, filled_keys;
    bool keys_known = false;
    Statement read, insert, update, remove, list;
    std::vector<Statement> by_index;
};

RowStore::RowStore(std::vector<TableSpec> tables) : tables_(std::move(tables)), database_(open_memory()) {
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        auto& spec = tables_[i];
        if (spec.collection) spec.columns = {"key", "json"};
        if (spec.key.empty()) spec.key = spec.columns.front();
        execute(database_.get(), create_sql(spec).c_str());
        for (std::size_t n = 0; n < spec.indexes.size(); ++n) {
            const auto sql =
                fmt::format("CREATE INDEX {} ON {}({})", sql_name(fmt::format("{}_{}", spec.name, n)),
                            sql_name(spec.name), fmt::join(index_terms(spec, spec.indexes[n]), ", "));
            execute(database_.get(), sql.c_str());
        }
        prepare(i);
    }
    sqlite3_preupdate_hook(database_.get(), on_change, this);
    execute(database_.get(), "BEGIN");
}

RowStore::~RowStore() = default;

void RowStore::prepare(std::size_t table) {
    const auto& spec = tables_[table];
    const auto name = sql_name(spec.name);
    auto* database = database_.get();
    auto state = std::make_unique<Table>();
    state->key_column =
        static_cast<std::size_t>(std::ranges::find(spec.columns, spec.key) - spec.columns.begin());
    std::vector<std::string> places(spec.columns.size(), "?");
    state->insert =
        prepared(database, fmt::format("INSERT INTO {} VALUES({})", name, fmt::join(places, ",")));
    state->list =
        prepared(database, fmt::format("SELECT {} FROM {} ORDER BY rowid", sql_name(spec.key), name));
    if (spec.collection) {
        state->read = prepared(database, fmt::format("SELECT json FROM {} WHERE key=?", name));
        state->update = prepared(database, fmt::format("UPDATE {} SET json=?2 WHERE key=?1", name));
        state->remove = prepared(database, fmt::format("DELETE FROM {} WHERE key=?", name));
    }
    for (const auto& index : spec.indexes) {
        const auto terms = index_terms(spec, index);
        state->by_index.push_back(
            prepared(database, fmt::format("SELECT {} FROM {} WHERE {}=? ORDER BY rowid", sql_name(spec.key),
                                           name, fmt::join(terms, "=? AND "))));
    }
    states_.push_back(std::move(state));
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

void RowStore::reset() {
    if (filling_) {
        write_dirty();
        for (std::size_t table = 0; table < tables_.size(); ++table) {
            if (tables_[table].collection) states_[table]->filled_keys = keys(table);
        }
        execute(database_.get(), "COMMIT");
        execute(database_.get(), "SAVEPOINT episode");
        filling_ = false;
        filled_ = sum_;
        stale_.clear();
    } else if (changed_ || !dirty_.empty()) {
        for (const auto number : std::exchange(dirty_, {}))
            stale_.push_back(row_names_[number - 1]);
        execute(database_.get(), "ROLLBACK TO episode");
        sum_ = filled_;
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
    call_began_ = sum_;
    execute(database_.get(), "SAVEPOINT call");
}

std::vector<RowChange> RowStore::end_call() {
    write_dirty();
    execute(database_.get(), "RELEASE call");
    for (const auto& row : changes_)
        remember(row);
    return changes_of(changes_);
}

std::vector<RowChange> RowStore::changes_of(const std::vector<Row>& rows) const {
    std::vector<RowChange> all;
    for (const auto& row : rows) {
        if (row.before != row.after) all.push_back(change_of(row));
    }
    std::ranges::stable_sort(all, {}, &RowChange::table);
    return all;
}

void RowStore::remember(const Row& row) {
    const auto same = [&](const Row& other) { return other.table == row.table && other.rowid == row.rowid; };
    const auto known = std::ranges::find_if(episode_, same);
    if (known == episode_.end())
        episode_.push_back(row);
    else
        known->after = row.after;
}

std::vector<RowChange> RowStore::episode_changes() const {
    return changes_of(episode_);
}

const std::vector<std::string>& RowStore::filled_keys(std::size_t table) const {
    return states_[table]->filled_keys;
}

void RowStore::undo_call() {
    for (const auto number : dirty_)
        stale_.push_back(row_names_[number - 1]);
    dirty_.clear();
    execute(database_.get(), "ROLLBACK TO call");
    execute(database_.get(), "RELEASE call");
    sum_ = call_began_;
    forget_stale();
    changes_.clear();
}

void RowStore::forget_stale() {
    for (const auto& [table, key] : stale_) {
        states_[table]->documents.erase(key);
        states_[table]->keys_known = false;
    }
}

void RowStore::on_change(void* self, sqlite3* database, int operation, const char*, const char* table,
                         long long old_rowid, long long new_rowid) {
    auto& store = *static_cast<RowStore*>(self);
    const auto found = std::ranges::find(store.tables_, std::string_view(table), &TableSpec::name);
    if (found == store.tables_.end()) return;
    const auto cells = [&](auto read) {
        std::vector<Value> values;
        for (int i = 0; i < sqlite3_preupdate_count(database); ++i) {
            sqlite3_value* cell = nullptr;
            if (read(database, i, &cell) != SQLITE_OK)
                throw Trouble("read", "a changed row", "out of memory");
            values.push_back(cell_value(cell));
        }
        return values;
    };
    std::optional<std::vector<Value>> before, after;
    if (operation != SQLITE_INSERT) before = cells(sqlite3_preupdate_old);
    if (operation != SQLITE_DELETE) after = cells(sqlite3_preupdate_new);
    const auto rowid = operation == SQLITE_INSERT ? new_rowid : old_rowid;
    store.changed(static_cast<std::size_t>(found - store.tables_.begin()), rowid, std::move(before),
                  std::move(after));
}

Digest RowStore::row_digest(std::size_t table, const std::vector<Value>& cells) const {
    scratch_.clear();
    encode(scratch_, 'T', tables_[table].name);
    for (const auto& cell : cells)
        encode(scratch_, cell);
    return sha256(scratch_);
}

void RowStore::changed(std::size_t table, std::int64_t rowid, std::optional<std::vector<Value>> before,
                       std::optional<std::vector<Value>> after) {
    if (before == after) return;
    if (before) sum_.remove(row_digest(table, *before));
    if (after) sum_.add(row_digest(table, *after));
    auto& state = *states_[table];
    if (!before || !after) state.keys_known = false;
    const auto& cells = before ? *before : *after;
    const auto* key = cells[state.key_column].text();
    if (tables_[table].collection && !writing_own_) state.documents.erase(*key);
    if (filling_) return;
    changed_ = true;
    if (tables_[table].collection) {
        stale_.emplace_back(table, *key);
    } else {
        stale_.emplace_back(table, std::string());
    }
    const auto same = [&](const Row& row) { return row.table == table && row.rowid == rowid; };
    const auto known = std::ranges::find_if(changes_, same);
    if (known == changes_.end())
        changes_.push_back({table, rowid, std::move(before), std::move(after)});
    else
        known->after = std::move(after);
}

RowChange RowStore::change_of(const Row& row) const {
    const auto& spec = tables_[row.table];
    const auto key_column = states_[row.table]->key_column;
    const auto value_of = [&](const std::vector<Value>& cells) {
        if (spec.collection) return parse_value(*cells[1].text()).value();
        std::vector<std::pair<std::string, Value>> members;
        for (std::size_t i = 0; i < cells.size(); ++i)
            members.emplace_back(spec.columns[i], cells[i]);
        return make_object(std::move(members));
    };
    RowChange change{.table = row.table, .key = {}, .before = {}, .after = {}};
    const auto& key = (row.before ? *row.before : *row.after)[key_column];
    change.key = key.text() != nullptr ? *key.text() : python_json(key);
    if (row.before) change.before = value_of(*row.before);
    if (row.after) change.after = value_of(*row.after);
    return change;
}

Digest RowStore::recomputed() const {
    RowSum sum;
    for (std::size_t table = 0; table < tables_.size(); ++table) {
        auto all = prepared(database_.get(), fmt::format("SELECT * FROM {}", sql_name(tables_[table].name)));
        while (step(all)) {
            std::vector<Value> cells;
            for (int i = 0; i < all.columns(); ++i)
                cells.push_back(all.column(i));
            sum.add(row_digest(table, cells));
        }
    }
    return sum.digest();
}

std::uint32_t RowStore::row_number(std::size_t table, std::string_view key) {
    auto& numbers = states_[table]->row_numbers;
    const auto known = numbers.find(key);
    if (known != numbers.end()) return known->second;
    row_names_.emplace_back(table, std::string(key));
    const auto number = static_cast<std::uint32_t>(row_names_.size());
    numbers.emplace(std::string(key), number);
    return number;
}

const Value* RowStore::document(std::size_t table, std::string_view key) {
    auto& state = *states_[table];
    const auto known = state.documents.find(key);
    if (known != state.documents.end()) return &known->second;
    state.read.bind(1, key);
    std::optional<Value> found;
    if (step(state.read)) found = parse_value(state.read.text(0)).value();
    state.read.reset();
    if (!found) return nullptr;
    const auto put = state.documents.emplace(std::string(key), own(*found, row_number(table, key)));
    return &put.first->second;
}

const std::vector<std::string>& RowStore::keys(std::size_t table) {
    auto& state = *states_[table];
    if (state.keys_known) return state.keys;
    state.keys.clear();
    while (step(state.list))
        state.keys.emplace_back(state.list.text(0));
    state.list.reset();
    state.keys_known = true;
    return state.keys;
}

std::vector<std::string> RowStore::where(std::size_t table, std::size_t index,
                                         const std::vector<Value>& values) {
    write_dirty();
    auto& search = states_[table]->by_index.at(index);
    for (std::size_t i = 0; i < values.size(); ++i)
        search.bind(static_cast<int>(i) + 1, values[i]);
    std::vector<std::string> found;
    while (step(search))
        found.emplace_back(search.text(0));
    search.reset();
    return found;
}

void RowStore::put_document(std::size_t table, std::string_view key, const Value& document) {
    auto& state = *states_[table];
    const bool known = this->document(table, key) != nullptr;
    const auto owned = own(document, row_number(table, key));
    state.documents.insert_or_assign(std::string(key), owned);
    write_document(known ? state.update : state.insert, key, owned);
}

bool RowStore::erase_document(std::size_t table, std::string_view key) {
    if (document(table, key) == nullptr) return false;
    auto& remove = states_[table]->remove;
    remove.bind(1, key);
    step(remove);
    remove.reset();
    return true;
}

void RowStore::touch(const Container& container) {
    if (container.row == 0 || std::ranges::find(dirty_, container.row) != dirty_.end()) return;
    dirty_.push_back(container.row);
}

Value RowStore::adopt(const Container& owner, const Value& value) {
    return owner.row == 0 ? value : own(value, owner.row);
}

void RowStore::write_dirty() {
    auto dirty = std::exchange(dirty_, {});
    for (const auto number : dirty) {
        const auto& [table, key] = row_names_[number - 1];
        const auto found = states_[table]->documents.find(key);
        if (found == states_[table]->documents.end()) continue;  // Erased since.
        write_document(states_[table]->update, key, found->second);
    }
}

/// `write` takes the key first, then the text.
void RowStore::write_document(Statement& write, std::string_view key, const Value& document) {
    const auto json = compact_json(document);
    write.bind(1, key).bind(2, std::string_view(json));
    writing_own_ = true;
    step(write);
    writing_own_ = false;
    write.reset();
}

}  // namespace stet::envs
