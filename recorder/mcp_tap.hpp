#pragma once

#include <stet/event_sink.hpp>
#include <stet/wire/jsonrpc.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stet {

/// Reads the lines of one MCP connection and says what the log should get. Pure.
///
/// Answers are paired with questions by id *and direction*: server and client number theirs alike.
/// A batch gives one event per element, each with the whole line as its payload.
class McpTap {
public:
    explicit McpTap(std::string name) : name_(std::move(name)), peer_("mcp:" + name_) {}

    struct Fact {
        Draft draft;
        std::optional<std::string> opens;  ///< A question: tell `opened` its seq once it has one.
    };
    struct Reading {
        std::vector<Fact> facts;
        bool answers_tool_call = false;
    };
    /// One line, with its line end if it had one.
    Reading read(Side from, std::string line, const Instant& at);
    void opened(const std::string& key, Seq seq);

    /// Tool calls that wait for their answers.
    std::size_t tool_calls_open() const;
    /// The agent's questions that were never answered, in the order of their keys.
    std::vector<Seq> unanswered() const;
    const std::string& name() const { return name_; }
    const std::string& peer() const { return peer_; }

private:
    struct Open {
        std::optional<Seq> seq;
        std::string method;
        std::int64_t asked_us = 0;
    };
    static std::string key_of(Side asked_by, const std::string& id);
    void add(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
             const Instant& at);
    void add_question(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
                      const Instant& at);
    void add_answer(Reading& reading, Side from, const RpcMessage& message, const std::string& line,
                    const Instant& at);
    void add_noise(Reading& reading, Side from, std::string line, const Instant& at) const;

    std::string name_, peer_;
    std::map<std::string, Open> open_;
};

}  // namespace stet
