#pragma once

#include <boost/system/result.hpp>

#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace stet {

// Mishaps go by origin. Bad input is returned (`Result`), the machine's fault is thrown (`Trouble`),
// a bug aborts (`STET_ASSERT`). What the *agent* did wrong is none of the three: it is payload.

/// Why an input could not be used: one line for a person, and what to do about it (may be empty).
/// (Not made from one string alone: a `Result<std::string>` would not know which of the two is meant.)
struct Error {
    Error() = default;
    Error(std::string what_happened, std::string what_to_do)
        : what(std::move(what_happened)), hint(std::move(what_to_do)) {}

    std::string what;
    std::string hint;

    friend bool operator==(const Error&, const Error&) = default;
};

/// A value, or the reason why the input did not give one.
template <class T>
using Result = boost::system::result<T, Error>;

/// The machine let us down: a full disk, a port in use, a program that is not there.
///
/// `what()` is one clear line: what was attempted, on what, what happened, what to do.
/// Caught in `main` and at the root of each thread, nowhere else.
class Trouble : public std::runtime_error {
public:
    /// "open log runs/a.stet: disk is full; free some space and run again"
    Trouble(std::string_view operation, std::string_view place, std::string_view happened,
            std::string_view hint = {});
};

/// For `Result::value()` on an error: the caller claimed that the input was good.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& place);

namespace detail {
[[noreturn]] void assertion_failed(const char* expression, const std::source_location& place);
}  // namespace detail

}  // namespace stet

/// An invariant of ours; checked in every build. Prints the expression and the place, then aborts.
#define STET_ASSERT(expression)    \
    (static_cast<bool>(expression) \
         ? static_cast<void>(0)    \
         : ::stet::detail::assertion_failed(#expression, std::source_location::current()))
