#pragma once

#include <array>
#include <cstdint>

namespace stet::envs {

/// Random numbers as Python's `random.Random(seed)` draws them: the Mersenne Twister MT19937 (Matsumoto and
/// Nishimura, 1998), seeded by `init_by_array`. The same seed gives the same numbers on every machine, so
/// what a world has to keep is the seed and how many words were drawn.
class PythonRandom {
public:
    /// As after `drawn` words of 32 bits.
    explicit PythonRandom(std::int64_t seed, std::uint64_t drawn = 0);

    std::uint64_t drawn() const { return drawn_; }
    double random();                           ///< In [0, 1), of 53 bits.
    std::uint64_t bits(unsigned count);        ///< 1 to 63 bits: `getrandbits`.
    std::uint64_t below(std::uint64_t limit);  ///< In [0, limit); `limit` is at least 1.

private:
    std::uint32_t word();
    void refill();

    std::array<std::uint32_t, 624> state_{};
    std::size_t next_ = state_.size();
    std::uint64_t drawn_ = 0;
};

}  // namespace stet::envs
