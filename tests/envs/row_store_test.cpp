#include "envs/row_store.hpp"

#include "envs/value_text.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <random>

namespace stet::envs {
namespace {

RowStore two_tables() {
    return RowStore(
        {{.name = "cells", .collection = false, .columns = {"id", "text"}, .key = "id", .indexes = {}},
         {.name = "lines", .collection = false, .columns = {"text"}, .key = {}, .indexes = {{"text"}}}},
        "2023-11-30 12:34:56");
}

/// All rows with their numbers, in order.
std::string dump(const RowStore& store) {
    std::string all;
    for (const char* table : {"cells", "lines"}) {
        auto rows =
            Statement::prepare(store.database(), fmt::format("SELECT rowid, * FROM {} ORDER BY rowid", table))
                .value();
        while (rows.step().value()) {
            for (int i = 0; i < rows.columns(); ++i)
                all += python_json(rows.column(i)) + " ";
        }
        all += "\n";
    }
    return all;
}

/// What a tool's statement may do, and be refused.
bool execute_freely(RowStore& store, const std::string& sql) {
    auto statement = Statement::prepare(store.database(), sql).value();
    for (;;) {
        const auto more = statement.step();
        if (!more) return false;
        if (!*more) return true;
    }
}

std::string some_statement(std::mt19937& dice) {
    const auto letter = [&] { return std::string(1, static_cast<char>('a' + dice() % 6)); };
    switch (dice() % 9) {
        case 0:
            return fmt::format("INSERT OR REPLACE INTO cells VALUES('{}', {})", letter(), dice() % 9);
        case 1:
            return fmt::format("DELETE FROM cells WHERE id = '{}'", letter());
        case 2:
            return fmt::format("UPDATE cells SET id = '{}' WHERE id = '{}'", letter(), letter());
        case 3:  // Row by row, until two have the same name.
            return fmt::format("UPDATE cells SET id = CASE id WHEN 'a' THEN 'x' ELSE '{}' END", letter());
        case 4:
            return fmt::format("UPDATE cells SET text = id || text WHERE id < '{}'", letter());
        case 5:
            return fmt::format("UPDATE OR IGNORE cells SET rowid = {} WHERE id = '{}'", 1 + dice() % 9,
                               letter());
        case 6:
            return fmt::format("INSERT OR FAIL INTO cells SELECT text, NULL FROM lines WHERE text < '{}'",
                               letter());
        case 7:
            return "DELETE FROM lines WHERE rowid % 2 = 0";
        default:
            return fmt::format("INSERT INTO lines SELECT id FROM cells UNION ALL SELECT '{}'", letter());
    }
}

}  // namespace

TEST_CASE("envs/row_store: a call that is undone never was, whatever its statements did and failed to do") {
    int refused = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        std::mt19937 dice(seed);
        auto store = two_tables();
        for (const char* id : {"a", "b", "c"})
            REQUIRE(store.add_row(0, {Value(id), Value("x")}).has_value());
        REQUIRE(store.make_indexes().has_value());
        store.reset();
        const auto first = dump(store);
        for (int call = 0; call < 40; ++call) {
            const auto before = dump(store);
            store.begin_call();
            bool whole = true;
            for (auto statements = 1 + dice() % 4; statements > 0 && whole; --statements)
                whole = execute_freely(store, some_statement(dice));
            refused += whole ? 0 : 1;
            if (whole && dice() % 3 != 0) {
                const auto changes = store.end_call();
                CHECK(changes.empty() == (dump(store) == before));
            } else {
                CHECK(store.undo_call());
                REQUIRE(dump(store) == before);
            }
            REQUIRE(store.digest() == store.recomputed());
        }
        store.reset();
        CHECK(dump(store) == first);
        CHECK(store.digest() == store.recomputed());
        CHECK(store.episode_changes().empty());
    }
    CHECK(refused > 100);
}

TEST_CASE("envs/row_store: when SQLite gives up the transaction, the first state is there again") {
    auto store = two_tables();
    REQUIRE(store.add_row(0, {Value("a"), Value("x")}).has_value());
    store.reset();
    const auto first = dump(store);
    store.begin_call();
    REQUIRE(execute_freely(store, "INSERT INTO lines VALUES('one')"));
    (void)store.end_call();
    store.begin_call();
    CHECK_FALSE(execute_freely(store, "INSERT OR ROLLBACK INTO cells VALUES('a', 'y')"));
    CHECK_FALSE(store.undo_call());
    CHECK(dump(store) == first);
    CHECK(store.digest() == store.recomputed());
    store.begin_call();
    REQUIRE(execute_freely(store, "INSERT INTO lines VALUES('two')"));
    CHECK(store.end_call().size() == 1);
    store.reset();
    CHECK(dump(store) == first);
}

TEST_CASE("envs/row_store: the present is the declared one, in every database") {
    struct Row {
        const char *clock, *now;
    };
    const Row rows[] = {
        {"2023-11-30 12:34:56", "2023-11-30 12:34:56"},
        {"2024-05-15T15:00:00", "2024-05-15 15:00:00"},
        {"2024-02-29", "2024-02-29 00:00:00"},
        {"2023-02-29", "2000-01-01 00:00:00"},
        {"1969-07-20 20:17:40", "1969-07-20 20:17:40"},
        {"", "2000-01-01 00:00:00"},
        {"some day", "2000-01-01 00:00:00"},
    };
    const RowStore another({}, "1999-12-31");
    for (const auto& row : rows) {
        CAPTURE(row.clock);
        const RowStore store({}, row.clock);
        auto now = Statement::prepare(store.database(), "SELECT datetime('now')").value();
        REQUIRE(now.step().value());
        CHECK(now.text(0) == row.now);
    }
}

}  // namespace stet::envs
