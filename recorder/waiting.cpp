#include "recorder/waiting.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <thread>

namespace stet {
namespace {

// Shared with the log's writer thread, which may drop its callback after the coroutine is gone; so
// the timer stays in the coroutine. Read and written on the I/O thread only.
struct Settled {
    Signal* news = nullptr;
    bool known = false;
    bool good = false;

    void settle(bool is_good) {
        known = true;
        good = is_good;
        news->notify();
    }
};

}  // namespace

asio::awaitable<void> Signal::wait() {
    co_await timer_.async_wait(as_result);
}

Deadline::Deadline(Signal& news, const asio::any_io_executor& executor, std::chrono::milliseconds time)
    : timer_(executor, time), state_(std::make_shared<State>()) {
    state_->news = &news;
    timer_.async_wait([state = state_](const error_code& cancelled) {
        if (cancelled || state->news == nullptr) return;
        state->over = true;
        state->news->notify();
    });
}

Deadline::~Deadline() {
    state_->news = nullptr;
}

asio::awaitable<bool> durable(Ledger& ledger, Ticket ticket) {
    const asio::any_io_executor executor = co_await asio::this_coro::executor;
    Signal news(executor);
    const auto settled = std::make_shared<Settled>();
    settled->news = &news;
    const auto here = std::this_thread::get_id();
    ledger.when_durable(ticket, [settled, executor, here](bool good) {
        if (std::this_thread::get_id() == here) return settled->settle(good);
        asio::post(executor, [settled, good] { settled->settle(good); });
    });
    while (!settled->known)
        co_await news.wait();
    if (!settled->good) ledger.fail({});
    co_return settled->good;
}

}  // namespace stet
