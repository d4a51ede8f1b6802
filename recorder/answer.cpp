#include "recorder/answer.hpp"

#include "recorder/route.hpp"

#include <algorithm>
#include <utility>

namespace stet {

AnswerReader::AnswerReader(const HttpLimits& limits) : reader_(HttpReader::Role::responses, limits) {}

void AnswerReader::begin(bool no_body) {
    reader_.expect_no_body(no_body);
    events_.reset();
    decoder_.reset();
    text_bytes_ = 0;
    coded_ = false;
    head_done_ = false;
}

void AnswerReader::begin_body() {
    head_done_ = true;
    const auto coding = content_coding_of(reader_.head());
    coded_ = !coding.empty();
    if (auto decoder = ContentDecoder::make(coding); coded_ && decoder) decoder_ = std::move(*decoder);
    if (media_type_of(reader_.head()) == "text/event-stream") events_.emplace();
}

std::string AnswerReader::decode(const std::string& body) {
    if (!decoder_) return {};
    auto text = decoder_->read(body);
    if (text) return std::move(*text);
    // Nobody can read on from here; the end of the message is still held.
    decoder_.reset();
    return {};
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
        step.head_done = true;
        begin_body();
    }
    if (!head_done_) return step;

    if (coded_) step.text = decode(piece->body);
    const auto terminal = events_ ? terminal_event(coded_ ? step.text : piece->body) : std::nullopt;
    if (terminal) {
        step.forward = bytes_before(*before, block.substr(0, piece->consumed), coded_ ? 0 : *terminal);
        step.hold = Hold::event;
    }
    if (piece->message_done || switches) {
        step.done = true;
        step.hold = Hold::message;
        step.forward = std::min(step.forward, piece->message_done ? piece->last_from : piece->consumed - 1);
    }
    step.held = piece->consumed - step.forward;
    step.body = std::move(piece->body);
    return step;
}

bool AnswerReader::end_of_stream() {
    return head_done_ && reader_.end_of_stream();
}

std::optional<std::uint64_t> AnswerReader::terminal_event(const std::string& text) {
    const auto before = std::exchange(text_bytes_, text_bytes_ + text.size());
    const auto events = events_->read(text);
    if (!events) {
        events_.reset();  // An event beyond the limit: the end of the message is still held.
        return {};
    }
    const auto found = std::ranges::find_if(*events, is_terminal);
    if (found == events->end()) return {};
    return found->begin > before ? found->begin - before : 0;
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
