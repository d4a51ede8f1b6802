#include "tests/storage/survivor.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>

namespace stet::test {
namespace {

// Counts tickets as LogWriter does: one for each call.
class TicketCounter final : public RedactedSink {
public:
    void begin(const TrajectoryId&, std::string_view, std::int64_t) override { ++last; }
    Ticket append(const TrajectoryId&, std::vector<RedactedEvent>, StreamId) override { return ++last; }
    Ticket put(RedactedBytes) override { return ++last; }
    Ticket spool(const TrajectoryId&, StreamId, Seq, RedactedBytes) override { return ++last; }
    void when_durable(Ticket, std::function<void(bool)>) override {}
    Digest seal(const TrajectoryId&) override { return {}; }

    Ticket last = 0;
};

struct Found {
    std::vector<Event> stored;
    std::map<StreamId, Script::Stream> streams;
};

// Takes apart what a torn log gives: what was stored, and what was reconstructed.
std::string read_survivor(const Log& log, const TrajectoryId& id, Found& found) {
    const auto source = log.source(id);
    std::vector<Event> events = read_all(*source);
    const std::size_t stored = source->summary().events;
    if (events.size() < stored) return "the summary counts events that are not there";
    for (std::size_t at = stored; at < events.size(); ++at) {
        const auto* response = std::get_if<Response>(&events[at].body);
        if (response == nullptr) continue;  // What events meant, and the gaps.
        if (events[at].fidelity != Fidelity::reconstructed || response->complete)
            return "reconstructed wrongly";
        const auto bytes = source->payload(response->body->digest);
        if (!bytes) return bytes.error().what;
        const auto gap = std::find_if(events.begin() + static_cast<std::ptrdiff_t>(at), events.end(),
                                      [&](const Event& event) {
                                          const auto* body = std::get_if<Gap>(&event.body);
                                          return body != nullptr && body->place.starts_with("stream ");
                                      });
        if (gap == events.end()) return "reconstructed without a gap";
        const auto stream = static_cast<StreamId>(std::stoul(std::get<Gap>(gap->body).place.substr(7)));
        found.streams[stream] = {*events[at].cause, *bytes};
    }
    events.resize(stored);
    found.stored = std::move(events);
    return {};
}

std::string compare(Found& found, std::uint64_t seed, Ticket acknowledged, bool sealed) {
    TicketCounter counter;
    // The script's own beginning is a call that nobody waited for.
    if (acknowledged == 0 && found.stored.empty()) return {};
    Script script(counter, seed);
    // The earliest moment that has all that was found and all that was acknowledged.
    while (counter.last < acknowledged || script.recording().events.size() < found.stored.size())
        script.step();
    const std::vector<Event>& expected = script.recording().events;
    if (expected.size() != found.stored.size()) {
        return "lost: " + std::to_string(expected.size()) + " events were acknowledged, " +
               std::to_string(found.stored.size()) + " are there";
    }
    if (expected != found.stored) return "the events are not those that were written";
    if (sealed) return {};  // Then nothing is coming in any more.
    for (const auto& [stream, pieces] : script.open_streams()) {
        const auto there = found.streams.find(stream);
        if (there == found.streams.end()) return "lost: the pieces of stream " + std::to_string(stream);
        if (!there->second.bytes.starts_with(pieces.bytes) || there->second.request != pieces.request) {
            return "lost: some pieces of stream " + std::to_string(stream);
        }
    }
    return {};
}

void record_until_killed(const std::filesystem::path& path, std::uint64_t seed, Durability durability,
                         int out) {
    const auto log = LogWriter::create(path, {.durability = durability});
    Script script(*log, seed);
    for (int i = 0; i < 1'000'000; ++i) {
        const Ticket ticket = script.step();
        log->when_durable(ticket, [out, ticket](bool durable) {
            if (durable && write(out, &ticket, sizeof ticket) < 0) _exit(1);
        });
    }
}

// Reads acknowledgements until there are `count`, or the other side is gone.
Ticket read_tickets(int in, std::size_t count) {
    Ticket last = 0;
    for (std::size_t i = 0; i < count; ++i) {
        Ticket ticket = 0;
        if (read(in, &ticket, sizeof ticket) != static_cast<ssize_t>(sizeof ticket)) break;
        last = std::max(last, ticket);
    }
    return last;
}

}  // namespace

Script::Script(RedactedSink& sink, std::uint64_t seed)
    : sink_(sink), draw_(seed), recording_(sink, trajectory_id(1), "script") {
    recording_.add(draw_.body(2));  // A request, for the streams to answer.
}

Ticket Script::step() {
    const std::size_t choice = draw_.below(20);
    if (choice < 4) return spool();
    if (choice < 6 && !streams_.empty()) return close();
    if (choice == 6) return put();
    return recording_.add(draw_.any());
}

Ticket Script::spool() {
    StreamId id = next_stream_;
    if (!streams_.empty() && draw_.below(3) > 0) {
        id = streams_.begin()->first;
    } else {
        streams_[next_stream_++].request = recording_.events.back().seq;
    }
    Stream& stream = streams_[id];
    const std::string piece = "data: " + draw_.word() + "\n\n";
    stream.bytes += piece;
    return recording_.spool(id, stream.request, piece);
}

Ticket Script::close() {
    const auto stream = streams_.begin();
    Response response;
    response.body = Payload{sha256(stream->second.bytes), stream->second.bytes.size()};
    const Ticket ticket = recording_.add({response, {stream->second.bytes}}, stream->first);
    streams_.erase(stream);
    return ticket;
}

Ticket Script::put() {
    return sink_.put(redactor_.redact(draw_.bytes(2000)));
}

std::string check_survivor(const std::filesystem::path& path, std::uint64_t seed, Ticket acknowledged) {
    try {
        const Log log = Log::open(path);
        const auto list = log.list();
        if (list.empty()) return acknowledged == 0 ? "" : "lost: the trajectory";
        for (const Flaw& flaw : log.fsck())
            return "fsck: " + flaw.what;
        Found found;
        const std::string problem = read_survivor(log, trajectory_id(1), found);
        if (!problem.empty()) return problem;
        return compare(found, seed, acknowledged, list[0].standing == Standing::sealed);
    } catch (const Trouble& trouble) {
        // Before anything was acknowledged there need not be a whole log.
        return acknowledged == 0 ? "" : std::string("lost: ") + trouble.what();
    }
}

Killed kill_once(const std::filesystem::path& path, std::uint64_t seed, Durability durability) {
    int ends[2];
    if (pipe(ends) != 0) return {0, "no pipe"};
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        record_until_killed(path, seed, durability, ends[1]);
        _exit(0);
    }
    close(ends[1]);
    Draw draw(seed);
    Killed killed;
    killed.acknowledged = read_tickets(ends[0], draw.below(400));
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(draw.below(1500));
    while (std::chrono::steady_clock::now() < until) {
    }
    kill(child, SIGKILL);
    killed.acknowledged = std::max(killed.acknowledged, read_tickets(ends[0], SIZE_MAX));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    killed.problem =
        WIFSIGNALED(status) ? check_survivor(path, seed, killed.acknowledged) : "it was not killed";
    return killed;
}

}  // namespace stet::test
