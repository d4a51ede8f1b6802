#include <stet/wire/jsonrpc.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace stet {
namespace {

TEST_CASE("wire/jsonrpc: messages are told apart, whatever the order of their members") {
    struct Row {
        std::string_view line;
        RpcKind kind;
        std::string_view id, method, body;
    };
    const std::vector<Row> rows = {
        {R"({"method":"tools/call","params":{"name":"x"},"jsonrpc":"2.0","id":3})", RpcKind::request, "3",
         "tools/call", R"({"name":"x"})"},
        {R"({"jsonrpc":"2.0","id":"a\"b","method":"ping"})", RpcKind::request, R"("a\"b")", "ping", ""},
        {R"({"jsonrpc":"2.0","method":"notifications/initialized"})", RpcKind::notification, "",
         "notifications/initialized", ""},
        {R"({"result":{"content":[]},"jsonrpc":"2.0","id":0})", RpcKind::result, "0", "",
         R"({"content":[]})"},
        {R"({"jsonrpc":"2.0","id":1,"result":null})", RpcKind::result, "1", "", "null"},
        {R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}})", RpcKind::error, "null", "",
         R"({"code":-32700,"message":"x"})"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.line);
        const auto document = JsonDocument::parse(row.line);
        REQUIRE(document.has_value());
        const auto message = read_rpc(document->root());
        REQUIRE(message.has_value());
        CHECK(message->kind == row.kind);
        CHECK(message->id == row.id);
        CHECK(message->method == row.method);
        CHECK(message->body.raw() == row.body);
    }
}

TEST_CASE("wire/jsonrpc: what is no message is refused") {
    const std::vector<std::string_view> rows = {
        "1",
        "[]",
        "{}",
        R"({"id":1,"method":"ping"})",
        R"({"jsonrpc":"1.0","id":1,"method":"ping"})",
        R"({"jsonrpc":2.0,"id":1,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1})",
        R"({"jsonrpc":"2.0","id":1,"method":7})",
        R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":[1],"method":"ping"})",
        R"({"jsonrpc":"2.0","id":true,"result":{}})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","params":"x"})",
        R"({"jsonrpc":"2.0","id":1,"method":"ping","result":{}})",
        R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
        R"({"jsonrpc":"2.0","id":1,"error":"bad"})",
        R"({"jsonrpc":"2.0","result":{}})",
    };
    for (const auto line : rows) {
        CAPTURE(line);
        const auto document = JsonDocument::parse(line);
        REQUIRE(document.has_value());
        CHECK_FALSE(read_rpc(document->root()).has_value());
    }
}

TEST_CASE("wire/jsonrpc: lines are the same however their bytes arrive") {
    const std::string stream = "{\"a\":1}\n\n{\"b\":2}\r\nrest";
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        CAPTURE(cut);
        LineReader reader;
        std::vector<std::string> lines;
        const auto keep = [&](std::string line) { lines.push_back(std::move(line)); };
        reader.read(std::string_view(stream).substr(0, cut), keep);
        reader.read(std::string_view(stream).substr(cut), keep);
        CHECK(lines == std::vector<std::string>{"{\"a\":1}\n", "\n", "{\"b\":2}\r\n"});
        CHECK(reader.rest() == "rest");
    }
}

TEST_CASE("wire/jsonrpc: a line without an end is given out at the limit") {
    LineReader reader(4);
    std::vector<std::string> lines;
    for (const char& byte : std::string("abcdefghi\n"))
        reader.read({&byte, 1}, [&](std::string line) { lines.push_back(std::move(line)); });
    CHECK(lines == std::vector<std::string>{"abcd", "efgh", "i\n"});
}

}  // namespace
}  // namespace stet
