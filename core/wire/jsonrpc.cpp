#include <stet/wire/jsonrpc.hpp>

namespace stet {
namespace {

Error no_message(const char* what) {
    return Error{std::string("read a JSON-RPC message: ") + what, "the line is kept as it came"};
}

Result<RpcMessage> read_question(const JsonValue& value, const JsonValue& id) {
    if (value["result"] || value["error"]) return no_message("it is a question and an answer at once");
    if (!value["method"].is(JsonKind::string)) return no_message("the method is no string");
    const auto params = value["params"];
    if (params && !params.is(JsonKind::object) && !params.is(JsonKind::array))
        return no_message("params are neither an object nor an array");
    RpcMessage message;
    message.kind = id ? RpcKind::request : RpcKind::notification;
    message.method = value["method"].text();
    message.body = params;
    if (id.is(JsonKind::null)) return no_message("a request has the id null");
    if (id) message.id = id.raw();
    return message;
}

Result<RpcMessage> read_answer(const JsonValue& value, const JsonValue& id) {
    const auto result = value["result"], error = value["error"];
    if (result && error) return no_message("it has both a result and an error");
    if (!result && !error) return no_message("it has no method, no result and no error");
    if (!id) return no_message("an answer has no id");
    if (error && !error.is(JsonKind::object)) return no_message("the error is no object");
    RpcMessage message;
    message.kind = result ? RpcKind::result : RpcKind::error;
    message.body = result ? result : error;
    message.id = id.raw();
    return message;
}

}  // namespace

Result<RpcMessage> read_rpc(const JsonValue& value) {
    if (!value.is(JsonKind::object)) return no_message("it is no object");
    if (!value["jsonrpc"].is(JsonKind::string) || value["jsonrpc"].text() != "2.0")
        return no_message("it does not say jsonrpc \"2.0\"");
    const auto id = value["id"];
    const bool id_is_good =
        !id || id.is(JsonKind::string) || id.is(JsonKind::number) || id.is(JsonKind::null);
    if (!id_is_good) return no_message("the id is neither a string nor a number");
    return value["method"] ? read_question(value, id) : read_answer(value, id);
}

}  // namespace stet
