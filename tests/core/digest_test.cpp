#include <stet/digest.hpp>

#include <doctest/doctest.h>

namespace stet {

TEST_CASE("core/digest: SHA-256 of known texts is what FIPS 180-4 says") {
    struct Row {
        std::string bytes;
        const char* hex;
    };
    const Row rows[] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.hex);
        CHECK(to_hex(sha256(row.bytes)) == row.hex);
        CHECK(to_string(sha256(row.bytes)) == std::string("sha256:") + row.hex);
    }
}

TEST_CASE("core/digest: HMAC-SHA-256 of known texts is what RFC 4231 says") {
    struct Row {
        std::string key, bytes;
        const char* hex;
    };
    const Row rows[] = {
        {std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.hex);
        CHECK(to_hex(hmac_sha256(row.key, row.bytes)) == row.hex);
    }
    CHECK(to_hex(hmac_sha256(std::string_view(), std::string_view())) == rows[3].hex);
}

TEST_CASE("core/digest: bytes in pieces have the digest of the whole") {
    std::string bytes;
    for (int i = 0; i < 1000; ++i)
        bytes.push_back(static_cast<char>(i * 7));
    for (std::size_t piece = 1; piece < 200; piece += 13) {
        CAPTURE(piece);
        Hasher first;
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            first.update(bytes.substr(at, piece));
        Hasher moved = std::move(first);
        CHECK(moved.update("").finish() == sha256(bytes));
    }
}

TEST_CASE("core/digest: a digest is read back from both of its forms and from nothing else") {
    const Digest digest = sha256("stet");
    const auto hex = to_hex(digest);
    CHECK(parse_digest(hex).value() == digest);
    CHECK(parse_digest(to_string(digest)).value() == digest);
    const std::string flawed[] = {"",
                                  "sha256:",
                                  hex.substr(1),
                                  hex + "0",
                                  "sha512:" + hex,
                                  "SHA256:" + hex,
                                  "g" + hex.substr(1),
                                  "E" + hex.substr(1),
                                  " " + hex,
                                  "sha256:sha256:" + hex};
    for (const auto& text : flawed) {
        CAPTURE(text);
        CHECK_FALSE(parse_digest(text).has_value());
    }
}

TEST_CASE("core/digest: all zero means none, and digests are ordered by their bytes") {
    CHECK_FALSE(Digest{});
    CHECK(sha256(""));
    Digest low;
    low.bytes[0] = 1;
    Digest high;
    high.bytes[0] = 0x80;
    CHECK(low < high);
    CHECK(Digest{} < low);
    CHECK(parse_digest(std::string(64, '0')).value() == Digest{});
}

}  // namespace stet
