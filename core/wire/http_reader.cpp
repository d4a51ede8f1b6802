#include "core/wire/http_syntax.hpp"

#include <stet/wire/http.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

Error bad_message(std::string_view what) {
    return Error{fmt::format("read an HTTP message: {}", what),
                 "the rest of the connection is relayed unread"};
}

/// Digits only, without leading zeros (which some read as octal).
Result<std::uint64_t> parse_length(std::string_view text, std::uint64_t max) {
    if (text.empty() || (text.size() > 1 && text.front() == '0'))
        return bad_message("the Content-Length is empty or begins with 0");
    std::uint64_t value = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return bad_message("the Content-Length is no plain number");
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
        if (value > max) return bad_message(fmt::format("the body is longer than {} bytes", max));
    }
    return value;
}

/// Of all Content-Length fields; they must say the same. Empty when there is none.
Result<std::optional<std::uint64_t>> content_length(const HttpHead& head, std::uint64_t max) {
    std::optional<std::uint64_t> length;
    for (const auto& field : head.fields) {
        if (!equal_ignoring_case(field.name, "content-length")) continue;
        std::string_view rest = field.value;
        while (true) {
            const auto comma = rest.find(',');
            const auto value = parse_length(trimmed(rest.substr(0, comma)), max);
            if (!value) return value.error();
            if (length && *length != *value) return bad_message("two Content-Lengths differ");
            length = *value;
            if (comma == std::string_view::npos) break;
            rest.remove_prefix(comma + 1);
        }
    }
    return length;
}

/// Is the body chunked? Every other transfer coding, and every second field, is refused.
Result<bool> is_chunked(const HttpHead& head) {
    bool chunked = false;
    for (const auto& field : head.fields) {
        if (!equal_ignoring_case(field.name, "transfer-encoding")) continue;
        if (chunked) return bad_message("Transfer-Encoding stands there twice");
        if (!equal_ignoring_case(field.value, "chunked"))
            return bad_message("the Transfer-Encoding is not just \"chunked\"");
        chunked = true;
    }
    if (chunked && head.minor == 0) return bad_message("HTTP/1.0 with Transfer-Encoding");
    if (chunked && head.find("content-length") != nullptr)
        return bad_message("both Content-Length and Transfer-Encoding");
    return chunked;
}

bool stays_open(const HttpHead& head) {
    if (head.has_token("connection", "close")) return false;
    return head.minor == 1 || head.has_token("connection", "keep-alive");
}

/// -1 when it is no hexadecimal digit.
int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 409:
            return "Conflict";
        case 413:
            return "Content Too Large";
        case 429:
            return "Too Many Requests";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "";
    }
}

}  // namespace

HttpReader::HttpReader(Role role, const HttpLimits& limits) : role_(role), limits_(limits) {}

Result<HttpReader::Piece> HttpReader::read(std::string_view bytes) {
    Piece piece;
    size_line_at_ = 0;
    while (piece.consumed < bytes.size() && !piece.message_done) {
        if (const auto done = advance(bytes, piece); !done) {
            state_ = State::dead;
            return done.error();
        }
    }
    return piece;
}

Result<void> HttpReader::advance(std::string_view bytes, Piece& piece) {
    switch (state_) {
        case State::done:
            return begin_message();
        case State::head:
            return read_head(bytes, piece);
        case State::fixed:
        case State::chunk_data:
            return read_fixed(bytes, piece);
        case State::chunk_size:
        case State::chunk_end:
        case State::trailer:
            return read_line(bytes, piece);
        case State::until_close:
            return read_until_close(bytes, piece);
        case State::dead:
            break;
    }
    return bad_message("the connection could not be understood before");
}

Result<void> HttpReader::begin_message() {
    if (upgraded_) return bad_message("the connection was upgraded and is no HTTP any more");
    if (closes() && !interim()) return bad_message("bytes follow the last message of the connection");
    head_ = {};
    head_bytes_.clear();
    head_line_at_ = 0;
    skipped_blank_ = false;
    state_ = State::head;
    return {};
}

Result<void> HttpReader::read_head(std::string_view bytes, Piece& piece) {
    const auto rest = bytes.substr(piece.consumed);
    const auto line_end = rest.find('\n');
    const auto take = line_end == std::string_view::npos ? rest.size() : line_end + 1;
    head_bytes_ += rest.substr(0, take);
    piece.consumed += take;
    if (head_bytes_.size() > limits_.head_bytes_max)
        return bad_message(fmt::format("the head is longer than {} bytes", limits_.head_bytes_max));
    const auto line = std::string_view(head_bytes_).substr(head_line_at_);
    // Whoever begins otherwise never meant HTTP, and nobody should wait for the end of its head.
    constexpr std::string_view front = "HTTP/1.";
    if (role_ == Role::responses && head_line_at_ == 0 && !line.starts_with('\r') &&
        !line.starts_with(front) && !front.starts_with(line))
        return bad_message("it does not begin with HTTP/1.0 or HTTP/1.1");
    if (line.size() > limits_.line_bytes_max + 2)
        return bad_message(fmt::format("a line of the head is longer than {} bytes", limits_.line_bytes_max));
    if (line_end == std::string_view::npos) return {};
    if (!line.ends_with("\r\n")) return bad_message("a line of the head ends in LF alone");
    if (line.size() > 2) {
        head_line_at_ = head_bytes_.size();
        return {};
    }
    if (head_line_at_ == 0) {
        // One empty line before a request is what old clients send after a body (RFC 9112, 2.2).
        if (role_ == Role::responses || skipped_blank_)
            return bad_message("an empty line in place of a head");
        skipped_blank_ = true;
        head_bytes_.clear();
        return {};
    }
    auto head = role_ == Role::requests ? parse_request_head(head_bytes_, limits_)
                                        : parse_response_head(head_bytes_, limits_);
    if (!head) return head.error();
    head_ = std::move(*head);
    piece.head_done = true;
    if (const auto body = begin_body(); !body) return body.error();
    if (state_ == State::done) finish(piece, piece.consumed - 1);
    return {};
}

Result<void> HttpReader::begin_body() {
    body_bytes_ = left_ = 0;
    trailer_bytes_ = trailer_fields_ = 0;
    line_.clear();
    keeps_alive_ = stays_open(head_);
    if (role_ == Role::responses) return begin_response_body();
    const auto hosts = std::ranges::count_if(
        head_.fields, [](const HttpField& field) { return equal_ignoring_case(field.name, "host"); });
    if (hosts > 1) return bad_message("Host stands there twice");
    return begin_sized_body();
}

Result<void> HttpReader::begin_response_body() {
    const bool informational = head_.status < 200;
    if (informational || head_.status == 204) {
        const auto length = content_length(head_, limits_.body_bytes_max);
        if (!length) return length.error();
        if (length->value_or(0) != 0 || head_.find("transfer-encoding") != nullptr)
            return bad_message(fmt::format("a {} claims a body", head_.status));
    }
    if (informational || head_.status == 204 || head_.status == 304 || no_body_) {
        const auto chunked = is_chunked(head_);
        if (!chunked) return chunked.error();
        upgraded_ = head_.status == 101;
        state_ = State::done;
        return {};
    }
    return begin_sized_body();
}

Result<void> HttpReader::begin_sized_body() {
    const auto chunked = is_chunked(head_);
    if (!chunked) return chunked.error();
    const auto length = content_length(head_, limits_.body_bytes_max);
    if (!length) return length.error();
    if (*chunked) {
        state_ = State::chunk_size;
    } else if (*length) {
        left_ = **length;
        state_ = left_ == 0 ? State::done : State::fixed;
    } else if (role_ == Role::requests) {
        state_ = State::done;
    } else {
        keeps_alive_ = false;
        state_ = State::until_close;
    }
    return {};
}

Result<void> HttpReader::read_fixed(std::string_view bytes, Piece& piece) {
    const auto available = bytes.size() - piece.consumed;
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(left_, available));
    piece.body += bytes.substr(piece.consumed, take);
    piece.consumed += take;
    left_ -= take;
    if (left_ > 0) return {};
    if (state_ == State::fixed)
        finish(piece, piece.consumed - 1);
    else
        state_ = State::chunk_end;
    return {};
}

Result<void> HttpReader::read_until_close(std::string_view bytes, Piece& piece) {
    const auto rest = bytes.substr(piece.consumed);
    body_bytes_ += rest.size();
    if (body_bytes_ > limits_.body_bytes_max)
        return bad_message(fmt::format("the body is longer than {} bytes", limits_.body_bytes_max));
    piece.body += rest;
    piece.consumed = bytes.size();
    return {};
}

Result<void> HttpReader::read_line(std::string_view bytes, Piece& piece) {
    if (state_ == State::chunk_size && line_.empty()) size_line_at_ = piece.consumed;
    const auto rest = bytes.substr(piece.consumed);
    const auto line_end = rest.find('\n');
    const auto take = line_end == std::string_view::npos ? rest.size() : line_end + 1;
    line_ += rest.substr(0, take);
    piece.consumed += take;
    if (line_.size() > limits_.line_bytes_max + 2)
        return bad_message(
            fmt::format("a line of the chunked body is longer than {} bytes", limits_.line_bytes_max));
    if (state_ == State::chunk_end && !std::string_view("\r\n").starts_with(line_))
        return bad_message("a chunk is longer than its size");
    if (line_end == std::string_view::npos) return {};
    if (!line_.ends_with("\r\n")) return bad_message("a line of the chunked body ends in LF alone");
    line_.resize(line_.size() - 2);
    const auto taken = take_line(piece);
    line_.clear();
    return taken;
}

Result<void> HttpReader::take_line(Piece& piece) {
    if (state_ == State::chunk_end) {
        state_ = State::chunk_size;
        return {};
    }
    if (state_ == State::chunk_size) return take_chunk_size(line_);
    if (line_.empty()) {
        finish(piece, size_line_at_);
        return {};
    }
    trailer_bytes_ += line_.size();
    if (trailer_bytes_ > limits_.head_bytes_max || ++trailer_fields_ > limits_.fields_max)
        return bad_message("the trailer is too long");
    const auto field = parse_field(line_);
    if (!field) return field.error();
    return {};
}

Result<void> HttpReader::take_chunk_size(std::string_view line) {
    constexpr std::size_t digits_max = 16;
    const auto size = line.substr(0, line.find(';'));
    if (size.empty() || size.size() > digits_max) return bad_message("a chunk's size is empty or too long");
    std::uint64_t value = 0;
    for (const char c : size) {
        const int digit = hex_digit(c);
        if (digit < 0) return bad_message("a chunk's size is no hexadecimal number");
        value = (value << 4) | static_cast<std::uint64_t>(digit);
    }
    if (!is_field_text(line)) return bad_message("a chunk's extension holds a control character");
    if (value > limits_.body_bytes_max - body_bytes_)
        return bad_message(fmt::format("the body is longer than {} bytes", limits_.body_bytes_max));
    body_bytes_ += value;
    left_ = value;
    state_ = value == 0 ? State::trailer : State::chunk_data;
    return {};
}

void HttpReader::finish(Piece& piece, std::size_t last_from) {
    piece.message_done = true;
    piece.last_from = last_from;
    state_ = State::done;
    if (!interim()) no_body_ = false;
}

bool HttpReader::end_of_stream() {
    const bool in_order = state_ == State::until_close;
    state_ = in_order ? State::done : State::dead;
    return in_order;
}

void HttpReader::expect_no_body(bool yes) {
    no_body_ = yes;
}

bool HttpReader::in_message() const {
    if (state_ == State::head) return !head_bytes_.empty();
    return state_ != State::done && state_ != State::dead;
}

bool HttpReader::interim() const {
    return role_ == Role::responses && head_.status >= 100 && head_.status < 200 && head_.status != 101;
}

bool HttpReader::closes() const {
    return !keeps_alive_;
}

std::string make_response(int status, std::string_view media_type, std::string_view body,
                          const std::vector<HttpField>& more) {
    std::string bytes = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_of(status));
    if (!media_type.empty()) bytes += fmt::format("Content-Type: {}\r\n", media_type);
    for (const auto& field : more)
        bytes += fmt::format("{}: {}\r\n", field.name, field.value);
    bytes += fmt::format("Content-Length: {}\r\n\r\n", body.size());
    bytes += body;
    return bytes;
}

}  // namespace stet
