#pragma once

#include <stet/event_sink.hpp>
#include <stet/wire/protocol.hpp>

#include <memory>
#include <mutex>
#include <string>

namespace stet {

/// The redacting sink: stands between everything that records and the log.
///
/// It takes secrets out of each draft, gives it its seq and step, hands it on, and then reads what
/// it meant: protocol events are parsed from the *redacted* wire events by `ProtocolReader`, so
/// that a log without them can be given the same ones again, byte for byte. (But for a secret that came in
/// pieces and shows only when they are joined: it is taken out, and the event's fidelity is `normalised`.)
/// They are handed on together with their wire event, so that no crash comes between.
///
/// A body that it could not search is not kept: a Gap with its size follows the event.
///
/// A spooled piece is searched as the bytes come: a secret inside a content coding is not found there.
/// Spool such an answer decoded, or not at all. (What is read again after a crash has no coding then.)
///
/// Thread: one for everything but `put`, which any thread may call.
class Journal final : public EventSink {
public:
    /// Both must outlive the journal. Begins the trajectory in `log`.
    Journal(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms, Redactor& redactor,
            RedactedSink& log);
    ~Journal() override;

    Appended append(Draft draft) override;
    Appended append(Draft draft, StreamId close) override;
    Payload put(std::string bytes) override;
    Ticket spool(StreamId stream, Seq request, std::string_view bytes) override;
    void when_durable(Ticket ticket, std::function<void(bool)> done) override;

    /// Notes what was redacted since the last time (one RedactionMade per kind), then seals.
    Digest seal(const Instant& at);

    const TrajectoryId& id() const { return id_; }

private:
    bool join_piece(Draft& draft);
    Appended write(Event event, std::vector<std::string> payloads, StreamId close);
    struct Streams;

    // Constant after construction.
    TrajectoryId id_;
    Redactor& redactor_;
    RedactedSink& log_;
    // The caller's thread only.
    ProtocolReader reader_;
    Seq next_{};
    Ticket last_ = 0;
    std::unique_ptr<Streams> streams_;
};

}  // namespace stet
