#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace stet::test {

/// Random JSON texts, the same ones for the same seed: every kind of value, every form of number and
/// escape, white space anywhere. Without `lone_surrogates` and `duplicate_keys` the texts have a canonical
/// form.
class JsonGenerator {
public:
    explicit JsonGenerator(unsigned seed) : random_(seed) {}

    bool lone_surrogates = false;
    bool duplicate_keys = false;

    std::string text();
    /// `text` with a few bytes changed, inserted, removed, repeated or cut off.
    std::string mutated(std::string text);
    std::size_t below(std::size_t bound) { return random_() % bound; }

private:
    void value(std::string& out, int depth);
    void members(std::string& out, int depth);
    void string(std::string& out, const std::string& prefix);
    void piece(std::string& out);
    void number(std::string& out);
    void digits(std::string& out, std::size_t most);
    void space(std::string& out);

    std::mt19937 random_;
};

}  // namespace stet::test
