#include "workspace/read_content.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace stet::workspace {
namespace {

constexpr std::size_t piece_bytes = 256u << 10;

/// Up to `size` bytes; fewer at the end of the file. An errno in `error`.
std::size_t read_some(int descriptor, char* to, std::size_t size, int& error) {
    std::size_t done = 0;
    while (done < size) {
        const auto got = ::read(descriptor, to + done, size - done);
        if (got < 0 && errno == EINTR) continue;
        error = got < 0 ? errno : 0;
        if (got <= 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

void keep_whole(int descriptor, std::uint64_t size, const Redactor& redactor, Content& content) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    bytes.resize(read_some(descriptor, bytes.data(), bytes.size(), content.error));
    if (content.error != 0) return;
    const auto redacted = redactor.redact(bytes);
    content.redacted = redacted.bytes() != bytes;
    content.digest = redacted.payload().digest;
    content.size = redacted.payload().size;
    content.bytes = redacted.bytes();
}

void digest_only(int descriptor, std::uint64_t size, const Redactor& redactor, Content& content) {
    Redactor::Stream stream(redactor);
    Hasher raw, clean;
    std::string piece(piece_bytes, '\0');
    const auto pass = [&](const RedactedBytes& safe) {
        content.size += safe.bytes().size();
        clean.update(safe.bytes());
    };
    while (size > 0 && content.error == 0) {
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, piece.size()));
        const auto got = read_some(descriptor, piece.data(), wanted, content.error);
        const std::string_view bytes(piece.data(), got);
        raw.update(bytes);
        pass(stream.feed(bytes));
        size = got < wanted ? 0 : size - got;
    }
    pass(stream.finish());
    content.digest = clean.finish();
    content.redacted = raw.finish() != content.digest;
}

/// Half of a content is none.
void forget(Content& content, std::uint64_t size) {
    content.digest = Digest{};
    content.bytes.clear();
    content.size = size;
    content.redacted = false;
    content.absent = true;
}

}  // namespace

Content read_content(int directory, const char* name, const Facts& facts, std::uint64_t content_bytes_max,
                     const Redactor& redactor) {
    Content content;
    // O_NONBLOCK: what was a file a moment ago may be a FIFO now, and must not hold us.
    const Descriptor file(
        ::openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
    Facts before, after;
    content.error = file ? facts_of(file.get(), before) : errno;
    content.moved = content.error == 0 && !(before == facts);
    content.absent = content.error != 0 || before.size > content_bytes_max;
    content.too_large = before.size > digested_bytes_max;
    if (content.error == 0 && !before.is_file()) content.error = ESTALE;
    if (content.error != 0 || content.too_large) {
        content.size = facts.size;
        content.absent = true;
        return content;
    }
    const auto read = content.absent ? digest_only : keep_whole;
    read(file.get(), before.size, redactor, content);
    if (content.error == 0) content.error = facts_of(file.get(), after);
    if (content.error != 0) forget(content, facts.size);
    content.moved = content.moved || !(after == before);
    return content;
}

Digest digest_file(int descriptor, int& error) {
    Hasher hasher;
    std::string piece(piece_bytes, '\0');
    while (true) {
        const auto got = read_some(descriptor, piece.data(), piece.size(), error);
        hasher.update(std::string_view(piece.data(), got));
        if (error != 0) return {};
        if (got < piece.size()) return hasher.finish();
    }
}

}  // namespace stet::workspace
