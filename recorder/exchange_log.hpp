#pragma once

#include "recorder/ledger.hpp"

#include <stet/wire/http.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stet {

/// What the log gets of one exchange: the request when it is whole, the answer's bytes as they come,
/// the response at its end. Decides nothing about the wire. Thread: the I/O thread.
class ExchangeLog {
public:
    static constexpr std::size_t raw_bytes_max = 64u << 20;

    /// `ledger` must outlive it.
    ExchangeLog(Ledger& ledger, std::uint32_t connection, std::string peer);

    void set_request(const HttpHead& head, std::string head_bytes, std::string target);
    void add_request_body(std::string_view bytes);
    /// Appends the Request, once; later calls do nothing.
    void record_request(bool complete);
    /// Says how much of the request came after that, if any did.
    void end_request();
    bool request_recorded() const { return request_recorded_; }

    void set_answer(const HttpHead& head, std::string head_bytes);
    /// One read's body bytes, and what they add to the text under its content coding, if it has one: a
    /// recorder that dies leaves that behind, since no redactor sees into a coded piece.
    void add_answer_body(std::string_view bytes, std::string_view text = {});
    /// Appends the Response with what came; the request must be recorded. Nothing without a head.
    void record_response(bool complete);
    void record_error(TransportError error);
    /// Appends bytes of an answer that no reader understood, those beyond the limit only by their number.
    void record_raw(std::string_view bytes);
    /// No more of them will come.
    void end_raw();
    /// `raw` is not cut.
    void record_gap(Gap gap, std::string raw = {});

    /// Of the last thing appended or spooled.
    Ticket ticket() const { return ticket_; }
    std::optional<Seq> request() const { return request_seq_; }
    bool has_answer() const { return answer_.has_value(); }

private:
    void spool_rest();
    void append(Draft draft, StreamId close = 0);

    Ledger& ledger_;
    const std::uint32_t connection_;
    const StreamId stream_;
    Request request_;
    std::string request_head_, request_body_;
    bool request_recorded_ = false;
    std::uint64_t late_bytes_ = 0;
    std::optional<Seq> request_seq_;
    std::int64_t last_us_ = 0;
    std::optional<Response> answer_;
    std::string answer_head_, answer_body_;
    std::string unspooled_;
    bool spooled_ = false;
    StreamId raw_stream_ = 0;
    std::size_t raw_bytes_ = 0;  ///< That were kept.
    Ticket ticket_ = 0;
};

}  // namespace stet
