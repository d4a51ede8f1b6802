// What every recorded byte passes: digests, JSON, the readers of the wire, and redaction.

#include "bench/figures.hpp"

#include <stet/digest.hpp>
#include <stet/json.hpp>
#include <stet/redaction.hpp>
#include <stet/wire/http.hpp>
#include <stet/wire/sse.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <utility>

namespace stet::bench {
namespace {

constexpr std::size_t repetitions = 9;
constexpr std::size_t http_piece_bytes = 16 * 1024;

// Keeps a result, so that the compiler cannot leave out what made it.
void keep(bool result) {
    static volatile bool kept;
    kept = result;
    if (!kept) throw Trouble("measure", "a reader", "refused what it should read");
}

// A request as agents send them: a long list of messages, mostly text.
std::string conversation(std::int64_t messages) {
    JsonWriter json;
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

bool hash_by_openssl(const std::string& bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    return EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) == 1;
}

Figure measure_hashing(const std::string& name, std::size_t bytes) {
    const std::string text(bytes, 'x');
    return {
        name, "MB/s",
        take_turns({{"stet", [&] { return throughput(bytes, [&] { keep(bool(sha256(text))); }); }},
                    {"OpenSSL", [&] { return throughput(bytes, [&] { keep(hash_by_openssl(text)); }); }}},
                   repetitions),
        Target{Target::Way::at_least, 0.95, "OpenSSL", "it is OpenSSL; the call around it must not cost"}};
}

// `ours` and `theirs` both handle these bytes.
Figure compare(const std::string& name, const std::string& bytes, const std::function<void()>& ours,
               const std::string& program, const std::function<void()>& theirs, Target target) {
    target.beside = program;
    return {name, "MB/s",
            take_turns({{"stet", [&] { return throughput(bytes.size(), ours); }},
                        {program, [&] { return throughput(bytes.size(), theirs); }}},
                       repetitions),
            std::move(target)};
}

Target at_least(double value, std::string reason) {
    return {Target::Way::at_least, value, "", std::move(reason)};
}

Figure measure_parsing(const std::string& text) {
    const auto ours = [&] { keep(JsonDocument::parse(text).has_value()); };
    const auto theirs = [&] { keep(boost::json::parse(text).is_object()); };
    return compare("JSON, parse", text, ours, "Boost.JSON", theirs,
                   at_least(1, "an index of spans copies nothing, so it must not be slower than a tree"));
}

Figure measure_canonical(const std::string& text) {
    const auto ours = [&] { keep(canonical_json(text).has_value()); };
    const auto theirs = [&] { keep(!boost::json::serialize(boost::json::parse(text)).empty()); };
    return compare("JSON, canonical form", text, ours, "Boost.JSON", theirs,
                   at_least(1, "it sorts and checks more than parse and serialize do, on a cheaper index"));
}

Figure measure_redaction(const std::string& text) {
    Redactor redactor("a key of twenty-four bytes");
    for (int i = 0; i < 20; ++i)
        redactor.learn("registered", "secret-value-number-" + std::to_string(i) + "-0123456789abcdef");
    const auto ours = [&] { keep(redactor.redact(text).bytes().size() == text.size()); };
    return compare(
        "redaction, nothing found", text, ours, "OpenSSL", [&] { keep(hash_by_openssl(text)); },
        at_least(0.5, "it hashes what it lets through; searching may cost as much again"));
}

void read_http(std::string_view rest) {
    HttpReader reader(HttpReader::Role::responses);
    while (!rest.empty()) {
        const auto piece = reader.read(rest.substr(0, http_piece_bytes));
        keep(piece.has_value());
        rest.remove_prefix(piece->consumed);
    }
}

void copy_pieces(std::string_view rest) {
    for (; !rest.empty(); rest.remove_prefix(std::min(rest.size(), http_piece_bytes)))
        keep(!std::string(rest.substr(0, http_piece_bytes)).empty());
}

Figure measure_http(const std::string& body) {
    const auto response = make_response(200, "application/json", body);
    const auto ours = [&] { read_http(response); };
    return compare(
        "HTTP, body by length", response, ours, "copying", [&] { copy_pieces(response); },
        at_least(0.5, "the reader gives out a copy of the body, and needs to look at the head alone"));
}

Figure measure_chunked(const std::string& stream) {
    std::string response = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < stream.size(); at += 128) {
        const auto chunk = std::string_view(stream).substr(at, 128);
        response += fmt::format("{:x}\r\n{}\r\n", chunk.size(), chunk);
    }
    response += "0\r\n\r\n";
    const auto ours = [&] { read_http(response); };
    return {"HTTP, chunks of 128 B", "MB/s",
            take_turns({{"stet", [&] { return throughput(response.size(), ours); }}}, repetitions),
            at_least(100, "a chunk for each token: a thousand streams of 100 KB/s keep one core busy")};
}

Figure measure_sse(const std::string& stream) {
    const auto ours = [&] { keep(SseReader().read(stream).has_value()); };
    return {"SSE, 3000 events", "MB/s",
            take_turns({{"stet", [&] { return throughput(stream.size(), ours); }}}, repetitions),
            at_least(200, "not what slows the writer, which compresses at about 235 MB/s behind it")};
}

std::vector<Figure> measure() {
    const auto body = conversation(1000);
    const auto stream = stream_of(3000);
    return {
        measure_hashing("SHA-256, 1 KB", 1 << 10),
        measure_hashing("SHA-256, 100 KB", 100 << 10),
        measure_parsing(body),
        measure_canonical(body),
        measure_redaction(body),
        measure_http(body),
        measure_chunked(stream),
        measure_sse(stream),
    };
}

}  // namespace
}  // namespace stet::bench

int main(int argc, char** argv) {
    return stet::bench::run(argc, argv, "core", stet::bench::measure);
}
