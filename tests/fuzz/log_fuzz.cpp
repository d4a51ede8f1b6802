#include <stet/door/storage.hpp>
#include <stet/event_codec.hpp>
#include <stet/redaction.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

// A log file from a stranger: opened, listed, examined, read to its end. Trouble is an answer; a crash
// is not, and neither is a log that fsck calls whole and a source refuses.
//
// The input is a file when it begins as one. Otherwise its first byte chooses a log of ours (sealed,
// torn), and patches follow: page, offset in the page (two bytes), count (0-15), that many bytes.

namespace {

using namespace stet;
namespace fs = std::filesystem;

constexpr std::size_t page_bytes = 4096;

struct Directory {
    fs::path path;
    Directory() {
        std::string pattern = (fs::temp_directory_path() / "stet-log-fuzz-XXXXXX").string();
        STET_ASSERT(mkdtemp(pattern.data()) != nullptr);
        path = pattern;
    }
    ~Directory() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
};

void record(LogWriter& log, const TrajectoryId& id) {
    Redactor redactor("a key of sixteen");
    log.begin(id, "fuzzed", 1);
    for (std::uint32_t i = 0; i < 12; ++i) {
        const std::string bytes = std::string(i * 20, 'b') + std::to_string(i);
        const Payload payload{sha256(bytes), bytes.size()};
        Event event;
        event.seq = Seq{i};
        event.cause = Seq{0};
        event.body = Note{"note"};
        if (i % 3 == 1) event.body = ProcessOutput{"agent", "stderr", payload};
        if (i % 3 == 2) event.body = Message{"user", {payload, 1, 1, Coding::raw}};
        log.append(id, {redactor.redact(std::move(event), {bytes})}, 0);
        if (i % 4 == 3) log.flush();
    }
    log.spool(id, 1, Seq{3}, redactor.redact("a piece"));
    log.flush();
}

std::string read_bytes(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string make_log(const fs::path& path, bool sealed) {
    TrajectoryId id;
    id.bytes.fill(7);
    {
        const auto log = LogWriter::create(path);
        record(*log, id);
        if (sealed) log->seal(id);
    }
    if (sealed) {
        Log log = Log::open(path);
        log.add(id, "verdict", 1, stet::Redactor("a key of sixteen").redact(R"({"outcome":"pass"})"));
        log.store(id, annotate(*log.source(id)));
    }
    std::string bytes = read_bytes(path);
    fs::remove(path);
    return bytes;
}

std::string patched(std::string bytes, std::string_view patches) {
    while (patches.size() >= 4) {
        const auto byte = [&](std::size_t at) {
            return static_cast<std::size_t>(static_cast<unsigned char>(patches[at]));
        };
        const std::size_t at = byte(0) * page_bytes + (byte(1) * 256 + byte(2)) % page_bytes;
        const std::size_t count = std::min(byte(3) % 16, patches.size() - 4);
        const std::string_view values = patches.substr(4, count);
        if (at + count <= bytes.size()) bytes.replace(at, count, values);
        patches.remove_prefix(4 + count);
    }
    return bytes;
}

void read_trajectory(const Log& log, const TrajectoryId& id) {
    const auto source = log.source(id);
    (void)log.readings(id);
    while (auto event = source->next()) {
        for_each_payload(event->body, [&](Payload& payload) {
            const auto bytes = source->payload(payload.digest);
            STET_ASSERT(!bytes || sha256(*bytes) == payload.digest);
        });
    }
    (void)source->addenda();
    source->seek(Seq{5});
    (void)source->next();
}

void read_log(const fs::path& path) {
    bool whole = false;
    try {
        const Log log = Log::open(path);
        whole = log.fsck().empty();
        for (const TrajectorySummary& summary : log.list())
            read_trajectory(log, summary.id);
    } catch (const Trouble& trouble) {
        if (whole) std::fprintf(stderr, "fsck found nothing, but: %s\n", trouble.what());
        STET_ASSERT(!whole);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Directory directory;
    static const std::string bases[2] = {make_log(directory.path / "sealed.stet", true),
                                         make_log(directory.path / "torn.stet", false)};
    if (size == 0) return 0;
    const std::string text(data, data + size);
    const std::string_view input = text;
    const bool file = input.starts_with("SQLite format 3");
    const fs::path path = directory.path / "a.stet";
    for (const char* beside : {"", "-wal", "-shm", "-journal"})
        fs::remove(path.string() + beside);
    std::ofstream(path, std::ios::binary) << (file ? text : patched(bases[data[0] % 2], input.substr(1)));
    read_log(path);
    return 0;
}
