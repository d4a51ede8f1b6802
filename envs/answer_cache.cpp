#include "envs/answer_cache.hpp"

#include <functional>

namespace stet::envs {
namespace {

constexpr std::size_t places = 8192;  // A power of two; half of them are used.
constexpr std::size_t bytes_max = 32 << 20;

}  // namespace

/// Where it stands, or would: from its hash onwards to the first that is its own or free.
std::size_t AnswerCache::place_of(std::string_view key) const {
    auto place = std::hash<std::string_view>()(key) % places;
    while (!entries_[place].key.empty() && entries_[place].key != key)
        place = (place + 1) % places;
    return place;
}

const WorldAnswer* AnswerCache::find(std::string_view key) const {
    if (entries_.empty()) return nullptr;
    const auto& entry = entries_[place_of(key)];
    return entry.key.empty() ? nullptr : &entry.answer;
}

void AnswerCache::keep(std::string_view key, const WorldAnswer& answer) {
    if (entries_.empty() || count_ == places / 2 || bytes_ > bytes_max) {
        entries_.assign(places, {});
        count_ = bytes_ = 0;
    }
    auto& entry = entries_[place_of(key)];
    entry = {std::string(key), answer};
    ++count_;
    bytes_ += key.size() + answer.content.size();
}

}  // namespace stet::envs
