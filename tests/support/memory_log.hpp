#pragma once

#include <stet/event_sink.hpp>
#include <stet/event_source.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace stet::test {

/// A log with a memory: what was appended, as it was appended. Everything is durable at once.
/// Tests may change `events` and `payloads` before they read them back.
class MemoryLog final : public RedactedSink {
public:
    std::vector<Event> events;
    std::map<Digest, std::string> payloads;
    std::map<StreamId, std::string> open_streams;
    std::vector<Addendum> addenda;
    TrajectorySummary summary;
    std::vector<std::size_t> appended_together;  ///< Events of each `append`.

    void begin(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms) override;
    Ticket append(const TrajectoryId& id, std::vector<RedactedEvent> together, StreamId close) override;
    Ticket put(RedactedBytes bytes) override;
    Ticket spool(const TrajectoryId& id, StreamId stream, Seq request, RedactedBytes bytes) override;
    void when_durable(Ticket ticket, std::function<void(bool)> done) override;
    Digest seal(const TrajectoryId& id) override;

    /// The log must outlive the source.
    std::unique_ptr<EventSource> source() const;

    /// For building trajectories by hand: keeps the bytes, appends the body at the next seq.
    Payload keep(std::string bytes);
    Seq add(EventBody body, Step step = {}, std::optional<Seq> cause = {});
};

}  // namespace stet::test
