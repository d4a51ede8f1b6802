#include "envs/python_random.hpp"

#include <algorithm>
#include <bit>
#include <vector>

namespace stet::envs {
namespace {

constexpr std::size_t words = 624, distance = 397;

std::array<std::uint32_t, words> plain_seed(std::uint32_t seed) {
    std::array<std::uint32_t, words> state{};
    state[0] = seed;
    for (std::uint32_t i = 1; i < words; ++i)
        state[i] = 1812433253U * (state[i - 1] ^ (state[i - 1] >> 30U)) + i;
    return state;
}

/// The absolute value in words of 32 bits, the lowest first; one at least.
std::vector<std::uint32_t> key_of(std::int64_t seed) {
    auto rest = seed < 0 ? 0 - static_cast<std::uint64_t>(seed) : static_cast<std::uint64_t>(seed);
    std::vector<std::uint32_t> key{static_cast<std::uint32_t>(rest)};
    if ((rest >>= 32U) != 0) key.push_back(static_cast<std::uint32_t>(rest));
    return key;
}

/// Goes round the state, leaving out its first word, which takes the last one's value at each turn.
class Round {
public:
    explicit Round(std::array<std::uint32_t, words>& state) : state_(state) {}
    std::uint32_t mixed(std::uint32_t factor) const {
        const auto before = state_[at_ - 1];
        return state_[at_] ^ ((before ^ (before >> 30U)) * factor);
    }
    std::uint32_t at() const { return at_; }
    void put(std::uint32_t value) {
        state_[at_] = value;
        if (++at_ < words) return;
        state_[0] = state_[words - 1];
        at_ = 1;
    }

private:
    std::array<std::uint32_t, words>& state_;
    std::uint32_t at_ = 1;
};

}  // namespace

PythonRandom::PythonRandom(std::int64_t seed, std::uint64_t drawn) : state_(plain_seed(19650218U)) {
    const auto key = key_of(seed);
    Round round(state_);
    for (std::size_t i = 0; i < std::max(words, key.size()); ++i) {
        const auto j = i % key.size();
        round.put(round.mixed(1664525U) + key[j] + static_cast<std::uint32_t>(j));
    }
    for (std::size_t i = 0; i + 1 < words; ++i)
        round.put(round.mixed(1566083941U) - round.at());
    state_[0] = 0x80000000U;
    while (drawn_ < drawn)
        word();
}

void PythonRandom::refill() {
    for (std::size_t i = 0; i < words; ++i) {
        const auto joined = (state_[i] & 0x80000000U) | (state_[(i + 1) % words] & 0x7FFFFFFFU);
        state_[i] = state_[(i + distance) % words] ^ (joined >> 1U) ^ ((joined & 1U) != 0 ? 0x9908B0DFU : 0U);
    }
    next_ = 0;
}

std::uint32_t PythonRandom::word() {
    if (next_ == words) refill();
    auto y = state_[next_++];
    ++drawn_;
    y ^= y >> 11U;
    y ^= (y << 7U) & 0x9D2C5680U;
    y ^= (y << 15U) & 0xEFC60000U;
    return y ^ (y >> 18U);
}

double PythonRandom::random() {
    const auto high = word() >> 5U, low = word() >> 6U;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

std::uint64_t PythonRandom::bits(unsigned count) {
    if (count <= 32) return word() >> (32U - count);
    const std::uint64_t low = word();
    return low | (static_cast<std::uint64_t>(word() >> (64U - count)) << 32U);
}

std::uint64_t PythonRandom::below(std::uint64_t limit) {
    const auto width = static_cast<unsigned>(std::bit_width(limit));
    auto drawn = bits(width);
    while (drawn >= limit)
        drawn = bits(width);
    return drawn;
}

}  // namespace stet::envs
