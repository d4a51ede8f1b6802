#include "recorder/exchange.hpp"

#include <fmt/format.h>

#include <utility>

// The way down: the upstream's answer, and what of it must wait for the log.

namespace stet {

asio::awaitable<void> Exchange::download() {
    while (!over_) {
        while (!upstream_.has_block() && !upstream_.ended() && !agent_gone_)
            co_await news_.wait();
        if (agent_gone_) {
            record_agent_gone();
        } else if (upstream_.has_block()) {
            co_await download_block();
        } else {
            co_await answer_ended();
        }
    }
}

asio::awaitable<void> Exchange::download_block() {
    while (upstream_.has_block() && !over_) {
        const auto block = upstream_.block();
        const auto step = answer_.read(block);
        if (!step) {
            co_await relay_unread(step.error().what);
            co_return;
        }
        if (share_.ledger.failed()) {
            ending_ = Ending::reset;
            broken_by_ = Side::recorder;
            over_ = true;
            co_return;
        }
        co_await send(block.substr(0, step->forward));
        if (step->head_done) log_.set_answer(answer_.head(), answer_.head_bytes());
        if (!log_.has_answer()) begun_head_.append(block.substr(0, step->forward));
        log_.add_answer_body(step->body, step->text);
        if (agent_gone_) co_return;
        if (step->hold != Hold::none) {
            const bool leave = co_await leave_for(step->hold);
            if (!leave) co_return;
            co_await send(block.substr(step->forward, step->held));
        }
        upstream_.take(step->forward + step->held);
        if (step->done && answer_.switches_protocols()) {
            co_await relay_upgraded();
        } else if (step->done && !agent_gone_) {
            over_ = true;
        }
    }
}

/// May what is held be sent? Waits until the log has everything that must be in it before.
asio::awaitable<bool> Exchange::leave_for(Hold hold) {
    // An answer can overtake its request (a refusal, mostly): then the log gets what had come of it.
    request_is_over();
    while (scanning_)
        co_await news_.wait();
    if (hold == Hold::message) log_.record_response(true);
    const bool good = co_await durable(share_.ledger, log_.ticket());
    if (!good) {
        ending_ = Ending::reset;
        broken_by_ = Side::recorder;
        over_ = true;
    }
    co_return good;
}

asio::awaitable<void> Exchange::send(std::string_view bytes) {
    const error_code failure = co_await agent_.write(bytes);
    if (failure) {
        agent_gone_ = true;
    } else {
        sent_bytes_ += bytes.size();
    }
}

/// The agent has seen the beginning of a head that makes no response.
void Exchange::record_begun_head() {
    if (log_.has_answer() || begun_head_.empty()) return;
    const auto bytes = begun_head_.size();
    log_.record_gap({"the answer was cut in its head", "answer", bytes, {}}, std::exchange(begun_head_, {}));
}

void Exchange::record_agent_gone() {
    over_ = true;
    ending_ = Ending::agent_gone;
    broken_by_ = share_.stopping ? Side::recorder : Side::agent;
    log_.record_request(request_complete_);
    record_begun_head();
    log_.record_response(false);
    TransportError error;
    error.phase = sent_bytes_ > 0 ? "body" : "head";
    error.kind = agent_.ended() && !agent_.ended_by_reset() ? "closed" : "reset";
    error.by = broken_by_;
    error.detail = share_.stopping ? "the agent ended and did not fetch this answer"
                                   : "the agent went away before its answer was complete";
    error.bytes_received = sent_bytes_;
    log_.record_error(std::move(error));
}

asio::awaitable<void> Exchange::answer_ended() {
    const bool orderly = upstream_.ending() == asio::error::eof;
    if (orderly && answer_.end_of_stream()) {
        const bool leave = co_await leave_for(Hold::message);
        if (!leave) co_return;
        ending_ = Ending::closed;
        over_ = true;
        co_return;
    }
    const bool in_body = log_.has_answer();
    const bool reset = upstream_.ended_by_reset();
    if (request_cut_ && !in_body) {
        ending_ = Ending::closed;
        over_ = true;
        co_return;
    }
    // An agent that has ended its side has most likely gone; the upstream was told so, and stopped.
    if (agent_.ended() && broken_by_ == Side::upstream) broken_by_ = Side::agent;
    TransportError error;
    error.phase = in_body ? "body" : request_complete_ ? "head" : "send";
    error.kind = reset ? "reset" : in_body ? "truncated" : "closed";
    error.by = broken_by_;
    error.detail =
        in_body ? "the answer was cut in its body" : "the connection ended before an answer's head";
    if (!orderly) error.detail += ": " + upstream_.ending().message();
    error.bytes_received = sent_bytes_;
    co_await fail_answer(std::move(error), reset ? Ending::reset : Ending::closed);
}

/// The agent is cut off the same way, but not before the log knows why.
asio::awaitable<void> Exchange::fail_answer(TransportError error, Ending ending) {
    request_is_over();
    while (scanning_)
        co_await news_.wait();
    record_begun_head();
    log_.record_response(false);
    log_.record_error(std::move(error));
    const bool good = co_await durable(share_.ledger, log_.ticket());
    ending_ = good ? ending : Ending::reset;
    over_ = true;
}

/// What came is no HTTP: the agent gets it as it is, once the log has it, until one of the two ends it.
asio::awaitable<void> Exchange::relay_unread(std::string reason) {
    unread_ = true;
    news_.notify();
    request_is_over();
    const auto phase = log_.has_answer() ? "body" : "head";
    if (!log_.has_answer()) log_.record_raw(std::exchange(begun_head_, {}));
    while (!agent_gone_) {
        if (upstream_.has_block()) {
            const auto block = upstream_.block();
            log_.record_raw(block);
            const bool leave = co_await leave_for(Hold::event);
            if (!leave) co_return;
            co_await send(block);
            upstream_.take(block.size());
        } else if (upstream_.ended()) {
            break;
        } else {
            co_await news_.wait();
        }
    }
    log_.end_raw();
    const auto ending = agent_gone_                  ? Ending::agent_gone
                        : upstream_.ended_by_reset() ? Ending::reset
                                                     : Ending::closed;
    TransportError error{phase, "malformed", Side::upstream, std::move(reason), sent_bytes_, 0};
    co_await fail_answer(std::move(error), ending);
}

/// After a 101: bytes both ways, counted but not kept. (A client's WebSocket frames are masked, so that
/// no redactor could find a secret in them.)
asio::awaitable<void> Exchange::relay_upgraded() {
    unread_ = true;
    news_.notify();
    std::uint64_t download_bytes = 0;
    while (!agent_gone_) {
        if (upstream_.has_block()) {
            const auto block = upstream_.block();
            download_bytes += block.size();
            co_await send(block);
            upstream_.take(block.size());
        } else if (upstream_.ended()) {
            break;
        } else {
            co_await news_.wait();
        }
    }
    log_.record_gap({"websocket not read yet", "agent to upstream", unread_upload_bytes_, {}});
    log_.record_gap({"websocket not read yet", "upstream to agent", download_bytes, {}});
    ending_ = agent_gone_ ? Ending::agent_gone : upstream_.ended_by_reset() ? Ending::reset : Ending::closed;
    over_ = true;
}

}  // namespace stet
