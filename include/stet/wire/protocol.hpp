#pragma once

#include <stet/event.hpp>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// A protocol event before it has its seq, with the payloads that it cites and the log may not have.
struct Parsed {
    EventBody body;
    std::optional<Seq> cause;
    Step step;
    std::string actor = "main";
    Fidelity fidelity = Fidelity::exact;
    std::vector<std::string> payloads;

    /// Takes the bytes along and returns what the body cites them by.
    Payload attach(std::string bytes);
    /// The event that it is: when and where the wire event was that it was read from. The seq is left out,
    /// the payloads stay.
    Event take_event(const Event& wire);
};

/// Reads meaning out of wire events: model calls and results, tool calls and results, observations,
/// messages. Pure: the same (redacted) events give the same protocol events, whether they are read
/// while recording or years later.
///
/// A request to a model gives, in this order: observations (in the step of their call), the model
/// call (which begins a step), a compaction if messages vanished, and the messages that are new. Or
/// one attempt, when it asks once more what was asked before. Its response gives the model result,
/// then the tool calls. What wire events do not hold in one piece (streamed text, bodies under a
/// content coding) is cited by payloads of their own, always as a whole.
///
/// What it cannot understand becomes a Gap (its `place` begins with "protocol: "); it never throws
/// on input. It keeps per conversation only what pairing needs: open calls by id, and digests of
/// what was shown.
class ProtocolReader {
public:
    using Fetch = std::function<Result<std::string>(const Digest&)>;

    ProtocolReader();
    ~ProtocolReader();
    ProtocolReader(ProtocolReader&&) noexcept;
    ProtocolReader& operator=(ProtocolReader&&) noexcept;

    /// The step and actor of an event that is about to be appended, and for a state diff its causes
    /// (the tool calls that were answered since the last diff; `ambiguous` when they may have overlapped).
    /// Protocol events of the reader's own making keep theirs.
    void place(Event& event, const Fetch& fetch);

    /// What the event meant. `next` is the seq that the first of the returned events will get; the
    /// others follow densely. Call it for every event in order, `place` first. Events of the reader's
    /// own making mean nothing more; protocol events from elsewhere (imports) are taken note of.
    std::vector<Parsed> read(const Event& event, Seq next, const Fetch& fetch);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Watches the events of a trajectory go by, and knows what should stand behind the last one but does
/// not: a recorder that died between a wire event and what it meant leaves such a log. Pure.
///
/// Where the log says something else than the reader would, it is the log that counts: then nothing is
/// missing.
class ProtocolRebuilder {
public:
    /// `payload` gives what the log has; what an event means depends only on those that it cites.
    explicit ProtocolRebuilder(ProtocolReader::Fetch payload);

    /// For every event, in order.
    void see(const Event& event);

    struct Rebuilt {
        Event event;  ///< With its seq: behind the last event that was seen, densely.
        std::vector<std::string> payloads;
    };
    /// They count as seen.
    std::vector<Rebuilt> take_missing();

private:
    ProtocolReader reader_;
    ProtocolReader::Fetch payload_;
    std::deque<Parsed> expected_;
    Event wire_;  ///< What `expected_` was read from.
    Seq next_;
};

/// Does an HTTP request with this method and target ask a model (in whatever dialect)? Token counts, lists
/// and telemetry don't.
[[nodiscard]] bool asks_model(std::string_view method, std::string_view target);

/// Is this kind of event made by the reader (and so can be made again)?
[[nodiscard]] bool is_protocol(const EventBody& body);

}  // namespace stet
