#include "recorder/route.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

constexpr std::string_view loopback_hosts = "127.0.0.1,localhost";

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lowered(std::string_view text) {
    std::string result(text);
    std::ranges::transform(result, result.begin(), lower);
    return result;
}

bool starts_with_nocase(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && lowered(text.substr(0, prefix.size())) == prefix;
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 ||
        !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
        return false;
    unsigned value = 0;
    for (const char c : text)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value >= 1 && value <= 65535;
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == ':';
}

Error bad_url(std::string_view url, std::string_view why) {
    return Error{fmt::format("upstream url {}: {}", url, why), "write it as https://host[:port][/path]"};
}

/// Splits "host:port" or "[v6]:port".
Result<void> read_authority(std::string_view authority, std::string_view url, UpstreamUrl& result) {
    std::string_view rest;
    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return bad_url(url, "the bracket of its address is not closed");
        result.host = authority.substr(1, close - 1);
        rest = authority.substr(close + 1);
    } else {
        const auto colon = authority.find(':');
        result.host = authority.substr(0, colon);
        rest = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
        if (result.host.find(':') != std::string::npos) return bad_url(url, "it has two ports");
    }
    if (result.host.empty() || !std::ranges::all_of(result.host, is_host_character))
        return bad_url(url, "it names no host");
    if (rest.empty()) return {};
    if (!rest.starts_with(':') || !is_port(rest.substr(1))) return bad_url(url, "its port is not 1 to 65535");
    result.port = rest.substr(1);
    return {};
}

std::string_view value_in(const std::vector<std::string>& environment, std::string_view name) {
    for (const auto& entry : environment) {
        if (entry.size() > name.size() && entry[name.size()] == '=' && entry.starts_with(name))
            return std::string_view(entry).substr(name.size() + 1);
    }
    return {};
}

void set_value(std::vector<std::string>& environment, std::string_view name, std::string_view value) {
    const auto prefix = fmt::format("{}=", name);
    std::erase_if(environment, [&](const std::string& entry) { return entry.starts_with(prefix); });
    environment.push_back(prefix + std::string(value));
}

}  // namespace

std::string UpstreamUrl::authority() const {
    const auto shown = host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
    return port == (tls ? "443" : "80") ? shown : fmt::format("{}:{}", shown, port);
}

Result<UpstreamUrl> parse_upstream_url(std::string_view url) {
    UpstreamUrl result;
    std::string_view rest = url;
    if (starts_with_nocase(url, "https://")) {
        result.tls = true;
        rest.remove_prefix(8);
    } else if (starts_with_nocase(url, "http://")) {
        rest.remove_prefix(7);
    } else {
        return bad_url(url, "it begins with neither http:// nor https://");
    }
    result.port = result.tls ? "443" : "80";
    if (rest.find_first_of("?#@ \t\r\n") != std::string_view::npos)
        return bad_url(url, "it has a user name, a query, a fragment or white space");
    const auto slash = rest.find('/');
    if (auto read = read_authority(rest.substr(0, slash), url, result); !read) return read.error();
    if (slash != std::string_view::npos) result.path = rest.substr(slash);
    while (result.path.ends_with('/'))
        result.path.pop_back();
    return result;
}

Result<Route> route_target(const std::vector<std::string>& names, std::string_view target) {
    if (target.starts_with('/')) {
        const auto end = target.find_first_of("/?", 1);
        const auto name = target.substr(1, end == std::string_view::npos ? end : end - 1);
        const auto found = std::ranges::find(names, name);
        if (found != names.end()) {
            Route route;
            route.upstream = static_cast<std::size_t>(found - names.begin());
            route.target = end == std::string_view::npos ? std::string_view{} : target.substr(end);
            if (!route.target.starts_with('/')) route.target.insert(0, "/");
            return route;
        }
    }
    std::string known;
    for (const auto& name : names)
        known += fmt::format("{}/{}/", known.empty() ? "" : ", ", name);
    const auto path = target.substr(0, target.find('?')).substr(0, 200);
    return Error{fmt::format("no upstream is behind {}", path), fmt::format("this run knows {}", known)};
}

Result<std::string> rewrite_head(std::string_view head_bytes, std::string_view target,
                                 std::string_view authority) {
    const auto first_line = head_bytes.find("\r\n");
    const auto method = head_bytes.find(' ');
    const auto version = head_bytes.rfind(' ', first_line);
    if (first_line == std::string_view::npos || method >= version || version == std::string_view::npos)
        return Error{"a request line that has no target", ""};
    std::string result;
    result.reserve(head_bytes.size() + authority.size());
    result.append(head_bytes.substr(0, method + 1)).append(target);
    result.append(head_bytes.substr(version, first_line + 2 - version));
    int hosts = 0;
    for (auto at = first_line + 2; at < head_bytes.size();) {
        const auto end = head_bytes.find("\r\n", at);
        const auto next = end == std::string_view::npos ? head_bytes.size() : end + 2;
        const auto line = head_bytes.substr(at, next - at);
        if (starts_with_nocase(line, "host:")) {
            result.append(line.substr(0, 5)).append(" ").append(authority).append("\r\n");
            ++hosts;
        } else {
            result.append(line);
        }
        at = next;
    }
    if (hosts > 1) return Error{"a request with several Host fields", ""};
    return result;
}

std::vector<std::string> agent_environment(const std::vector<std::string>& inherited,
                                           const EnvironmentPairs& additions) {
    auto result = inherited;
    for (const auto& [name, value] : additions)
        set_value(result, name, value);
    const std::string upper(value_in(result, "NO_PROXY"));
    const std::string small(value_in(result, "no_proxy"));
    // A library that prefers one spelling must not lose what the user wrote in the other.
    const auto with_loopback = [](const std::string& own, const std::string& other) {
        const auto& base = own.empty() ? other : own;
        if (base.empty()) return std::string(loopback_hosts);
        return base == "*" ? base : fmt::format("{},{}", base, loopback_hosts);
    };
    set_value(result, "NO_PROXY", with_loopback(upper, small));
    set_value(result, "no_proxy", with_loopback(small, upper));
    return result;
}

std::string error_body(std::string_view type, std::string_view message) {
    JsonWriter json;
    json.open('{').key("error").open('{').key("type").string(type).key("message").string(message);
    json.close('}').close('}');
    return json.take() + "\n";
}

std::string content_coding_of(const HttpHead& head) {
    const auto* value = head.find("content-encoding");
    if (value == nullptr) return {};
    auto coding = lowered(*value);
    return coding == "identity" ? std::string{} : coding;
}

}  // namespace stet
