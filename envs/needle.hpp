#pragma once

#include <string>
#include <string_view>

namespace stet::envs {

/// A text to look for in others, whatever the case of ASCII letters. Made once, asked often: it looks at
/// sixteen places at a time for the first and the last byte, and at the rest only where both fit.
class Needle {
public:
    explicit Needle(std::string_view text);
    bool is_in(std::string_view hay) const;
    std::size_t size() const { return text_.size(); }

private:
    bool is_at(const char* hay) const;

    std::string text_;   // In lower case.
    std::string folds_;  // Beside each of its bytes: 0x20 when that is a letter, else 0.
};

}  // namespace stet::envs
