#pragma once

#include <stet/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

// JSON-RPC 2.0 messages, one a line, as MCP's stdio transport carries them.

enum class RpcKind : std::uint8_t { request, notification, result, error };

/// A view into the parsed line; the document must outlive it.
struct RpcMessage {
    RpcKind kind = RpcKind::request;
    std::string id;      ///< Raw JSON ("3", "\"a\""); empty for notifications.
    std::string method;  ///< Requests and notifications.
    JsonValue body;      ///< `params`, `result` or `error`; may be absent.
};

/// An error when the value is no JSON-RPC 2.0 message. (A batch is an array: read its elements.)
[[nodiscard]] Result<RpcMessage> read_rpc(const JsonValue& value);

/// Cuts a stream into lines at LF, whatever pieces it comes in.
class LineReader {
public:
    explicit LineReader(std::size_t line_bytes_max = 64u << 20) : line_bytes_max_(line_bytes_max) {}
    /// Calls `on_line(line)` for each line that these bytes complete, LF included.
    template <class OnLine>
    void read(std::string_view bytes, OnLine&& on_line) {
        while (!bytes.empty()) {
            const auto at = bytes.find('\n');
            const auto take = at == std::string_view::npos ? bytes.size() : at + 1;
            line_.append(bytes.substr(0, take));
            bytes.remove_prefix(take);
            if (at != std::string_view::npos || line_.size() >= line_bytes_max_) {
                std::string line;
                line.swap(line_);
                on_line(std::move(line));
            }
        }
    }
    /// What is left without a line end when the stream has ended.
    std::string rest() { return std::move(line_); }

private:
    std::size_t line_bytes_max_;
    std::string line_;
};

}  // namespace stet
