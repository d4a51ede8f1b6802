#include "recorder/mcp_desk.hpp"

#include "recorder/link.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace stet {
namespace {

constexpr std::size_t block_bytes = 64 * 1024;

std::optional<int> number_in(std::string_view text) {
    int number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} ? std::optional(number) : std::nullopt;
}

/// Does nobody listen there any more? A recorder that was killed leaves its socket, and its process id
/// comes again.
bool is_stale(asio::io_context& io, const std::filesystem::path& path) {
    asio::local::stream_protocol::socket probe(io);
    error_code failure;
    probe.connect(path.native(), failure);
    return failure == asio::error::connection_refused;
}

/// Reads what McpRemote::ended wrote.
AgentOutcome read_outcome(std::string_view how) {
    AgentOutcome outcome;
    if (how.starts_with("exit ")) outcome.exit_code = number_in(how.substr(5));
    if (how.starts_with("signal ")) outcome.signal = number_in(how.substr(7));
    return outcome;
}

}  // namespace

McpDesk::McpDesk(asio::io_context& io, Ledger& ledger, StateWatch* watch, const Learn& learn,
                 std::filesystem::path path)
    : io_(io),
      ledger_(ledger),
      watch_(watch),
      learn_(learn),
      path_(std::move(path)),
      acceptor_(io),
      news_(io.get_executor()) {
    if (path_.native().size() > socket_path_bytes_max)
        throw Trouble("listen", path_.native(), "the path is too long for a socket",
                      "use a shorter directory");
    error_code failure;
    acceptor_.open({}, failure);
    if (!failure) close_on_exec(acceptor_.native_handle());
    // Narrowed before the name exists, so that there is no moment at which others could connect.
    if (!failure && ::fchmod(acceptor_.native_handle(), S_IRUSR | S_IWUSR) != 0)
        failure.assign(errno, boost::system::system_category());
    if (!failure) acceptor_.bind(path_.native(), failure);
    if (failure == asio::error::address_in_use && is_stale(io, path_)) {
        ::unlink(path_.c_str());
        acceptor_.bind(path_.native(), failure);
    }
    if (!failure) acceptor_.listen(asio::socket_base::max_listen_connections, failure);
    if (failure)
        throw Trouble("listen", path_.native(), failure.message(), "is its directory there, and yours?");
    ::chmod(path_.c_str(), S_IRUSR | S_IWUSR);
}

McpDesk::~McpDesk() {
    ::unlink(path_.c_str());
}

void McpDesk::start() {
    accepting_ = true;
    asio::co_spawn(io_, accept(), or_throw);
}

asio::awaitable<void> McpDesk::accept() {
    while (acceptor_.is_open()) {
        Socket socket(io_);
        const auto [failure] = co_await acceptor_.async_accept(socket, as_result);
        if (failure == asio::error::no_descriptors) co_await news_.wait();
        if (failure) continue;
        close_on_exec(socket.native_handle());
        asio::co_spawn(io_, serve(std::move(socket)), or_throw);
    }
    accepting_ = false;
    news_.notify();
}

asio::awaitable<void> McpDesk::serve(Socket socket) {
    connections_.insert(&socket);
    std::string buffer(block_bytes, '\0');
    FrameReader frames;
    std::optional<McpBook> book;
    bool ended = false, good = true;
    while (good) {
        const auto into = asio::buffer(buffer);
        const auto [failure, count] = co_await socket.async_read_some(into, as_result);
        if (failure) break;
        auto read = frames.read(std::string_view(buffer.data(), count));
        if (!read) break;
        for (auto& frame : *read) {
            if (good) good = co_await take(socket, book, std::move(frame), ended);
        }
    }
    if (book && !ended) book->lost();
    connections_.erase(&socket);
    news_.notify();
}

void McpDesk::learn(std::string_view content) {
    auto words = split_words(content);
    if (learn_ && words.size() == 2) learn_(Secret{std::move(words[0]), std::move(words[1])});
}

asio::awaitable<bool> McpDesk::answer(Socket& socket, bool leave) {
    const auto frame = encode_frame(leave ? FrameKind::granted : FrameKind::refused, {});
    const auto block = asio::buffer(frame);
    const auto [failure, count] = co_await asio::async_write(socket, block, as_result);
    co_return !failure;
}

/// False when the relay is to be hung up on.
asio::awaitable<bool> McpDesk::take(Socket& socket, std::optional<McpBook>& book, Frame frame, bool& ended) {
    if (!book) {
        if (frame.kind == FrameKind::learn) {
            learn(frame.content);
            co_return true;
        }
        if (frame.kind == FrameKind::leave) {  // A relay that asks whether we are there.
            const bool told = co_await answer(socket, true);
            co_return told;
        }
        auto words = split_words(frame.content);
        if (frame.kind != FrameKind::hello || words.empty()) co_return false;
        book.emplace(ledger_, watch_, words.front());
        words.erase(words.begin());
        book->started(words);
        co_return true;
    }
    switch (frame.kind) {
        case FrameKind::from_agent:
            book->line(Side::agent, std::move(frame.content));
            break;
        case FrameKind::from_server:
            book->line(Side::upstream, std::move(frame.content));
            break;
        case FrameKind::output:
            book->output(std::move(frame.content));
            break;
        case FrameKind::ended:
            book->ended(read_outcome(frame.content));
            ended = true;
            break;
        case FrameKind::leave: {
            const bool leave = co_await book->leave();
            const bool told = co_await answer(socket, leave);
            co_return told;
        }
        case FrameKind::learn:
        case FrameKind::hello:
        case FrameKind::granted:
        case FrameKind::refused:
            co_return false;
    }
    co_return true;
}

asio::awaitable<void> McpDesk::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    for (auto* socket : connections_)
        socket->cancel(ignored);
    news_.notify();
    while (accepting_ || !connections_.empty())
        co_await news_.wait();
}

}  // namespace stet
