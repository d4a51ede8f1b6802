#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet::js {

// Text as JavaScript has it. A JavaScript string may hold half a surrogate pair, which UTF-8 cannot;
// here it is kept as generalised UTF-8 ("WTF-8"), where such a half takes three bytes.

/// The bytes of a file, read as text: what is no UTF-8 becomes U+FFFD, one for each maximal part of a
/// sequence (WHATWG Encoding, "UTF-8 decode without BOM").
std::string from_file(std::string_view bytes);

/// Text as it is written to a file, or given to the system in a path: lone surrogates become U+FFFD.
std::string to_file(std::string_view text);

/// The value of a JSON string literal (quotes included), lone surrogates and all.
std::string from_json(std::string_view literal);

/// The literal as `JSON.stringify` writes it.
std::string quote(std::string_view text);

std::u16string to_utf16(std::string_view text);
std::size_t length(std::string_view text);  ///< In UTF-16 code units.

/// Without the white space of ECMA-262 (section 22.1.3.32) at the beginning, or at both ends.
std::string_view trim_start(std::string_view text);
std::string_view trim(std::string_view text);

std::string pad_end(std::string_view text, std::size_t units);
std::string pad_start(std::string_view text, std::size_t units);

std::vector<std::string_view> split_lines(std::string_view text);  ///< At LF, which is not kept.
/// CR LF becomes LF.
std::string unix_lines(std::string_view text);

/// Does `left` stand before `right` where names are sorted by `localeCompare`? Sure for ASCII alone.
bool locale_before(std::string_view left, std::string_view right);
bool is_ascii(std::string_view text);

std::string base64(std::string_view bytes);

}  // namespace stet::js
