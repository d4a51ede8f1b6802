#include <stet/journal.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace stet {
namespace {

/// Answers from what came with one event, and from nothing else: what the reader makes of an event
/// must not depend on what else happened to be at hand.
ProtocolReader::Fetch fetch_from(const std::vector<RedactedBytes>& payloads) {
    return [&payloads](const Digest& digest) -> Result<std::string> {
        const auto is_it = [&](const RedactedBytes& one) { return one.payload().digest == digest; };
        const auto found = std::ranges::find_if(payloads, is_it);
        if (found == payloads.end())
            return Error{"payload " + to_string(digest) + " did not come with its event", ""};
        return found->bytes();
    };
}

Event event_of(Draft& draft) {
    Event event;
    event.actor = std::move(draft.actor);
    event.connection = draft.connection;
    event.cause = draft.cause;
    event.mono_us = draft.at.mono_us;
    event.wall_ms = draft.at.wall_ms;
    event.fidelity = draft.fidelity;
    event.body = std::move(draft.body);
    return event;
}

Event gap_for(const RedactedEvent::Withheld& withheld, const Event& wire) {
    Event event = wire;
    event.cause = wire.seq;
    event.fidelity = Fidelity::exact;
    event.body = Gap{"not kept, since no secret could be looked for in it: " + withheld.reason,
                     std::holds_alternative<Request>(wire.body) ? "request body" : "response body",
                     withheld.bytes,
                     {}};
    return event;
}

}  // namespace

struct Journal::Streams {
    std::map<StreamId, Redactor::Stream> open;
    std::map<StreamId, Redactor::Stream> pieces;  // Each an event's payload.
};

Journal::Journal(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms, Redactor& redactor,
                 RedactedSink& log)
    : id_(id), redactor_(redactor), log_(log), streams_(std::make_unique<Streams>()) {
    log_.begin(id_, redactor_.redact_text(name), wall_ms);
}

Journal::~Journal() = default;

Appended Journal::append(Draft draft) {
    return append(std::move(draft), 0);
}

Appended Journal::append(Draft draft, StreamId close) {
    streams_->open.erase(close);
    if (draft.piece && !join_piece(draft)) return {next_, last_};
    return write(event_of(draft), std::move(draft.payloads), close);
}

/// Puts into the draft what may be said of its stream by now; false when it says nothing.
bool Journal::join_piece(Draft& draft) {
    using Stream = Redactor::Stream;
    STET_ASSERT(draft.payloads.size() <= 1);
    auto* const gap = std::get_if<Gap>(&draft.body);
    const auto form = gap != nullptr ? Stream::Form::fields : Stream::Form::text;
    const Stream fresh(redactor_, Stream::Counting::yes, form);
    auto& stream = streams_->pieces.try_emplace(draft.piece->stream, fresh).first->second;
    auto safe = draft.payloads.empty() ? std::string() : stream.feed(draft.payloads.front()).bytes();
    if (draft.piece->last) {
        safe += stream.finish().bytes();
        streams_->pieces.erase(draft.piece->stream);
    }
    draft.payloads.clear();
    if (draft.piece->last && safe.empty() && (gap == nullptr || gap->bytes == 0)) return false;
    const auto attached = safe.empty() && gap != nullptr ? std::nullopt : std::optional(draft.attach(safe));
    if (gap != nullptr)
        gap->raw = attached;
    else
        std::get<ProcessOutput>(draft.body).bytes = *attached;
    return true;
}

Appended Journal::write(Event event, std::vector<std::string> payloads, StreamId close) {
    RedactedEvent redacted = redactor_.redact(std::move(event), std::move(payloads));
    const auto withheld = redacted.withheld_;
    const std::vector<RedactedBytes> kept = redacted.payloads_;
    const auto fetch = fetch_from(kept);
    reader_.place(redacted.event_, fetch);
    redacted.event_.seq = Seq{next_.value++};
    const Event wire = redacted.event_;
    std::vector<RedactedEvent> together;
    together.push_back(std::move(redacted));
    for (auto& parsed : reader_.read(wire, next_, fetch)) {
        const auto read = parsed.body;
        RedactedEvent meant = redactor_.redact(parsed.take_event(wire), std::move(parsed.payloads));
        // A secret that its wire event holds in pieces only: who reads it again gets something else.
        if (meant.event_.body != read) meant.event_.fidelity = Fidelity::normalised;
        meant.event_.seq = Seq{next_.value++};
        together.push_back(std::move(meant));
    }
    Appended appended{wire.seq, log_.append(id_, std::move(together), close)};
    if (withheld) appended.ticket = write(gap_for(*withheld, wire), {}, 0).ticket;
    last_ = appended.ticket;
    return appended;
}

Payload Journal::put(std::string bytes) {
    RedactedBytes redacted = redactor_.redact(std::move(bytes));
    const Payload payload = redacted.payload();
    log_.put(std::move(redacted));
    return payload;
}

Ticket Journal::spool(StreamId stream, Seq request, std::string_view bytes) {
    // The body comes again as a whole, and what is replaced in it is counted then.
    using Counting = Redactor::Stream::Counting;
    auto& redacting = streams_->open.try_emplace(stream, redactor_, Counting::no).first->second;
    return log_.spool(id_, stream, request, redacting.feed(bytes));
}

void Journal::when_durable(Ticket ticket, std::function<void(bool)> done) {
    log_.when_durable(ticket, std::move(done));
}

Digest Journal::seal(const Instant& at) {
    for (const auto& [kind, count] : redactor_.take_counts()) {
        Draft draft;
        draft.at = at;
        draft.body = RedactionMade{kind, count};
        append(std::move(draft));
    }
    streams_->open.clear();
    return log_.seal(id_);
}

}  // namespace stet
