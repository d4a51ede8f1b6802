#include "recorder/exchange_log.hpp"

#include "recorder/route.hpp"

#include <algorithm>
#include <utility>

namespace stet {

ExchangeLog::ExchangeLog(Ledger& ledger, std::uint32_t connection, std::string peer)
    : ledger_(ledger), connection_(connection), stream_(ledger.next_stream()) {
    request_.peer = std::move(peer);
    request_.protocol = "http/1.1";
}

void ExchangeLog::set_request(const HttpHead& head, std::string head_bytes, std::string target) {
    request_.method = head.method;
    request_.target = std::move(target);
    request_.content_coding = content_coding_of(head);
    if (head.minor == 0) request_.protocol = "http/1.0";
    request_head_ = std::move(head_bytes);
}

void ExchangeLog::add_request_body(std::string_view bytes) {
    if (request_recorded_)
        late_bytes_ += bytes.size();
    else
        request_body_.append(bytes);
}

void ExchangeLog::end_request() {
    if (late_bytes_ == 0) return;
    record_gap({"the answer overtook its request; this much of it came later",
                "request body",
                std::exchange(late_bytes_, 0),
                {}});
}

void ExchangeLog::record_request(bool complete) {
    if (request_recorded_) return;
    request_recorded_ = true;
    auto draft = ledger_.draft(connection_);
    last_us_ = draft.at.mono_us;
    request_.complete = complete;
    if (!request_head_.empty()) request_.head = draft.attach(std::move(request_head_));
    if (!request_body_.empty()) request_.body = draft.attach(std::move(request_body_));
    request_head_.clear();
    request_body_.clear();
    draft.body = request_;
    if (const auto appended = ledger_.append(std::move(draft))) {
        request_seq_ = appended->seq;
        ticket_ = appended->ticket;
    }
    spool_rest();
}

void ExchangeLog::set_answer(const HttpHead& head, std::string head_bytes) {
    Response answer;
    answer.peer = request_.peer;
    answer.protocol = head.minor == 0 ? "http/1.0" : "http/1.1";
    answer.status = head.status;
    answer.content_coding = content_coding_of(head);
    answer.media_type = media_type_of(head);
    answer_ = std::move(answer);
    answer_head_ = std::move(head_bytes);
}

void ExchangeLog::add_answer_body(std::string_view bytes, std::string_view text) {
    if (bytes.empty() || !answer_) return;
    unspooled_.append(answer_->content_coding.empty() ? bytes : text);
    const auto now_us = ledger_.now().mono_us;
    const auto passed_ms = request_recorded_ ? std::max<std::int64_t>(0, now_us / 1000 - last_us_ / 1000) : 0;
    last_us_ = now_us;
    answer_->chunk_bytes.push_back(bytes.size());
    answer_->chunk_ms.push_back(static_cast<std::uint32_t>(std::min<std::int64_t>(passed_ms, UINT32_MAX)));
    answer_body_.append(bytes);
    spool_rest();
}

void ExchangeLog::spool_rest() {
    if (!request_seq_ || unspooled_.empty()) return;
    if (const auto ticket = ledger_.spool(stream_, *request_seq_, unspooled_)) ticket_ = *ticket;
    spooled_ = true;
    unspooled_.clear();
}

void ExchangeLog::record_response(bool complete) {
    if (!answer_) return;
    auto draft = ledger_.draft(connection_, request_seq_);
    answer_->complete = complete;
    if (!answer_head_.empty()) answer_->head = draft.attach(std::move(answer_head_));
    if (!answer_body_.empty()) answer_->body = draft.attach(std::move(answer_body_));
    draft.body = std::move(*answer_);
    append(std::move(draft), spooled_ ? stream_ : 0);
    answer_.reset();
    answer_body_.clear();
    unspooled_.clear();
    spooled_ = false;
}

void ExchangeLog::record_error(TransportError error) {
    auto draft = ledger_.draft(connection_, request_seq_);
    draft.body = std::move(error);
    append(std::move(draft));
}

void ExchangeLog::record_raw(std::string_view bytes) {
    if (bytes.empty()) return;
    if (raw_stream_ == 0) raw_stream_ = ledger_.next_stream();
    auto draft = ledger_.draft(connection_, request_seq_);
    Gap gap{"the answer is no HTTP that can be read in one way", "answer", bytes.size(), {}};
    const auto kept = bytes.substr(0, raw_bytes_max - raw_bytes_);
    raw_bytes_ += kept.size();
    if (!kept.empty()) gap.raw = draft.attach(std::string(kept));
    draft.body = std::move(gap);
    draft.piece = Piece{raw_stream_, false};
    append(std::move(draft));
}

void ExchangeLog::end_raw() {
    if (raw_stream_ == 0) return;
    auto draft = ledger_.draft(connection_, request_seq_);
    draft.body = Gap{"the end of what was no HTTP", "answer", 0, {}};
    draft.piece = Piece{std::exchange(raw_stream_, 0), true};
    append(std::move(draft));
}

void ExchangeLog::record_gap(Gap gap, std::string raw) {
    auto draft = ledger_.draft(connection_, request_seq_);
    if (!raw.empty()) gap.raw = draft.attach(std::move(raw));
    draft.body = std::move(gap);
    append(std::move(draft));
}

void ExchangeLog::append(Draft draft, StreamId close) {
    if (const auto appended = ledger_.append(std::move(draft), close)) ticket_ = appended->ticket;
}

}  // namespace stet
