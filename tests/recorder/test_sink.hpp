#pragma once

#include <stet/event_sink.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace stet::test {

/// A sink whose durability the test controls. Any thread may look; it remembers what was appended,
/// with the bytes that the bodies cite.
class TestSink final : public EventSink {
public:
    Appended append(Draft draft) override;
    Appended append(Draft draft, StreamId close) override;
    Payload put(std::string bytes) override;
    Ticket spool(StreamId stream, Seq request, std::string_view bytes) override;
    void when_durable(Ticket ticket, std::function<void(bool)> done) override;

    /// From here on nothing becomes durable before `release`.
    void hold();
    /// Everything up to now is durable, and what comes is again at once. Calls back on this thread.
    void release();
    /// The log fails: waiting callbacks get false, and every later call throws Trouble.
    void break_down();

    std::vector<Draft> events() const;
    std::string bytes(const Payload& payload) const;
    std::string spooled() const;
    /// "connection_opened request response …"
    std::string kinds() const;
    /// Waits (seconds at most) until the condition holds; false when it did not.
    bool wait_for(const std::function<bool(const TestSink&)>& condition) const;
    bool wait_for_waiter() const;

    template <class Body>
    std::vector<Body> all() const {
        std::vector<Body> result;
        for (const auto& event : events()) {
            if (const auto* body = std::get_if<Body>(&event.body)) result.push_back(*body);
        }
        return result;
    }

private:
    void check() const;
    void changed(std::unique_lock<std::mutex>& lock);

    mutable std::mutex mutex_;
    mutable std::condition_variable change_;
    std::vector<Draft> events_;
    std::map<Digest, std::string> payloads_;
    std::string spooled_;
    Ticket ticket_ = 0;
    bool holding_ = false, broken_ = false;
    std::vector<std::function<void(bool)>> waiting_;
};

}  // namespace stet::test
