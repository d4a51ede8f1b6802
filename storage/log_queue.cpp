#include "storage/log_queue.hpp"

#include <utility>

namespace stet {

bool LogQueue::has_room(std::size_t bytes) const {
    if (pending_items_ == 0) return true;
    return pending_items_ < items_max_ && pending_bytes_ + bytes <= bytes_max_;
}

Ticket LogQueue::push(Item item, std::size_t bytes) {
    std::unique_lock lock(mutex_);
    STET_ASSERT(!stopped_);
    ++blocked_;
    room_.wait(lock, [&] { return failure_ || has_room(bytes); });
    --blocked_;
    if (failure_) throw Trouble(*failure_);
    items_.push_back(std::move(item));
    queued_bytes_ += bytes;
    pending_bytes_ += bytes;
    ++pending_items_;
    const Ticket ticket = ++last_;
    lock.unlock();
    work_.notify_one();
    return ticket;
}

void LogQueue::wait(Ticket ticket) {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&] { return failure_ || durable_ >= ticket; });
    if (failure_) throw Trouble(*failure_);
}

void LogQueue::when_durable(Ticket ticket, std::function<void(bool)> done) {
    std::unique_lock lock(mutex_);
    const bool durable = durable_ >= ticket;
    if (!durable && !failure_) {
        waiting_.emplace(ticket, std::move(done));
        return;
    }
    lock.unlock();
    done(durable);
}

Ticket LogQueue::last() const {
    const std::scoped_lock lock(mutex_);
    return last_;
}

std::size_t LogQueue::blocked() const {
    const std::scoped_lock lock(mutex_);
    return blocked_;
}

void LogQueue::stop() {
    {
        const std::scoped_lock lock(mutex_);
        stopped_ = true;
    }
    work_.notify_one();
}

Batch LogQueue::take() {
    std::unique_lock lock(mutex_);
    work_.wait(lock, [&] { return stopped_ || !items_.empty(); });
    return {std::exchange(items_, {}), std::exchange(queued_bytes_, 0), last_};
}

void LogQueue::finish(const Batch& batch, bool committed, std::optional<Trouble> trouble) {
    Waiting due, lost;
    {
        const std::scoped_lock lock(mutex_);
        if (committed) durable_ = batch.last;
        pending_bytes_ -= batch.bytes;
        pending_items_ -= batch.items.size();
        const auto end = waiting_.upper_bound(durable_);
        while (waiting_.begin() != end)
            due.insert(waiting_.extract(waiting_.begin()));
        if (trouble) {
            failure_ = std::move(trouble);
            lost.swap(waiting_);
        }
    }
    room_.notify_all();
    finished_.notify_all();
    for (const auto& [ticket, done] : due)
        done(true);
    for (const auto& [ticket, done] : lost)
        done(false);
}

}  // namespace stet
