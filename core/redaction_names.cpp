#include "core/redaction_names.hpp"

#include "core/wire/http_syntax.hpp"

#include <stet/redaction.hpp>

#include <algorithm>
#include <array>

namespace stet {
namespace {

constexpr std::array<std::string_view, 11> field_names = {
    "authorization", "proxy-authorization", "x-api-key", "api-key",      "x-goog-api-key",  "cookie",
    "set-cookie",    "x-auth-key",          "apikey",    "x-access-key", "x-amz-credential"};
constexpr std::array<std::string_view, 2> field_ends = {"-token", "-secret"};

// RFC 9110 names of schemes (IANA's registry), and those that services made up.
constexpr std::array<std::string_view, 19> schemes = {
    "bearer", "basic",  "digest",           "token",       "apikey",       "api-key", "key",
    "oauth",  "dpop",   "aws4-hmac-sha256", "googlelogin", "negotiate",    "ntlm",    "hawk",
    "hoba",   "mutual", "hmac-sha256",      "vapid",       "sharedkeylite"};

constexpr std::array<std::string_view, 21> parameter_names = {"key",
                                                              "api_key",
                                                              "api-key",
                                                              "apikey",
                                                              "access_token",
                                                              "access-token",
                                                              "refresh_token",
                                                              "id_token",
                                                              "auth_token",
                                                              "token",
                                                              "sig",
                                                              "signature",
                                                              "secret",
                                                              "client_secret",
                                                              "password",
                                                              "auth",
                                                              "x-amz-signature",
                                                              "x-amz-credential",
                                                              "x-amz-security-token",
                                                              "x-goog-signature",
                                                              "subscription-key"};

constexpr std::array<std::string_view, 21> variable_ends = {
    "_API_KEY",     "_APIKEY",     "_TOKEN",       "_SECRET",         "PASSWORD",     "PASSWD",
    "PASSPHRASE",   "_CREDENTIAL", "_CREDENTIALS", "_ACCESS_KEY",     "_SECRET_KEY",  "_PRIVATE_KEY",
    "_SIGNING_KEY", "_MASTER_KEY", "_AUTH_KEY",    "_ENCRYPTION_KEY", "_SERVICE_KEY", "_ACCOUNT_KEY",
    "_PASS",        "_PAT",        "_COOKIE"};
constexpr std::array<std::string_view, 6> variable_names = {"API_KEY", "APIKEY",      "TOKEN",
                                                            "SECRET",  "CREDENTIALS", "SECRET_KEY"};
/// Ends like a credential, but holds the path of one.
constexpr std::string_view path_variable = "GOOGLE_APPLICATION_CREDENTIALS";

std::string upper_ascii(std::string_view text) {
    std::string upper(text);
    for (char& letter : upper)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    return upper;
}

template <std::size_t count>
bool is_one_of(const std::array<std::string_view, count>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

template <std::size_t count>
bool ends_with_one_of(const std::array<std::string_view, count>& ends, std::string_view name) {
    return std::ranges::any_of(ends, [&](std::string_view end) { return name.ends_with(end); });
}

}  // namespace

bool is_credential_parameter(std::string_view name) {
    constexpr std::size_t name_bytes_max = 32;
    return name.size() <= name_bytes_max && is_one_of(parameter_names, lower_ascii(name));
}

bool is_authorization_scheme(std::string_view word) {
    constexpr std::size_t word_bytes_max = 32;
    return word.size() <= word_bytes_max && is_one_of(schemes, lower_ascii(word));
}

bool is_credential_field(std::string_view name) {
    const auto lower = lower_ascii(name);
    return is_one_of(field_names, lower) || ends_with_one_of(field_ends, lower);
}

bool is_credential_variable(std::string_view name) {
    const auto upper = upper_ascii(name);
    if (upper == path_variable) return false;
    return is_one_of(variable_names, upper) || ends_with_one_of(variable_ends, upper);
}

}  // namespace stet
