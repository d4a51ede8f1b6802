#include "storage/torn.hpp"

#include "storage/event_rows.hpp"

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

// Empty when the row is damaged: then its reader says so, before it comes to what stands here.
std::optional<Event> read_event(Database& database, std::int64_t trajectory, Seq seq) {
    EventRows rows(database, trajectory);
    rows.from(seq);
    auto row = rows.next();
    if (!row || !*row || (*row)->event.seq != seq) return std::nullopt;
    auto event = decode(std::move(**row));
    if (!event) return std::nullopt;
    return std::move(*event);
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

}  // namespace

Reconstructed reconstruct(Database& database, const TrajectoryRow& trajectory) {
    Reconstructed made;
    if (trajectory.stored_events == 0) return made;
    const auto last = read_event(database, trajectory.row, Seq{trajectory.stored_events - 1});
    std::uint32_t next = trajectory.stored_events;
    for (const OpenStream& stream : read_open_streams(database, trajectory.row, trajectory.stored_events)) {
        Body body = join_pieces(database, trajectory.row, stream);
        const Payload payload{sha256(body.bytes), body.bytes.size()};
        made.payloads.emplace(payload.digest, std::move(body.bytes));
        Event request = read_event(database, trajectory.row, stream.request).value_or(Event{});
        request.seq = stream.request;
        Event response = incomplete_response(request, payload);
        response.seq = Seq{next++};
        response.mono_us = last ? last->mono_us : 0;
        response.wall_ms = last ? last->wall_ms : trajectory.summary.ended_wall_ms;
        Event gap = gap_after(response, stream, body.lost);
        gap.seq = Seq{next++};
        made.events.push_back(std::move(response));
        made.events.push_back(std::move(gap));
    }
    return made;
}

}  // namespace stet
