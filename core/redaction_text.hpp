#pragma once

#include "core/redaction_patterns.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

/// How often each kind was replaced.
using RedactionCounts = std::map<std::string, std::uint32_t>;

/// What redacting did to places: a mapping from offsets in the raw bytes to offsets in the rest.
class RedactionPlaces {
public:
    /// In order, not overlapping.
    void replaced(std::size_t begin, std::size_t end, std::size_t size);
    bool empty() const { return edits_.empty(); }

    /// An offset inside a secret moves to its placeholder's beginning, or to its end.
    std::uint64_t begin_of(std::uint64_t offset) const { return place(offset, false); }
    std::uint64_t end_of(std::uint64_t offset) const { return place(offset, true); }

private:
    std::uint64_t place(std::uint64_t offset, bool to_end) const;

    struct Edit {
        std::uint64_t begin, end;  // Of the raw bytes.
        std::uint64_t new_begin, new_end;
    };
    std::vector<Edit> edits_;
};

struct ReplacedText {
    std::string text;
    RedactionPlaces places;
};

/// Every match replaced, and counted in `counts`.
ReplacedText replace_matches(const Patterns& patterns, std::string text, RedactionCounts& counts);

/// A kind as placeholders can hold it: at most 40 of a-z, 0-9, '-', '_' and '.'.
std::string placeholder_kind(std::string_view kind);
/// "[stet:KIND:MARK]" of such a kind and the first 12 digits of `mark`.
std::string make_placeholder(std::string_view kind, std::string_view mark);
bool is_placeholder(std::string_view text);
/// How every placeholder begins.
inline constexpr std::string_view placeholder_front = "[stet:";

/// The ways in which programs write the value down, the value itself first: inside a JSON string (as
/// RFC 8785, as encoders that also escape '/', what is not ASCII, or what means something to HTML),
/// inside a JSON string inside a JSON string, and in a URL. Each once.
std::vector<std::string> written_forms(std::string_view value);

/// Undoes %XX; what is no such triple stays.
std::string percent_decoded(std::string_view text);

}  // namespace stet
