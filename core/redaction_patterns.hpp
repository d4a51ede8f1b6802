#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// One thing to look for. Placeholders are looked for too, to be left alone as a whole.
struct Pattern {
    std::string needle;       ///< At least Patterns::needle_bytes_min.
    std::string replacement;  ///< Equal to the needle for a placeholder.
    std::string kind;         ///< What to count; empty for a placeholder.
};

struct Match {
    std::size_t begin = 0;
    std::size_t end = 0;
    const Pattern* pattern = nullptr;
};

/// A fixed set of strings to search for, all at once: the leftmost match, and there the longest.
///
/// Every needle is at least `window` bytes long, so wherever one stands it covers whole the four bytes
/// at one of every `window - 3` places: only these are looked at, and only where they occur in some
/// needle's window is looked at more closely. Text without matches costs little more than reading it.
///
/// Thread: constant after construction; any.
class Patterns {
public:
    static constexpr std::size_t needle_bytes_min = 8;

    explicit Patterns(std::vector<Pattern> patterns);

    /// The first match that begins at `from` or later.
    std::optional<Match> find(std::string_view text, std::size_t from) const;

    /// Where the earliest end of `text` begins (at `from` or later) that could go on to become a
    /// needle: a proper prefix of one. `text.size()` when there is none.
    std::size_t undecided_from(std::string_view text, std::size_t from) const;

private:
    /// Which of the four-byte pieces, by their hash, occur.
    class Grams {
    public:
        static constexpr std::size_t size = 4;
        void add(const char* at) { bits_[index(at) / 64] |= std::uint64_t{1} << index(at) % 64; }
        bool may_hold(const char* at) const { return (bits_[index(at) / 64] >> index(at) % 64 & 1) != 0; }

    private:
        static std::size_t index(const char* at) {
            std::uint32_t gram = 0;
            std::memcpy(&gram, at, size);
            return (gram * 0x9e37'79b1u) >> 16;  // Multiplicative hashing, by the golden ratio.
        }
        std::array<std::uint64_t, 1024> bits_{};
    };

    std::optional<Match> longest_at(std::string_view text, std::size_t begin) const;
    std::size_t first_above(std::string_view text) const;

    static constexpr std::uint32_t none = 0xffff'ffff;
    std::vector<Pattern> patterns_;       // Sorted by needle.
    std::vector<std::uint32_t> shorter_;  // For each: the longest other needle that it begins with, or none.
    Grams inside_;                        // Of the windows: the first `window_` bytes of each needle.
    Grams front_;                         // The first of each needle.
    std::array<bool, 256> first_{};       // Bytes that needles begin with.
    std::size_t window_ = 0;  // Bytes: the shortest needle's length, within bounds. 0: no needles.
    std::size_t longest_ = 0;
};

}  // namespace stet
