#include "core/event_words.hpp"

#include <stet/event.hpp>

namespace stet {
namespace {

template <class Enum>
std::string_view word_in_table(Enum value) {
    return words(Of<Enum>{}).at(static_cast<std::size_t>(value));
}

}  // namespace

std::string_view kind_of(const EventBody& body) {
    return kinds.at(body.index());
}

std::string_view word_of(Coding coding) {
    return word_in_table(coding);
}
std::string_view word_of(Fidelity fidelity) {
    return word_in_table(fidelity);
}
std::string_view word_of(Side side) {
    return word_in_table(side);
}
std::string_view word_of(Boundary boundary) {
    return word_in_table(boundary);
}
std::string_view word_of(ToolStatus status) {
    return word_in_table(status);
}
std::string_view word_of(Ending ending) {
    return word_in_table(ending);
}

}  // namespace stet
