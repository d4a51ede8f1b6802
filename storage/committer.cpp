#include "storage/committer.hpp"

#include "storage/schema.hpp"

#include <fmt/format.h>

namespace stet {
namespace {

// How long the writer waits for a stranger (a shell, a backup) who holds SQLite's write lock. Longer
// than anybody's patience with a prompt; shorter than an agent's with its model.
constexpr int lock_wait_ms = 30'000;
constexpr int wal_bytes_kept = 64 << 20;

}  // namespace

Committer::Ready::Ready(Database& database) {
    create_schema(database);
}

Committer::Beginning::~Beginning() {
    if (path_.empty()) return;
    std::error_code ignored;
    for (const auto* ending : {"", "-journal", "-wal", "-shm"})
        std::filesystem::remove(path_.native() + ending, ignored);
}

Committer::Committer(const std::filesystem::path& path, const LogWriterOptions& options)
    : file_(LogFile::create(path)),
      beginning_(path),
      database_(path, "write log", Access::create),
      durability_(options.durability),
      ready_(database_),
      payloads_(database_, options.zstd_level),
      events_(database_),
      begin_(database_,
             "INSERT INTO trajectory(uid, name, begun_wall_ms, standing, events, ended_wall_ms)"
             " VALUES(?, ?, ?, 0, 0, ?) RETURNING id"),
      seal_(database_,
            "UPDATE trajectory SET standing = 1, events = ?, ended_wall_ms = ?, root = ? WHERE id = ?"),
      chain_(database_, "INSERT INTO chain VALUES(?, ?, ?)"),
      piece_(database_, "INSERT INTO piece VALUES(?, ?, ?, ?, ?)"),
      drop_pieces_(database_, "DELETE FROM piece WHERE trajectory = ? AND stream = ?") {
    wake();
}

Committer::~Committer() {
    leave_wal_mode();
}

void Committer::wake() {
    if (awake_) return;
    if (!file_.lock()) database_.refuse("another program has locked it");
    database_.wait_for_locks(lock_wait_ms);
    // The change of mode is synced, or a power cut could leave a WAL for pages that are not there.
    database_.run(
        fmt::format("PRAGMA secure_delete = OFF; PRAGMA journal_size_limit = {};"
                    "PRAGMA synchronous = FULL",
                    wal_bytes_kept));
    Statement mode(database_, "PRAGMA journal_mode = WAL");
    if (!mode.step() || mode.text(0) != "wal")
        database_.refuse("it cannot be kept in WAL mode on this file system");
    mode.reset();
    if (durability_ == Durability::process) database_.run("PRAGMA synchronous = NORMAL");
    awake_ = true;
}

// Without a WAL the file needs no neighbours and can be read from read-only media. A reader that has
// it open this moment keeps it in WAL mode; then it is whole all the same, but -wal and -shm stay.
bool Committer::leave_wal_mode() {
    try {
        database_.wait_for_locks(0);
        database_.run("PRAGMA journal_mode = DELETE");
        return true;
    } catch (const Trouble&) {
        return false;
    }
}

void Committer::commit(std::vector<Item>& items) {
    wake();
    database_.run("BEGIN IMMEDIATE");
    try {
        for (Item& item : items) {
            std::visit([this](auto& it) { apply(it); }, item);
        }
        for (auto& [id, open] : open_)
            store_chain(open);
        database_.run("COMMIT");
        beginning_.over();
    } catch (...) {
        // SQLite may have rolled back by itself (a full disk); the first Trouble is the one to tell.
        if (database_.in_transaction()) {
            try {
                database_.run("ROLLBACK");
            } catch (const Trouble&) {
            }
        }
        throw;
    }
}

void Committer::apply(BeginItem& item) {
    Open open;
    begin_.with(to_string(item.id), item.name, item.wall_ms, item.wall_ms).step();
    open.row = begin_.integer(0);
    begin_.reset();
    open.chain = chain_begin(item.id);
    open.ended_wall_ms = item.wall_ms;
    STET_ASSERT(open_.emplace(item.id, std::move(open)).second);
}

void Committer::apply(AppendItem& item) {
    Open& open = open_.at(item.id);
    for (const RedactedEvent& event : item.events)
        append(open, event);
    if (item.close != 0 && open.parts.erase(item.close) > 0) drop_pieces_.run(open.row, item.close);
}

void Committer::append(Open& open, const RedactedEvent& event) {
    EventRow row;
    row.event = event.event();
    row.body = encode_body(row.event.body);
    for (const RedactedBytes& bytes : event.payloads())
        payloads_.put(bytes);
    for (const Payload& payload : row.body.payloads) {
        const KnownPayload& known = payloads_.cite(payload);
        row.payload_ids.push_back(known.id);
        row.commitments.push_back(known.commitment);
    }
    open.chain = chain_next(open.chain, chain_record(row.event, row.body, row.commitments));
    row.link = link_of(open.chain);
    events_.insert(open.row, row);
    ++open.events;
    open.ended_wall_ms = row.event.wall_ms;
    open.touched = true;
}

void Committer::apply(PutItem& item) {
    payloads_.put(item.bytes);
}

void Committer::apply(SpoolItem& item) {
    Open& open = open_.at(item.id);
    const std::uint32_t part = open.parts[item.stream]++;
    piece_.run(open.row, item.stream, item.request.value, part, Blob{item.bytes.bytes()});
}

void Committer::apply(SealItem& item) {
    Open& open = open_.at(item.id);
    store_chain(open);
    const Digest root = trajectory_root(item.id, open.events, open.chain);
    seal_.run(open.events, open.ended_wall_ms, Blob{bytes_of(root)}, open.row);
    *item.root = root;
    sealed_ = true;
    open_.erase(item.id);
}

void Committer::store_chain(Open& open) {
    if (!std::exchange(open.touched, false)) return;
    chain_.run(open.row, open.events - 1, Blob{bytes_of(open.chain)});
}

void Committer::rest_if_sealed() {
    if (!open_.empty() || !sealed_) return;
    database_.run("PRAGMA wal_checkpoint(TRUNCATE)");
    leave_wal_mode();
    file_.unlock();
    awake_ = sealed_ = false;
}

}  // namespace stet
