#pragma once

#include "workspace/exclusion.hpp"

#include <stet/redaction.hpp>

#include <string_view>

namespace stet::workspace {

/// `.env`, `.env.local`, …
bool is_env_file(std::string_view name);

/// Teaches the redactor the credentials in `name` beneath `directory`, when that is an env file.
void learn_env_file(int directory, const char* name, Redactor& redactor);

/// The same for every env file beneath `root`, but for those that are left out. No symlink is followed,
/// and what cannot be read is passed over: the scan that comes next says so.
void learn_env_files(int root, const Exclusion& exclusion, Redactor& redactor);

}  // namespace stet::workspace
