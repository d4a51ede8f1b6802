#include "tests/storage/recording.hpp"

#include <stet/event_codec.hpp>

#include <sqlite3.h>

#include <stdexcept>

namespace stet::test {

TrajectoryId trajectory_id(std::uint8_t number) {
    TrajectoryId id;
    id.bytes.fill(0x5a);
    id.bytes[0] = number;
    return id;
}

std::string Draw::word() {
    static const std::vector<std::string> words{
        "npm test", "{\"path\":\"a b.txt\"}", "naïve – ✓", "", "a\"quote\\", "anthropic", "tools/call"};
    return words[below(words.size())] + std::to_string(below(1000));
}

std::string Draw::bytes(std::size_t bytes_max) {
    if (!payloads_.empty() && below(4) == 0) return payloads_[below(payloads_.size())];
    std::string text;
    const std::size_t wanted = below(bytes_max + 1);
    while (text.size() < wanted) {
        // Half of it is noise: some payloads do not get smaller.
        text += below(2) == 0 ? word() : std::string(1, static_cast<char>(below(256)));
    }
    return text;
}

Payload Draw::payload() {
    payloads_.push_back(bytes(below(20) == 0 ? 200'000 : 300));
    return {sha256(payloads_.back()), payloads_.back().size()};
}

Slice Draw::slice() {
    const Payload whole = payload();
    const std::uint64_t offset = below(whole.size + 1);
    return {whole, offset, below(whole.size - offset + 1), Coding::raw};
}

// In the order of EventBody; each function makes the next few kinds.
std::vector<std::function<EventBody()>> Draw::wire() {
    return {
        [&] {
            return ConnectionOpened{word(), "tls"};
        },
        [&] {
            return ConnectionClosed{Side::upstream, true, number(), number()};
        },
        [&] {
            Request request{.peer = word(),
                            .protocol = "http/1.1",
                            .method = "POST",
                            .target = "/v1/messages",
                            .id = "7",
                            .head = payload(),
                            .body = payload(),
                            .content_coding = "",
                            .complete = false};
            return request;
        },
        [&] {
            Response response;
            response.peer = word();
            response.protocol = "http/1.1";
            response.status = 200;
            response.head = payload();
            response.body = payload();
            response.media_type = "application/json";
            response.complete = false;
            return response;
        },
        [&] {
            return ProcessStarted{"agent", {word(), word()}};
        },
        [&] {
            return ProcessExited{"agent", -1, 9, number()};
        },
        [&] {
            return ProcessOutput{"agent", "stderr", payload()};
        },
        [&] { return TransportError{"body", "reset", Side::upstream, word(), number(), 502}; },
    };
}

std::vector<std::function<EventBody()>> Draw::model() {
    return {
        [&] {
            return Message{"user", slice()};
        },
        [&] {
            ModelCall call{.dialect = "openai-chat",
                           .model = word(),
                           .sampling = "{\"temperature\":1.0}",
                           .stream = true,
                           .messages = 3,
                           .tools = 4,
                           .tool_catalogue = digest(),
                           .tools_json = slice()};
            return call;
        },
        [&] {
            return Attempt{seq(), 3, false};
        },
        [&] {
            ModelResult result;
            result.call = seq();
            result.id = word();
            result.model = word();
            result.finish_reason = "stop";
            result.usage = {1, 2, {}, 4, 5};
            result.cost_usd = 0.25;
            result.text = slice();
            result.logprobs = slice();
            result.error_message = word();
            return result;
        },
    };
}

std::vector<std::function<EventBody()>> Draw::tools() {
    return {
        [&] { return ToolCall{Boundary::tool, word(), "\"c1\"", word(), slice(), false, seq()}; },
        [&] {
            return Progress{"17", 0.5, {}, word()};
        },
        [&] {
            return ToolResult{seq(), ToolStatus::timeout, slice(), 124, number()};
        },
        [&] {
            return Observation{seq(), word(), slice(), true};
        },
        [&] {
            return Cancel{seq(), Side::recorder, word()};
        },
        [&] {
            return Interaction{"approval", "accept", slice()};
        },
        [&] {
            return Compaction{"summary", 40, 3};
        },
        [&] {
            return Intervention{"steer", word()};
        },
    };
}

std::vector<std::function<EventBody()>> Draw::state() {
    return {
        [&] { return Snapshot{"workspace", digest(), payload(), 3, number(), {"node_modules/"}, 1}; },
        [&] {
            return StateDiff{"workspace", digest(), digest(), payload(), 1, 2, 3, {seq(), seq()}, true, true};
        },
        [&] { return CheckSpec{"check", word(), {"tests/**"}, 1000, 2000, digest()}; },
        [&] {
            CheckResult result;
            result.spec = seq();
            result.state = digest();
            result.exit_code = 1;
            result.output = payload();
            result.environment = {"none", {{"npm", "/usr/bin/npm", digest()}}, {{"node_modules", digest()}}};
            return result;
        },
        [&] {
            return VerdictGiven{{"check", VerifierKind::judge, Outcome::score, 0.5, word()}, seq()};
        },
        [&] {
            return Judgment{word(), digest(), digest(), payload()};
        },
    };
}

std::vector<std::function<EventBody()>> Draw::bookkeeping() {
    return {
        [&] {
            Begin begin;
            begin.task_id = word();
            begin.instruction = word();
            begin.name = word();
            begin.tags = {{"suite", word()}};
            begin.agent_argv = {word(), word()};
            begin.agent_binary = digest();
            begin.dirty = true;
            begin.trial = 3;
            begin.recorder = "stet 0.1.0";
            return begin;
        },
        [&] {
            return End{Ending::crash, {}, 11};
        },
        [&] {
            return Gap{word(), word(), number(), payload()};
        },
        [&] {
            return RedactionMade{"authorization", 2};
        },
        [&] {
            return Rewrite{"--request-tokens", payload(), payload()};
        },
        [&] { return Note{word()}; },
        [&] {
            return ImportedRecord{"atif", payload(), {word()}};
        },
    };
}

Draw::Drawn Draw::body(std::size_t kind) {
    std::vector<std::function<EventBody()>> kinds;
    for (const auto& some : {wire(), model(), tools(), state(), bookkeeping()}) {
        kinds.insert(kinds.end(), some.begin(), some.end());
    }
    STET_ASSERT(kinds.size() == std::variant_size_v<EventBody>);
    payloads_.clear();
    EventBody made = kinds.at(kind)();
    STET_ASSERT(made.index() == kind);
    return {std::move(made), payloads_};
}

Recording::Recording(RedactedSink& log, const TrajectoryId& trajectory, std::string_view name)
    : id(trajectory), log_(log) {
    log_.begin(id, name, 1'700'000'000'000);
}

Ticket Recording::add(Draw::Drawn drawn, StreamId close) {
    Event event;
    const auto number = static_cast<std::uint32_t>(events.size());
    event.seq = Seq{number};
    event.step = Step{number / 4};
    event.connection = number % 3;
    if (number % 2 == 1) event.cause = Seq{number - 1};
    event.mono_us = number * 1000;
    event.wall_ms = 1'700'000'000'000 + number;
    event.fidelity = static_cast<Fidelity>(number % 4);
    event.body = std::move(drawn.body);
    RedactedEvent redacted = redactor_.redact(std::move(event), std::move(drawn.payloads));
    for (const RedactedBytes& bytes : redacted.payloads())
        payloads.emplace(bytes.payload().digest, bytes.bytes());
    events.push_back(redacted.event());
    return log_.append(id, {std::move(redacted)}, close);
}

Ticket Recording::spool(StreamId stream, Seq request, std::string bytes) {
    return log_.spool(id, stream, request, redactor_.redact(std::move(bytes)));
}

RedactedBytes text(std::string bytes) {
    return Redactor("a key of sixteen").redact(std::move(bytes));
}

std::vector<Event> read_all(EventSource& source) {
    std::vector<Event> events;
    while (auto event = source.next())
        events.push_back(std::move(*event));
    return events;
}

std::string shell(const std::filesystem::path& path, const std::string& sql) {
    sqlite3* database = nullptr;
    std::string first;
    const auto keep = [](void* out, int columns, char** values, char**) {
        auto& text = *static_cast<std::string*>(out);
        if (text.empty() && columns > 0 && values[0] != nullptr) text = values[0];
        return 0;
    };
    const int opened = sqlite3_open(path.c_str(), &database);
    const int done =
        opened == SQLITE_OK ? sqlite3_exec(database, sql.c_str(), keep, &first, nullptr) : opened;
    const std::string message = sqlite3_errmsg(database);
    sqlite3_close(database);
    if (done != SQLITE_OK) throw std::runtime_error(sql + ": " + message);
    return first;
}

std::string trouble_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Trouble& trouble) {
        return trouble.what();
    }
    return {};
}

}  // namespace stet::test
