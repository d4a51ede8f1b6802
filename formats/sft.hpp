#pragma once

#include "formats/transcript.hpp"

#include <string>
#include <vector>

namespace stet {

/// One conversation as a line of OpenAI's chat fine-tuning format: failed actions stay in the context with
/// `weight: 0`. Empty, and a line in `left_out`, when there is nothing to train on.
std::string sft_line(const Transcript& conversation, std::vector<std::string>& left_out);

/// A tool name that the format allows ([A-Za-z0-9_-], at most 64): other bytes become `-XX` (hex), a
/// '-' itself `-2d`, so that it can be turned back; what is too long ends in a digest.
std::string portable_tool_name(std::string_view name);

}  // namespace stet
