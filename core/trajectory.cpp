#include <stet/json.hpp>
#include <stet/trajectory.hpp>

namespace stet {
namespace {

// Crockford's base 32 (crockford.com/base32.html), lower case: no i, l, o, u. Its decoding of look-alikes
// ("o" for "0") is left out: an id has one spelling but for its case.
constexpr std::string_view letters = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t text_length = 26;  // 26 * 5 = 130 bits: the first letter carries three.

/// 0…31, or -1.
int value_of(char letter) {
    const char lower = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    const auto at = letters.find(lower);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

Error no_id(std::string_view text, std::string_view why) {
    constexpr std::size_t shown_max = 64;
    return {"read trajectory id " + json_quote(text.substr(0, shown_max)) + ": " + std::string(why),
            "an id is 26 letters and digits, without i, l, o and u"};
}

/// What the id of a task is made from: a JSON array of three.
std::string canonical_task(std::string_view instruction, const Digest& initial_state,
                           const std::vector<CheckSpec>& checks) {
    JsonWriter json;
    json.open('[').string(instruction).string(to_string(initial_state)).open('[');
    for (const auto& check : checks)
        json.string(to_string(check.digest));
    json.close(']').close(']');
    return json.take();
}

}  // namespace

std::string to_string(const TrajectoryId& id) {
    std::string text(text_length, '0');
    for (std::size_t i = 0; i < text_length; ++i) {
        unsigned value = 0;
        for (std::size_t bit = 5 * i; bit < 5 * i + 5; ++bit) {
            // The first two of the 130 bits are padding in front of the number.
            const unsigned set =
                bit < 2 ? 0u : (unsigned{id.bytes[(bit - 2) / 8]} >> (7 - (bit - 2) % 8)) & 1u;
            value = value << 1 | set;
        }
        text[i] = letters[value];
    }
    return text;
}

Result<TrajectoryId> parse_trajectory_id(std::string_view text) {
    if (text.size() != text_length) return no_id(text, "it has not 26 characters");
    TrajectoryId id;
    for (std::size_t i = 0; i < text_length; ++i) {
        const int value = value_of(text[i]);
        if (value < 0) return no_id(text, "character " + std::to_string(i + 1) + " is none of base 32");
        if (i == 0 && value > 7) return no_id(text, "it is larger than 128 bits");
        for (std::size_t bit = 5 * i; bit < 5 * i + 5; ++bit) {
            const unsigned set = (static_cast<unsigned>(value) >> (5 * i + 4 - bit)) & 1u;
            if (bit < 2 || set == 0) continue;
            auto& byte = id.bytes[(bit - 2) / 8];
            byte = static_cast<std::uint8_t>(byte | 1u << (7 - (bit - 2) % 8));
        }
    }
    return id;
}

std::string_view to_string(Standing standing) {
    constexpr std::array<std::string_view, 3> words = {"recording", "sealed", "torn"};
    return words.at(static_cast<std::size_t>(standing));
}

std::string derive_task_id(std::string_view instruction, const Digest& initial_state,
                           const std::vector<CheckSpec>& checks) {
    constexpr std::size_t digits = 32;
    return "task:" + to_hex(sha256(canonical_task(instruction, initial_state, checks))).substr(0, digits);
}

}  // namespace stet
