#include "recorder/answer.hpp"

#include "recorder/route.hpp"

#include <algorithm>

namespace stet {

AnswerReader::AnswerReader(const HttpLimits& limits) : reader_(HttpReader::Role::responses, limits) {}

void AnswerReader::begin(bool no_body) {
    reader_.expect_no_body(no_body);
    events_.reset();
    body_bytes_ = 0;
    head_done_ = false;
}

Result<AnswerStep> AnswerReader::read(std::string_view block) {
    std::optional<HttpReader> before;
    if (events_ || !head_done_) before = reader_;
    auto piece = reader_.read(block);
    if (!piece) return piece.error();

    AnswerStep step;
    step.forward = piece->consumed;
    const bool switches = piece->head_done && reader_.head().status == 101;
    if (piece->head_done && (switches || !reader_.interim())) {
        step.head_done = head_done_ = true;
        if (media_type_of(reader_.head()) == "text/event-stream" && content_coding_of(reader_.head()).empty())
            events_.emplace();
    }
    if (!head_done_) return step;

    const auto terminal = events_ ? terminal_event(piece->body) : std::nullopt;
    if (terminal) {
        step.forward = bytes_before(*before, block.substr(0, piece->consumed), *terminal);
        step.hold = Hold::event;
    }
    if (piece->message_done || switches) {
        step.done = true;
        step.hold = Hold::message;
        step.forward = std::min(step.forward, piece->message_done ? piece->last_from : piece->consumed - 1);
    }
    step.held = piece->consumed - step.forward;
    body_bytes_ += piece->body.size();
    step.body = std::move(piece->body);
    return step;
}

bool AnswerReader::end_of_stream() {
    return head_done_ && reader_.end_of_stream();
}

std::optional<std::uint64_t> AnswerReader::terminal_event(const std::string& body) {
    const auto events = events_->read(body);
    if (!events) {
        events_.reset();  // An event beyond the limit: the end of the message is still held.
        return {};
    }
    const auto found = std::ranges::find_if(*events, is_terminal);
    if (found == events->end()) return {};
    return found->begin > body_bytes_ ? found->begin - body_bytes_ : 0;
}

std::size_t AnswerReader::bytes_before(const HttpReader& before, std::string_view block,
                                       std::uint64_t offset) {
    // Body bytes grow with the prefix that is read, so the longest prefix that yields no more than
    // `offset` of them is found by halving. This happens once or twice in an answer.
    std::size_t good = 0, bad = block.size() + 1;
    while (bad - good > 1) {
        const auto middle = good + (bad - good) / 2;
        auto reader = before;
        const auto piece = reader.read(block.substr(0, middle));
        const bool fits = piece && piece->body.size() <= offset;
        (fits ? good : bad) = middle;
    }
    return good;
}

}  // namespace stet
