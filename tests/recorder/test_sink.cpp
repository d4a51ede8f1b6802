#include "tests/recorder/test_sink.hpp"

#include <chrono>

namespace stet::test {

void TestSink::check() const {
    if (broken_) throw Trouble("write", "the log", "the disk is full", "free some space");
}

Appended TestSink::append(Draft draft) {
    const std::unique_lock lock(mutex_);
    check();
    // As the contract has it: a last piece without bytes gives no event.
    const bool nothing = draft.piece && draft.piece->last && draft.payloads.empty();
    if (nothing) return {Seq{static_cast<std::uint32_t>(events_.size())}, ticket_};
    for (const auto& payload : draft.payloads)
        payloads_.emplace(sha256(payload), payload);
    events_.push_back(std::move(draft));
    change_.notify_all();
    return {Seq{static_cast<std::uint32_t>(events_.size() - 1)}, ++ticket_};
}

Appended TestSink::append(Draft draft, StreamId) {
    return append(std::move(draft));
}

Payload TestSink::put(std::string bytes) {
    const std::unique_lock lock(mutex_);
    check();
    const Payload payload{sha256(bytes), bytes.size()};
    payloads_.emplace(payload.digest, std::move(bytes));
    return payload;
}

Ticket TestSink::spool(StreamId, Seq, std::string_view bytes) {
    const std::unique_lock lock(mutex_);
    check();
    spooled_.append(bytes);
    change_.notify_all();
    return ++ticket_;
}

void TestSink::when_durable(Ticket, std::function<void(bool)> done) {
    std::unique_lock lock(mutex_);
    if (holding_ && !broken_) {
        waiting_.push_back(std::move(done));
        change_.notify_all();
        return;
    }
    const bool good = !broken_;
    lock.unlock();
    done(good);
}

void TestSink::hold() {
    const std::unique_lock lock(mutex_);
    holding_ = true;
}

void TestSink::changed(std::unique_lock<std::mutex>& lock) {
    auto waiting = std::move(waiting_);
    waiting_.clear();
    const bool good = !broken_;
    lock.unlock();
    for (const auto& done : waiting)
        done(good);
}

void TestSink::release() {
    std::unique_lock lock(mutex_);
    holding_ = false;
    changed(lock);
}

void TestSink::break_down() {
    std::unique_lock lock(mutex_);
    broken_ = true;
    changed(lock);
}

std::vector<Draft> TestSink::events() const {
    const std::unique_lock lock(mutex_);
    return events_;
}

std::string TestSink::bytes(const Payload& payload) const {
    const std::unique_lock lock(mutex_);
    const auto found = payloads_.find(payload.digest);
    return found == payloads_.end() ? "(not there)" : found->second;
}

std::string TestSink::spooled() const {
    const std::unique_lock lock(mutex_);
    return spooled_;
}

std::string TestSink::kinds() const {
    std::string result;
    for (const auto& event : events())
        result.append(result.empty() ? "" : " ").append(kind_of(event.body));
    return result;
}

bool TestSink::wait_for(const std::function<bool(const TestSink&)>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition(*this)) {
        std::unique_lock lock(mutex_);
        if (std::chrono::steady_clock::now() > deadline) return false;
        change_.wait_for(lock, std::chrono::milliseconds(20));
    }
    return true;
}

bool TestSink::wait_for_waiter() const {
    std::unique_lock lock(mutex_);
    return change_.wait_for(lock, std::chrono::seconds(10), [&] { return !waiting_.empty(); });
}

}  // namespace stet::test
