#pragma once

#include <stet/event_sink.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace stet {

// What the writer's thread is asked to do, in order.

struct BeginItem {
    TrajectoryId id;
    std::string name;
    std::int64_t wall_ms = 0;
};
struct AppendItem {
    TrajectoryId id;
    std::vector<RedactedEvent> events;
    StreamId close = 0;
};
struct PutItem {
    RedactedBytes bytes;
};
struct SpoolItem {
    TrajectoryId id;
    StreamId stream = 0;
    Seq request;
    RedactedBytes bytes;
};
struct SealItem {
    TrajectoryId id;
    Digest* root;  ///< Out. Lives until the item is finished: `seal` waits for it.
};
using Item = std::variant<BeginItem, AppendItem, PutItem, SpoolItem, SealItem>;

/// What the writer took at once: one transaction.
struct Batch {
    std::vector<Item> items;
    std::size_t bytes = 0;
    Ticket last = 0;  ///< Of the last item.
};

/// The queue between those who record and the one thread that writes. Bounded by bytes and by items,
/// counting what is being written: a full queue makes `push` wait, because a slow agent is better
/// than a forgotten event. One item alone may be larger than the whole bound.
///
/// Thread: any, except `take` and `finish`, which are the writer's.
class LogQueue {
public:
    LogQueue(std::size_t bytes_max, std::size_t items_max) : bytes_max_(bytes_max), items_max_(items_max) {}

    /// Throws Trouble when the log has failed, also while it waits.
    Ticket push(Item item, std::size_t bytes);
    /// Waits until `ticket` is durable and its batch finished. Throws Trouble when the log has failed.
    void wait(Ticket ticket);
    void when_durable(Ticket ticket, std::function<void(bool)> done);
    /// The ticket of the last push.
    Ticket last() const;
    /// How many callers wait for room.
    std::size_t blocked() const;
    /// Nothing more will be pushed: `take` gives what is left, then an empty batch.
    void stop();

    /// Everything there is; waits for something. Empty: stop.
    Batch take();
    /// The batch is durable (`committed`) or not; `trouble` fails the log for good.
    void finish(const Batch& batch, bool committed, std::optional<Trouble> trouble);

private:
    using Waiting = std::multimap<Ticket, std::function<void(bool)>>;
    bool has_room(std::size_t bytes) const;

    const std::size_t bytes_max_, items_max_;
    mutable std::mutex mutex_;
    std::condition_variable work_, room_, finished_;
    // Under the mutex.
    std::vector<Item> items_;
    std::size_t pending_bytes_ = 0, pending_items_ = 0;  ///< Queued or being written.
    std::size_t queued_bytes_ = 0;
    std::size_t blocked_ = 0;
    Ticket last_ = 0, durable_ = 0;
    Waiting waiting_;
    std::optional<Trouble> failure_;
    bool stopped_ = false;
};

}  // namespace stet
