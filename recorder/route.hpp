#pragma once

#include <stet/result.hpp>
#include <stet/wire/http.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stet {

// Where a request goes, and the two edits of a reverse proxy. Pure.

/// An upstream's url, taken apart.
struct UpstreamUrl {
    bool tls = false;
    std::string host;  ///< Without the brackets of an IPv6 address.
    std::string port;  ///< Decimal.
    std::string path;  ///< "" or "/v1": no slash at its end.

    /// For the Host field: the port only when it is not the scheme's own.
    std::string authority() const;
};

/// Reads `http://host[:port][/path]` or the same with https. Anything else (user names, queries,
/// fragments, other schemes) is an error.
[[nodiscard]] Result<UpstreamUrl> parse_upstream_url(std::string_view url);

struct Route {
    std::size_t upstream = 0;  ///< Index into the names.
    std::string target;        ///< What the upstream is asked for.
};

/// Takes the first path segment as the upstream's name: "/openai/v1/x?y" is "/v1/x?y" at "openai".
[[nodiscard]] Result<Route> route_target(const std::vector<std::string>& names, std::string_view target);

/// The head with its target replaced and its Host field naming `authority`; every other byte as it
/// was. An error when there are several Host fields: what can be read in two ways is not forwarded.
[[nodiscard]] Result<std::string> rewrite_head(std::string_view head_bytes, std::string_view target,
                                               std::string_view authority);

using EnvironmentPairs = std::vector<std::pair<std::string, std::string>>;

/// `inherited` ("NAME=value" each) with the additions; a later addition wins over an earlier one, and
/// both over what was inherited. Loopback is added to NO_PROXY and no_proxy: agents would send even
/// 127.0.0.1 through HTTP_PROXY otherwise.
[[nodiscard]] std::vector<std::string> agent_environment(const std::vector<std::string>& inherited,
                                                         const EnvironmentPairs& additions);

/// The body of an answer that stet gives in an upstream's place: `{"error":{"type":…,"message":…}}`.
[[nodiscard]] std::string error_body(std::string_view type, std::string_view message);

/// The value of Content-Encoding in lower case; empty for none and for "identity".
[[nodiscard]] std::string content_coding_of(const HttpHead& head);

}  // namespace stet
