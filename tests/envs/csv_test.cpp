#include "envs/csv.hpp"

#include <doctest/doctest.h>

namespace stet::envs {
namespace {

using Rows = std::vector<CsvReader::Row>;

Rows rows_of(std::string_view text) {
    CsvReader csv(text);
    Rows rows;
    for (;;) {
        auto row = csv.next().value();
        if (row.empty()) return rows;
        rows.push_back(std::move(row));
    }
}

constexpr std::nullopt_t missing = std::nullopt;

}  // namespace

TEST_CASE("envs/csv: fields are read as pandas reads them") {
    struct Row {
        const char *name, *text;
        Rows rows;
    };
    const Row cases[] = {
        {"plain", "a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
        {"no line break at the end", "a,b\n1,2", {{"a", "b"}, {"1", "2"}}},
        {"line breaks of Windows", "a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
        {"a carriage return within a field", "a\rb,c\n", {{"a\rb", "c"}}},
        {"missing values", "a,,\n,b,\"\"\n", {{"a", missing, missing}, {missing, "b", missing}}},
        {"a comma at the end of the text", "a,", {{"a", missing}}},
        {"quotes", "\"a,b\",\"c\"\"d\"\n", {{"a,b", "c\"d"}}},
        {"a line break within quotes", "\"a\nb\",c\nd,e\n", {{"a\nb", "c"}, {"d", "e"}}},
        {"a quote within a field", "5\" tall,it's\n", {{"5\" tall", "it's"}}},
        {"what follows closing quotes", "\"a\"b\"c,d\n", {{"ab\"c", "d"}}},
        {"blank lines", "\n\na\n\r\n\nb\n\n", {{"a"}, {"b"}}},
        {"one field without anything, in quotes", "a\n\"\"\nb\n", {{"a"}, {missing}, {"b"}}},
        {"spaces are kept", " a , b \n", {{" a ", " b "}}},
        {"a byte order mark",
         "\xEF\xBB\xBF"
         "a,b\n",
         {{"a", "b"}}},
        {"UTF-8", "é,日本\n", {{"é", "日本"}}},
        {"nothing", "", {}},
        {"only line breaks", "\n\r\n", {}},
    };
    for (const auto& row : cases) {
        CAPTURE(row.name);
        CHECK(rows_of(row.text) == row.rows);
    }
}

TEST_CASE("envs/csv: a row knows its line, and a quote that nothing closes is an error with it") {
    CsvReader csv("a\n\n\"b\nc\"\nd\n\"e\nf\n");
    for (const auto line : std::vector<std::size_t>{1, 3, 5}) {
        REQUIRE(csv.next().has_value());
        CHECK(csv.line() == line);
    }
    const auto open = csv.next();
    REQUIRE_FALSE(open.has_value());
    CHECK(open.error().what == "line 6: a quote that nothing closes");
}

}  // namespace stet::envs
