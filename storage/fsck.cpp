#include "storage/fsck.hpp"

#include "storage/addenda.hpp"
#include "storage/chain_walk.hpp"
#include "storage/printable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace stet {
namespace {

struct Citation {
    TrajectoryId trajectory;
    Seq seq;
};

class Examination {
public:
    Examination(Database& database, bool writer_alive) : database_(database), writer_alive_(writer_alive) {}

    std::vector<Flaw> run() {
        part([this] { pages(); });
        part([this] {
            for (const TrajectoryRow& trajectory : read_trajectories(database_, writer_alive_)) {
                part([&] { events(trajectory); });
                part([&] { addenda(trajectory); });
            }
        });
        part([this] { payloads(); });
        part([this] { strays(); });
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
    bool full() const { return flaws_.size() >= flaws_max; }
    void add(Flaw flaw) {
        if (!full()) flaws_.push_back(std::move(flaw));
    }

    void pages();
    void events(const TrajectoryRow& trajectory);
    void addenda(const TrajectoryRow& trajectory);
    void payloads();
    void strays();
    void look_at(const TrajectoryRow& trajectory, EventRow row);

    Database& database_;
    bool writer_alive_;
    std::map<std::int64_t, Citation> first_cited_;  ///< By payload id.
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
    const Citation citation{trajectory.summary.id, row.event.seq};
    for (const std::int64_t id : row.payload_ids)
        first_cited_.emplace(id, citation);
    const auto event = decode(std::move(row));
    if (!event) add({citation.trajectory, citation.seq, event.error().what});
}

void Examination::addenda(const TrajectoryRow& trajectory) {
    if (!trajectory.summary.root) {
        Statement any(database_, "SELECT count(*) FROM addendum WHERE trajectory = ?");
        if (any.with(trajectory.row).step() && any.integer(0) > 0) {
            add({trajectory.summary.id, std::nullopt,
                 "has addenda, which only a sealed trajectory can have"});
        }
        return;
    }
    const auto addenda = read_addenda(database_, trajectory.row, *trajectory.summary.root);
    if (!addenda) add({trajectory.summary.id, std::nullopt, addenda.error().what});
}

void Examination::payloads() {
    PayloadReader reader(database_);
    Statement ids(database_, "SELECT id FROM payload ORDER BY id");
    while (!full() && ids.step()) {
        const auto good = reader.check(ids.integer(0));
        if (good) continue;
        Flaw flaw{std::nullopt, std::nullopt, good.error().what};
        const auto cited = first_cited_.find(ids.integer(0));
        if (cited != first_cited_.end()) {
            flaw.trajectory = cited->second.trajectory;
            flaw.seq = cited->second.seq;
            flaw.what = fmt::format("event {}: {}", cited->second.seq.value, flaw.what);
        }
        add(std::move(flaw));
    }
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
        return Examination(database, writer_alive).run();
    } catch (const Trouble& trouble) {
        return {Flaw{std::nullopt, std::nullopt, trouble.what()}};
    }
}

}  // namespace stet
