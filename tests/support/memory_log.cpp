#include "tests/support/memory_log.hpp"

namespace stet::test {
namespace {

class MemorySource final : public EventSource {
public:
    explicit MemorySource(const MemoryLog& log) : log_(log) {}

    const TrajectorySummary& summary() const override { return log_.summary; }
    std::optional<Event> next() override {
        if (at_ >= log_.events.size()) return std::nullopt;
        return log_.events[at_++];
    }
    void seek(Seq seq) override { at_ = seq.value; }
    Result<std::string> payload(const Digest& digest) const override {
        const auto found = log_.payloads.find(digest);
        if (found == log_.payloads.end()) return Error{"payload " + to_string(digest) + " is not there", ""};
        return found->second;
    }
    std::vector<Addendum> addenda() const override { return log_.addenda; }
    void verify() const override {
        for (const auto& [digest, bytes] : log_.payloads) {
            if (sha256(bytes) != digest) throw Trouble("read log", "in memory", "a payload was altered");
        }
    }

private:
    const MemoryLog& log_;
    std::size_t at_ = 0;
};

}  // namespace

void MemoryLog::begin(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms) {
    summary.id = id;
    summary.name = name;
    summary.begun_wall_ms = wall_ms;
}

Ticket MemoryLog::append(const TrajectoryId&, std::vector<RedactedEvent> together, StreamId close) {
    appended_together.push_back(together.size());
    for (const auto& event : together) {
        STET_ASSERT(event.event().seq.value == events.size());
        for (const auto& payload : event.payloads())
            payloads.emplace(payload.payload().digest, payload.bytes());
        events.push_back(event.event());
    }
    summary.events = static_cast<std::uint32_t>(events.size());
    summary.ended_wall_ms = events.back().wall_ms;
    open_streams.erase(close);
    return events.size();
}

Ticket MemoryLog::put(RedactedBytes bytes) {
    payloads.emplace(bytes.payload().digest, bytes.bytes());
    return events.size();
}

Ticket MemoryLog::spool(const TrajectoryId&, StreamId stream, Seq, RedactedBytes bytes) {
    open_streams[stream] += bytes.bytes();
    return events.size();
}

void MemoryLog::when_durable(Ticket, std::function<void(bool)> done) {
    done(true);
}

Digest MemoryLog::seal(const TrajectoryId&) {
    summary.standing = Standing::sealed;
    summary.root = sha256("memory");
    return *summary.root;
}

std::unique_ptr<EventSource> MemoryLog::source() const {
    return std::make_unique<MemorySource>(*this);
}

Payload MemoryLog::keep(std::string bytes) {
    const Payload payload{sha256(bytes), bytes.size()};
    payloads.emplace(payload.digest, std::move(bytes));
    return payload;
}

Seq MemoryLog::add(EventBody body, Step step, std::optional<Seq> cause) {
    const Seq seq{static_cast<std::uint32_t>(events.size())};
    Event event;
    event.seq = seq;
    event.step = step;
    event.cause = cause;
    event.body = std::move(body);
    events.push_back(std::move(event));
    summary.events = static_cast<std::uint32_t>(events.size());
    return seq;
}

}  // namespace stet::test
