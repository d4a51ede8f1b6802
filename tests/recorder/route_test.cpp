#include "recorder/route.hpp"

#include <doctest/doctest.h>

namespace stet::test {

TEST_CASE("recorder/route: an upstream's url is taken apart") {
    struct Row {
        const char* url;
        bool tls;
        const char *host, *port, *path, *authority;
    };
    const std::vector<Row> rows = {
        {"https://api.anthropic.com", true, "api.anthropic.com", "443", "", "api.anthropic.com"},
        {"http://127.0.0.1:8080/v1/", false, "127.0.0.1", "8080", "/v1", "127.0.0.1:8080"},
        {"HTTP://h:80/a/b", false, "h", "80", "/a/b", "h"},
        {"https://[::1]:8443", true, "::1", "8443", "", "[::1]:8443"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.url);
        const auto url = parse_upstream_url(row.url);
        REQUIRE(url.has_value());
        CHECK(url->tls == row.tls);
        CHECK(url->host == row.host);
        CHECK(url->port == row.port);
        CHECK(url->path == row.path);
        CHECK(url->authority() == row.authority);
    }
}

TEST_CASE("recorder/route: a url that says something else is an error that shows it") {
    for (const char* url : {"", "api.openai.com", "ftp://h", "http://", "http://:80", "http://h:0",
                            "http://h:65536", "http://h:8a", "http://u@h", "http://h/?q", "http://h/#f",
                            "http://[::1", "http://h\r\nx", "http://h:1:2"}) {
        CAPTURE(url);
        const auto read = parse_upstream_url(url);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error().what.find(url) != std::string::npos);
    }
}

TEST_CASE("recorder/route: the first segment is the upstream, the rest its target") {
    struct Row {
        const char* target;
        int upstream;  ///< -1: none.
        const char* rest;
    };
    const std::vector<std::string> names = {"anthropic", "openai"};
    const std::vector<Row> rows = {
        {"/openai/v1/x?y=/z", 1, "/v1/x?y=/z"},
        {"/anthropic", 0, "/"},
        {"/anthropic?beta", 0, "/?beta"},
        {"/openai//x", 1, "//x"},
        {"/openaix/v1", -1, ""},
        {"openai/v1", -1, ""},
        {"*", -1, ""},
        {"/", -1, ""},
        {"", -1, ""},
        {"http://h/openai/v1", -1, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.target);
        const auto route = route_target(names, row.target);
        REQUIRE(route.has_value() == (row.upstream >= 0));
        if (!route) continue;
        CHECK(static_cast<int>(route->upstream) == row.upstream);
        CHECK(route->target == row.rest);
    }
}

TEST_CASE("recorder/route: a head is rewritten in two places and nowhere else") {
    const std::string head =
        "POST /openai/v1/x HTTP/1.1\r\nAccept: */*\r\nhOST:  127.0.0.1:9\r\nX-Host: host: a\r\n\r\n";
    const auto rewritten = rewrite_head(head, "/v1/x", "api.openai.com");
    REQUIRE(rewritten.has_value());
    CHECK(*rewritten ==
          "POST /v1/x HTTP/1.1\r\nAccept: */*\r\nhOST: api.openai.com\r\nX-Host: host: a\r\n\r\n");
    CHECK_FALSE(rewrite_head("GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", "/", "c").has_value());
    CHECK(*rewrite_head("GET /a/ HTTP/1.0\r\n\r\n", "/", "c") == "GET / HTTP/1.0\r\n\r\n");
}

TEST_CASE("recorder/route: the agent's environment has the additions and keeps loopback off proxies") {
    struct Row {
        const char* name;
        std::vector<std::string> inherited, expected;
    };
    const std::vector<Row> rows = {
        {"none", {"A=1"}, {"A=1", "B=2", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost"}},
        {"replaced", {"B=1"}, {"B=2", "NO_PROXY=127.0.0.1,localhost", "no_proxy=127.0.0.1,localhost"}},
        {"one spelling",
         {"NO_PROXY=x"},
         {"B=2", "NO_PROXY=x,127.0.0.1,localhost", "no_proxy=x,127.0.0.1,localhost"}},
        {"everything", {"no_proxy=*"}, {"B=2", "NO_PROXY=*", "no_proxy=*"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(agent_environment(row.inherited, {{"B", "0"}, {"B", "2"}}) == row.expected);
    }
}

}  // namespace stet::test
