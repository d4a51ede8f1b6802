#include <stet/digest.hpp>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#include <utility>

namespace stet {
namespace {

constexpr std::string_view prefix = "sha256:";

void demand(bool done) {
    if (!done) throw Trouble("compute", "SHA-256", "OpenSSL refused", "is its default provider disabled?");
}

// Fetched once: since OpenSSL 3 every use of EVP_sha256() looks the algorithm up again, which costs
// more than hashing a small event.
const EVP_MD* algorithm() {
    static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    demand(fetched != nullptr);
    return fetched;
}

// The value of a lower-case hexadecimal digit; 16 for everything else.
unsigned digit_value(char digit) {
    if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
    if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
    return 16;
}

}  // namespace

std::string to_hex(const Digest& digest) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    hex.reserve(2 * digest.bytes.size());
    for (const auto byte : digest.bytes) {
        hex.push_back(digits[byte >> 4]);
        hex.push_back(digits[byte & 15]);
    }
    return hex;
}

std::string to_string(const Digest& digest) {
    return std::string(prefix) + to_hex(digest);
}

Result<Digest> parse_digest(std::string_view text) {
    const auto flaw = [](const char* what) {
        return Error{std::string("read a digest: ") + what,
                     "a digest is \"sha256:\" and 64 lower-case hexadecimal digits"};
    };
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
    Digest digest;
    if (text.size() != 2 * digest.bytes.size()) return flaw("it has not 64 digits");
    for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
        const unsigned high = digit_value(text[2 * i]);
        const unsigned low = digit_value(text[2 * i + 1]);
        if (high > 15 || low > 15) return flaw("it holds something else than 0…9 and a…f");
        digest.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return digest;
}

Digest sha256(std::string_view bytes) {
    Digest digest;
    demand(EVP_Digest(bytes.data(), bytes.size(), digest.bytes.data(), nullptr, algorithm(), nullptr) == 1);
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view bytes) {
    STET_ASSERT(key.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()));
    Digest digest;
    // A null key would mean "the key of last time".
    const char* const key_bytes = key.empty() ? "" : key.data();
    // OpenSSL wants unsigned bytes; the cast changes nothing but the type's name.
    const auto* const data = reinterpret_cast<const unsigned char*>(bytes.data());
    demand(HMAC(algorithm(), key_bytes, static_cast<int>(key.size()), data, bytes.size(), digest.bytes.data(),
                nullptr) != nullptr);
    return digest;
}

struct Hasher::State {
    State() : context(EVP_MD_CTX_new()) { demand(context != nullptr); }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    EVP_MD_CTX* context;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
    demand(EVP_DigestInit_ex(state_->context, algorithm(), nullptr) == 1);
}
Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

Hasher& Hasher::update(std::string_view bytes) {
    STET_ASSERT(state_ != nullptr);
    demand(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
    return *this;
}

Hasher Hasher::copy() const {
    STET_ASSERT(state_ != nullptr);
    Hasher other;
    demand(EVP_MD_CTX_copy_ex(other.state_->context, state_->context) == 1);
    return other;
}

Digest Hasher::finish() {
    STET_ASSERT(state_ != nullptr);
    const auto state = std::exchange(state_, nullptr);
    Digest digest;
    demand(EVP_DigestFinal_ex(state->context, digest.bytes.data(), nullptr) == 1);
    return digest;
}

}  // namespace stet
