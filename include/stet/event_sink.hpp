#pragma once

#include <stet/event.hpp>
#include <stet/redaction.hpp>
#include <stet/trajectory.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A point in the order of writing; everything up to it becomes durable together.
using Ticket = std::uint64_t;

/// A moment, on both clocks.
struct Instant {
    std::int64_t mono_us = 0;  ///< Since the trajectory began.
    std::int64_t wall_ms = 0;  ///< Since 1970-01-01 UTC.
};

/// Names the body of an answer that is still coming in, or other bytes that come in pieces. Dense,
/// 1-based, chosen by the caller.
using StreamId = std::uint32_t;

/// Says that a draft's payload goes on with that of an earlier draft.
struct Piece {
    StreamId stream = 0;
    bool last = false;
};

/// A fact on its way in: not yet redacted, without seq and step.
struct Draft {
    Instant at;
    std::string actor = "main";
    std::uint32_t connection = 0;
    std::optional<Seq> cause;
    Fidelity fidelity = Fidelity::exact;
    EventBody body;
    std::vector<std::string> payloads;
    /// For a Gap or a ProcessOutput with one payload at most. A secret that the border between two pieces
    /// cuts is found: what may be the beginning of one is kept back and comes with the next piece. A last
    /// piece that has nothing left to say gives no event (`Appended::seq` is then that of the next).
    std::optional<Piece> piece;

    /// Takes the bytes along and returns what the body cites them by.
    Payload attach(std::string bytes);
};

struct Appended {
    Seq seq;
    Ticket ticket = 0;
};

/// Contract: where the events of one trajectory go. The recorder's side of the Journal.
///
/// Nothing is dropped and nothing is reordered; when the disk is slow, calls block.
/// Throws Trouble when the machine refuses. Thread: one, the caller's, for everything but `put`.
class EventSink {
public:
    virtual ~EventSink() = default;

    virtual Appended append(Draft draft) = 0;

    /// Keeps bytes that a manifest will name, and says by what. Any thread.
    virtual Payload put(std::string bytes) = 0;

    /// Keeps a piece of an answer that is still coming in, so that a crash does not lose it. The
    /// pieces of a stream are dropped when the event that holds its body is appended with `close`.
    virtual Ticket spool(StreamId stream, Seq request, std::string_view bytes) = 0;
    virtual Appended append(Draft draft, StreamId close) = 0;

    /// Calls `done` once everything up to `ticket` is durable; at once (inside this call) if it is
    /// already. Otherwise `done` runs on the writer's thread and must only pass the news on. It gets
    /// `false` when the log has failed and the ticket will never be durable.
    virtual void when_durable(Ticket ticket, std::function<void(bool)> done) = 0;
};

/// Contract: the log's door, behind the redactor. Implemented by storage.
///
/// Thread: one, the caller's, for everything but `put`, which any thread may call at any time between
/// `begin` and `seal` (the Journal passes it on without a lock of its own).
class RedactedSink {
public:
    virtual ~RedactedSink() = default;

    virtual void begin(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms) = 0;
    /// A wire event with what it meant: they become durable together, or not at all. Seqs must be dense
    /// and in order; STET_ASSERTs that they are. `close` drops a stream's pieces in the same transaction;
    /// 0 is none.
    virtual Ticket append(const TrajectoryId& id, std::vector<RedactedEvent> events, StreamId close) = 0;
    virtual Ticket put(RedactedBytes bytes) = 0;
    virtual Ticket spool(const TrajectoryId& id, StreamId stream, Seq request, RedactedBytes bytes) = 0;
    virtual void when_durable(Ticket ticket, std::function<void(bool)> done) = 0;
    /// Waits for everything, then seals: stores the root. Nothing may follow.
    virtual Digest seal(const TrajectoryId& id) = 0;
};

}  // namespace stet
