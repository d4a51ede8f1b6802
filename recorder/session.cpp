#include "recorder/session.hpp"

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace stet {
namespace {

// What an agent may still send, and how long it may take to close, after it has been told to.
constexpr std::size_t politeness_bytes_max = 1 << 20;
constexpr std::chrono::seconds politeness_time{2};

bool expects_continue(const HttpHead& head) {
    return head.has_token("expect", "100-continue");
}

}  // namespace

Session::Session(RelayShare& share, const Destinations& destinations, tcp::socket agent)
    : share_(share),
      destinations_(destinations),
      news_(share.io.get_executor()),
      agent_(std::move(agent), news_),
      request_(HttpReader::Role::requests, share.limits) {}

asio::awaitable<void> Session::run() {
    agent_.start();
    bool more = true;
    while (more && !share_.stopping)
        more = co_await serve_request();
    if (share_.stopping) closing_.by = Side::recorder;
    if (closing_.reset) {
        agent_.reset();
    } else {
        agent_.close();
    }
    co_await drop_upstream();
    while (agent_.reading())
        co_await news_.wait();
    end_connection();
}

void Session::cut() {
    agent_.reset();
    if (upstream_) upstream_->reset();
    news_.notify();
}

/// One request and its answer; false when the connection is over.
asio::awaitable<bool> Session::serve_request() {
    const Incoming incoming = co_await read_head();
    if (incoming == Incoming::nothing) co_return false;
    busy_ = true;
    if (incoming == Incoming::malformed) {
        if (connection_ == 0) begin_connection("", "tcp");
        ExchangeLog log(share_.ledger, connection_, "");
        // As a head, not as a gap's raw bytes: so the redactor finds the credentials in it.
        log.record_gap({problem_, "request", raw_head_.size(), {}});
        log.set_request(HttpHead{}, std::exchange(raw_head_, {}), "");
        log.record_request(false);
        TransportError error{"head", problem_kind_, Side::agent, problem_, agent_.bytes_read(), 400};
        co_await refuse(log, 400, std::move(error), "stet_malformed_request");
        co_return false;
    }
    const auto route = route_target(destinations_.names, request_.head().target);
    if (!route) {
        if (connection_ == 0) begin_connection("", "tcp");
        ExchangeLog log(share_.ledger, connection_, "");
        log.set_request(request_.head(), request_.head_bytes(), request_.head().target);
        co_await read_rest_of_request(log);
        const auto what = fmt::format("{}; {}", route.error().what, route.error().hint);
        // The request is good; it is this recorder that has nowhere to send it.
        TransportError error{"head", "unreachable", Side::recorder, what, agent_.bytes_read(), 404};
        co_await refuse(log, 404, std::move(error), "stet_unknown_upstream");
        co_return false;
    }
    const auto& name = destinations_.all[route->upstream].name;
    if (upstream_index_ != route->upstream || connection_ == 0) {
        co_await drop_upstream();
        end_connection();
        begin_connection(name, destinations_.all[route->upstream].transport);
        upstream_index_ = route->upstream;
    }
    ExchangeLog log(share_.ledger, connection_, name);
    log.set_request(request_.head(), request_.head_bytes(), route->target);
    const bool more = co_await carry(*route, log);
    busy_ = false;
    co_return more;
}

/// Waits for the next request. An upstream that ends meanwhile ends the connection.
asio::awaitable<Session::Incoming> Session::read_head() {
    raw_head_.clear();
    first_body_.clear();
    while (true) {
        while (!agent_.has_block() && !agent_.ended()) {
            const bool idle_end = upstream_ && (upstream_->ended() || upstream_->has_block());
            if (idle_end && raw_head_.empty()) {
                note_unasked_bytes();
                closing_.by = Side::upstream;
                closing_.reset = upstream_->ended_by_reset();
                co_return Incoming::nothing;
            }
            co_await news_.wait();
        }
        if (!agent_.has_block()) {
            if (raw_head_.empty()) {
                closing_.reset = agent_.ended_by_reset();
                co_return Incoming::nothing;
            }
            problem_ = "the agent stopped in the middle of a request's head";
            problem_kind_ = "truncated";
            co_return Incoming::malformed;
        }
        const auto block = agent_.block();
        const auto piece = request_.read(block);
        raw_head_.append(block.substr(0, piece ? piece->consumed : block.size()));
        agent_.take(piece ? piece->consumed : block.size());
        if (!piece) {
            problem_ = piece.error().what;
            co_return Incoming::malformed;
        }
        if (!piece->head_done) continue;
        first_body_ = piece->body;
        request_complete_ = piece->message_done;
        co_return Incoming::head;
    }
}

asio::awaitable<bool> Session::carry(const Route& route, ExchangeLog& log) {
    if (share_.ledger.failed()) {
        co_await answer_error(503, "stet_not_recording",
                              "the recording has failed; nothing is relayed unrecorded");
        co_return false;
    }
    const auto& destination = destinations_.all[route.upstream];
    const auto head = rewrite_head(request_.head_bytes(), route.target, destination.url.authority());
    if (!head) {
        log.record_request(false);
        TransportError error{"head", "malformed", Side::agent, head.error().what, agent_.bytes_read(), 400};
        co_await refuse(log, 400, std::move(error), "stet_malformed_request");
        co_return false;
    }
    const bool reached = co_await reach(route.upstream, log);
    if (!reached) co_return false;
    const auto after_head = raw_head_.find(request_.head_bytes()) + request_.head_bytes().size();
    auto first = *head + raw_head_.substr(after_head);
    Exchange exchange(share_, agent_, *upstream_, news_, request_, log, connection_);
    const auto ending = co_await exchange.run(std::move(first), std::move(first_body_), request_complete_);
    if (ending == Exchange::Ending::in_order) co_return true;
    closing_.by = exchange.broken_by();
    closing_.reset = ending == Exchange::Ending::reset;
    if (share_.ledger.failed() && !exchange.answer_begun()) {
        closing_.reset = false;
        co_await answer_error(503, "stet_not_recording",
                              "the recording has failed; nothing is relayed unrecorded");
    } else if (ending == Exchange::Ending::closed) {
        co_await close_politely();
    }
    co_return false;
}

/// Makes sure that there is a connection upstream; when there cannot be one, the agent is told so.
asio::awaitable<bool> Session::reach(std::size_t upstream, ExchangeLog& log) {
    // Nothing of this request has been sent yet, so a connection that went stale is simply replaced.
    const bool stale = upstream_ && (upstream_->ended() || upstream_->has_block());
    if (stale) {
        note_unasked_bytes();
        co_await drop_upstream();
    }
    if (upstream_) co_return true;
    const auto& destination = destinations_.all[upstream];
    upstream_ = std::make_unique<Link>(tcp::socket(share_.io), news_);
    error_code failure = co_await upstream_->connect(destination.url.host, destination.url.port);
    if (!failure && destination.url.tls)
        failure = co_await upstream_->secure(*destinations_.tls, destination.url.host);
    if (!failure) {
        upstream_->start();
        co_return true;
    }
    TransportError error;
    error.phase = upstream_->failed_phase();
    error.kind = error.phase == "tls" ? "tls" : kind_of_failure(failure);
    error.detail = fmt::format("{} at {} ({}): {}", destination.name, destination.url.authority(),
                               error.phase, failure.message());
    error.answered_status = 502;
    upstream_.reset();
    co_await read_rest_of_request(log);
    co_await refuse(log, 502, std::move(error), "stet_upstream_unreachable");
    co_return false;
}

/// The request is recorded even when it goes nowhere: the agent's next try is then seen as one.
asio::awaitable<void> Session::read_rest_of_request(ExchangeLog& log) {
    log.add_request_body(first_body_);
    while (!request_complete_ && !expects_continue(request_.head())) {
        while (!agent_.has_block() && !agent_.ended())
            co_await news_.wait();
        if (!agent_.has_block()) break;
        const auto piece = request_.read(agent_.block());
        agent_.take(piece ? piece->consumed : agent_.block().size());
        if (!piece) break;
        log.add_request_body(piece->body);
        request_complete_ = piece->message_done;
    }
    log.record_request(request_complete_);
}

/// Records the error and answers it, in this order.
asio::awaitable<void> Session::refuse(ExchangeLog& log, int status, TransportError error, std::string type) {
    auto message = error.detail;
    log.record_error(std::move(error));
    const bool good = co_await durable(share_.ledger, log.ticket());
    closing_.by = Side::recorder;
    if (!good) {
        status = 503;
        type = "stet_not_recording";
        message = "the recording has failed; nothing is relayed unrecorded";
    }
    co_await answer_error(status, std::move(type), std::move(message));
}

asio::awaitable<void> Session::answer_error(int status, std::string type, std::string message) {
    closing_.by = Side::recorder;
    const std::vector<HttpField> fields(1, HttpField{"Connection", "close"});
    const auto answer = make_response(status, "application/json", error_body(type, message), fields);
    co_await agent_.write(answer);
    co_await close_politely();
}

/// Closing over unread bytes would reset the connection, and the agent might lose what it was sent.
asio::awaitable<void> Session::close_politely() {
    agent_.shutdown_send();
    const auto enough = agent_.bytes_read() + politeness_bytes_max;
    const Deadline patience(news_, share_.io.get_executor(), politeness_time);
    while (agent_.bytes_read() < enough && !share_.stopping && !patience.over()) {
        if (agent_.has_block()) {
            agent_.take(agent_.block().size());
        } else if (agent_.ended()) {
            break;
        } else {
            co_await news_.wait();
        }
    }
}

/// An upstream that speaks unasked (a 408 to an idle connection, mostly) is about to close.
void Session::note_unasked_bytes() {
    if (!upstream_->has_block()) return;
    auto draft = share_.ledger.draft(connection_);
    Gap gap;
    gap.reason = "bytes that no request asked for";
    gap.place = "answer";
    gap.bytes = upstream_->block().size();
    gap.raw = draft.attach(std::string(upstream_->block()));
    draft.body = std::move(gap);
    share_.ledger.append(std::move(draft));
}

asio::awaitable<void> Session::drop_upstream() {
    if (!upstream_) co_return;
    if (closing_.by == Side::agent && agent_.ended_by_reset()) {
        upstream_->reset();
    } else {
        upstream_->close();
    }
    while (upstream_->reading())
        co_await news_.wait();
    upstream_bytes_ += upstream_->bytes_read();
    upstream_.reset();
}

void Session::begin_connection(std::string peer, std::string transport) {
    connection_ = share_.ledger.next_connection();
    auto draft = share_.ledger.draft(connection_);
    draft.body = ConnectionOpened{std::move(peer), std::move(transport)};
    share_.ledger.append(std::move(draft));
}

void Session::end_connection() {
    if (connection_ == 0) return;
    auto draft = share_.ledger.draft(connection_);
    closing_.bytes_from_agent = agent_.bytes_read() - agent_bytes_before_;
    closing_.bytes_from_upstream = upstream_bytes_;
    draft.body = closing_;
    share_.ledger.append(std::move(draft));
    agent_bytes_before_ = agent_.bytes_read();
    upstream_bytes_ = 0;
    closing_ = {};
    connection_ = 0;
}

}  // namespace stet
