#include "bench/figures.hpp"
#include "bench/relay.hpp"

#include <stet/result.hpp>
#include <stet/wire/http.hpp>
#include <stet/wire/sse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <memory>
#include <thread>

namespace stet::bench {
namespace {

constexpr std::size_t repetitions = 5;
constexpr std::size_t connections = 16;
constexpr double crowd_s = 0.7;

std::uint64_t next_number() {
    static std::atomic<std::uint64_t> number = 0;
    return ++number;
}

/// One kept connection, one request at a time.
class Asker {
public:
    explicit Asker(const Way& way) : way_(way), socket_(Socket::connect_to_loopback(way.port)) {}

    /// Microseconds from the request's first byte to the answer's last.
    double ask(const std::string& body) {
        const auto request = fmt::format(
            "POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            "Content-Length: {}\r\n\r\n{}",
            way_.path, body.size(), body);
        const auto begun = now_s();
        socket_.send(request);
        read_answer([](std::string_view) {});
        return (now_s() - begun) * 1e6;
    }

    /// Of each piece of a streamed answer, how many microseconds it was on its way.
    std::vector<double> ask_for_stream() {
        std::vector<double> travelled;
        SseReader reader;
        const auto body = question(200, next_number(), true);
        socket_.send(
            fmt::format("POST {} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
                        "Content-Length: {}\r\n\r\n{}",
                        way_.path, body.size(), body));
        read_answer([&](std::string_view bytes) {
            const auto now = now_s();
            const auto events = reader.read(bytes);
            for (const auto& event : events.value()) {
                static constexpr std::string_view before = R"("content":")";
                const auto at = event.data.find(before);
                if (at == std::string::npos) continue;  // [DONE]
                std::int64_t sent_ns = 0;
                std::from_chars(event.data.data() + at + before.size(), event.data.data() + event.data.size(),
                                sent_ns);
                travelled.push_back(now * 1e6 - static_cast<double>(sent_ns) / 1e3);
            }
        });
        if (travelled.size() != stream_pieces)
            throw Trouble("ask", way_.program, "pieces of the stream are lost");
        return travelled;
    }

private:
    template <class Take>
    void read_answer(const Take& take) {
        HttpReader reader(HttpReader::Role::responses);
        for (;;) {
            auto bytes = socket_.receive(buffer_);
            if (bytes.empty()) throw Trouble("ask", way_.program, "it closed the connection");
            while (!bytes.empty()) {
                const auto piece = reader.read(bytes);
                if (!piece) throw Trouble("ask", way_.program, piece.error().what);
                bytes.remove_prefix(piece->consumed);
                take(piece->body);
                if (!piece->message_done) continue;
                if (reader.head().status != 200)
                    throw Trouble("ask", way_.program, fmt::format("it answered {}", reader.head().status));
                return;
            }
        }
    }

    Way way_;
    Socket socket_;
    std::string buffer_;
};

using Askers = std::vector<std::unique_ptr<Asker>>;

/// Calls `ask` with each asker in turn, `rounds` times, and returns the p50 of each asker's values.
template <class Ask>
std::vector<double> p50_in_turn(const Askers& askers, std::size_t rounds, const Ask& ask) {
    std::vector<std::vector<double>> all(askers.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < askers.size(); ++i) {
            const auto turn = (round + i) % askers.size();
            ask(*askers[turn], all[turn]);
        }
    }
    std::vector<double> medians;
    for (auto& values : all)
        medians.push_back(median(std::move(values)));
    return medians;
}

/// Requests a second over many connections, each with a thread that asks again as soon as it is answered.
double crowd(const Way& way) {
    std::atomic<std::size_t> answered = 0;
    std::atomic<bool> failed = false;
    const auto begun = now_s();
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < connections; ++i) {
        threads.emplace_back([&] {
            try {
                Asker asker(way);
                while (now_s() < begun + crowd_s) {
                    asker.ask(question(200, next_number(), false));
                    ++answered;
                }
            } catch (const Trouble&) {
                failed = true;
            }
        });
    }
    threads.clear();
    if (failed) throw Trouble("ask", way.program, "it failed under load");
    return static_cast<double>(answered) / (now_s() - begun);
}

}  // namespace

std::string question(std::size_t bytes, std::uint64_t number, bool stream) {
    static constexpr std::string_view filler = "The quick brown fox jumps over the lazy dog, line by line. ";
    auto body = fmt::format(R"({{"model":"bench","stream":{},"messages":[)", stream);
    for (int line = 0; body.size() + 200 < bytes; ++line) {
        body += fmt::format(R"({{"role":"user","content":"{}: {}{}{}{}"}},)", line, filler, filler, filler,
                            filler);
    }
    return body + fmt::format(R"({{"role":"user","content":"question number {}, please"}}]}})", number);
}

std::vector<Timed> ask_in_turn(const std::vector<Way>& ways) {
    Askers askers;
    std::vector<Contender> crowds;
    for (const auto& way : ways) {
        askers.push_back(std::make_unique<Asker>(way));
        crowds.push_back({way.program, [&way] { return crowd(way); }});
    }
    const auto post = [](std::size_t bytes) {
        return [bytes](Asker& asker, std::vector<double>& values) {
            values.push_back(asker.ask(question(bytes, next_number(), false)));
        };
    };
    const auto stream = [](Asker& asker, std::vector<double>& values) {
        const auto travelled = asker.ask_for_stream();
        values.insert(values.end(), travelled.begin(), travelled.end());
    };
    std::vector<Timed> all;
    for (const auto figure : {small_post, large_post, stream_piece}) {
        for (const auto& way : ways)
            all.push_back({std::string(figure), way.program, {}});
    }
    p50_in_turn(askers, 100, post(200));  // Everybody is warm from here on.
    for (std::size_t repetition = 0; repetition < repetitions; ++repetition) {
        auto at = all.begin();
        for (const auto& medians :
             {p50_in_turn(askers, 1000, post(200)), p50_in_turn(askers, 100, post(300'000)),
              p50_in_turn(askers, 8, stream)}) {
            for (const auto value : medians)
                (at++)->values.push_back(value);
        }
    }
    for (auto& measured : take_turns(crowds, repetitions))
        all.push_back({std::string(requests_a_second), measured.program, std::move(measured.values)});
    return all;
}

}  // namespace stet::bench
