#pragma once

#include "envs/value.hpp"

#include <string>

namespace stet::envs {

// How values are written. Worlds stand in for programs in other languages, whose spelling a model was shown.

/// As Python's `json.dumps` does: ", " and ": ", ASCII with \uXXXX, floats as `repr` writes them.
std::string python_json(const Value& value);
/// The same without the spaces and with UTF-8 as it is: what the log and the database keep.
std::string compact_json(const Value& value);
/// The same with the members sorted by their keys: `json.dumps(…, sort_keys=True)`.
std::string sorted_python_json(const Value& value);
/// As Python's `repr` writes dicts and lists; or once objects are pairs sorted by their keys, everything in
/// tuples, or everything in lists: what tau-bench hashes.
enum class PythonForm : std::uint8_t { repr, tuples, lists };
std::string python_text(const Value& value, PythonForm form);

/// Python's `repr` of a float (the shortest that reads back: "12.0", "1e+16", "inf") and of a str.
std::string python_float(double value);
std::string python_repr(std::string_view text);
/// Python's `round(value, digits)`: correctly rounded, halves of the binary value to even.
double python_round(double value, int digits);

}  // namespace stet::envs
