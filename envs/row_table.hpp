#pragma once

#include "envs/row_store.hpp"

#include <cstdint>
#include <map>

namespace stet::envs {

template <class T>
using ByText = std::map<std::string, T, std::less<>>;

/// What a RowStore has beside the rows of one table. Documents and their keys are those of a collection
/// alone.
struct RowStore::Table {
    std::optional<std::size_t> key_column;  // None: rows are named by their numbers.
    RowSum sum, filled;
    Statement insert, put_back, take_away;

    ByText<Value> documents;  // Read so far.
    ByText<std::uint32_t> row_numbers;
    std::vector<std::string> keys, filled_keys;
    bool keys_known = false;
    Statement read, update, remove, list;
    std::vector<Statement> by_index;
};

/// Statements of our own, which cannot be wrong. Throws Trouble.
Statement prepared(sqlite3* database, const std::string& sql);
bool step(Statement& statement);
void run(Statement& statement);

}  // namespace stet::envs
