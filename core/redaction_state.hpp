#pragma once

#include "core/redaction_text.hpp"

#include <stet/redaction.hpp>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

namespace stet {

/// What a redactor knows. Readers take the current patterns and keep them for the call; learning puts
/// new ones in their place.
struct Redactor::State {
    explicit State(std::string user_key);

    struct Placeholder {
        std::string text;
        std::string kind;
    };

    void learn(std::string_view kind, std::string_view value);
    /// The one of the value's first registration; a new one of this kind when there was none.
    Placeholder placeholder(std::string_view kind, std::string_view value) const;
    std::shared_ptr<const Patterns> patterns() const;
    void count(const RedactionCounts& counts);

    /// The head with its credential fields and query parameters replaced (and learned); not searched.
    std::string strip_head(std::string_view head, RedactionCounts& counts);
    /// The same for lines that may be a head's, or not.
    std::string strip_fields(std::string_view lines, RedactionCounts& counts);
    /// A request line, a target or a field's value without its credential parameters.
    std::string strip_query(std::string_view text, RedactionCounts& counts);

    // Constant after construction.
    const std::string key;
    // Guarded by `mutex`.
    mutable std::shared_mutex mutex;
    std::map<std::string, Placeholder, std::less<>> known;  // By value.
    std::map<std::string, Pattern, std::less<>> needles;    // By needle.
    std::shared_ptr<const Patterns> current;
    // Guarded by `counts_mutex`.
    std::mutex counts_mutex;
    RedactionCounts counts;

private:
    void learn_piece(std::string_view kind, std::string_view value);
    std::string strip_field(std::string_view name, std::string_view value, RedactionCounts& counts);
    std::string replace_value(std::string_view kind, std::string_view value, RedactionCounts& counts);
};

}  // namespace stet
