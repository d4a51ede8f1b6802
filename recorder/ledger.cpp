#include "recorder/ledger.hpp"

#include <utility>

namespace stet {

Draft Ledger::draft(std::uint32_t connection, std::optional<Seq> cause) const {
    Draft draft;
    draft.at = now_();
    draft.connection = connection;
    draft.cause = cause;
    return draft;
}

std::optional<Appended> Ledger::append(Draft draft, StreamId close) {
    if (failed_) return {};
    try {
        return close == 0 ? sink_.append(std::move(draft)) : sink_.append(std::move(draft), close);
    } catch (const std::exception&) {
        fail(std::current_exception());
        return {};
    }
}

std::optional<Ticket> Ledger::spool(StreamId stream, Seq request, std::string_view bytes) {
    if (failed_) return {};
    try {
        return sink_.spool(stream, request, bytes);
    } catch (const std::exception&) {
        fail(std::current_exception());
        return {};
    }
}

void Ledger::put(std::string bytes) {
    if (failed_) return;
    try {
        sink_.put(std::move(bytes));
    } catch (const std::exception&) {
        fail(std::current_exception());
    }
}

void Ledger::when_durable(Ticket ticket, std::function<void(bool)> done) {
    if (failed_) return done(false);
    try {
        // The callback is copied: it must still be here when the sink throws instead of calling it.
        sink_.when_durable(ticket, done);
    } catch (const std::exception&) {
        fail(std::current_exception());
        done(false);
    }
}

void Ledger::fail(std::exception_ptr why) {
    failed_ = true;
    if (!why_) why_ = std::move(why);
}

void Ledger::rethrow() const {
    if (why_) std::rethrow_exception(why_);
    if (failed_)
        throw Trouble("record", "the log", "it stopped taking events", "what was answered before is in it");
}

}  // namespace stet
