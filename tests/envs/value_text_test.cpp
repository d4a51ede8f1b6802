#include "envs/value_text.hpp"

#include "envs/python_calculate.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace stet::envs {

TEST_CASE("envs/value: JSON is read with its order, its integers and its floats, and written again") {
    const auto value =
        parse_value(R"({"b": 250, "a": [250.0, true, null, {"z": "é\n"}], "c": -0.0})").value();
    CHECK(compact_json(value) == "{\"b\":250,\"a\":[250.0,true,null,{\"z\":\"é\\n\"}],\"c\":-0.0}");
    CHECK(python_json(value) == R"({"b": 250, "a": [250.0, true, null, {"z": "\u00e9\n"}], "c": -0.0})");
    CHECK(python_json(Value("\U0001F600\x7f")) == R"("\ud83d\ude00\u007f")");
    CHECK(parse_value("12345678901234567890").has_error());
    CHECK(parse_value(R"({"a":1,"a":2})").has_error());
    CHECK(parse_value("1e999").has_error());
}

TEST_CASE("envs/value: equal are what JSON calls equal, but 1 and 1.0 are not") {
    const auto equal = [](const char* a, const char* b) {
        return parse_value(a).value() == parse_value(b).value();
    };
    CHECK(equal(R"({"a":1,"b":[2]})", R"({"b":[2],"a":1})"));
    CHECK_FALSE(equal("1", "1.0"));
    CHECK_FALSE(equal("[1,2]", "[2,1]"));
    CHECK_FALSE(equal(R"({"a":null})", "{}"));
}

TEST_CASE("envs/value: a float is written as Python writes it") {
    struct Row {
        double value;
        const char* text;
    };
    const Row rows[] = {{299, "299.0"},
                        {0.1, "0.1"},
                        {1e16, "1e+16"},
                        {1e15, "1000000000000000.0"},
                        {1e-4, "0.0001"},
                        {1e-5, "1e-05"},
                        {-0.0, "-0.0"},
                        {1.0 / 3, "0.3333333333333333"},
                        {1234567.891, "1234567.891"},
                        {5e-324, "5e-324"},
                        {1e22, "1e+22"}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(python_float(row.value) == row.text);
    }
    CHECK(python_float(std::numeric_limits<double>::infinity()) == "inf");
}

TEST_CASE("envs/value: numbers are rounded as Python rounds them") {
    CHECK(python_round(2.675, 2) == 2.67);
    CHECK(python_round(0.125, 2) == 0.12);
    CHECK(python_round(0.375, 2) == 0.38);
    CHECK(python_round(-1.005, 2) == -1.0);
    CHECK(python_round(1e300, 2) == 1e300);
}

TEST_CASE("envs/value: a state is written as Python's sorted tuples, for digests that others made") {
    const auto value = parse_value(R"({"b":[1],"a":{"x":"it's","y":null},"c":[1.5,true]})").value();
    CHECK(python_text(value, PythonForm::tuples) ==
          R"((('a', (('x', "it's"), ('y', None))), ('b', (1,)), ('c', (1.5, True))))");
    CHECK(python_text(value, PythonForm::lists) ==
          R"([('a', [('x', "it's"), ('y', None)]), ('b', [1]), ('c', [1.5, True])])");
    CHECK(python_text(value, PythonForm::repr) ==
          R"({'b': [1], 'a': {'x': "it's", 'y': None}, 'c': [1.5, True]})");
    CHECK(sorted_python_json(value) == R"({"a": {"x": "it's", "y": null}, "b": [1], "c": [1.5, true]})");
    CHECK(python_repr("a'b\"c\\\n\x01é\u200b") == "'a\\'b\"c\\\\\\n\\x01é\\u200b'");
}

TEST_CASE("envs/calculate: expressions give what Python's eval gives") {
    struct Row {
        const char* expression;
        const char* result;
    };
    const Row rows[] = {{"1 + 2 * 3", "7"},     {"(1 + 2) * 3", "9"},
                        {"7 / 2", "3.5"},       {"7 // 2", "3"},
                        {"-7 // 2", "-4"},      {"-7 % 3", "2"},
                        {"2 ** 3 ** 2", "512"}, {"-2 ** 2", "-4"},
                        {"2 ** -1", "0.5"},     {"0.1 + 0.2", "0.30000000000000004"},
                        {"1.50 * 2", "3.0"},    {"9223372036854775807 + 1", "9.223372036854776e+18"}};
    for (const auto& row : rows) {
        CAPTURE(row.expression);
        const auto result = python_calculate(row.expression);
        REQUIRE(result.has_value());
        CHECK(python_json(*result) == row.result);
    }
    CHECK(python_calculate("1 / 0").error().what == "division by zero");
    CHECK(python_calculate("1 +").error().what == "invalid syntax (<string>, line 1)");
    CHECK(python_calculate("(1").error().what == "'(' was never closed (<string>, line 1)");
    CHECK(python_calculate(std::string(5000, '(')).has_error());
}

}  // namespace stet::envs
