#pragma once

#include "core/wire/tool_ledger.hpp"
#include "core/wire/wire_text.hpp"

#include <stet/wire/jsonrpc.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// What a JSON-RPC request or notification means; found without changing anything.
struct RpcPlan {
    std::unique_ptr<WireText> text;
    std::optional<RpcMessage> message;  ///< Empty: it could not be read.
    std::string problem;
    bool is_tool_call = false;
    std::optional<Seq> asked_by;   ///< The model's tool call.
    std::optional<Seq> continues;  ///< The request whose call this one goes on with.
};

/// Reads MCP (Model Context Protocol, up to 2026-07-28) over JSON-RPC lines: tool calls and results
/// at the tool boundary, progress, cancellations, and what a server asks of the client.
class RpcWire {
public:
    /// Requests without an answer; older ones are forgotten.
    static constexpr std::size_t open_max = 4096;

    /// `ledger` must outlive this.
    explicit RpcWire(ToolLedger& ledger) : ledger_(ledger) {}

    RpcPlan plan(const Request& request, const ProtocolReader::Fetch& fetch) const;
    /// The step of the call that the plan goes on with or belongs to.
    std::optional<Step> step_of(const RpcPlan& plan) const;
    std::optional<Step> step_of(Seq request) const;

    void take(const Event& event, const Request& request, const RpcPlan& plan, Seq next,
              std::vector<Parsed>& out);
    void take(const Event& event, const Response& response, const ProtocolReader::Fetch& fetch,
              std::vector<Parsed>& out);
    /// The request will not be answered.
    void fail(const Event& event, Seq request, ToolStatus status, std::vector<Parsed>& out);
    void close(const Event& event, std::vector<Parsed>& out);

private:
    struct Open {
        Side from = Side::agent;
        std::uint32_t connection = 0;
        std::string id, method;
        std::optional<Seq> call;  // Tool calls only.
        Step step;
        std::string actor;
        std::string token;         // For progress; raw JSON.
        std::string continuation;  // What the server gave to go on with; raw JSON.
        bool cancelled = false;
    };
    using OpenRequests = std::map<Seq, Open>;

    void take_tool_call(const Event& event, const Request& request, const RpcPlan& plan, Seq next,
                        std::vector<Parsed>& out);
    void take_notification(const Event& event, const Request& request, const RpcPlan& plan,
                           std::vector<Parsed>& out);
    void take_tool_answer(const Event& event, OpenRequests::iterator open, const RpcMessage& message,
                          const WireText& text, std::vector<Parsed>& out);
    void take_client_answer(const Event& event, const Open& open, const RpcMessage& message,
                            const WireText& text, std::vector<Parsed>& out) const;
    void end_call(const Event& event, const Open& open, ToolStatus status, std::vector<Parsed>& out);
    OpenRequests::iterator find(std::uint32_t connection, Side from, std::string_view id);
    OpenRequests::iterator find_answered(const Event& event, const RpcMessage& message);

    ToolLedger& ledger_;
    OpenRequests open_;  // By the request's seq.
};

}  // namespace stet
