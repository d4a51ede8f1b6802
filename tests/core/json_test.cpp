#include "tests/core/json_generator.hpp"

#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace stet {
namespace {

std::string what_of(std::string_view text, const JsonLimits& limits = {}) {
    const auto document = JsonDocument::parse(text, limits);
    return document ? "accepted" : document.error().what;
}

// Every value stands inside the one around it, in order, and is a whole text by itself.
void check_spans(const JsonValue& value) {
    std::size_t at = value.begin();
    for (const auto& child : value.elements()) {
        REQUIRE(child.begin() > at);
        REQUIRE(child.end() < value.end());
        at = child.end() - 1;
        check_spans(child);
    }
    const auto alone = JsonDocument::parse(value.raw());
    REQUIRE(alone.has_value());
    CHECK(alone->root().raw() == value.raw());
    CHECK(alone->root().kind() == value.kind());
    CHECK(alone->root().size() == value.size());
}

}  // namespace

TEST_CASE("core/json: values are found, typed and cited where they stand") {
    const std::string text =
        R"({"model":"m-1", "n": -42, "on":true,"none":null ,"list":[1,"two",[3]],"of":{"x":2.5}})";
    const auto document = JsonDocument::parse(text).value();
    const auto root = document.root();
    CHECK(root.is(JsonKind::object));
    CHECK(root.size() == 6);
    CHECK(root.raw() == text);
    CHECK(root["model"].text() == "m-1");
    CHECK(root["model"].raw() == "\"m-1\"");
    CHECK(root["n"].integer() == -42);
    CHECK(root["n"].begin() == text.find("-42"));
    CHECK(root["n"].end() == text.find("-42") + 3);
    CHECK(root["on"].boolean() == true);
    CHECK(root["none"]);
    CHECK(root["none"].is(JsonKind::null));
    CHECK(root["list"].size() == 3);
    CHECK(root["list"][1].text() == "two");
    CHECK(root["list"][2][0].integer() == 3);
    CHECK(root["list"].raw() == R"([1,"two",[3]])");
    CHECK(root["of"]["x"].number() == 2.5);
    CHECK_FALSE(root["of"]["x"].integer());
}

TEST_CASE("core/json: what is absent answers every question") {
    const auto document = JsonDocument::parse(R"({"a":[1]})").value();
    const JsonValue values[] = {
        JsonValue(),        document.root()["b"], document.root()["a"][7], document.root()["a"]["b"]["c"],
        document.root()[0], JsonDocument().root()};
    for (const auto& value : values) {
        CHECK_FALSE(value);
        CHECK(value.kind() == JsonKind::null);
        CHECK_FALSE(value.is(JsonKind::null));
        CHECK(value.raw().empty());
        CHECK(value.begin() == 0);
        CHECK(value.end() == 0);
        CHECK(value.text().empty());
        CHECK(value.text_or("else") == "else");
        CHECK_FALSE(value.integer());
        CHECK_FALSE(value.number());
        CHECK_FALSE(value.boolean());
        CHECK(value.size() == 0);
        CHECK(value.elements().empty());
        CHECK(value.members().empty());
        CHECK_FALSE(value["x"]["y"][3]);
    }
}

TEST_CASE("core/json: a value of another kind answers as if absent") {
    const auto document = JsonDocument::parse(R"(["1",1,true,null])").value();
    const auto root = document.root();
    CHECK_FALSE(root[0].integer());
    CHECK_FALSE(root[0].number());
    CHECK(root[1].text().empty());
    CHECK(root[1].text_or("x") == "x");
    CHECK_FALSE(root[1].boolean());
    CHECK_FALSE(root[3].boolean());
    CHECK(root[0].size() == 0);
    CHECK(root.members().empty());
}

TEST_CASE("core/json: the last of two equal keys counts, and both are listed") {
    const auto document = JsonDocument::parse(R"({"k":1,"x":2,"\u006b":3})").value();
    CHECK(document.root()["k"].integer() == 3);
    const auto members = document.root().members();
    REQUIRE(members.size() == 3);
    CHECK(members[0].first == "k");
    CHECK(members[0].second.integer() == 1);
    CHECK(members[2].first == "k");
    CHECK(members[2].second.integer() == 3);
}

TEST_CASE("core/json: a key is compared with what it means, not with the text around it") {
    const auto document = JsonDocument::parse(R"({"a":"b","c\"d":1,"e\\":2,"":3,"aa":4})").value();
    const auto root = document.root();
    CHECK_FALSE(root[R"(a":"b)"]);
    CHECK_FALSE(root[R"(c\"d)"]);
    CHECK(root["c\"d"].integer() == 1);
    CHECK(root["e\\"].integer() == 2);
    CHECK(root[""].integer() == 3);
    CHECK(root["aa"].integer() == 4);
    CHECK_FALSE(root["aaa"]);
    CHECK_FALSE(root[std::string(1000, 'a')]);
}

TEST_CASE("core/json: strings are decoded") {
    struct Row {
        const char* literal;
        std::string text;
    };
    const Row rows[] = {
        {R"("")", ""},
        {R"("plain")", "plain"},
        {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
        {R"("\u0041\u00e9\u20AC")", "A\xC3\xA9\xE2\x82\xAC"},
        {R"("\ud83d\ude00!")", "\xF0\x9F\x98\x80!"},
        {R"("\u0000")", std::string(1, '\0')},
        {R"("\ud800")", "\xEF\xBF\xBD"},
        {R"("\udc00x")", "\xEF\xBF\xBDx"},
        {R"("\ud800\u0041")",
         "\xEF\xBF\xBD"
         "A"},
        {R"("\ud800\ud83d\ude00")", "\xEF\xBF\xBD\xF0\x9F\x98\x80"},
        {R"("\ud83d\n")", "\xEF\xBF\xBD\n"},
        {"\"\xF0\x9F\x98\x80 long enough for words of eight \xE2\x82\xAC\"",
         "\xF0\x9F\x98\x80 long enough for words of eight \xE2\x82\xAC"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.literal);
        CHECK(JsonDocument::parse(row.literal).value().root().text() == row.text);
        CHECK(json_unquote(row.literal).value() == row.text);
    }
}

TEST_CASE("core/json: numbers are what they say, and integers only when written as such") {
    struct Row {
        const char* literal;
        std::optional<std::int64_t> integer;
        double number;
    };
    constexpr double infinite = std::numeric_limits<double>::infinity();
    const Row rows[] = {
        {"0", 0, 0},
        {"-0", 0, -0.0},
        {"250", 250, 250},
        {"250.0", {}, 250},
        {"2.5E2", {}, 250},
        {"1e3", {}, 1000},
        {"9223372036854775807", 9223372036854775807, 9223372036854775807.0},
        {"-9223372036854775808", std::numeric_limits<std::int64_t>::min(), -9223372036854775808.0},
        {"9223372036854775808", {}, 9223372036854775808.0},
        {"0.1", {}, 0.1},
        {"5e-324", {}, 5e-324},
        {"1e-400", {}, 0},
        {"-1e-99999999999999999999", {}, -0.0},
        {"1e400", {}, infinite},
        {"-1e400", {}, -infinite},
        {"0e999999", {}, 0},
    };
    for (const auto& row : rows) {
        CAPTURE(row.literal);
        const auto document = JsonDocument::parse(row.literal).value();
        CHECK(document.root().integer() == row.integer);
        REQUIRE(document.root().number());
        CHECK(*document.root().number() == row.number);
        CHECK(std::signbit(*document.root().number()) == std::signbit(row.number));
    }
}

TEST_CASE("core/json: an error names the byte and what was expected there") {
    struct Row {
        std::string text;
        const char* what;
    };
    const Row rows[] = {
        {"", "read JSON: at byte 0 expected a value, found the end of the text"},
        {"  ", "read JSON: at byte 2 expected a value, found the end of the text"},
        {"[1,]", "read JSON: at byte 3 expected a value, found ']'"},
        {"[1 2]", "read JSON: at byte 3 expected ',' or ']' after an element, found '2'"},
        {R"({"a":1 "b":2})", "read JSON: at byte 7 expected ',' or '}' after a member, found '\"'"},
        {R"({"a" 1})", "read JSON: at byte 5 expected ':' after a key, found '1'"},
        {"{a:1}", "read JSON: at byte 1 expected a key in quotes or '}', found 'a'"},
        {R"({"a":1,})", "read JSON: at byte 7 expected a key in quotes, found '}'"},
        {"1 x", "read JSON: at byte 2 expected the end of the text, found 'x'"},
        {"[tru]", "read JSON: at byte 1 expected a value, found 't'"},
        {"-x", "read JSON: at byte 1 expected a digit, found 'x'"},
        {"1.", "read JSON: at byte 2 expected a digit after the decimal point, found the end of the text"},
        {"1e+", "read JSON: at byte 3 expected a digit in the exponent, found the end of the text"},
        {"\"ab", "read JSON: at byte 3 expected the closing quote of a string, found the end of the text"},
        {"\"a\nb\"", "read JSON: at byte 2 expected an escape for a control character, found the byte 0x0a"},
        {R"("\x")", "read JSON: at byte 2 expected one of \"\\/bfnrtu after a backslash, found 'x'"},
        {R"("\u12g4")", "read JSON: at byte 5 expected four hexadecimal digits after \\u, found 'g'"},
        {"\"ok\xC0\xAF\"", "read JSON: at byte 3 expected valid UTF-8, found the byte 0xc0"},
        {std::string("{\"a\0\":1}", 8),
         "read JSON: at byte 3 expected an escape for a control character, found the byte 0x00"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(what_of(row.text) == row.what);
    }
}

TEST_CASE("core/json: depth and number of values are limited") {
    CHECK(what_of("[[[1]]]", {.depth_max = 3}) == "accepted");
    CHECK(what_of("[[[[]]]]", {.depth_max = 3}) == "read JSON: at byte 3 it has more than 3 levels");
    CHECK(what_of(R"({"a":{}})", {.depth_max = 1}) == "read JSON: at byte 5 it has more than 1 levels");
    CHECK(what_of("[1,2,3]", {.nodes_max = 4}) == "accepted");
    CHECK(what_of("[1,2,3,4]", {.nodes_max = 4}) == "read JSON: at byte 8 it has more than 4 values");
    CHECK(what_of("1", {.nodes_max = 0}) != "accepted");
    CHECK(what_of("1", {.depth_max = 0}) == "accepted");
}

TEST_CASE("core/json: depth costs no stack") {
    const std::size_t depth = 1'000'000;
    const auto text = std::string(depth, '[') + std::string(depth, ']');
    const auto document = JsonDocument::parse(text, {.depth_max = depth, .nodes_max = depth});
    REQUIRE(document.has_value());
    CHECK(document->node(static_cast<std::uint32_t>(depth - 1)).begin == depth - 1);
}

TEST_CASE("core/json: spans nest, and every part of a text is a text") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        test::JsonGenerator generator(seed);
        generator.lone_surrogates = generator.duplicate_keys = true;
        const auto text = generator.text();
        CAPTURE(text);
        const auto document = JsonDocument::parse(text);
        REQUIRE(document.has_value());
        check_spans(document->root());
        for (const auto& [key, value] : document->root().members())
            CHECK(document->root()[key]);
    }
}

TEST_CASE("core/json: invalid UTF-8 is found at every place of a word") {
    for (std::size_t at = 0; at < 40; ++at) {
        std::string inside(40, 'x');
        inside[at] = '\x80';
        CAPTURE(at);
        CHECK(what_of("\"" + inside + "\"") ==
              "read JSON: at byte " + std::to_string(at + 1) + " expected valid UTF-8, found the byte 0x80");
        inside[at] = '\x1f';
        CHECK(
            what_of("\"" + inside + "\"").find("at byte " + std::to_string(at + 1) + " expected an escape") !=
            std::string::npos);
        inside[at] = '"';
        CHECK(what_of("\"" + inside + "\"").find("at byte " + std::to_string(at + 2)) != std::string::npos);
        inside[at] = '\x7f';
        CHECK(what_of("\"" + inside + "\"") == "accepted");
    }
}

TEST_CASE("core/json: quoting escapes what must be and nothing else") {
    CHECK(json_quote("") == "\"\"");
    CHECK(json_quote("a/b \x7f \xC3\xA9 \xE2\x80\xA8") == "\"a/b \x7f \xC3\xA9 \xE2\x80\xA8\"");
    CHECK(json_quote("\"\\\b\f\n\r\t") == R"("\"\\\b\f\n\r\t")");
    CHECK(json_quote(std::string("\0\x01\x1f", 3)) == R"("\u0000\u0001\u001f")");
}

TEST_CASE("core/json: bytes that are not UTF-8 are quoted as U+FFFD, one for each ill-formed part") {
    struct Row {
        std::string bytes, text;
    };
    const std::string mark = "\xEF\xBF\xBD";
    const Row rows[] = {
        {"a\x80"
         "b",
         "a" + mark + "b"},
        {"\xC0\xAF", mark + mark},
        {"\xED\xA0\x80", mark + mark + mark},
        {"\xE2\x82", mark},
        {"\xF0\x9F\x98x", mark + "x"},
        {"\xF4\x90\x80\x80", mark + mark + mark + mark},
        {"\xFF\xC3\xA9", mark + "\xC3\xA9"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(json_unquote(json_quote(row.bytes)).value() == row.text);
    }
}

TEST_CASE("core/json: unquoting takes one whole literal") {
    CHECK(json_unquote("\"a\" ").error().what ==
          "read JSON: at byte 3 expected the end of the text, found the byte 0x20");
    CHECK(json_unquote("a").error().what ==
          "read JSON: at byte 0 expected the opening quote of a string, found 'a'");
    CHECK(json_unquote("").has_error());
    CHECK(json_unquote("\"").has_error());
    CHECK(json_unquote("\"\\\"").has_error());
    CHECK(json_unquote(std::string_view("\"a\"", 2)).has_error());
}

TEST_CASE("core/json: the writer puts commas and colons where they belong") {
    JsonWriter json;
    json.open('{').key("seq").integer(7).key("tags").open('[').string("a").string("b").close(']');
    json.key("e").open('{').close('}').key("n").null().key("raw").raw("[1, 2]").key("b").boolean(false).close(
        '}');
    CHECK(json.text() == R"({"seq":7,"tags":["a","b"],"e":{},"n":null,"raw":[1, 2],"b":false})");
    CHECK(json.take().size() == 65);
    CHECK(json.open('[').open('[').close(']').integer(-1).close(']').take() == "[[],-1]");
    CHECK(json.string("new").take() == "\"new\"");
}

TEST_CASE("core/json: a member is written as what its value is") {
    JsonWriter json;
    json.open('{').member("a", true).member("b", std::size_t{7}).member("c", 0.5).member("d", "text");
    json.member("e", std::optional<int>()).member("f", std::optional(std::vector<std::string>{"x", "y"}));
    json.member("g", Digest{}).member("h", sha256("")).member("i", std::vector<std::optional<bool>>(1));
    CHECK(json.close('}').text() ==
          R"({"a":true,"b":7,"c":0.5,"d":"text","e":null,"f":["x","y"],"g":null,"h":")" +
              to_string(sha256("")) + R"(","i":[null]})");
}

TEST_CASE("core/json: numbers are written in the shortest form that reads back") {
    struct Row {
        double value;
        const char* text;
    };
    const Row rows[] = {{1, "1"},
                        {-0.0, "-0"},
                        {0.1, "0.1"},
                        {1.0 / 3, "0.3333333333333333"},
                        {1e21, "1e+21"},
                        {5e-324, "5e-324"},
                        {1.7976931348623157e308, "1.7976931348623157e+308"},
                        {std::numeric_limits<double>::infinity(), "null"},
                        {std::numeric_limits<double>::quiet_NaN(), "null"}};
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(JsonWriter().number(row.value).text() == row.text);
        const auto text = JsonWriter().number(row.value).take();
        const auto document = JsonDocument::parse(text).value();
        if (std::isfinite(row.value)) CHECK(document.root().number() == row.value);
    }
    CHECK(JsonWriter().integer(std::numeric_limits<std::int64_t>::min()).text() == "-9223372036854775808");
}

}  // namespace stet
