#pragma once

#include <stet/event.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stet {

// No secret reaches the disk. The log's door accepts only what a Redactor made.

/// Bytes that have passed a redactor, with the digest of what is left. Nothing else can make one.
class RedactedBytes {
public:
    const std::string& bytes() const { return bytes_; }
    Payload payload() const { return {digest_, bytes_.size()}; }

private:
    friend class Redactor;
    RedactedBytes(std::string bytes, Digest digest) : bytes_(std::move(bytes)), digest_(digest) {}
    std::string bytes_;
    Digest digest_;
};

/// An event that has passed a redactor, with the payloads that it cites and the log may not have.
class RedactedEvent {
public:
    const Event& event() const { return event_; }
    const std::vector<RedactedBytes>& payloads() const { return payloads_; }

    /// A body that could not be searched, and so is not here.
    struct Withheld {
        std::string reason;
        std::uint64_t bytes = 0;
    };
    const std::optional<Withheld>& withheld() const { return withheld_; }

private:
    friend class Redactor;
    friend class Journal;  // Gives it its seq, and what the protocol reader knows of its place.
    RedactedEvent(Event event, std::vector<RedactedBytes> payloads)
        : event_(std::move(event)), payloads_(std::move(payloads)) {}
    Event event_;
    std::vector<RedactedBytes> payloads_;
    std::optional<Withheld> withheld_;
};

/// Could `redacted` be what is left of `text`: the same, but that where a placeholder stands there may have
/// been anything?
bool same_but_secrets(std::string_view redacted, std::string_view text);

/// Takes secrets out: values of credential header fields and query parameters, and every registered
/// value wherever it occurs, by exact match. In their place stands `[stet:KIND:MARK]`, where MARK is
/// the same for the same secret and user (12 hexadecimal digits of an HMAC with the user's key, which
/// is never in a log), so that equal secrets stay equal and tell nothing. KIND is that under which the
/// value was first registered.
///
/// Redacting twice changes nothing: placeholders are left alone. What it does not find: a value cut
/// in two by something else, base64 of it, and what nobody registered.
///
/// Thread: `redact` and `redact_head` may be called from any thread; `learn` from any thread too (a
/// value is honoured by calls that begin after it).
class Redactor {
public:
    /// `key`: the user's secret bytes, at least 16.
    explicit Redactor(std::string key);
    ~Redactor();
    Redactor(const Redactor&) = delete;
    Redactor& operator=(const Redactor&) = delete;

    /// Shorter values are not searched for: they would hit innocent text.
    static constexpr std::size_t value_bytes_min = 8;
    /// Values of cookies and query parameters, which may be plain words, are searched for from here on.
    static constexpr std::size_t weak_value_bytes_min = 16;
    /// Longer values are searched for in pieces of this size.
    static constexpr std::size_t value_bytes_max = 16 * 1024;
    /// Later values are not searched for any more (fields and parameters lose theirs all the same).
    static constexpr std::size_t values_max = 4096;
    /// Registers a value: an environment variable's, a header field's. Too short ones are ignored,
    /// and white space around it. Also registers the forms that it takes inside a JSON string (also
    /// one inside another) and a URL.
    void learn(std::string_view kind, std::string_view value);

    [[nodiscard]] RedactedBytes redact(std::string bytes) const;
    /// An HTTP head: credential fields and query parameters lose their values (which are learned),
    /// the rest as `redact`. An Authorization field keeps its scheme's name.
    [[nodiscard]] RedactedBytes redact_head(std::string head) const;
    /// The event's own strings (which become UTF-8, as a log keeps them); every payload; and each
    /// `Payload` in the body that cites one of them by the digest of its raw bytes, rewritten, slices
    /// with their ranges. Chunk columns keep adding up to the body's size: a boundary inside a secret
    /// moves to its placeholder's end. `Request::head` and `Response::head` are treated as heads; so is each
    /// line of `Gap::raw`, which may hold anything.
    ///
    /// A body with a content coding is also searched decoded. When that finds something, the body is
    /// stored decoded: `content_coding` becomes empty, the fidelity `normalised`, and the chunks are
    /// spread over it in proportion. When it cannot be decoded it is withheld: the event has no body, its
    /// chunks have no bytes, the fidelity is `lossy`.
    [[nodiscard]] RedactedEvent redact(Event event, std::vector<std::string> payloads) const;
    /// For parsers that stand behind the redactor: their payloads are slices of redacted bytes, and
    /// are searched once more.
    [[nodiscard]] std::string redact_text(std::string_view text) const;

    /// How often each kind has been replaced since this was last asked.
    std::map<std::string, std::uint32_t> take_counts();

    /// The same for bytes that come in pieces: what could be the beginning of a secret is held back
    /// until more comes. `feed` and `finish` return what is safe so far: all of it together is what
    /// `redact` makes of the whole. One per stream; a thread at a time.
    class Stream {
    public:
        /// Does it count what it replaces? Not when the same bytes will come again as a whole.
        enum class Counting : std::uint8_t { yes, no };
        /// Are lines that might be a head's to lose their credentials, as in `Gap::raw`? Then a line is
        /// kept back until it is whole, unless it is longer than `line_bytes_max`.
        enum class Form : std::uint8_t { text, fields };
        static constexpr std::size_t line_bytes_max = 16 * 1024;
        /// `redactor` must outlive the stream.
        explicit Stream(const Redactor& redactor, Counting counting = Counting::yes, Form form = Form::text);
        RedactedBytes feed(std::string_view bytes);
        RedactedBytes finish();

    private:
        void take(bool whole);
        RedactedBytes advance(bool whole);

        const Redactor* redactor_;
        Counting counting_;
        Form form_;
        std::string line_;
        std::string held_;
    };

private:
    friend class Stream;
    struct State;
    std::unique_ptr<State> state_;
};

/// Is this HTTP header field a credential? Case-insensitive: authorization, proxy-authorization,
/// x-api-key, api-key, x-goog-api-key, cookie, set-cookie and a few more, and names that end in -token
/// or -secret.
[[nodiscard]] bool is_credential_field(std::string_view name);

/// Does an environment variable of this name hold a credential? (…_API_KEY, …_TOKEN, …_SECRET,
/// …PASSWORD, …_CREDENTIALS, …)
[[nodiscard]] bool is_credential_variable(std::string_view name);

/// A value for `Redactor::learn`.
struct Secret {
    std::string kind, value;
    friend bool operator==(const Secret&, const Secret&) = default;
};

/// The credentials in a command line: values of options and assignments that are named like credentials
/// (`--api-key X`, `--token=X`, `SERVICE_TOKEN=X`, also as members of a JSON argument), credential fields
/// (`-H "Authorization: Bearer X"`), what a URL says of its user and in its query. Words that are commands
/// themselves (`sh -c "…"`) are looked into. Values too short to be searched for are left out.
[[nodiscard]] std::vector<Secret> secrets_in_command(const std::vector<std::string>& command);

/// The same for the lines of a `.env` file: `NAME=value`, with or without `export` and quotes.
[[nodiscard]] std::vector<Secret> secrets_in_env_file(std::string_view text);

}  // namespace stet
