#pragma once

#include "envs/value.hpp"

#include <stet/result.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet::envs {

/// A text with values in it: "there is no user {user_id}". Braces around anything but a name are braces.
class TextTemplate {
public:
    TextTemplate() = default;
    /// An error: a name that is none of these.
    [[nodiscard]] static Result<TextTemplate> read(const std::string& text,
                                                   const std::vector<std::string>& names);
    /// `values` stand in the order of the names. Texts are written as they are, others as Python writes JSON.
    std::string fill(const std::vector<Value>& values) const;

private:
    struct Piece {
        std::string text;
        std::optional<std::size_t> value;  // Stands after the text.
    };
    std::vector<Piece> pieces_;
};

/// May it stand in braces, and in SQL after a colon?
bool is_name(std::string_view text);

}  // namespace stet::envs
