#include "envs/files_world.hpp"

#include "envs/files_normal.hpp"
#include "envs/files_tools.hpp"
#include "envs/js_text.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

std::string text_result(std::string_view text) {
    const auto quoted = js::quote(text);
    return fmt::format(
        R"({{"content":[{{"type":"text","text":{0}}}],"structuredContent":{{"content":{0}}}}})", quoted);
}

std::string block_result(std::string_view block) {
    return fmt::format(R"({{"content":[{0}],"structuredContent":{{"content":[{0}]}}}})", block);
}

std::string error_result(std::string_view text) {
    return fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":true}})", js::quote(text));
}

/// What the SDK answers when `arguments` is no object: its validator's findings as a JSON-RPC error.
std::string not_an_object_error(std::string_view got) {
    const auto findings = fmt::format(
        "[\n  {{\n    \"expected\": \"record\",\n    \"code\": \"invalid_type\",\n    \"path\": [\n"
        "      \"params\",\n      \"arguments\"\n    ],\n"
        "    \"message\": \"Invalid input: expected record, received {}\"\n  }}\n]",
        got);
    return fmt::format(R"({{"code":-32603,"message":{}}})", js::quote(findings));
}

bool lists_entries(std::string_view tool) {
    return tool == "list_directory" || tool == "list_directory_with_sizes" || tool == "directory_tree" ||
           tool == "search_files";
}

WorldAnswer unanswered() {
    return {ToolStatus::unanswered, "", false, false};
}

class FilesWorld final : public Environment {
public:
    std::string name() const override { return "files"; }
    std::string version() const override { return "1"; }
    bool knows(std::string_view tool) const override {
        return std::ranges::find(files_tools(), tool) != files_tools().end();
    }

    Result<void> reset(const WorldStart& start) override {
        if (!start.root.starts_with('/')) {
            return Error{"start world files: the root \"" + start.root + "\" is no absolute path",
                         "the recording does not say where the workspace lay"};
        }
        auto store = FileStore::open(start);
        if (!store) return store.error();
        store_ = std::move(*store);
        umask_ = start.umask;
        excluded_ = start.excluded;
        return {};
    }

    WorldAnswer step(const WorldCall& call) override {
        const bool sent = !call.arguments.empty();
        Result<JsonDocument> document = JsonDocument{};
        if (sent) document = JsonDocument::parse(call.arguments);
        if (!document) return unanswered();  // Such a line never reached a tool.
        const auto arguments = sent ? document->root() : JsonValue();
        ArgumentsRefused refused;
        const auto read = read_files_arguments(call.tool, arguments, refused);
        if (!refused.not_an_object.empty()) {
            return {ToolStatus::protocol_error, not_an_object_error(refused.not_an_object), false, false};
        }
        if (!knows(call.tool)) {
            const auto text = fmt::format("MCP error -32602: Tool {} not found", call.tool);
            return {ToolStatus::unknown_tool, error_result(text), false, false};
        }
        if (!read) {
            const auto text =
                fmt::format("MCP error -32602: Input validation error: Invalid arguments for tool {}: {}",
                            call.tool, refused.issues);
            return {ToolStatus::tool_error, error_result(text), false, false};
        }
        return run(call.tool, *read);
    }

    std::string normalise(const WorldCall& call, std::string_view content) const override {
        const auto answer = JsonDocument::parse(content);
        if (!answer || !answer->root().is(JsonKind::object)) return std::string(content);
        const auto root = answer->root();
        const auto arguments = JsonDocument::parse(call.arguments);
        const auto asked = arguments ? arguments->root()["path"] : JsonValue();
        const auto path = asked.is(JsonKind::string) ? js::from_json(asked.raw()) : std::string();
        bool doubtful = false;
        const auto directory = allow_path(store_, path, doubtful);
        const bool failed = root["isError"].boolean().value_or(false);
        const auto text =
            FilesNormal{store_, excluded_}.of(failed ? "" : call.tool, directory ? *directory : "",
                                              root["content"][std::size_t{0}]["text"].text());
        return fmt::format("{} {}", failed ? "error" : "ok", text);
    }

    Digest state() const override { return store_.digest(); }
    const Tree* tree() const override { return &store_.tree(); }
    Result<std::string> content(const Digest& digest) const override { return store_.content(digest); }

private:
    WorldAnswer run(std::string_view tool, const FilesArguments& arguments) {
        FilesTools tools(store_, umask_);
        const auto said = tools.run(tool, arguments);
        if (!said && said.error().unknown) return unanswered();
        WorldAnswer answer;
        answer.status = said ? ToolStatus::ok : ToolStatus::tool_error;
        if (!said) {
            answer.content = error_result(said.error().text);
        } else {
            answer.content = said->block.empty() ? text_result(said->text) : block_result(said->block);
        }
        answer.volatile_values =
            tools.volatile_values() || (said && !excluded_.empty() && lists_entries(tool));
        return answer;
    }

    FileStore store_;
    std::uint32_t umask_ = 022;
    std::vector<std::string> excluded_;
};

}  // namespace

std::unique_ptr<Environment> make_files_world() {
    return std::make_unique<FilesWorld>();
}

}  // namespace stet
