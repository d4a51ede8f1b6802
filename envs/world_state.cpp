#include "envs/world_state.hpp"

#include "envs/csv.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

namespace stet::envs {
namespace {

/// RFC 6901, as far as members go.
JsonValue at_pointer(JsonValue value, std::string_view pointer) {
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        auto token = std::string(pointer.substr(0, pointer.find('/')));
        pointer.remove_prefix(token.size());
        for (const auto& [from, to] : {std::pair{"~1", "/"}, std::pair{"~0", "~"}}) {
            for (auto at = token.find(from); at != std::string::npos; at = token.find(from, at + 1))
                token.replace(at, 2, to);
        }
        value = value[token];
    }
    return value;
}

/// SQL does not tell A from a.
std::string plain(std::string_view name) {
    std::string lower(name);
    for (auto& c : lower)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    return lower;
}

Result<void> read_header(const WorldSpec::Source& source, TableSpec& table) {
    const auto header = CsvReader(source.contents).next();
    if (!header) return Error{source.file + ": " + header.error().what, header.error().hint};
    for (const auto& cell : *header)
        table.columns.push_back(cell.value_or(std::string()));
    return {};
}

Result<void> check_table(const TableSpec& table, const std::string& file) {
    const auto odd = [&](std::string what, std::string hint) {
        return Error{fmt::format("{}table {}: {}", file.empty() ? "" : file + ": ", table.name, what),
                     std::move(hint)};
    };
    if (table.columns.empty())
        return odd("it has no columns", "give it \"columns\", or a file whose first line names them");
    std::set<std::string> seen;
    for (const auto& column : table.columns) {
        if (column.empty())
            return odd("a column has no name", "name them with \"columns\", where the file does not");
        if (plain(column) == "rowid" || plain(column) == "oid" || plain(column) == "_rowid_")
            return odd(fmt::format("the column {} cannot be called so", column),
                       "it is what SQLite calls a row's number");
        if (!seen.insert(plain(column)).second)
            return odd(fmt::format("the column {} stands twice", column), "names differ by more than case");
    }
    if (!table.key.empty() && std::ranges::find(table.columns, table.key) == table.columns.end())
        return odd(fmt::format("it has no column {}", table.key),
                   fmt::format("columns: {}", fmt::join(table.columns, ", ")));
    return {};
}

Result<void> fill_collection(const WorldSpec::Source& source, std::size_t i, RowStore& store) {
    const auto document = JsonDocument::parse(source.contents);
    if (!document) return Error{source.file + ": " + document.error().what, document.error().hint};
    const auto root = at_pointer(document->root(), source.pointer);
    if (!root.is(JsonKind::object))
        return Error{fmt::format("{}{}{}: a collection is an object by key", source.file,
                                 source.pointer.empty() ? "" : "#", source.pointer),
                     "see docs/worlds.md"};
    for (const auto& [key, member] : root.members()) {
        const auto value = to_value(member);
        if (!value)
            return Error{fmt::format("{}: {}: {}", source.file, key, value.error().what), value.error().hint};
        if (auto added = store.add_document(i, key, *value); !added) return added;
    }
    return {};
}

/// Absent when the text is no number of that type.
std::optional<Value> typed(const std::string& text, CellType type) {
    if (type == CellType::text) return Value(text);
    const auto read = [&](auto number) -> std::optional<Value> {
        const auto* end = text.data() + text.size();
        const auto done = std::from_chars(text.data(), end, number);
        if (done.ec != std::errc() || done.ptr != end || !std::isfinite(static_cast<double>(number)))
            return std::nullopt;
        return Value(number);
    };
    return type == CellType::integer ? read(std::int64_t{0}) : read(0.0);
}

Result<void> fill_table(const WorldSpec::Source& source, std::size_t i, RowStore& store) {
    CsvReader csv(source.contents);
    const auto width = store.tables()[i].columns.size();
    const bool named_here = source.table.columns.empty();
    std::vector<CellType> types;
    for (const auto& column : store.tables()[i].columns)
        types.push_back(source.types.contains(column) ? source.types.at(column) : CellType::text);
    for (bool header = named_here;; header = false) {
        const auto row = csv.next();
        const auto odd = [&](std::string_view what, std::string_view hint) {
            return Error{fmt::format("{}:{}: {}", source.file, csv.line(), what), std::string(hint)};
        };
        if (!row) return odd(row.error().what, row.error().hint);
        if (row->empty()) return {};
        if (header) continue;
        if (row->size() > width)
            return odd(fmt::format("{} cells for {} columns", row->size(), width),
                       "quote cells that hold commas");
        std::vector<Value> cells(width);
        for (std::size_t cell = 0; cell < row->size(); ++cell) {
            const auto& text = (*row)[cell];
            if (!text) continue;
            auto value = typed(*text, types[cell]);
            if (!value)
                return odd(fmt::format("column {}: '{}' is no number of its type",
                                       store.tables()[i].columns[cell], *text),
                           "types: text, integer, real");
            cells[cell] = *std::move(value);
        }
        if (const auto added = store.add_row(i, cells); !added)
            return odd(added.error().what, "a key stands once");
    }
}

}  // namespace

Result<std::vector<TableSpec>> tables_of(const WorldSpec& spec) {
    std::vector<TableSpec> tables;
    std::set<std::string> seen;
    for (const auto& source : spec.state) {
        auto table = source.table;
        if (!seen.insert(plain(table.name)).second || plain(table.name).starts_with("sqlite_"))
            return Error{fmt::format("world {}: state: {} cannot be a part's name", spec.name, table.name),
                         "names differ by more than case, and do not begin with sqlite_"};
        if (!table.collection && table.columns.empty() && !source.file.empty()) {
            if (auto read = read_header(source, table); !read) return read.error();
        }
        for (const auto& [column, type] : source.types) {
            if (std::ranges::find(table.columns, column) == table.columns.end())
                return Error{
                    fmt::format("{}: table {}: types: it has no column {}", source.file, table.name, column),
                    fmt::format("columns: {}", fmt::join(table.columns, ", "))};
        }
        if (!table.collection) {
            if (auto checked = check_table(table, source.file); !checked) return checked.error();
        }
        tables.push_back(std::move(table));
    }
    return tables;
}

Result<void> fill_state(const WorldSpec& spec, RowStore& store) {
    for (std::size_t i = 0; i < spec.state.size(); ++i) {
        const auto& source = spec.state[i];
        if (source.file.empty()) continue;
        auto filled =
            source.table.collection ? fill_collection(source, i, store) : fill_table(source, i, store);
        if (!filled) return filled;
    }
    return {};
}

Result<void> compute_tables(const WorldSpec& spec, SqlHost& host) {
    for (std::size_t i = 0; i < spec.state.size(); ++i) {
        const auto& source = spec.state[i];
        if (!source.select) continue;
        const auto who = "table " + source.table.name;
        auto prepared = [&] {
            const SqlHost::Preparing preparing(host);
            return host.prepare("world.json", who, *source.select);
        }();
        if (!prepared) return prepared.error();
        auto& query = prepared->statement;
        const auto odd = [&](std::string_view what) {
            return Error{fmt::format("world.json:{}: {}: {}", source.select->lines.front(), who, what), {}};
        };
        const auto width = source.table.columns.size();
        if (prepared->writes || query.places() > 0)
            return odd("a table's rows come from a SELECT that nothing is bound to");
        if (static_cast<std::size_t>(query.columns()) != width)
            return odd(fmt::format("{} columns for {}", query.columns(), width));
        const SqlHost::Budget budget(host);
        for (;;) {
            const auto more = query.step();
            if (!more) return odd(more.error().what);
            if (!*more) break;
            std::vector<Value> cells;
            for (std::size_t cell = 0; cell < width; ++cell)
                cells.push_back(query.column(static_cast<int>(cell)));
            if (const auto added = host.store().add_row(i, cells); !added) return odd(added.error().what);
        }
    }
    return {};
}

}  // namespace stet::envs
