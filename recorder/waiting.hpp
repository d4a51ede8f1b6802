#pragma once

#include "recorder/ledger.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <exception>
#include <memory>

namespace stet {

namespace asio = boost::asio;
using boost::system::error_code;

// How coroutines of this room wait. All of them run on one io_context with one thread.

/// Errors are values: `auto [ec, n] = co_await socket.async_read_some(buffer, as_result);`
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// For coroutines that nobody waits for: what they throw comes out of `io_context::run`.
constexpr auto or_throw = [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
};

/// Wakes whoever waits for news; the news themselves are plain variables:
///
///     while (!ready) co_await signal.wait();
class Signal {
public:
    explicit Signal(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max()) {}
    void notify() { timer_.cancel(); }
    asio::awaitable<void> wait();

private:
    asio::steady_timer timer_;
};

/// Notifies a signal when a time has passed, as long as it lives.
class Deadline {
public:
    /// `news` must outlive it.
    Deadline(Signal& news, const asio::any_io_executor& executor, std::chrono::milliseconds time);
    ~Deadline();
    Deadline(const Deadline&) = delete;
    Deadline& operator=(const Deadline&) = delete;
    bool over() const { return state_->over; }

private:
    struct State {
        Signal* news;
        bool over = false;
    };
    asio::steady_timer timer_;
    std::shared_ptr<State> state_;  ///< Shared with a handler that may be under way when this goes.
};

/// Waits until everything up to the ticket is durable; false when it never will be (the ledger then
/// knows that the log has failed). `ledger` must outlive the wait.
asio::awaitable<bool> durable(Ledger& ledger, Ticket ticket);

}  // namespace stet
