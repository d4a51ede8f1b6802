#include "core/redaction_patterns.hpp"
#include "core/redaction_text.hpp"

#include <stet/redaction.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <thread>

namespace stet {
namespace {

const std::string key = "a key of sixteen";

std::string placeholder(std::string_view kind, std::string_view value) {
    return "[stet:" + std::string(kind) + ":" + to_hex(hmac_sha256(key, value)).substr(0, 12) + "]";
}

/// What Patterns::find promises, by looking everywhere.
std::optional<Match> find_slowly(const std::vector<Pattern>& patterns, std::string_view text,
                                 std::size_t from) {
    for (std::size_t begin = from; begin < text.size(); ++begin) {
        const Pattern* longest = nullptr;
        for (const auto& pattern : patterns) {
            const bool here = text.substr(begin).starts_with(pattern.needle);
            if (here && (longest == nullptr || pattern.needle.size() > longest->needle.size()))
                longest = &pattern;
        }
        if (longest != nullptr) return Match{begin, begin + longest->needle.size(), longest};
    }
    return {};
}

std::string random_text(std::mt19937& random, std::string_view letters, std::size_t size) {
    std::string text;
    while (text.size() < size)
        text += letters[random() % letters.size()];
    return text;
}

std::string in_pieces(const Redactor& redactor, std::string_view text, std::mt19937& random) {
    Redactor::Stream stream(redactor);
    std::string out;
    while (!text.empty()) {
        const auto take = std::min<std::size_t>(text.size(), random() % 9);
        out += stream.feed(text.substr(0, take)).bytes();
        text.remove_prefix(take);
    }
    return out + stream.finish().bytes();
}

}  // namespace

TEST_CASE("core/redaction: the search finds what looking everywhere finds") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::vector<Pattern> patterns;
        const std::string_view letters = seed % 2 == 0 ? "ab" : "abcde";
        for (auto left = random() % 12; left > 0; --left)
            patterns.push_back({random_text(random, letters, 8 + random() % 5), "", "k"});
        if (seed % 5 == 0) patterns.push_back({random_text(random, letters, 300), "", "k"});
        const Patterns search(patterns);
        auto text = random_text(random, letters, random() % 3000);
        if (seed % 5 == 0) text.insert(text.size() / 2, patterns.back().needle);
        std::size_t from = 0;
        while (true) {
            const auto expected = find_slowly(patterns, text, from);
            const auto found = search.find(text, from);
            REQUIRE(found.has_value() == expected.has_value());
            if (!found) break;
            REQUIRE(found->begin == expected->begin);
            REQUIRE(found->end == expected->end);
            from = found->end;
        }
    }
}

TEST_CASE("core/redaction: an undecided end is the earliest one that could become a needle") {
    const Patterns search({{"abcdefgh", "", "k"}, {"efghijkl", "", "k"}});
    struct Row {
        const char* text;
        std::size_t from, undecided;
    };
    const Row rows[] = {
        {"", 0, 0},         {"xyz", 0, 3},      {"xa", 0, 1},        {"abcdefg", 0, 0}, {"abcdefgh", 0, 4},
        {"abcdefgh", 5, 8}, {"abcdefgx", 0, 8}, {"--efghijk", 0, 2}, {"a-a", 0, 2},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(search.undecided_from(row.text, row.from) == row.undecided);
    }
    CHECK(Patterns({}).undecided_from("abc", 0) == 3);
}

TEST_CASE("core/redaction: registered values are replaced wherever they occur, and counted") {
    Redactor redactor(key);
    redactor.learn("registered", "sk-ant-0123456789");
    redactor.learn("other", "sk-ant-0123456789");  // Known already: its first kind stays.
    const auto mark = placeholder("registered", "sk-ant-0123456789");
    CHECK(redactor.redact_text("a sk-ant-0123456789 b sk-ant-0123456789") == "a " + mark + " b " + mark);
    CHECK(redactor.redact_text("SK-ANT-0123456789") == "SK-ANT-0123456789");
    CHECK(redactor.take_counts() == std::map<std::string, std::uint32_t>{{"registered", 2}});
    CHECK(redactor.take_counts().empty());
    const auto bytes = redactor.redact("x=sk-ant-0123456789");
    CHECK(bytes.bytes() == "x=" + mark);
    CHECK(bytes.payload() == Payload{sha256(bytes.bytes()), bytes.bytes().size()});
}

TEST_CASE("core/redaction: short values are innocent") {
    Redactor redactor(key);
    redactor.learn("registered", "1234567");
    redactor.learn("registered", "  12345 \n");
    CHECK(redactor.redact_text("1234567 12345") == "1234567 12345");
    redactor.learn("registered", " 12345678\n");
    CHECK(redactor.redact_text("12345678") == placeholder("registered", "12345678"));
}

TEST_CASE("core/redaction: the longest value at a place wins") {
    Redactor redactor(key);
    redactor.learn("short", "abcdefgh");
    redactor.learn("long", "abcdefghij");
    CHECK(redactor.redact_text("abcdefghij abcdefghi") ==
          placeholder("long", "abcdefghij") + " " + placeholder("short", "abcdefgh") + "i");
}

TEST_CASE("core/redaction: a value is found in every form that programs write it in") {
    const std::string value = "p\"a\\ss/w<o>r&d+'ü😀";
    Redactor redactor(key);
    redactor.learn("registered", value);
    const auto mark = placeholder("registered", value);
    struct Row {
        const char* name;
        const char* written;
    };
    const Row rows[] = {
        {"as it is", "p\"a\\ss/w<o>r&d+'ü😀"},
        {"JSON", R"(p\"a\\ss/w<o>r&d+'ü😀)"},
        {"JSON with slashes escaped", R"(p\"a\\ss\/w<o>r&d+'ü😀)"},
        {"JSON for HTML (Go)", R"(p\"a\\ss/w\u003co\u003er\u0026d+'ü😀)"},
        {"JSON in ASCII (Python)", R"(p\"a\\ss/w<o>r&d+'\u00fc\ud83d\ude00)"},
        {"JSON in ASCII for HTML (.NET)",
         R"(p\u0022a\\ss/w\u003Co\u003Er\u0026d\u002B\u0027\u00FC\uD83D\uDE00)"},
        {"JSON in JSON", R"(p\\\"a\\\\ss/w<o>r&d+'ü😀)"},
        {"a URL", "p%22a%5Css%2Fw%3Co%3Er%26d%2B%27%C3%BC%F0%9F%98%80"},
        {"a URL in lower case", "p%22a%5css%2fw%3co%3er%26d%2b%27%c3%bc%f0%9f%98%80"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(redactor.redact_text("<" + std::string(row.written) + ">") == "<" + mark + ">");
    }
}

TEST_CASE("core/redaction: a value that is not UTF-8 is found") {
    Redactor redactor(key);
    redactor.learn("registered", "\xff\xfe raw bytes");
    CHECK(redactor.redact_text("a\xff\xfe raw bytes") ==
          "a" + placeholder("registered", "\xff\xfe raw bytes"));
}

TEST_CASE("core/redaction: placeholders are left alone, also by values that look like a part of one") {
    Redactor redactor(key);
    redactor.learn("authorization", "authorization");
    const auto mark = placeholder("authorization", "authorization");
    const auto once = redactor.redact_text("authorization authorization");
    CHECK(once == mark + " " + mark);
    CHECK(redactor.redact_text(once) == once);

    // Values that could match across the front of a placeholder.
    for (const auto* value : {"abcdefgh[", "abcdefgh[stet:", "abcdefgh[ste"}) {
        CAPTURE(value);
        redactor.learn("odd", value);
        const auto text = redactor.redact_text("abcdefghauthorization " + std::string(value));
        CHECK(redactor.redact_text(text) == text);
    }
    redactor.learn("odd", "x[stet:odd:0123456789ab]");
    CHECK(redactor.redact_text("x[stet:odd:0123456789ab]") == "x[stet:odd:0123456789ab]");
}

TEST_CASE("core/redaction: very long values are replaced piece by piece") {
    std::mt19937 random(5);
    const auto value = random_text(random, "0123456789abcdef", 2 * Redactor::value_bytes_max + 100);
    Redactor redactor(key);
    redactor.learn("registered", value);
    const auto left = redactor.redact_text("<" + value + ">");
    CHECK(left.size() == 2 + 3 * placeholder("registered", "x").size());
    CHECK(left.find_first_of("g") == left.find("gistered"));
}

TEST_CASE(
    "core/redaction: property: a stream gives what the whole gives, without a secret, and twice is once") {
    for (unsigned seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        Redactor redactor(key);
        std::vector<std::string> secrets;
        const std::string_view letters = seed % 3 == 0 ? "ab" : "ab\"[:/";
        for (auto left = 1 + random() % 6; left > 0; --left) {
            auto secret = random_text(random, letters, 8 + random() % 12);
            if (secrets.size() > 1 && seed % 4 == 0) secret = secrets[0] + secret;
            // White space and the front of a placeholder are not searched for.
            while (secret.ends_with('['))
                secret.back() = 'a';
            redactor.learn("kind" + std::to_string(left % 3), secret);
            secrets.push_back(secret);
        }
        std::string text;
        for (auto left = random() % 30; left > 0; --left) {
            const auto& secret = secrets[random() % secrets.size()];
            const auto forms = written_forms(secret);
            switch (random() % 5) {
                case 0:
                    text += secret;
                    break;
                case 1:
                    text += secret.substr(0, random() % secret.size());
                    break;
                case 2:
                    text += forms[random() % forms.size()];
                    break;
                case 3:
                    text += redactor.redact_text(secret);
                    break;
                default:
                    text += random_text(random, letters, random() % 6);
            }
        }
        CAPTURE(text);
        const auto whole = redactor.redact_text(text);
        for (int i = 0; i < 3; ++i)
            REQUIRE(in_pieces(redactor, text, random) == whole);
        REQUIRE(redactor.redact_text(whole) == whole);
        for (const auto& secret : secrets)
            REQUIRE(whole.find(secret) == std::string::npos);
    }
}

TEST_CASE("core/redaction: a stream holds back no more than it must") {
    Redactor redactor(key);
    redactor.learn("registered", "secret-value");
    Redactor::Stream stream(redactor);
    CHECK(stream.feed("data: secret").bytes() == "data: ");
    CHECK(stream.feed("ion\n").bytes() == "secretion\n");
    CHECK(stream.feed("se").bytes().empty());
    CHECK(stream.feed("cret-valu").bytes().empty());
    CHECK(stream.feed("e!").bytes() == placeholder("registered", "secret-value") + "!");
    CHECK(stream.feed("secret").bytes().empty());
    CHECK(stream.finish().bytes() == "secret");
    CHECK(redactor.take_counts().at("registered") == 1);

    Redactor::Stream silent(redactor, Redactor::Stream::Counting::no);
    CHECK(silent.feed("secret-value").bytes() == placeholder("registered", "secret-value"));
    CHECK(redactor.take_counts().empty());
}

TEST_CASE("core/redaction: a head loses the values of its credentials and keeps every other byte") {
    const auto authorization = placeholder("authorization", "sk-abcdef");
    struct Row {
        const char* name;
        std::string head, left;
    };
    const Row rows[] = {
        {"a scheme stays", "POST /v1 HTTP/1.1\r\nAuthorization: Bearer sk-abcdef\r\nHost:  h \r\n\r\n",
         "POST /v1 HTTP/1.1\r\nAuthorization: Bearer " + authorization + "\r\nHost:  h \r\n\r\n"},
        {"no scheme", "GET / HTTP/1.1\r\nauthorization:sk-abcdef \r\n\r\n",
         "GET / HTTP/1.1\r\nauthorization:" + authorization + " \r\n\r\n"},
        {"an unknown scheme is a part of the value", "GET / HTTP/1.1\r\nAuthorization: sk-abc x\r\n\r\n",
         "GET / HTTP/1.1\r\nAuthorization: " + placeholder("authorization", "sk-abc x") + "\r\n\r\n"},
        {"a short value", "GET / HTTP/1.1\r\nX-Api-Key: abc\r\n\r\n",
         "GET / HTTP/1.1\r\nX-Api-Key: " + placeholder("x-api-key", "abc") + "\r\n\r\n"},
        {"names that end in -token", "GET / HTTP/1.1\r\nMy-Token: abc\r\n\r\n",
         "GET / HTTP/1.1\r\nMy-Token: " + placeholder("my-token", "abc") + "\r\n\r\n"},
        {"a cookie", "GET / HTTP/1.1\r\nCookie: a=b; c=d\r\n\r\n",
         "GET / HTTP/1.1\r\nCookie: " + placeholder("cookie", "a=b; c=d") + "\r\n\r\n"},
        {"an empty value", "GET / HTTP/1.1\r\nX-Api-Key:\r\n\r\n", "GET / HTTP/1.1\r\nX-Api-Key:\r\n\r\n"},
        {"white space before the colon", "GET / HTTP/1.1\r\nX-Api-Key : abc\r\n\r\n",
         "GET / HTTP/1.1\r\nX-Api-Key : " + placeholder("x-api-key", "abc") + "\r\n\r\n"},
        {"a folded value", "GET / HTTP/1.1\r\nX-Api-Key: abc\r\n def\r\nA: b\r\n\r\n",
         "GET / HTTP/1.1\r\nX-Api-Key: " + placeholder("x-api-key", "abc\r\n def") + "\r\nA: b\r\n\r\n"},
        {"bare line feeds", "GET / HTTP/1.1\nX-Api-Key: abc\nA: b\n\n",
         "GET / HTTP/1.1\nX-Api-Key: " + placeholder("x-api-key", "abc") + "\nA: b\n\n"},
        {"a head that is cut", "GET / HTTP/1.1\r\nX-Api-Key: ab",
         "GET / HTTP/1.1\r\nX-Api-Key: " + placeholder("x-api-key", "ab")},
        {"no colon", "GET / HTTP/1.1\r\nnonsense\r\n\r\n", "GET / HTTP/1.1\r\nnonsense\r\n\r\n"},
        {"a response", "HTTP/1.1 200 OK\r\nSet-Cookie: s=1; Path=/\r\n\r\n",
         "HTTP/1.1 200 OK\r\nSet-Cookie: " + placeholder("set-cookie", "s=1; Path=/") + "\r\n\r\n"},
        {"a parameter", "GET /m?alt=sse&key=abc&x=1 HTTP/1.1\r\n\r\n",
         "GET /m?alt=sse&key=" + placeholder("query", "abc") + "&x=1 HTTP/1.1\r\n\r\n"},
        {"a parameter elsewhere", "HTTP/1.1 302 Found\r\nLocation: https://h/?access_token=abc#x\r\n\r\n",
         "HTTP/1.1 302 Found\r\nLocation: https://h/?access_token=" + placeholder("query", "abc") +
             "#x\r\n\r\n"},
        {"parameters that only look alike", "GET /?monkey=abc&key&max_tokens=5&key= HTTP/1.1\r\n\r\n",
         "GET /?monkey=abc&key&max_tokens=5&key= HTTP/1.1\r\n\r\n"},
        {"nothing", "", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Redactor redactor(key);
        const auto left = redactor.redact_head(row.head);
        CHECK(left.bytes() == row.left);
        CHECK(left.payload() == Payload{sha256(row.left), row.left.size()});
        CHECK(redactor.redact_head(row.left).bytes() == row.left);
    }
}

TEST_CASE("core/redaction: what a head gives away is known everywhere after it") {
    Redactor redactor(key);
    static_cast<void>(
        redactor.redact_head("GET /?key=0123456789%2Bxyz+0123 HTTP/1.1\r\n"
                             "Authorization: Bearer sk-abcdef\r\n"
                             "X-Short-Token: abc\r\n"
                             "Cookie: theme=midnight-blue; session=0123456789abcdef-cookie\r\n\r\n"));
    CHECK(redactor.redact_text("sk-abcdef") == placeholder("authorization", "sk-abcdef"));
    CHECK(redactor.redact_text("0123456789+xyz+0123") == placeholder("query", "0123456789+xyz+0123"));
    CHECK(redactor.redact_text("0123456789abcdef-cookie") ==
          placeholder("cookie", "0123456789abcdef-cookie"));
    CHECK(redactor.redact_text("abc midnight-blue Bearer") == "abc midnight-blue Bearer");
    CHECK(redactor.take_counts() ==
          std::map<std::string, std::uint32_t>{
              {"authorization", 2}, {"cookie", 2}, {"query", 2}, {"x-short-token", 1}});
}

TEST_CASE("core/redaction: a value that was registered before keeps its kind in a head") {
    Redactor redactor(key);
    redactor.learn("registered", "sk-abcdef");
    CHECK(redactor.redact_head("GET / HTTP/1.1\r\nAuthorization: Bearer sk-abcdef\r\n\r\n").bytes() ==
          "GET / HTTP/1.1\r\nAuthorization: Bearer " + placeholder("registered", "sk-abcdef") + "\r\n\r\n");
}

TEST_CASE("core/redaction: the mark depends on the user's key and on the value alone") {
    Redactor mine(key), yours("another key of ours");
    mine.learn("a", "0123456789");
    yours.learn("a", "0123456789");
    CHECK(mine.redact_text("0123456789") != yours.redact_text("0123456789"));
    CHECK(mine.redact_text("0123456789") == placeholder("a", "0123456789"));
    CHECK(mine.redact_text("0123456789").find("0123456789") == std::string::npos);
}

TEST_CASE("core/redaction: a kind is made to fit into a placeholder") {
    Redactor redactor(key);
    redactor.learn("My KEY:[x]", "0123456789");
    CHECK(redactor.redact_text("0123456789") == placeholder("my-key--x-", "0123456789"));
    redactor.learn("", "abcdefghij");
    CHECK(redactor.redact_text("abcdefghij") == placeholder("registered", "abcdefghij"));
}

TEST_CASE("core/redaction: names of credentials are known") {
    for (const auto* name : {"Authorization", "PROXY-AUTHORIZATION", "x-api-key", "Api-Key", "X-Goog-Api-Key",
                             "cookie", "Set-Cookie", "X-Amz-Security-Token", "client-secret"}) {
        CAPTURE(name);
        CHECK(is_credential_field(name));
    }
    for (const auto* name :
         {"Host", "Content-Type", "X-Stainless-Retry-Count", "token-count", "", "x-request-id"}) {
        CAPTURE(name);
        CHECK_FALSE(is_credential_field(name));
    }
    for (const auto* name : {"ANTHROPIC_API_KEY", "GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD",
                             "db_password", "AZURE_CREDENTIALS", "CLIENT_SECRET", "TOKEN"}) {
        CAPTURE(name);
        CHECK(is_credential_variable(name));
    }
    for (const auto* name : {"PATH", "HOME", "MAX_TOKENS", "KEYBOARD", "SSH_AUTH_SOCK", "GIT_ASKPASS",
                             "SORT_KEY", "GOOGLE_APPLICATION_CREDENTIALS", ""}) {
        CAPTURE(name);
        CHECK_FALSE(is_credential_variable(name));
    }
}

TEST_CASE("core/redaction: learning while others redact is safe") {
    Redactor redactor(key);
    redactor.learn("a", "0123456789");
    std::thread learner([&] {
        for (int i = 0; i < 200; ++i)
            redactor.learn("b", "value-number-" + std::to_string(i));
    });
    for (int i = 0; i < 200; ++i)
        CHECK(redactor.redact_text("0123456789") == placeholder("a", "0123456789"));
    learner.join();
    CHECK(redactor.redact_text("value-number-199") == placeholder("b", "value-number-199"));
}

}  // namespace stet
