#include "storage/fsck.hpp"

#include "storage/addenda.hpp"
#include "storage/chain_walk.hpp"
#include "storage/printable.hpp"
#include "storage/source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stet {
namespace {

class Examination {
public:
    Examination(Database& database, std::size_t limit) : database_(database), flaws_max_(limit) {}

    /// Of everything.
    std::vector<Flaw> run(bool writer_alive) {
        part([this] { pages(); });
        std::vector<TrajectoryRow> trajectories;
        part([&] { trajectories = read_trajectories(database_, writer_alive); });
        for (const TrajectoryRow& trajectory : trajectories) {
            part([&] { events(trajectory); });
            part([&] { addenda(trajectory); });
        }
        part([this] { payloads(); });
        // What was altered reads differently: that much is told already.
        for (const TrajectoryRow& trajectory : trajectories) {
            if (flaws_.empty()) part([&] { readings(trajectory); });
        }
        part([this] { strays(); });
        return std::move(flaws_);
    }

    /// Of what one trajectory rests on.
    std::vector<Flaw> run(const TrajectoryRow& trajectory) {
        part([&] { events(trajectory); });
        part([&] { addenda(trajectory); });
        part([this] { payloads(); });
        return std::move(flaws_);
    }

private:
    // A part that cannot be read is a flaw; the others may still be looked at.
    template <class Part>
    void part(const Part& examine) {
        try {
            examine();
        } catch (const Trouble& trouble) {
            add({std::nullopt, std::nullopt, trouble.what()});
        }
    }
    bool full() const { return flaws_.size() >= flaws_max_; }
    void add(Flaw flaw) {
        if (!full()) flaws_.push_back(std::move(flaw));
    }

    void pages();
    void events(const TrajectoryRow& trajectory);
    void addenda(const TrajectoryRow& trajectory);
    void payloads();
    void readings(const TrajectoryRow& trajectory);
    void strays();
    void look_at(const TrajectoryRow& trajectory, EventRow row);

    void find_citations(std::map<std::int64_t, Flaw>& bad);

    Database& database_;
    const std::size_t flaws_max_;
    std::vector<Flaw> flaws_;
};

// SQLite puts several findings into one row, below a heading.
void Examination::pages() {
    Statement check(database_, "PRAGMA integrity_check(20)");
    while (check.step()) {
        std::string_view rest = check.text(0);
        while (!rest.empty()) {
            const std::string_view line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
            if (line != "ok" && !line.starts_with("***"))
                add({std::nullopt, std::nullopt, fmt::format("pages: {}", printable(line))});
        }
    }
}

void Examination::events(const TrajectoryRow& trajectory) {
    ChainWalk walk(database_, trajectory);
    walk.resume();
    for (;;) {
        ChainWalk::Step step = walk.next();
        if (step.flaw) {
            add(std::move(*step.flaw));
            if (full() || !walk.skip_commit()) return;
            continue;
        }
        if (!step.event) return;
        look_at(trajectory, std::move(*step.event));
    }
}

void Examination::look_at(const TrajectoryRow& trajectory, EventRow row) {
    const Seq seq = row.event.seq;
    const auto event = decode(std::move(row));
    if (!event) add({trajectory.summary.id, seq, event.error().what});
}

void Examination::addenda(const TrajectoryRow& trajectory) {
    if (!trajectory.summary.root) {
        for (const std::string_view table : {"addendum", "reading"}) {
            Statement any(database_, fmt::format("SELECT count(*) FROM {} WHERE trajectory = ?", table));
            if (any.with(trajectory.row).step() && any.integer(0) > 0) {
                add({trajectory.summary.id, std::nullopt,
                     fmt::format("has {}, which only a sealed trajectory can have",
                                 table == "addendum" ? "addenda" : "readings")});
            }
        }
        return;
    }
    const auto addenda = read_addenda(database_, trajectory.row, *trajectory.summary.root);
    if (!addenda) add({trajectory.summary.id, std::nullopt, addenda.error().what});
}

// Nothing is kept of those that are whole: a log may hold millions.
void Examination::payloads() {
    PayloadReader reader(database_);
    std::map<std::int64_t, Flaw> bad;
    Statement ids(database_, "SELECT id FROM payload ORDER BY id");
    while (flaws_.size() + bad.size() < flaws_max_ && ids.step()) {
        const auto good = reader.check(ids.integer(0));
        if (!good) bad.emplace(ids.integer(0), Flaw{std::nullopt, std::nullopt, good.error().what});
    }
    ids.reset();
    if (!bad.empty()) find_citations(bad);
    for (auto& [id, flaw] : bad)
        add(std::move(flaw));
}

// Says of each bad payload which event cites it first.
void Examination::find_citations(std::map<std::int64_t, Flaw>& bad) {
    Statement rows(database_,
                   "SELECT uid, seq, payloads FROM event JOIN trajectory ON trajectory.id = event.trajectory"
                   " ORDER BY event.trajectory, seq");
    while (rows.step()) {
        for (const std::int64_t id : parse_payload_ids(rows.text(2)).value_or(std::vector<std::int64_t>{})) {
            const auto found = bad.find(id);
            if (found == bad.end() || found->second.seq) continue;
            const auto trajectory = parse_trajectory_id(rows.text(0));
            Flaw& flaw = found->second;
            if (trajectory) flaw.trajectory = *trajectory;
            flaw.seq = Seq{static_cast<std::uint32_t>(rows.integer(1))};
            flaw.what = fmt::format("event {}: {}", flaw.seq->value, flaw.what);
        }
    }
}

void Examination::readings(const TrajectoryRow& trajectory) {
    Statement select(database_, "SELECT body FROM reading WHERE trajectory = ? AND version = ?");
    if (!select.with(trajectory.row, readings_version).step()) return;
    const std::string stored(select.text(0));
    select.reset();
    LogSource source(database_, trajectory);
    if (to_json(annotate(source)) == stored) return;
    add({trajectory.summary.id, std::nullopt,
         "its stored readings are not what its events say: nobody need believe them, they can be deleted"});
}

void Examination::strays() {
    for (const std::string_view table : {"event", "chain", "piece", "addendum", "reading"}) {
        Statement rows(database_, fmt::format("SELECT DISTINCT trajectory FROM {} WHERE trajectory NOT IN"
                                              " (SELECT id FROM trajectory)",
                                              table));
        while (rows.step()) {
            add({std::nullopt, std::nullopt,
                 fmt::format("table {}: holds rows of trajectory {}, which is not there", table,
                             rows.integer(0))});
        }
    }
}

}  // namespace

std::vector<Flaw> examine(Database& database, bool writer_alive) {
    try {
        const ReadTransaction one_state(database);
        return Examination(database, flaws_max).run(writer_alive);
    } catch (const Trouble& trouble) {
        return {Flaw{std::nullopt, std::nullopt, trouble.what()}};
    }
}

std::optional<Flaw> first_flaw(Database& database, const TrajectoryRow& trajectory) {
    const ReadTransaction one_state(database);
    auto flaws = Examination(database, 1).run(trajectory);
    if (flaws.empty()) return std::nullopt;
    return std::move(flaws.front());
}

}  // namespace stet
