#include "storage/addenda.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

constexpr std::size_t kind_bytes_max = 64;

// A kind ends at a line feed where it is hashed; so it must hold none.
bool is_kind_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

}  // namespace

Result<Addenda> read_addenda(Database& database, std::int64_t trajectory, const Digest& root) {
    Statement rows(
        database,
        "SELECT number, kind, wall_ms, body, value FROM addendum WHERE trajectory = ? ORDER BY number");
    Addenda addenda{{}, root};
    rows.with(trajectory);
    while (rows.step()) {
        const auto number = static_cast<std::uint32_t>(addenda.all.size());
        Addendum addendum{number, std::string(rows.text(1)), rows.integer(2), std::string(rows.text(3))};
        addenda.value = addendum_value(addenda.value, addendum);
        if (rows.integer(0) != number || rows.blob(4) != bytes_of(addenda.value)) {
            return Error{
                fmt::format("addendum {}: altered or missing, it does not match what stands before it",
                            number),
                "`stet fsck` says what else is wrong"};
        }
        addenda.all.push_back(std::move(addendum));
    }
    return addenda;
}

std::uint32_t append_addendum(Database& database, std::int64_t trajectory, const Addenda& before,
                              Addendum addendum) {
    addendum.number = static_cast<std::uint32_t>(before.all.size());
    Statement insert(
        database,
        "INSERT INTO addendum(trajectory, number, kind, wall_ms, body, value) VALUES(?, ?, ?, ?, ?, ?)");
    const Digest value = addendum_value(before.value, addendum);
    insert.run(trajectory, addendum.number, addendum.kind, addendum.wall_ms, addendum.body,
               Blob{bytes_of(value)});
    return addendum.number;
}

Result<void> check_addendum(std::string_view kind, std::string_view body) {
    if (kind.empty() || kind.size() > kind_bytes_max || !std::ranges::all_of(kind, is_kind_letter)) {
        return Error{fmt::format("'{:.64}' is no kind of addendum", kind),
                     "use lower-case letters, digits, _ and -"};
    }
    const auto document = JsonDocument::parse(body);
    if (!document) return Error{"its body is no JSON: " + document.error().what, {}};
    if (!document->root().is(JsonKind::object)) return Error{"its body is no JSON object", {}};
    return {};
}

}  // namespace stet
