#pragma once

#include "recorder/answer.hpp"
#include "recorder/exchange_log.hpp"
#include "recorder/link.hpp"
#include "recorder/state_watch.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace stet {

/// What all connections of one recording share.
struct RelayShare {
    asio::io_context& io;
    Ledger& ledger;
    StateWatch* watch = nullptr;
    HttpLimits limits;
    std::uint32_t model_requests_open = 0;  ///< Whose answer is not over.
    bool stopping = false;                  ///< The agent has ended: what is open is cut.
};

/// One request and its answer, carried between two links: both directions at once.
///
/// The upload forwards the request as it comes and then keeps an eye on the agent; the download
/// forwards the answer and holds back what the commit rule says. They talk through members; `news`
/// wakes both. Thread: the I/O thread.
class Exchange {
public:
    /// How it ended, for the session that goes on or does not.
    enum class Ending : std::uint8_t {
        in_order,
        closed,      ///< Close the agent's connection.
        reset,       ///< Reset it: the upstream did so, or the log has failed.
        agent_gone,  ///< The agent went away.
    };

    /// Everything must outlive the exchange. `request` has just read the head.
    Exchange(RelayShare& share, Link& agent, Link& upstream, Signal& news, HttpReader& request,
             ExchangeLog& log, std::uint32_t connection);

    /// `first` is the rewritten head and what followed it in its block; `body` is the part of the
    /// body in it, `complete` says that this was the whole request.
    asio::awaitable<Ending> run(std::string first, std::string body, bool complete);

    bool answer_begun() const { return sent_bytes_ > 0; }
    /// Who broke it off, if somebody did.
    Side broken_by() const { return broken_by_; }

private:
    asio::awaitable<void> upload(std::string first);
    asio::awaitable<bool> upload_block();
    asio::awaitable<void> watch_agent();
    void request_is_over();
    void request_cut();
    asio::awaitable<void> look_at_state();

    asio::awaitable<void> download();
    asio::awaitable<void> download_block();
    asio::awaitable<void> answer_ended();
    asio::awaitable<bool> leave_for(Hold hold);
    asio::awaitable<void> send(std::string_view bytes);
    asio::awaitable<void> fail_answer(TransportError error, Ending ending);
    asio::awaitable<void> relay_unread(std::string reason);
    asio::awaitable<void> relay_upgraded();
    void record_agent_gone();
    void record_begun_head();

    RelayShare& share_;
    Link& agent_;
    Link& upstream_;
    Signal& news_;
    HttpReader& request_;
    ExchangeLog& log_;
    const std::uint32_t connection_;
    AnswerReader answer_;

    bool model_request_ = false;
    bool request_complete_ = false;  ///< The agent has sent all of it.
    bool request_cut_ = false;       ///< It stopped in the middle; that is in the log.
    bool upload_failed_ = false;     ///< The upstream takes no more.
    bool upload_over_ = false;
    bool unread_ = false;  ///< Bytes go through both ways without a reader.
    std::uint64_t unread_upload_bytes_ = 0;
    std::string begun_head_;  ///< What was sent of an answer whose head is not complete.
    bool scanning_ = false;
    bool agent_gone_ = false;
    bool over_ = false;             ///< The answer is; nothing more of this exchange is to be done.
    std::uint64_t sent_bytes_ = 0;  ///< To the agent.
    Ending ending_ = Ending::in_order;
    Side broken_by_ = Side::upstream;
};

}  // namespace stet
