#include <stet/result.hpp>

#include <cstdio>
#include <cstdlib>

namespace stet {
namespace {

std::string one_line(std::string_view operation, std::string_view place, std::string_view happened,
                     std::string_view hint) {
    std::string line(operation);
    if (!place.empty()) line.append(" ").append(place);
    if (!happened.empty()) line.append(": ").append(happened);
    if (!hint.empty()) line.append("; ").append(hint);
    return line;
}

}  // namespace

Trouble::Trouble(std::string_view operation, std::string_view place, std::string_view happened,
                 std::string_view hint)
    : std::runtime_error(one_line(operation, place, happened, hint)) {}

void throw_exception_from_error(const Error& error, const boost::source_location& place) {
    std::fprintf(stderr, "stet: bug: value() of an error at %s:%u: %s\n", place.file_name(),
                 static_cast<unsigned>(place.line()), error.what.c_str());
    std::abort();
}

namespace detail {

void assertion_failed(const char* expression, const std::source_location& place) {
    std::fprintf(stderr, "stet: bug: %s does not hold at %s:%u\n", expression, place.file_name(),
                 static_cast<unsigned>(place.line()));
    std::abort();
}

}  // namespace detail
}  // namespace stet
