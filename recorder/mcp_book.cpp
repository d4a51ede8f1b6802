#include "recorder/mcp_book.hpp"

#include <fmt/format.h>

#include <utility>

namespace stet {

McpBook::McpBook(Ledger& ledger, StateWatch* watch, std::string name)
    : ledger_(ledger),
      watch_(watch),
      tap_(std::move(name)),
      connection_(ledger.next_connection()),
      output_(ledger.next_stream()) {}

void McpBook::append(Draft draft) {
    draft.connection = connection_;
    if (const auto appended = ledger_.append(std::move(draft))) ticket_ = appended->ticket;
}

void McpBook::started(const std::vector<std::string>& argv) {
    auto opened = ledger_.draft(connection_);
    opened.body = ConnectionOpened{tap_.peer(), "stdio"};
    append(std::move(opened));
    auto started = ledger_.draft(connection_);
    started_us_ = started.at.mono_us;
    started.body = ProcessStarted{tap_.name(), argv};
    append(std::move(started));
}

void McpBook::line(Side from, std::string line) {
    (from == Side::agent ? bytes_from_agent_ : bytes_from_server_) += line.size();
    auto reading = tap_.read(from, std::move(line), ledger_.now());
    std::optional<Seq> last;
    for (auto& fact : reading.facts) {
        fact.draft.connection = connection_;
        const auto appended = ledger_.append(std::move(fact.draft));
        if (!appended) return;
        ticket_ = appended->ticket;
        last = appended->seq;
        if (fact.opens) tap_.opened(*fact.opens, appended->seq);
    }
    if (!reading.answers_tool_call) return;
    // Two answers before one look: nobody can tell which of the two calls did what.
    if (unseen_ || reading.facts.size() > 1 || tap_.tool_calls_open() > 0) unseen_ambiguous_ = true;
    unseen_ = last;
}

void McpBook::output(std::string bytes) {
    output(std::move(bytes), false);
}

void McpBook::output(std::string bytes, bool last) {
    auto draft = ledger_.draft(connection_);
    ProcessOutput output{tap_.name(), "stderr", {}};
    if (!bytes.empty()) output.bytes = draft.attach(std::move(bytes));
    draft.body = std::move(output);
    draft.piece = Piece{output_, last};
    append(std::move(draft));
}

asio::awaitable<bool> McpBook::leave() {
    if (unseen_ && watch_ != nullptr) {
        StateWatch::Look look;
        look.connection = connection_;
        look.cause = std::exchange(unseen_, {});
        look.ambiguous = std::exchange(unseen_ambiguous_, false);
        if (const auto ticket = co_await watch_->look(look)) ticket_ = *ticket;
    }
    const bool good = co_await durable(ledger_, ticket_);
    co_return good;
}

asio::awaitable<void> McpBook::room() {
    co_return;
}

void McpBook::ended(const AgentOutcome& outcome) {
    output({}, true);
    for (const auto& seq : tap_.unanswered()) {
        auto draft = ledger_.draft(connection_, seq);
        TransportError error;
        error.phase = "head";
        error.kind = "closed";
        error.detail = "the server ended before it answered";
        if (outcome.exit_code) error.detail += fmt::format(" (exit code {})", *outcome.exit_code);
        if (outcome.signal) error.detail += fmt::format(" (signal {})", *outcome.signal);
        draft.body = std::move(error);
        append(std::move(draft));
    }
    auto exited = ledger_.draft(connection_);
    const auto passed_ms = static_cast<std::uint64_t>((exited.at.mono_us - started_us_) / 1000);
    exited.body = ProcessExited{tap_.name(), outcome.exit_code, outcome.signal, passed_ms};
    append(std::move(exited));
    ConnectionClosed closed;
    closed.by = Side::upstream;
    close(closed);
}

void McpBook::lost() {
    output({}, true);
    auto draft = ledger_.draft(connection_);
    draft.body = Gap{"the MCP relay went away without saying how its server ended", tap_.peer(), 0, {}};
    append(std::move(draft));
    ConnectionClosed closed;
    closed.by = Side::agent;
    closed.reset = true;
    close(closed);
}

void McpBook::close(const ConnectionClosed& closed) {
    auto draft = ledger_.draft(connection_);
    auto body = closed;
    body.bytes_from_agent = bytes_from_agent_;
    body.bytes_from_upstream = bytes_from_server_;
    draft.body = body;
    append(std::move(draft));
}

}  // namespace stet
