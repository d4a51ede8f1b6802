#include "storage/database.hpp"
#include "storage/log_queue.hpp"
#include "tests/storage/recording.hpp"
#include "tests/support/memory_log.hpp"
#include "tests/support/temp_dir.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace stet;
using namespace stet::test;

namespace {

Item any_item() {
    return BeginItem{trajectory_id(1), "", 0};
}

// Reads all that a child writes to its end of a pipe, and waits for it.
struct Child {
    pid_t pid = -1;
    int out = -1;

    explicit Child(const std::function<void(int out)>& run) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid = fork();
        if (pid == 0) {
            close(ends[0]);
            run(ends[1]);
            _exit(0);
        }
        close(ends[1]);
        out = ends[0];
    }
    std::string finish() const {
        std::string text;
        char buffer[4096];
        for (ssize_t got = 0; (got = read(out, buffer, sizeof buffer)) > 0;)
            text.append(buffer, static_cast<std::size_t>(got));
        close(out);
        int status = 0;
        waitpid(pid, &status, 0);
        CHECK(WIFEXITED(status));
        return text;
    }
};

void say(int out, const std::string& line) {
    if (write(out, line.data(), line.size()) < 0) _exit(3);
}

}  // namespace

TEST_CASE("storage/writer: a ticket is durable once its commit is, and not before") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    std::atomic<int> answers = 0, good = 0;
    for (int i = 0; i < 50; ++i) {
        log->when_durable(recording.note("n"), [&](bool durable) {
            ++answers;
            good += durable ? 1 : 0;
        });
    }
    recording.seal();
    bool at_once = false;
    log->when_durable(1, [&](bool durable) { at_once = durable; });
    CHECK(at_once);
    // The callbacks of a batch run after its commit; this waits for the thread to have run them.
    log->flush();
    const std::string rows = shell(dir / "a.stet", "SELECT count(*) FROM event");
    CHECK(rows == "50");
}

TEST_CASE(
    "storage/writer: callbacks run in the order of their tickets, all of them, before the writer goes") {
    const TempDir dir;
    std::vector<Ticket> order;  // The writer's thread only, until it is joined.
    std::vector<Ticket> tickets;
    {
        const auto log = LogWriter::create(dir / "a.stet");
        Recording recording(*log, trajectory_id(1));
        // Held up by somebody else's write lock, so that no ticket is durable yet.
        Database other(dir / "a.stet", "hold", Access::append);
        other.run("BEGIN IMMEDIATE");
        for (int i = 0; i < 20; ++i) {
            const Ticket ticket = recording.note("n");
            tickets.push_back(ticket);
            log->when_durable(ticket, [&order, ticket](bool durable) {
                if (durable) order.push_back(ticket);
            });
        }
        CHECK(shell(dir / "a.stet", "SELECT count(*) FROM event") == "0");
        other.run("ROLLBACK");
    }
    CHECK(order == tickets);
}

TEST_CASE("storage/queue: a full queue makes the next push wait until something was finished") {
    LogQueue queue(1000, 3);
    for (int i = 0; i < 3; ++i)
        queue.push(any_item(), 10);
    std::atomic<bool> pushed = false;
    std::jthread pusher([&] {
        queue.push(any_item(), 10);
        pushed = true;
    });
    while (queue.blocked() == 0)
        std::this_thread::yield();
    const Batch batch = queue.take();
    CHECK(batch.items.size() == 3);
    CHECK(batch.last == 3);
    // What is being written counts as well: taking alone makes no room.
    CHECK_FALSE(pushed);
    CHECK(queue.blocked() == 1);
    queue.finish(batch, true, std::nullopt);
    pusher.join();
    CHECK(pushed);
    CHECK(queue.take().items.size() == 1);
}

TEST_CASE("storage/queue: bytes are bounded, but one item may be larger than the bound") {
    LogQueue queue(100, 1000);
    queue.push(any_item(), 5000);
    std::jthread pusher([&] { queue.push(any_item(), 1); });
    while (queue.blocked() == 0)
        std::this_thread::yield();
    const Batch batch = queue.take();
    CHECK(batch.bytes == 5000);
    queue.finish(batch, true, std::nullopt);
    pusher.join();
    CHECK(queue.last() == 2);
}

TEST_CASE("storage/queue: never more is pending than the bounds allow, whoever pushes") {
    constexpr std::size_t bytes_max = 500, items_max = 7;
    LogQueue queue(bytes_max, items_max);
    std::vector<std::jthread> pushers;
    for (int p = 0; p < 3; ++p) {
        pushers.emplace_back([&] {
            for (std::size_t i = 0; i < 200; ++i)
                queue.push(any_item(), 1 + i % 120);
        });
    }
    std::size_t items = 0;
    while (items < 600) {
        const Batch batch = queue.take();
        CHECK(batch.items.size() <= items_max);
        CHECK(batch.bytes <= bytes_max);
        items += batch.items.size();
        CHECK(batch.last == items);
        queue.finish(batch, true, std::nullopt);
    }
}

TEST_CASE("storage/queue: a failure reaches everybody who waits, and everybody who comes later") {
    LogQueue queue(1000, 2);
    queue.push(any_item(), 1);
    queue.push(any_item(), 1);
    std::string blocked, waiting;
    std::jthread pusher([&] { blocked = trouble_of([&] { queue.push(any_item(), 1); }); });
    std::jthread waiter([&] { waiting = trouble_of([&] { queue.wait(2); }); });
    while (queue.blocked() == 0)
        std::this_thread::yield();
    int refused = 0;
    queue.when_durable(1, [&](bool durable) { refused += durable ? 0 : 1; });
    queue.when_durable(2, [&](bool durable) { refused += durable ? 0 : 1; });
    const Trouble trouble("write log", "x", "disk is full", "free some");
    queue.finish(queue.take(), false, trouble);
    pusher.join();
    waiter.join();
    CHECK(blocked == trouble.what());
    CHECK(waiting == trouble.what());
    CHECK(refused == 2);
    CHECK(trouble_of([&] { queue.push(any_item(), 1); }) == trouble.what());
    queue.when_durable(2, [&](bool durable) { refused += durable ? 0 : 1; });
    CHECK(refused == 3);
}

TEST_CASE("storage/writer: when the disk refuses there is one clear line, and what was committed stays") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    // A limit on the size of files stands for the full disk; in a child, since it cannot be lifted again.
    const Child child([&](int out) {
        signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{600'000, 600'000};
        setrlimit(RLIMIT_FSIZE, &limit);
        const auto log = LogWriter::create(path);
        Recording recording(*log, trajectory_id(1));
        Draw draw(3);
        std::atomic<int> refused = 0;
        const std::string line = trouble_of([&] {
            for (int i = 0; i < 100'000; ++i) {
                log->when_durable(recording.add(draw.any()),
                                  [&](bool durable) { refused += durable ? 0 : 1; });
            }
        });
        say(out, line + "\n");
        say(out, trouble_of([&] { log->flush(); }) + "\n");
        say(out, trouble_of([&] { recording.seal(); }) + "\n");
        say(out, refused > 0 ? "refused\n" : "none refused\n");
    });
    const std::string line =
        "write log " + path.string() +
        ": disk I/O error (File too large); raise the limit of file sizes (ulimit -f), then run again\n";
    CHECK(child.finish() == line + line + line + "refused\n");
    const Log log = Log::open(path);
    CHECK(log.fsck().empty());
    REQUIRE(log.list().size() == 1);
    CHECK(log.list()[0].standing == Standing::torn);
    const auto events = read_all(*log.source(trajectory_id(1)));
    CHECK(events.size() > 10);
    MemoryLog whole;
    Recording expected(whole, trajectory_id(1));
    Draw draw(3);
    for (const Event& event : events) {
        expected.add(draw.any());
        CHECK(event == expected.events.back());
    }
}

TEST_CASE("storage/writer: a log takes further trajectories after it was sealed, and locks itself again") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    const auto log = LogWriter::create(path);
    Recording first(*log, trajectory_id(1), "first");
    first.note("one");
    first.seal();
    CHECK_FALSE(Log::open(path).writer_alive());
    Log::open(path).add(first.id, "note", 1, text("{}"));
    Recording second(*log, trajectory_id(2), "second");
    second.note("two");
    log->flush();
    const Log read = Log::open(path);
    CHECK(read.writer_alive());
    CHECK(read.list()[0].standing == Standing::sealed);
    CHECK(read.list()[1].standing == Standing::recording);
    CHECK(read_all(*read.source(second.id)) == second.events);
    second.seal();
    CHECK(read.fsck().empty());
}

TEST_CASE("storage/writer: put may be called from any thread") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet", {.queue_items_max = 16});
    Recording recording(*log, trajectory_id(1));
    const Redactor redactor("a key of sixteen");
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 100; ++i)
                    log->put(redactor.redact(std::to_string(t % 2) + "/" + std::to_string(i)));
            });
        }
        for (int i = 0; i < 100; ++i)
            recording.note("n");
    }
    recording.seal();
    CHECK(shell(dir / "a.stet", "SELECT count(*) FROM payload") == "200");
    CHECK(Log::open(dir / "a.stet").fsck().empty());
}

TEST_CASE("storage/writer: an event may cite bytes that were erased where it comes from") {
    const TempDir dir;
    const auto log = LogWriter::create(dir / "a.stet");
    Recording recording(*log, trajectory_id(1));
    recording.add({ProcessOutput{"agent", "stderr", {Digest{}, 42}}, {}});
    recording.seal();
    const Log read = Log::open(dir / "a.stet");
    CHECK(read.fsck().empty());
    CHECK(read_all(*read.source(recording.id)) == recording.events);
}

TEST_CASE("storage/writer: of a log that could not be begun nothing stays") {
    const TempDir dir;
    const auto path = dir / "a.stet";
    { const auto log = LogWriter::create(path); }
    CHECK(std::filesystem::is_empty(dir.path()));
    for (const rlim_t bytes : {rlim_t{0}, rlim_t{4096}, rlim_t{20'000}}) {
        CAPTURE(bytes);
        Child child([&](int out) {
            std::signal(SIGXFSZ, SIG_IGN);
            const rlimit limit{bytes, bytes};
            setrlimit(RLIMIT_FSIZE, &limit);
            try {
                const auto log = LogWriter::create(path);
                log->begin(trajectory_id(1), "", 0);
                log->flush();
                say(out, "begun");
            } catch (const Trouble&) {
                say(out, "refused");
            }
        });
        CHECK(child.finish() == "refused");
        CHECK(std::filesystem::is_empty(dir.path()));
    }
    // One that was begun stays, whatever comes then.
    { LogWriter::create(path)->begin(trajectory_id(1), "", 0); }
    CHECK(std::filesystem::exists(path));
}
