#include "envs/js_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace stet::js {

TEST_CASE("envs/js_text: bytes that are no UTF-8 become replacement characters, one a maximal part") {
    struct Row {
        const char* name;
        std::string bytes, text;
    };
    const Row rows[] = {
        {"plain", "aé€😀", "aé€😀"},
        {"a stray continuation",
         "\x80"
         "a",
         "\uFFFD"
         "a"},
        {"a cut sequence is one", "\xF0\x9F\x98", "\uFFFD"},
        {"a surrogate is three", "\xED\xA0\x80", "\uFFFD\uFFFD\uFFFD"},
        {"an overlong slash is two", "\xC0\xAF", "\uFFFD\uFFFD"},
        {"beyond Unicode", "\xF4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(from_file(row.bytes) == row.text);
    }
}

TEST_CASE("envs/js_text: a JSON literal keeps half a surrogate pair, and is written back the same") {
    struct Row {
        const char* literal;
        const char* written;
    };
    const Row rows[] = {
        {R"("a\ud800b")", R"("a\ud800b")"},
        {R"("\ud83d\ude00")", "\"😀\""},
        {R"("\udc00\ud800")", R"("\udc00\ud800")"},
        {R"("\u0001\u001F\b\f\n\r\t\"\\\/")", R"("\u0001\u001f\b\f\n\r\t\"\\/")"},
        {R"("\u007f\u2028")", "\"\x7f\u2028\""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.literal);
        CHECK(quote(from_json(row.literal)) == row.written);
    }
    CHECK(to_file(from_json(R"("\ud800x")")) == "\uFFFDx");
}

TEST_CASE("envs/js_text: trimming takes JavaScript's white space and no more") {
    CHECK(trim("\u00a0\u3000 a \ufeff\n") == "a");
    CHECK(trim("\u0085a\u200b") == "\u0085a\u200b");
    CHECK(trim_start("\t a ") == "a ");
    CHECK(length("a😀") == 3);
    CHECK(pad_end("😀", 4) == "😀  ");
    CHECK(pad_start("12", 4) == "  12");
}

TEST_CASE("envs/js_text: names sort as localeCompare sorts ASCII") {
    const char* sorted[] = {"_x", "-x",  ".x",  "(p)", "#h",  "+",  "~t", "$",  "0a", "1",  "10", "2", "a",
                            "A",  "a b", "a_b", "a-b", "a.b", "a1", "A1", "ab", "aB", "Ab", "AB", "b", "B"};
    for (std::size_t i = 0; i + 1 < std::size(sorted); ++i) {
        CAPTURE(sorted[i]);
        CHECK(locale_before(sorted[i], sorted[i + 1]));
        CHECK_FALSE(locale_before(sorted[i + 1], sorted[i]));
    }
}

TEST_CASE("envs/js_text: base64 pads") {
    CHECK(base64("") == "");
    CHECK(base64("a") == "YQ==");
    CHECK(base64("ab") == "YWI=");
    CHECK(base64("abc") == "YWJj");
    CHECK(base64("\xFF\xFE") == "//4=");
}

}  // namespace stet::js
