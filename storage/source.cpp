#include "storage/source.hpp"

#include "storage/addenda.hpp"
#include "storage/fsck.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

constexpr std::size_t batch_events_max = 256;
constexpr std::size_t batch_bytes_max = 4 << 20;  // Of bodies.

}  // namespace

LogSource::LogSource(Database& database, TrajectoryRow trajectory)
    : database_(database),
      trajectory_(std::move(trajectory)),
      walk_(database, trajectory_),
      payloads_(database) {}

const Reconstructed& LogSource::reconstructed() const {
    if (!reconstructed_) {
        const bool torn = trajectory_.summary.standing == Standing::torn;
        reconstructed_ = torn ? reconstruct(database_, trajectory_) : Reconstructed{};
    }
    return *reconstructed_;
}

std::optional<Event> LogSource::next() {
    if (ready_.empty() && !flaw_) load();
    if (!ready_.empty()) {
        Event event = std::move(ready_.front());
        ready_.pop_front();
        return event;
    }
    if (flaw_) refuse(*flaw_);
    const auto& more = reconstructed().events;
    while (next_reconstructed_ < more.size()) {
        const Event& event = more[next_reconstructed_++];
        if (event.seq >= wanted_) return event;
    }
    return std::nullopt;
}

void LogSource::load() {
    const ReadTransaction one_state(database_);
    walk_.resume();
    std::size_t bytes = 0;
    while (ready_.size() < batch_events_max && bytes < batch_bytes_max) {
        ChainWalk::Step step = walk_.next();
        flaw_ = std::move(step.flaw);
        if (!step.event) break;
        bytes += step.event->body.json.size();
        take(std::move(*step.event));
        if (flaw_) break;
    }
    walk_.rest();
}

void LogSource::take(EventRow row) {
    const Seq seq = row.event.seq;
    if (seq < wanted_) return;
    auto event = decode(std::move(row));
    if (event) {
        ready_.push_back(std::move(*event));
    } else {
        flaw_ = Flaw{trajectory_.summary.id, seq, event.error().what};
    }
}

void LogSource::refuse(const Flaw& flaw) const {
    throw Trouble("read log",
                  fmt::format("{}#{}", database_.path().string(), to_string(trajectory_.summary.id)),
                  flaw.what, "the log is damaged: `stet fsck` says what else is wrong");
}

void LogSource::seek(Seq seq) {
    const ReadTransaction one_state(database_);
    ready_.clear();
    flaw_.reset();
    wanted_ = seq;
    next_reconstructed_ = 0;
    walk_.seek(seq);
}

Result<std::string> LogSource::payload(const Digest& digest) const {
    auto stored = payloads_.bytes(digest);
    if (stored || trajectory_.summary.standing != Standing::torn) return stored;
    const auto& more = reconstructed().payloads;
    const auto found = more.find(digest);
    if (found != more.end()) return found->second;
    return stored;
}

std::vector<Addendum> LogSource::addenda() const {
    if (!trajectory_.summary.root) return {};
    auto addenda = read_addenda(database_, trajectory_.row, *trajectory_.summary.root);
    if (!addenda) refuse(Flaw{trajectory_.summary.id, std::nullopt, addenda.error().what});
    return std::move(addenda->all);
}

void LogSource::verify() const {
    if (const auto flaw = first_flaw(database_, trajectory_)) refuse(*flaw);
}

}  // namespace stet
