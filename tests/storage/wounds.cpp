#include "tests/storage/wounds.hpp"

#include "tests/support/temp_dir.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

namespace stet::test {
namespace {

constexpr std::size_t page_bytes = 4096;

std::size_t below(Dice& dice, std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(dice);
}

void flip_bit(std::string& bytes, std::size_t at, Dice& dice) {
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(dice, 8)));
}

std::string wound_bytes(std::string& bytes, Wound kind, Dice& dice) {
    const auto at = below(dice, bytes.size());
    const auto place = " at byte " + std::to_string(at);
    if (kind == Wound::bit) return flip_bit(bytes, at, dice), "one bit" + place;
    if (kind == Wound::truncation) return bytes.resize(at), "cut" + place;
    if (kind == Wound::pages_swapped) {
        const auto one = below(dice, bytes.size() / page_bytes),
                   other = below(dice, bytes.size() / page_bytes);
        const auto kept = bytes.substr(one * page_bytes, page_bytes);
        bytes.replace(one * page_bytes, page_bytes, bytes, other * page_bytes, page_bytes);
        bytes.replace(other * page_bytes, page_bytes, kept);
        return "pages " + std::to_string(one) + " and " + std::to_string(other);
    }
    const auto count = kind == Wound::page ? page_bytes : 1 + below(dice, 64);
    for (auto i = at; i < std::min(at + count, bytes.size()); ++i)
        bytes[i] = static_cast<char>(kind == Wound::page ? ~bytes[i]
                                                         : bytes[i] + 1 + static_cast<int>(below(dice, 255)));
    return std::to_string(count) + " bytes" + place;
}

/// The file as a shell sees it.
class Shell {
public:
    explicit Shell(const std::filesystem::path& path) {
        if (sqlite3_open(path.c_str(), &database_) != SQLITE_OK)
            throw std::runtime_error("open " + path.native());
    }
    ~Shell() { sqlite3_close(database_); }
    Shell(const Shell&) = delete;
    Shell& operator=(const Shell&) = delete;

    using Row = std::vector<std::string>;

    std::vector<Row> ask(const std::string& sql) {
        std::vector<Row> rows;
        auto* statement = prepare(sql);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            Row row;
            for (int i = 0; i < sqlite3_column_count(statement); ++i) {
                const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
                row.emplace_back(text == nullptr ? "" : text);
            }
            rows.push_back(std::move(row));
        }
        sqlite3_finalize(statement);
        return rows;
    }
    /// Did it change anything? False when SQLite refused, too.
    bool run(const std::string& sql) {
        return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK &&
               sqlite3_changes(database_) > 0;
    }

private:
    sqlite3_stmt* prepare(const std::string& sql) {
        sqlite3_stmt* statement = nullptr;
        if (sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
            throw std::runtime_error(sql + ": " + sqlite3_errmsg(database_));
        return statement;
    }
    sqlite3* database_ = nullptr;
};

struct Place {
    std::string table, row, column;
    std::string text() const { return table + "." + column + " of row " + row; }
    std::string where() const { return " WHERE rowid = " + row; }
};

std::vector<std::string> tables_of(Shell& shell) {
    std::vector<std::string> tables;
    for (auto& row : shell.ask("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) {
        if (!shell.ask("SELECT 1 FROM " + row[0] + " LIMIT 1").empty()) tables.push_back(row[0]);
    }
    return tables;
}

std::vector<Place> places_in(Shell& shell, const std::string& table, const std::string& row) {
    std::vector<Place> places;
    for (auto& column : shell.ask("SELECT name FROM pragma_table_info('" + table + "')"))
        places.push_back({table, row, column[0]});
    return places;
}

std::string any_row(Shell& shell, const std::string& table, Dice& dice) {
    const auto rows = shell.ask("SELECT rowid FROM " + table);
    return rows[below(dice, rows.size())][0];
}

// Every column of every table once, each with any of its rows; or one of any row.
Place draw_place(Shell& shell, std::size_t number, bool rows_only, Dice& dice) {
    std::vector<Place> sweep, all;
    for (const auto& table : tables_of(shell)) {
        auto columns = places_in(shell, table, any_row(shell, table, dice));
        if (rows_only) columns.resize(1);
        sweep.insert(sweep.end(), columns.begin(), columns.end());
        for (const auto& row : shell.ask("SELECT rowid FROM " + table))
            all.push_back({table, row[0], ""});
    }
    if (number < sweep.size()) return sweep[number];
    const auto row = all[below(dice, all.size())];
    const auto columns = places_in(shell, row.table, row.row);
    return columns[below(dice, columns.size())];
}

std::string hex(const std::string& bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string unhex(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        out += static_cast<char>(std::stoi(text.substr(i, 2), nullptr, 16));
    return out;
}

// SQL for another value than the one that is there.
std::string another_value(Shell& shell, const Place& place, Dice& dice) {
    const auto now = shell.ask("SELECT typeof(" + place.column + "), hex(" + place.column + "), " +
                               place.column + " FROM " + place.table + place.where());
    const auto& type = now.at(0)[0];
    const auto choice = below(dice, 8);
    if (choice == 0) return type == "null" ? "7" : "NULL";
    if (type == "null") return choice % 2 == 0 ? "1" : "x'00'";
    if (type == "integer") {
        if (choice == 1) return std::to_string(static_cast<std::int64_t>(dice()));
        return place.column + (choice % 2 == 0 ? " + 1" : " - 1");
    }
    auto bytes = unhex(now[0][1]);
    if (choice == 1 || bytes.empty()) {
        bytes += 'x';
    } else if (choice == 2) {
        bytes.resize(below(dice, bytes.size()));
    } else {
        flip_bit(bytes, below(dice, bytes.size()), dice);
    }
    return type == "text" ? "CAST(x'" + hex(bytes) + "' AS TEXT)" : "x'" + hex(bytes) + "'";
}

std::string change_row(Shell& shell, std::size_t number, Dice& dice) {
    const auto place = draw_place(shell, number, false, dice);
    const auto value = another_value(shell, place, dice);
    const auto sql = "UPDATE " + place.table + " SET " + place.column + " = " + value + place.where() +
                     " AND " + place.column + " IS NOT " + value;
    return shell.run(sql) ? place.text() + " = " + value.substr(0, 60) : "";
}

std::string delete_row(Shell& shell, std::size_t number, Dice& dice) {
    const auto place = draw_place(shell, number, true, dice);
    return shell.run("DELETE FROM " + place.table + place.where()) ? place.table + ", row " + place.row : "";
}

std::string swap_rows(Shell& shell, std::size_t number, Dice& dice) {
    const auto one = draw_place(shell, number, false, dice);
    auto other = one;
    other.row = any_row(shell, one.table, dice);
    const auto value = [&](const Place& place) {
        const auto rows = shell.ask("SELECT quote(" + place.column + ") FROM " + place.table + place.where());
        return rows.at(0)[0];
    };
    const auto first = value(one), second = value(other);
    if (first == second) return "";
    // A third value stands in between, where values must be unique. (A row moves with its id.)
    const auto set = "UPDATE " + one.table + " SET " + one.column + " = ";
    return shell.run("BEGIN;" + set + "-77" + one.where() + ";" + set + first + other.where() + ";" + set +
                     second + " WHERE " + one.column + " = -77; COMMIT")
               ? one.text() + " and " + other.row
               : "";
}

}  // namespace

std::string wound(const std::filesystem::path& path, Wound kind, std::size_t number, Dice& dice) {
    if (kind < Wound::row_changed) {
        const auto before = read_file(path);
        auto bytes = before;
        auto what = wound_bytes(bytes, kind, dice);
        if (bytes == before) return "";
        write_file(path, bytes);
        return what;
    }
    Shell shell(path);
    if (kind == Wound::row_changed) return change_row(shell, number, dice);
    if (kind == Wound::row_deleted) return delete_row(shell, number, dice);
    return swap_rows(shell, number, dice);
}

bool run_sql(const std::filesystem::path& path, const std::string& sql) {
    return Shell(path).run(sql);
}

}  // namespace stet::test
