#include "envs/needle.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace stet::envs {
namespace {

constexpr std::size_t lanes = 16;
// An extension of GCC and Clang that every processor's vectors fit.
using Bytes = unsigned char __attribute__((vector_size(lanes)));

Bytes load(const char* from) {
    Bytes bytes;
    std::memcpy(&bytes, from, lanes);
    return bytes;
}

Bytes all(char byte) {
    return Bytes{} + static_cast<unsigned char>(byte);
}

bool any(const Bytes& mask) {
    std::array<std::uint64_t, 2> halves;
    std::memcpy(halves.data(), &mask, lanes);
    return (halves[0] | halves[1]) != 0;
}

}  // namespace

Needle::Needle(std::string_view text) : text_(text), folds_(text.size(), '\0') {
    constexpr char fold = 0x20;  // What capitals lack.
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if (text_[i] >= 'A' && text_[i] <= 'Z') text_[i] = static_cast<char>(text_[i] | fold);
        if (text_[i] >= 'a' && text_[i] <= 'z') folds_[i] = fold;
    }
}

bool Needle::is_at(const char* hay) const {
    for (std::size_t i = 0; i < text_.size(); ++i) {
        if ((hay[i] | folds_[i]) != text_[i]) return false;
    }
    return true;
}

bool Needle::is_in(std::string_view hay) const {
    if (text_.empty()) return true;
    if (hay.size() < text_.size()) return false;
    const auto places = hay.size() - text_.size() + 1;
    std::size_t at = 0;
    if (places >= lanes) {
        const Bytes first = all(text_.front()), fold_first = all(folds_.front());
        const Bytes last = all(text_.back()), fold_last = all(folds_.back());
        while (at < places) {
            // The last sixteen places overlap those before them.
            const auto from = at + lanes <= places ? at : places - lanes;
            const Bytes begins = load(hay.data() + from) | fold_first;
            const Bytes ends = load(hay.data() + from + text_.size() - 1) | fold_last;
            const auto both = (begins == first) & (ends == last);
            Bytes fits;
            std::memcpy(&fits, &both, lanes);
            for (std::size_t i = 0; any(fits) && i < lanes; ++i) {
                if (fits[i] != 0 && is_at(hay.data() + from + i)) return true;
            }
            at = from + lanes;
        }
        return false;
    }
    for (; at < places; ++at) {
        if (is_at(hay.data() + at)) return true;
    }
    return false;
}

}  // namespace stet::envs
