#pragma once

#include <stet/event_sink.hpp>

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// The recorder's way to the log: stamps drafts with the time, numbers connections and streams, and
/// remembers that the log has failed. A failed log takes nothing more; who asks gets nullopt and must
/// not acknowledge anything to the agent. Thread: the one that runs the relays.
class Ledger {
public:
    /// Both must outlive the ledger.
    Ledger(EventSink& sink, const std::function<Instant()>& now) : sink_(sink), now_(now) {}

    Instant now() const { return now_(); }
    std::uint32_t next_connection() { return ++connections_; }
    StreamId next_stream() { return ++streams_; }

    /// A draft of this moment.
    Draft draft(std::uint32_t connection, std::optional<Seq> cause = {}) const;

    /// `close` is the stream that the event makes superfluous; 0 is none.
    std::optional<Appended> append(Draft draft, StreamId close = 0);
    std::optional<Ticket> spool(StreamId stream, Seq request, std::string_view bytes);
    /// Keeps content that a manifest names.
    void put(std::string bytes);
    /// As the sink's, but never throws: a log that has failed says false.
    void when_durable(Ticket ticket, std::function<void(bool)> done);

    bool failed() const { return failed_; }
    /// Why; called inside a catch block, or without an exception when the writer said so.
    void fail(std::exception_ptr why);
    /// Throws the Trouble, if there was one.
    void rethrow() const;

private:
    EventSink& sink_;
    const std::function<Instant()>& now_;
    std::uint32_t connections_ = 0;
    StreamId streams_ = 0;
    bool failed_ = false;
    std::exception_ptr why_;
};

}  // namespace stet
