#include <stet/bytes.hpp>

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

namespace stet {
namespace {

std::string deflate_with(std::string_view text, int wrapper) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, 9, Z_DEFLATED, wrapper, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    std::string in(text);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(out.size() - stream.avail_out);
    deflateEnd(&stream);
    return out;
}

std::string gzip(std::string_view text) {
    return deflate_with(text, 15 + 16);
}

/// A frame that does not state its content size.
std::string zstd_streamed(std::string_view text, int window_log) {
    ZSTD_CCtx* const context = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    std::string out(ZSTD_compressBound(text.size()) + 64, '\0');
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    ZSTD_inBuffer input{text.data(), text.size(), 0};
    ZSTD_compressStream2(context, &output, &input, ZSTD_e_continue);
    while (ZSTD_compressStream2(context, &output, &input, ZSTD_e_end) != 0) {
    }
    ZSTD_freeCCtx(context);
    out.resize(output.pos);
    return out;
}

/// One stored meta-block after another (RFC 7932, section 9.2): brotli that needs no encoder. At most 65536
/// bytes.
std::string brotli_stored(std::string_view text) {
    std::string out;
    // WBITS 16 is one zero bit; then ISLAST 0, MNIBBLES 4 (two zero bits), MLEN - 1 (16 bits),
    // ISUNCOMPRESSED 1.
    const auto length = static_cast<std::uint32_t>(text.size() - 1);
    const std::uint32_t header = length << 4 | 1u << 20;
    for (int shift = 0; shift < 24; shift += 8)
        out += static_cast<char>(header >> shift & 0xff);
    out += text;
    out += '\x03';  // ISLAST 1, ISLASTEMPTY 1.
    return out;
}

std::string some_text(unsigned seed, std::size_t size) {
    std::mt19937 random(seed);
    std::string text;
    while (text.size() < size) {
        text += "word" + std::to_string(random() % 1000);
        if (random() % 50 == 0) text.append(random() % 200, static_cast<char>(random()));
    }
    text.resize(size);
    return text;
}

const InflateLimits tight{1000};

}  // namespace

TEST_CASE("core/bytes: content is decoded by its coding") {
    for (const std::size_t size : {1u, 100u, 65'536u, 300'000u}) {
        CAPTURE(size);
        const auto text = some_text(static_cast<unsigned>(size), size);
        CHECK(decode_content("", text).value() == text);
        CHECK(decode_content("identity", text).value() == text);
        CHECK(decode_content("gzip", gzip(text)).value() == text);
        CHECK(decode_content("X-GZip", gzip(text)).value() == text);
        CHECK(decode_content("deflate", deflate_with(text, 15)).value() == text);
        CHECK(decode_content("deflate", deflate_with(text, -15)).value() == text);
        CHECK(decode_content("zstd", zstd_compress(text, 3)).value() == text);
        CHECK(decode_content("zstd", zstd_streamed(text, 20)).value() == text);
        if (size <= 65'536) CHECK(decode_content("br", brotli_stored(text)).value() == text);
        CHECK(decode_content("gzip, identity , zstd", zstd_compress(gzip(text), 3)).value() == text);
    }
}

TEST_CASE("core/bytes: brotli of another encoder is decoded") {
    // Ten times "hello" with blanks between, by the encoder of Node 20 at its default quality.
    constexpr std::string_view coded(
        "\x1b\x3a\x00\xf8\x8d\x94\x6e\xde\x44\x55\x86\x96\x6c\x20\x6f\x61\x4f\x1c\xe0\xe3\x00", 21);
    std::string text = "hello";
    for (int i = 1; i < 10; ++i)
        text += " hello";
    CHECK(decode_content("br", coded).value() == text);
}

TEST_CASE("core/bytes: several members and frames are one content") {
    CHECK(decode_content("gzip", gzip("one ") + gzip("") + gzip("two")).value() == "one two");
    CHECK(
        zstd_decompress(zstd_compress("one ", 1) + zstd_compress("", 1) + zstd_compress("two", 19)).value() ==
        "one two");
}

TEST_CASE("core/bytes: no bytes are no bytes in every coding") {
    for (const auto* coding : {"", "identity", "gzip", "deflate", "zstd", "br", "gzip, br"})
        CHECK(decode_content(coding, "").value().empty());
    CHECK(zstd_decompress("").has_error());
    CHECK(zstd_decompress(zstd_compress("", 3)).value().empty());
}

TEST_CASE("core/bytes: input that is cut is an error that says so, or what there is of it") {
    const auto text = some_text(9, 60'000);
    struct Row {
        const char* coding;
        std::string bytes;
    };
    const Row rows[] = {
        {"gzip", gzip(text)},
        {"deflate", deflate_with(text, 15)},
        {"zstd", zstd_compress(text, 3)},
        {"br", brotli_stored(text)},
        {"zstd", zstd_streamed(text, 20)},
        {"zstd, gzip", gzip(zstd_compress(text, 3))},
    };
    for (const auto& row : rows) {
        CAPTURE(row.coding);
        for (std::size_t size = 1; size < row.bytes.size(); size += 997) {
            CAPTURE(size);
            const auto cut = std::string_view(row.bytes).substr(0, size);
            const auto refused = decode_content(row.coding, cut);
            REQUIRE(refused.has_error());
            CHECK(refused.error().what.find("the input is cut") != std::string::npos);
            const auto partial = decode_cut_content(row.coding, cut);
            REQUIRE(partial.has_value());
            CHECK_FALSE(partial->complete);
            CHECK(text.starts_with(partial->bytes));
        }
        const auto whole = decode_cut_content(row.coding, row.bytes);
        REQUIRE(whole.has_value());
        CHECK(whole->complete);
        CHECK(whole->bytes == text);
    }
    const auto most =
        decode_cut_content("gzip", std::string_view(rows[0].bytes).substr(0, rows[0].bytes.size() - 8));
    CHECK(most.value().bytes == text);
}

TEST_CASE("core/bytes: pieces give what the whole gives, and each at once what can be known from it") {
    const auto text = some_text(5, 60'000);
    struct Row {
        const char* coding;
        std::string bytes;
    };
    const Row rows[] = {
        {"", text},
        {"gzip", gzip(text)},
        {"gzip", gzip(text.substr(0, 100)) + gzip(text.substr(100))},
        {"deflate", deflate_with(text, 15)},
        {"deflate", deflate_with(text, -15)},
        {"zstd", zstd_compress(text, 3)},
        {"zstd", zstd_streamed(text.substr(0, 7), 20) + zstd_streamed(text.substr(7), 20)},
        {"br", brotli_stored(text)},
        {"gzip, identity, zstd", zstd_compress(gzip(text), 3)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.coding);
        for (const std::size_t size : {1u, 2u, 1000u, 100'000u}) {
            CAPTURE(size);
            auto decoder = ContentDecoder::make(row.coding).value();
            std::string all;
            for (std::size_t at = 0; at < row.bytes.size(); at += size) {
                const auto more = decoder.read(std::string_view(row.bytes).substr(at, size));
                REQUIRE(more.has_value());
                all += *more;
                if (size != 1000) continue;
                const auto so_far = std::string_view(row.bytes).substr(0, at + size);
                CHECK(all == decode_cut_content(row.coding, so_far).value().bytes);
            }
            CHECK(all == text);
        }
    }
}

TEST_CASE("core/bytes: pieces have the limits of the whole, and damage is an error") {
    const auto read_all = [](std::string_view coding, std::string_view bytes, const InflateLimits& limits) {
        auto decoder = ContentDecoder::make(coding, limits).value();
        for (std::size_t at = 0; at < bytes.size(); at += 10) {
            if (auto more = decoder.read(bytes.substr(at, 10)); !more) return more.error().what;
        }
        return std::string();
    };
    const auto text = some_text(6, 3000);
    for (const auto& [coding, bytes] :
         std::vector<std::pair<std::string, std::string>>{{"gzip", gzip(text)},
                                                          {"deflate", deflate_with(text, -15)},
                                                          {"zstd", zstd_compress(text, 3)},
                                                          {"br", brotli_stored(text)}}) {
        CAPTURE(coding);
        CHECK(read_all(coding, bytes, {}).empty());
        CHECK(read_all(coding, bytes, tight).find("larger than the limit") != std::string::npos);
        CHECK_FALSE(read_all(coding, bytes + "and more than that", {}).empty());
    }
    CHECK(ContentDecoder::make("compress").has_error());
    CHECK(ContentDecoder::make("gzip,gzip,gzip,gzip,gzip").has_error());
}

TEST_CASE("core/bytes: a bomb is an error before it is memory") {
    const std::string zeros(3'000'000, '\0');
    struct Row {
        const char* coding;
        std::string bytes;
    };
    const Row rows[] = {
        {"gzip", gzip(zeros)},
        {"deflate", deflate_with(zeros, -15)},
        {"zstd", zstd_compress(zeros, 3)},
        {"zstd", zstd_streamed(zeros, 20)},
        {"zstd, zstd", zstd_compress(zstd_compress(zeros, 3), 3)},
        {"gzip", gzip(some_text(1, 600)) + gzip(some_text(1, 600))},
        {"br", brotli_stored(some_text(1, 1001))},
        {"", some_text(1, 1001)},
    };
    for (const auto& row : rows) {
        CAPTURE(row.coding);
        const auto refused = decode_content(row.coding, row.bytes, tight);
        REQUIRE(refused.has_error());
        CHECK(refused.error().what.find("larger than the limit of 1000 bytes") != std::string::npos);
        CHECK(decode_cut_content(row.coding, row.bytes, tight).has_error());
    }
    CHECK(decode_content("gzip", gzip(some_text(1, 1000)), tight).value().size() == 1000);
    CHECK(decode_content("br", brotli_stored(some_text(1, 1000)), tight).value().size() == 1000);
    CHECK(zstd_decompress(zstd_compress(some_text(1, 1000), 3), tight).value().size() == 1000);
}

TEST_CASE("core/bytes: a frame's claim of size and window is not taken on trust") {
    // RFC 8878, 3.1.1.1: single segment with an 8-byte content size of 2^60, and nothing behind it.
    const std::string claims_much("\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\0\0\x10", 13);
    CHECK(zstd_decompress(claims_much).has_error());
    // A window of 2^31: the frame must be refused, not the memory taken.
    const auto wide = zstd_streamed(some_text(3, 100), 20);
    auto wider = wide;
    wider[5] = static_cast<char>((31 - 10) << 3);
    REQUIRE(zstd_decompress(wide).has_value());
    CHECK(zstd_decompress(wider).has_error());
}

TEST_CASE("core/bytes: damage is an error") {
    const auto text = some_text(4, 5000);
    CHECK(decode_content("gzip", "nonsense").has_error());
    CHECK(decode_content("gzip", gzip(text) + "more").has_error());
    CHECK(decode_content("deflate", deflate_with(text, 15) + "more").has_error());
    CHECK(decode_content("br", brotli_stored("abc") + "more").has_error());
    CHECK(decode_content("zstd", zstd_compress(text, 3) + "more").has_error());
    CHECK(decode_content("compress", text).has_error());
    CHECK(decode_content("gzip,gzip,gzip,gzip,gzip", text).has_error());
    auto damaged = gzip(text);
    damaged[damaged.size() - 6] ^= 1;  // Its checksum.
    CHECK(decode_content("gzip", damaged).has_error());
}

TEST_CASE("core/bytes: zstd states its content size, at every level") {
    const auto text = some_text(2, 100'000);
    for (int level = 1; level <= 19; ++level) {
        const auto frame = zstd_compress(text, level);
        CHECK(ZSTD_getFrameContentSize(frame.data(), frame.size()) == text.size());
        CHECK(frame.size() < text.size());
        CHECK(zstd_decompress(frame).value() == text);
    }
}

TEST_CASE("core/bytes: a compressor that is kept makes the same frames as a new one") {
    ZstdCompressor compressor(3);
    for (const std::size_t size : {100'000u, 0u, 1u, 300u, 100'000u, 64u}) {
        CAPTURE(size);
        const auto text = some_text(3, size);
        CHECK(compressor.compress(text) == zstd_compress(text, 3));
    }
}

}  // namespace stet
