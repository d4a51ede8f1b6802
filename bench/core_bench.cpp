// What every recorded byte passes: digests, JSON, the readers of the wire, and redaction.

#include <stet/bytes.hpp>
#include <stet/digest.hpp>
#include <stet/json.hpp>
#include <stet/redaction.hpp>
#include <stet/wire/http.hpp>
#include <stet/wire/sse.hpp>

#include <benchmark/benchmark.h>
#include <string>

namespace {

// A request as agents send them: a long list of messages, mostly text.
std::string conversation(std::int64_t messages) {
    stet::JsonWriter json;
    json.open('{').key("model").string("scripted").key("max_tokens").integer(8192).key("messages").open('[');
    for (std::int64_t i = 0; i < messages; ++i) {
        const auto text =
            "Line " + std::to_string(i) + ": \"the quick brown fox\" jumps over\nthe lazy dog. ";
        json.open('{').key("role").string(i % 2 == 0 ? "user" : "assistant");
        json.key("content").string(text + text + text + text).close('}');
    }
    return json.close(']').close('}').take();
}

std::string stream_of(std::int64_t events) {
    std::string bytes;
    for (std::int64_t i = 0; i < events; ++i) {
        bytes +=
            "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"
            "\"delta\":{\"type\":\"text_delta\",\"text\":\"word ";
        bytes += std::to_string(i) + "\"}}\n\n";
    }
    return bytes;
}

void count_bytes(benchmark::State& state, const std::string& bytes) {
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

void sha256(benchmark::State& state) {
    const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
    for (auto _ : state)
        benchmark::DoNotOptimize(stet::sha256(bytes));
    count_bytes(state, bytes);
}
BENCHMARK(sha256)->Arg(1 << 10)->Arg(100 << 10);

void json_parse(benchmark::State& state) {
    const auto text = conversation(state.range(0));
    for (auto _ : state)
        benchmark::DoNotOptimize(stet::JsonDocument::parse(text));
    count_bytes(state, text);
}
BENCHMARK(json_parse)->Arg(20)->Arg(400);

void json_canonical(benchmark::State& state) {
    const auto text = conversation(state.range(0));
    for (auto _ : state)
        benchmark::DoNotOptimize(stet::canonical_json(text));
    count_bytes(state, text);
}
BENCHMARK(json_canonical)->Arg(20)->Arg(400);

void sse_read(benchmark::State& state) {
    const auto bytes = stream_of(state.range(0));
    for (auto _ : state) {
        stet::SseReader reader;
        benchmark::DoNotOptimize(reader.read(bytes));
    }
    count_bytes(state, bytes);
}
BENCHMARK(sse_read)->Arg(500);

void http_read(benchmark::State& state) {
    const auto body = conversation(state.range(0));
    const auto bytes = stet::make_response(200, "application/json", body);
    for (auto _ : state) {
        stet::HttpReader reader(stet::HttpReader::Role::responses);
        for (std::string_view rest = bytes; !rest.empty();) {
            const auto piece = reader.read(rest);
            if (!piece) return state.SkipWithError("the reader refused its own kind of response");
            rest.remove_prefix(piece->consumed);
        }
    }
    count_bytes(state, bytes);
}
BENCHMARK(http_read)->Arg(400);

void redact(benchmark::State& state) {
    stet::Redactor redactor("a key of twenty-four bytes");
    for (int i = 0; i < state.range(0); ++i) {
        redactor.learn("registered", "secret-value-number-" + std::to_string(i) + "-0123456789abcdef");
    }
    const auto text = conversation(400);
    for (auto _ : state)
        benchmark::DoNotOptimize(redactor.redact(text));
    count_bytes(state, text);
}
BENCHMARK(redact)->Arg(1)->Arg(20);

void zstd_compress(benchmark::State& state) {
    const auto text = conversation(400);
    for (auto _ : state)
        benchmark::DoNotOptimize(stet::zstd_compress(text, static_cast<int>(state.range(0))));
    count_bytes(state, text);
}
BENCHMARK(zstd_compress)->Arg(3)->Arg(12);

}  // namespace
