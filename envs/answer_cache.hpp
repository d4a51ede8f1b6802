#pragma once

#include <stet/environment.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// Answers by what decided them. Agents ask the same of the same state again and again, through thousands of
/// episodes of one task. What is kept is forgotten all at once when it is too much. One thread.
class AnswerCache {
public:
    /// Null when it is not known. Good until the next `keep`.
    const WorldAnswer* find(std::string_view key) const;
    void keep(std::string_view key, const WorldAnswer& answer);

private:
    struct Entry {
        std::string key;  // Empty: nobody is there.
        WorldAnswer answer;
    };
    std::size_t place_of(std::string_view key) const;

    std::vector<Entry> entries_;
    std::size_t count_ = 0, bytes_ = 0;
};

}  // namespace stet::envs
