#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>

namespace stet::test {

/// What can be done to a sealed log's file by somebody who does not ask stet.
enum class Wound : std::uint8_t {
    bit,    ///< One bit anywhere.
    bytes,  ///< A few bytes in a row become others.
    page,   ///< A page's worth of bits, from any offset on.
    pages_swapped,
    truncation,
    row_changed,  ///< One value of one row, through SQLite.
    row_deleted,
    rows_swapped,  ///< Two rows of a table exchange the values of one column.
};
inline constexpr std::array<std::string_view, 8> wound_names = {
    "bit flipped", "bytes changed", "page flipped", "pages swapped",
    "cut off",     "row changed",   "row deleted",  "rows swapped"};

using Dice = std::mt19937_64;

/// Makes a wound and says what it did: "event.body of row 17". Empty when nothing came of it (the drawn
/// values were equal, or SQLite refused); ask again then. `number` counts the wounds of a kind: the first
/// ones go through every table and column, later ones take any row of the log.
std::string wound(const std::filesystem::path& path, Wound kind, std::size_t number, Dice& dice);

/// As a shell would. Says whether a row was changed; false when SQLite refused, too.
bool run_sql(const std::filesystem::path& path, const std::string& sql);

}  // namespace stet::test
