#include "storage/committer.hpp"

#include <stet/door/storage.hpp>

#include <map>
#include <thread>

namespace stet {
namespace {

// What an item costs besides its bytes: the event's own strings, the queue's entry. An estimate.
constexpr std::size_t item_bytes = 512;

std::size_t weight(const std::vector<RedactedEvent>& events) {
    std::size_t bytes = 0;
    for (const RedactedEvent& event : events) {
        bytes += item_bytes;
        for (const RedactedBytes& payload : event.payloads())
            bytes += payload.bytes().size();
    }
    return bytes;
}

void check_size(const RedactedBytes& bytes) {
    if (bytes.bytes().size() <= payload_bytes_max) return;
    throw Trouble("keep payload", to_string(bytes.payload().digest), "is larger than 1 GiB",
                  "nothing of it was stored");
}

}  // namespace

struct LogWriter::State {
    State(const std::filesystem::path& path, const LogWriterOptions& options)
        : queue(options.queue_bytes_max, options.queue_items_max), committer(path, options) {
        thread = std::jthread([this] { write(); });
    }
    ~State() { queue.stop(); }

    void write();
    std::optional<Trouble> write(Batch& batch, bool& committed);

    LogQueue queue;
    Committer committer;
    std::map<TrajectoryId, std::uint32_t> next_seq;  ///< The caller's thread only.
    std::jthread thread;                             ///< Last: it uses what stands above.
};

std::optional<Trouble> LogWriter::State::write(Batch& batch, bool& committed) {
    try {
        committer.commit(batch.items);
        committed = true;
        committer.rest_if_sealed();
        return std::nullopt;
    } catch (const Trouble& trouble) {
        return trouble;
    } catch (const std::bad_alloc&) {
        return Trouble("write log", "", "out of memory", "what was committed stays");
    }
}

// The root of the writer's thread.
void LogWriter::State::write() {
    for (;;) {
        Batch batch = queue.take();
        if (batch.items.empty()) return;
        bool committed = false;
        auto trouble = write(batch, committed);
        const bool failed = trouble.has_value();
        queue.finish(batch, committed, std::move(trouble));
        if (failed) return;
    }
}

LogWriter::LogWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogWriter::~LogWriter() = default;

std::unique_ptr<LogWriter> LogWriter::create(const std::filesystem::path& path,
                                             const LogWriterOptions& options) {
    return std::unique_ptr<LogWriter>(new LogWriter(std::make_unique<State>(path, options)));
}

void LogWriter::begin(const TrajectoryId& id, std::string_view name, std::int64_t wall_ms) {
    STET_ASSERT(state_->next_seq.emplace(id, 0).second);
    state_->queue.push(BeginItem{id, std::string(name), wall_ms}, item_bytes);
}

Ticket LogWriter::append(const TrajectoryId& id, std::vector<RedactedEvent> events, StreamId close) {
    const auto next = state_->next_seq.find(id);
    STET_ASSERT(next != state_->next_seq.end());
    std::uint32_t seq = next->second;
    for (const RedactedEvent& event : events) {
        STET_ASSERT(event.event().seq.value == seq++);
        for (const RedactedBytes& payload : event.payloads())
            check_size(payload);
    }
    const std::size_t bytes = weight(events);
    const Ticket ticket = state_->queue.push(AppendItem{id, std::move(events), close}, bytes);
    next->second = seq;
    return ticket;
}

Ticket LogWriter::put(RedactedBytes bytes) {
    check_size(bytes);
    const std::size_t size = item_bytes + bytes.bytes().size();
    return state_->queue.push(PutItem{std::move(bytes)}, size);
}

Ticket LogWriter::spool(const TrajectoryId& id, StreamId stream, Seq request, RedactedBytes bytes) {
    STET_ASSERT(stream != 0 && state_->next_seq.contains(id));
    const std::size_t size = item_bytes + bytes.bytes().size();
    return state_->queue.push(SpoolItem{id, stream, request, std::move(bytes)}, size);
}

void LogWriter::when_durable(Ticket ticket, std::function<void(bool)> done) {
    state_->queue.when_durable(ticket, std::move(done));
}

Digest LogWriter::seal(const TrajectoryId& id) {
    STET_ASSERT(state_->next_seq.erase(id) == 1);
    Digest root;
    state_->queue.wait(state_->queue.push(SealItem{id, &root}, item_bytes));
    return root;
}

void LogWriter::flush() {
    state_->queue.wait(state_->queue.last());
}

}  // namespace stet
