#include "tools/render.hpp"

#include <doctest/doctest.h>

namespace stet {

TEST_CASE("tools/render: nothing of a stranger's text can move the cursor or hide itself") {
    struct Row {
        std::string text, shown;
    };
    const Row rows[] = {
        {"plain ünïcode", "plain ünïcode"},
        {"\x1b[31mred", "\\u{1b}[31mred"},
        {"bell\x07", "bell\\u{7}"},
        {"\xc2\x9b"
         "31m",
         "\\u{9b}31m"},
        {"\xe2\x80\xaegnp.exe", "\\u{202e}gnp.exe"},
        {"zero\xe2\x80\x8bwidth", "zero\\u{200b}width"},
        {"bad\xff\xfe", "bad\\xff\\xfe"},
        {"over\xc0\xaf", "over\\xc0\\xaf"},
        {"basket.py\nverdict  check: pass", "basket.py\\nverdict  check: pass"},
        {"a\tb", "a\\tb"},
        {"over\rwritten", "over\\u{d}written"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.shown);
        CHECK(safe(row.text) == row.shown);
    }
}

TEST_CASE("tools/render: text of several lines keeps its lines, and nothing else") {
    CHECK(safe_text("one\n\ttwo") == "one\n\ttwo");
    CHECK(safe_text("one\r\x1b[2J") == "one\\u{d}\\u{1b}[2J");
}

TEST_CASE("tools/render: a short line is one line, cut at a character") {
    CHECK(short_line("a\n  b\t c ", 20) == "a b c");
    CHECK(short_line("äöüäöü", 3) == "äöü…");
    CHECK(short_line("", 3).empty());
}

TEST_CASE("tools/render: of what is long both ends are shown, cut at characters") {
    CHECK(both_ends("as it is", 8) == "as it is");
    CHECK(both_ends("äöüäöüäöü", 4) == "äö…öü");
    CHECK(both_ends("copy /a/very/deep/path: File name too long", 20) == "copy /a/ve…e too long");
    CHECK(both_ends("one\ntwo", 20) == "one\\ntwo");
}

TEST_CASE("tools/render: of content parts a person reads the text") {
    CHECK(plain_text(R"([{"type":"text","text":"one"},{"type":"text","text":"two"}])", Coding::json) ==
          "one\ntwo");
    CHECK(plain_text(R"({"content":[{"type":"text","text":"ok"}],"isError":true})", Coding::json) == "ok");
    CHECK(plain_text(R"({"code":-32602,"message":"no such tool"})", Coding::json) == "no such tool");
    CHECK(plain_text(R"({"a":1})", Coding::json) == R"({"a":1})");
    CHECK(plain_text("[as it is", Coding::raw) == "[as it is");
}

TEST_CASE("tools/render: numbers are written for people") {
    CHECK(count_text(std::int64_t{1234567}) == "1,234,567");
    CHECK(count_text(std::int64_t{-1234}) == "-1,234");
    CHECK(count_text(std::optional<std::int64_t>()) == "?");
    CHECK(size_text(999) == "999 B");
    CHECK(size_text(1'400'000) == "1.4 MB");
    CHECK(duration_text(4'200'000) == "4.2 s");
    CHECK(duration_text(185'000'000) == "3 min 5 s");
}

}  // namespace stet
