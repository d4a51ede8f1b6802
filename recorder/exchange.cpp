#include "recorder/exchange.hpp"

#include <stet/wire/protocol.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include <utility>

// The way up: the agent's request, and the agent itself. The way down is in exchange_answer.cpp.

namespace stet {

Exchange::Exchange(RelayShare& share, Link& agent, Link& upstream, Signal& news, HttpReader& request,
                   ExchangeLog& log, std::uint32_t connection)
    : share_(share),
      agent_(agent),
      upstream_(upstream),
      news_(news),
      request_(request),
      log_(log),
      connection_(connection),
      answer_(share.limits) {
    answer_.begin(request.head().method == "HEAD");
    model_request_ = asks_model(request.head().method, request.head().target);
}

asio::awaitable<Exchange::Ending> Exchange::run(std::string first, std::string body, bool complete) {
    if (model_request_) ++share_.model_requests_open;
    log_.add_request_body(body);
    request_complete_ = complete;
    asio::co_spawn(share_.io, upload(std::move(first)), or_throw);
    co_await download();
    over_ = true;
    // The upload may still be waiting for an upstream that takes no more.
    if (!request_complete_ || ending_ != Ending::in_order) upstream_.close();
    news_.notify();
    while (!upload_over_ || scanning_)
        co_await news_.wait();
    log_.end_request();
    if (model_request_) --share_.model_requests_open;
    co_return request_complete_ || ending_ != Ending::in_order ? ending_ : Ending::closed;
}

asio::awaitable<void> Exchange::upload(std::string first) {
    const error_code failure = co_await upstream_.write(first);
    upload_failed_ = static_cast<bool>(failure);
    bool more = !request_complete_ && !upload_failed_;
    while (more)
        more = co_await upload_block();
    request_is_over();
    co_await watch_agent();
    upload_over_ = true;
    news_.notify();
}

/// Carries one block of the request's body; false when it is over.
asio::awaitable<bool> Exchange::upload_block() {
    while (!agent_.has_block() && !agent_.ended() && !over_)
        co_await news_.wait();
    if (over_) co_return false;
    if (!agent_.has_block()) {
        request_cut();
        co_return false;
    }
    const auto block = agent_.block();
    const auto piece = request_.read(block);
    if (!piece) {
        log_.record_request(false);
        log_.record_error({"body", "malformed", Side::agent, piece.error().what, agent_.bytes_read(), 0});
        broken_by_ = Side::recorder;
        upstream_.reset();
        co_return false;
    }
    log_.add_request_body(piece->body);
    request_complete_ = piece->message_done;
    const error_code failure = co_await upstream_.write(block.substr(0, piece->consumed));
    upload_failed_ = static_cast<bool>(failure);
    agent_.take(piece->consumed);
    co_return !request_complete_ && !upload_failed_;
}

void Exchange::request_cut() {
    request_cut_ = true;
    broken_by_ = Side::agent;
    log_.record_request(false);
    const auto kind = agent_.ended_by_reset() ? "reset" : "truncated";
    log_.record_error({"send", kind, Side::agent, "the agent stopped in the middle of its request",
                       agent_.bytes_read(), 0});
}

/// The request is in the log from here on; the state that it was made from is looked at meanwhile.
void Exchange::request_is_over() {
    const bool whole = request_complete_ && !log_.request_recorded();
    log_.record_request(request_complete_);
    if (!whole || !model_request_ || share_.watch == nullptr) return;
    scanning_ = true;
    asio::co_spawn(share_.io, look_at_state(), or_throw);
}

asio::awaitable<void> Exchange::look_at_state() {
    StateWatch::Look look;
    look.connection = connection_;
    look.cause = log_.request();
    look.ambiguous = share_.model_requests_open > 1;
    co_await share_.watch->look(look);
    scanning_ = false;
    news_.notify();
}

/// While the answer is on its way: the agent may end its side (the upstream is told the same way), may
/// go away, may go on after an upgrade; and a body that its answer overtook may go on, too.
asio::awaitable<void> Exchange::watch_agent() {
    bool told = false;
    while (!over_ && !agent_gone_) {
        const bool may_read = unread_ || (!request_complete_ && upload_failed_);
        if (agent_.has_block() && may_read) {
            const auto block = agent_.block();
            if (unread_) co_await upstream_.write(block);
            unread_upload_bytes_ += block.size();
            agent_.take(block.size());
        } else if (agent_.ended() && !agent_.has_block() && !std::exchange(told, true)) {
            agent_gone_ = agent_.ending() != asio::error::eof;
            if (!agent_gone_) upstream_.shutdown_send();
            news_.notify();
        } else {
            co_await news_.wait();
        }
    }
}

}  // namespace stet
