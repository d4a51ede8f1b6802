#pragma once

#include <string_view>

namespace stet {

/// Is this the name of a query parameter that carries a credential? ("key", "api_key", "access_token", …)
bool is_credential_parameter(std::string_view name);

/// Is this the scheme of an Authorization value that a credential follows? ("Bearer", "Basic", …)
bool is_authorization_scheme(std::string_view word);

}  // namespace stet
