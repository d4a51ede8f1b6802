#pragma once

#include <stet/wire/http.hpp>

#include <string>
#include <string_view>

namespace stet {

// The characters and lines of HTTP/1.1 (RFC 9110, section 5.6; RFC 9112, section 5).

/// ASCII only: HTTP's names know no other case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower_ascii(std::string_view text);
/// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

/// 1*tchar.
bool is_token(std::string_view text);
/// No control character but the tab.
bool is_field_text(std::string_view text);

/// One field line without its end.
[[nodiscard]] Result<HttpField> parse_field(std::string_view line);

}  // namespace stet
