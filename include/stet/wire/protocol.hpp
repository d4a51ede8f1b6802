#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <stet/event.hpp>

namespace stet {

/// A protocol event before it has its seq, with the payloads that it cites and the log may not have.
struct Parsed {
    EventBody body;
    std::optional<Seq> cause;
    Step step;
    std::string actor = "main";
    Fidelity fidelity = Fidelity::exact;
    std::vector<std::string> payloads;

    Payload attach(std::string bytes);
};

/// Reads meaning out of wire events: model calls and results, tool calls and results, observations,
/// messages. Pure: the same (redacted) events give the same protocol events, whether they are read
/// while recording or years later.
///
/// What it cannot understand becomes a Gap; it never throws on input. It keeps per conversation
/// only what pairing needs: open calls by id, and the digest of the last question.
class ProtocolReader {
public:
    using Fetch = std::function<Result<std::string>(const Digest&)>;

    ProtocolReader();
    ~ProtocolReader();
    ProtocolReader(ProtocolReader&&) noexcept;
    ProtocolReader& operator=(ProtocolReader&&) noexcept;

    /// The step and actor of an event that is about to be appended, and for a state diff its causes
    /// (the tool calls that were answered since the last diff; `ambiguous` when they may have overlapped).
    void place(Event& event, const Fetch& fetch);

    /// What the event meant. `next` is the seq that the first of the returned events will get; the
    /// others follow densely. Call it for every event in order, `place` first.
    std::vector<Parsed> read(const Event& event, Seq next, const Fetch& fetch);

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// Is this kind of event made by the reader (and so can be made again)?
[[nodiscard]] bool is_protocol(const EventBody& body);

}  // namespace stet
