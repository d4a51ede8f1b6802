#pragma once

#include <stet/door/storage.hpp>
#include <stet/redaction.hpp>

#include <functional>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace stet::test {

TrajectoryId trajectory_id(std::uint8_t number);

/// Draws events. Every body comes with the payloads that it cites; the same seed draws the same.
class Draw {
public:
    explicit Draw(std::uint64_t seed) : random_(seed) {}

    struct Drawn {
        EventBody body;
        std::vector<std::string> payloads;
    };
    /// `kind` is the index in EventBody. Every member holds something.
    Drawn body(std::size_t kind);
    Drawn any() { return body(below(std::variant_size_v<EventBody>)); }

    std::size_t below(std::size_t bound) {
        return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
    }
    /// Text that compresses, of up to about `bytes_max`; now and then the same as before.
    std::string bytes(std::size_t bytes_max);
    std::string word();

private:
    std::vector<std::function<EventBody()>> wire(), model(), tools(), state(), bookkeeping();
    std::uint32_t number() { return static_cast<std::uint32_t>(below(1000)); }
    Payload payload();
    Slice slice();
    Digest digest() { return sha256(word()); }
    Seq seq() { return Seq{static_cast<std::uint32_t>(below(100))}; }

    std::mt19937_64 random_;
    std::vector<std::string> payloads_;
};

/// Records one trajectory, and remembers what it handed over.
class Recording {
public:
    Recording(RedactedSink& log, const TrajectoryId& id, std::string_view name = "a run");

    Ticket add(Draw::Drawn drawn, StreamId close = 0);
    Ticket note(std::string text) { return add({Note{std::move(text)}, {}}); }
    Ticket spool(StreamId stream, Seq request, std::string bytes);
    Digest seal() { return log_.seal(id); }

    const TrajectoryId id;
    std::vector<Event> events;
    std::map<Digest, std::string> payloads;

private:
    RedactedSink& log_;
    Redactor redactor_{"a key of sixteen"};
};

/// As everything that a log takes: through a redactor.
RedactedBytes text(std::string bytes);

std::vector<Event> read_all(EventSource& source);

/// Runs SQL on the file as anybody with a shell could. Returns the first column of the first row.
std::string shell(const std::filesystem::path& path, const std::string& sql);

/// The line of the Trouble that `action` throws; empty when it throws none.
std::string trouble_of(const std::function<void()>& action);

}  // namespace stet::test
