#include "storage/torn.hpp"

#include "storage/event_rows.hpp"

#include <stet/wire/protocol.hpp>

#include <fmt/format.h>

namespace stet {
namespace {

struct Body {
    std::string bytes;
    std::uint64_t lost = 0;  ///< Beyond the limit of a payload.
};

Body join_pieces(Database& database, std::int64_t trajectory, const OpenStream& stream) {
    Statement rows(database, "SELECT data FROM piece WHERE trajectory = ? AND stream = ? ORDER BY part");
    Body body;
    rows.with(trajectory, stream.stream);
    while (rows.step()) {
        const std::string_view piece = rows.blob(0);
        if (body.lost == 0 && body.bytes.size() + piece.size() <= payload_bytes_max) {
            body.bytes += piece;
        } else {
            body.lost += piece.size();
        }
    }
    return body;
}

Event incomplete_response(const Event& request, const Payload& body) {
    Event event = request;
    event.cause = request.seq;
    event.fidelity = Fidelity::reconstructed;
    Response response;
    if (const auto* asked = std::get_if<Request>(&request.body)) {
        response.peer = asked->peer;
        response.protocol = asked->protocol;
    }
    response.body = body;
    response.complete = false;
    event.body = std::move(response);
    return event;
}

Event gap_after(const Event& response, const OpenStream& stream, std::uint64_t lost) {
    Event event = response;
    event.cause = response.seq;
    Gap gap;
    gap.reason = "the recorder died while this answer was coming in";
    gap.place = fmt::format("stream {}", stream.stream);
    gap.bytes = lost;
    event.body = std::move(gap);
    return event;
}

class Reconstruction {
public:
    Reconstruction(Database& database, const TrajectoryRow& trajectory)
        : database_(database), trajectory_(trajectory), payloads_(database) {
        for (const OpenStream& stream : read_open_streams(database, trajectory.row, trajectory.stored_events))
            streams_.emplace_back(stream, Event{});
    }

    Reconstructed run() {
        if (!look_at_stored()) return {};
        take_missing();
        for (const auto& [stream, request] : streams_)
            answer(stream, request);
        return std::move(made_);
    }

private:
    // False when a row is damaged: then its reader says so, before it comes to what stands here.
    bool look_at_stored() {
        EventRows rows(database_, trajectory_.row);
        rows.from(Seq{0});
        for (;;) {
            auto row = rows.next();
            if (!row) return false;
            if (!*row) break;
            auto event = decode(std::move(**row));
            if (!event) return false;
            for (auto& [stream, request] : streams_) {
                if (stream.request == event->seq) request = *event;
            }
            last_ = *event;
            rebuilder_.see(*event);
        }
        return trajectory_.stored_events > 0;
    }

    void take_missing() {
        for (auto& rebuilt : rebuilder_.take_missing()) {
            for (std::string& bytes : rebuilt.payloads)
                made_.payloads.emplace(sha256(bytes), std::move(bytes));
            made_.events.push_back(std::move(rebuilt.event));
        }
    }

    Seq next() const { return made_.events.empty() ? after(last_) : after(made_.events.back()); }
    static Seq after(const Event& event) { return Seq{event.seq.value + 1}; }

    void answer(const OpenStream& stream, const Event& request) {
        Body body = join_pieces(database_, trajectory_.row, stream);
        const Payload payload{sha256(body.bytes), body.bytes.size()};
        made_.payloads.emplace(payload.digest, std::move(body.bytes));
        Event response = incomplete_response(request, payload);
        response.seq = next();
        response.mono_us = last_.mono_us;
        response.wall_ms = last_.wall_ms;
        Event gap = gap_after(response, stream, body.lost);
        rebuilder_.see(response);
        made_.events.push_back(std::move(response));
        take_missing();
        gap.seq = next();
        rebuilder_.see(gap);
        made_.events.push_back(std::move(gap));
    }

    Result<std::string> payload(const Digest& digest) {
        const auto found = made_.payloads.find(digest);
        if (found != made_.payloads.end()) return found->second;
        return payloads_.bytes(digest);
    }

    Database& database_;
    const TrajectoryRow& trajectory_;
    PayloadReader payloads_;
    ProtocolRebuilder rebuilder_{[this](const Digest& digest) { return payload(digest); }};
    std::vector<std::pair<OpenStream, Event>> streams_;  ///< With the requests.
    Event last_;                                         ///< Of the stored ones.
    Reconstructed made_;
};

}  // namespace

Reconstructed reconstruct(Database& database, const TrajectoryRow& trajectory) {
    const ReadTransaction one_state(database);
    return Reconstruction(database, trajectory).run();
}

}  // namespace stet
