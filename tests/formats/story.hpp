#pragma once

#include "tests/support/memory_log.hpp"

#include <string>
#include <utility>
#include <vector>

namespace stet::test {

inline Slice whole(const Payload& payload) {
    return {payload, 0, payload.size, Coding::raw};
}

/// One conversation written down by hand: what a recorder would have kept of it.
class Story {
public:
    MemoryLog log;

    explicit Story(
        std::string tools = R"([{"name":"edit","description":"Edits.","input_schema":{"type":"object"}}])")
        : tools_(std::move(tools)) {
        log.summary.id = TrajectoryId{{7}};
        log.summary.standing = Standing::sealed;
        log.summary.root = sha256("root");
        Begin begin;
        begin.task_id = "task:1";
        begin.instruction = "fix it";
        begin.recorder = "stet test";
        log.add(begin);
    }

    /// A model turn: the call and, unless `cut`, its answer with one tool call or none.
    Seq turn(const std::string& said, const std::string& tool = {}, const std::string& arguments = {},
             std::uint32_t conversation = 1) {
        ++step_;
        const auto request = log.add(Request{.peer = "m", .method = "POST"}, Step{step_});
        ModelCall call{.dialect = "anthropic-messages",
                       .model = "m-1",
                       .conversation = conversation,
                       .sampling = R"({"max_tokens":9})"};
        call.tools_json = whole(log.keep(tools_));
        call.tools = 1;
        last_call_ = log.add(call, Step{step_}, request);
        last_request_ = request;
        const auto response = log.add(Response{.status = 200}, Step{step_}, request);
        ModelResult result{.call = last_call_,
                           .model = "m-1-served",
                           .finish_reason = tool.empty() ? "end_turn" : "tool_use"};
        result.text = whole(log.keep(said));
        result.usage.input = 10;
        log.add(result, Step{step_}, response);
        if (tool.empty()) return last_call_;
        return log.add(ToolCall{.call_id = "c" + std::to_string(step_),
                                .tool = tool,
                                .arguments = whole(log.keep(arguments))},
                       Step{step_}, response);
    }
    void user(const std::string& text) {
        // Messages are read off the request of a call: what is said belongs to the next turn's conversation.
        log.add(Message{.role = "user", .content = whole(log.keep(text))}, Step{step_}, last_request_);
    }
    void shown(Seq call, const std::string& text, bool error) {
        log.add(Observation{.call = call,
                            .call_id = "c" + std::to_string(step_),
                            .content = whole(log.keep(text)),
                            .error = error},
                Step{step_});
    }

private:
    std::string tools_;
    std::uint32_t step_ = 0;
    Seq last_call_, last_request_;
};

}  // namespace stet::test
