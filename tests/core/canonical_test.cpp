#include "tests/core/json_generator.hpp"
#include "tests/support/temp_dir.hpp"

#include <stet/json.hpp>

#include <doctest/doctest.h>

#include <map>

namespace stet {
namespace {

// The words of the vectors, and what our errors say for them.
const std::map<std::string, std::string> error_texts = {
    {"syntax", "expected"},
    {"depth", "more than 512 levels"},
    {"duplicate key", "for the second time"},
    {"lone surrogate", "lone surrogate"},
    {"overflow", "a number overflows"},
};

std::string from_hex(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

std::string read_vectors() {
    return test::read_file(std::string(STET_VECTORS_DIR) + "/canonical.json");
}

}  // namespace

TEST_CASE("core/canonical: every vector has the form or the error that it states") {
    const auto text = read_vectors();
    const auto vectors = JsonDocument::parse(text).value();
    REQUIRE(vectors.root().size() >= 40);
    for (const auto& row : vectors.root().elements()) {
        const auto name = row["name"].text();
        CAPTURE(name);
        const auto input = row["input"] ? row["input"].text() : from_hex(row["input_hex"].text());
        const auto form = canonical_json(input);
        if (row["canonical"]) {
            REQUIRE(form.has_value());
            CHECK(*form == row["canonical"].text());
        } else {
            REQUIRE(form.has_error());
            CHECK(form.error().what.find(error_texts.at(row["error"].text())) != std::string::npos);
        }
    }
}

TEST_CASE("core/canonical: the form of a form is itself, and means the same") {
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        CAPTURE(seed);
        const auto text = test::JsonGenerator(seed).text();
        CAPTURE(text);
        const auto once = canonical_json(text);
        REQUIRE(once.has_value());
        CHECK(canonical_json(*once).value() == *once);
    }
}

TEST_CASE("core/canonical: the order of members and the way of writing strings make no difference") {
    const char* const one = R"({"tool":"read","args":{"path":"a\/b","n":[1,{"y":2,"x":"\u00e9"}]}})";
    const char* const two =
        "{ \"args\":{\"n\":[1,{\"x\":\"\xC3\xA9\",\"y\":2}],\"path\":\"a/b\"},\"tool\":\"re\\u0061d\"}";
    CHECK(canonical_json(one).value() == canonical_json(two).value());
    CHECK(canonical_json("[250]").value() != canonical_json("[250.0]").value());
}

TEST_CASE("core/canonical: a part of a document has the form that it would have alone") {
    const std::string text = R"({"id":7,"params":{"name":"x","arguments":{"b":[1, 2],"a":"A"}}})";
    const auto document = JsonDocument::parse(text).value();
    const auto arguments = document.root()["params"]["arguments"];
    CHECK(canonical_json(arguments).value() == R"({"a":"A","b":[1,2]})");
    CHECK(canonical_json(arguments["b"]).value() == "[1,2]");
    CHECK(canonical_json(document.root()["nothing"]).has_error());
}

TEST_CASE("core/canonical: an error says at which byte") {
    CHECK(canonical_json(R"({"a":1,"b":[{"k":1,"k":2}]})").error().what ==
          "make JSON canonical: at byte 19 a key stands in its object for the second time");
    CHECK(canonical_json(R"(["ok","\udead"])").error().what ==
          "make JSON canonical: at byte 6 a string holds a lone surrogate");
    CHECK(canonical_json("[0, 1e999]").error().what ==
          "make JSON canonical: at byte 4 a number overflows a double");
}

TEST_CASE("core/canonical: depth costs no stack") {
    const std::size_t depth = 200'000;
    std::string text;
    for (std::size_t i = 0; i < depth; ++i)
        text.append(R"([{"a":)");
    text.append("1");
    for (std::size_t i = 0; i < depth; ++i)
        text.append("}]");
    CHECK(canonical_json(text, {.depth_max = 2 * depth, .nodes_max = 4 * depth}).value() == text);
}

}  // namespace stet
