#pragma once

#include <stet/digest.hpp>
#include <stet/verdict.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace stet {

// The words of a recording. An event is one immutable fact; an ordered list of them is a trajectory.
// What a failure, a retry or a recovery is stands nowhere here: those are readings (readings.hpp).

/// The place of an event in its trajectory: dense, 0-based, the only order there is.
struct Seq {
    std::uint32_t value = 0;
    friend auto operator<=>(const Seq&, const Seq&) = default;
};

/// One turn of the agent: a model call, its tool calls and what came back. 0 is before the first.
struct Step {
    std::uint32_t value = 0;
    friend auto operator<=>(const Step&, const Step&) = default;
};

/// Bytes that are stored once, whoever cites them, by the digest of their redacted form.
struct Payload {
    Digest digest;
    std::uint64_t size = 0;  ///< Bytes.
    friend auto operator<=>(const Payload&, const Payload&) = default;
};

/// How the cited bytes are to be read.
enum class Coding : std::uint8_t {
    raw,          ///< As they are.
    json_string,  ///< A JSON string literal, quotes included: the text is what it decodes to.
    json,         ///< A JSON value.
};

/// A part of a payload: how parsed events cite what they were parsed from.
struct Slice {
    Payload payload;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    Coding coding = Coding::raw;
    friend bool operator==(const Slice&, const Slice&) = default;
};

/// How near the event is to what happened.
enum class Fidelity : std::uint8_t { exact, normalised, reconstructed, lossy };

enum class Side : std::uint8_t { agent, upstream, recorder };

// ---- wire: what passed. Only these must be durable before the agent is answered. ----------------

struct ConnectionOpened {
    std::string peer;       ///< The upstream's name: "anthropic", "openai", "mcp:files".
    std::string transport;  ///< "tcp", "tls", "stdio", "script".
    friend bool operator==(const ConnectionOpened&, const ConnectionOpened&) = default;
};

struct ConnectionClosed {
    Side by = Side::agent;  ///< Who closed first.
    bool reset = false;     ///< By RST (or a broken pipe), not in order.
    std::uint64_t bytes_from_agent = 0, bytes_from_upstream = 0;
    friend bool operator==(const ConnectionClosed&, const ConnectionClosed&) = default;
};

/// One attempt on the wire: an HTTP request, or a JSON-RPC request or notification.
struct Request {
    Side from = Side::agent;  ///< MCP servers ask too.
    std::string peer;
    std::string protocol;  ///< "http/1.1", "mcp/stdio".
    std::string method;    ///< "POST"; "tools/call".
    std::string target;    ///< As the upstream was asked: "/v1/messages?beta=true". Empty for JSON-RPC.
    std::string id;        ///< JSON-RPC id as raw JSON; empty for HTTP and notifications.
    std::optional<Payload> head;  ///< HTTP request line and header fields, verbatim but redacted.
    std::optional<Payload> body;  ///< As it came (content codings not undone); the line for JSON-RPC.
    std::string content_coding;   ///< "gzip", "zstd", "br"; empty for none.
    bool complete = true;         ///< False when the agent stopped sending in the middle.
    friend bool operator==(const Request&, const Request&) = default;
};

/// What came back; `cause` is the request. Chunks are columns: parallel, one entry per read.
struct Response {
    std::string peer;
    std::string protocol;
    int status = 0;  ///< HTTP status; 0 for JSON-RPC.
    std::optional<Payload> head;
    std::optional<Payload> body;
    std::string content_coding;
    std::string media_type;                  ///< Without parameters, lower case.
    bool complete = true;                    ///< False when it was cut; a transport error says how.
    std::vector<std::uint64_t> chunk_bytes;  ///< Bytes of the body in each chunk.
    std::vector<std::uint32_t> chunk_ms;  ///< Milliseconds since the chunk before (first: since the request).
    friend bool operator==(const Response&, const Response&) = default;
};

struct ProcessStarted {
    std::string name;  ///< "agent", or the name of an MCP server.
    std::vector<std::string> argv;
    friend bool operator==(const ProcessStarted&, const ProcessStarted&) = default;
};

struct ProcessExited {
    std::string name;
    std::optional<int> exit_code;
    std::optional<int> signal;
    std::uint64_t duration_ms = 0;
    friend bool operator==(const ProcessExited&, const ProcessExited&) = default;
};

/// Output that is not a message: a server's stderr, or a line on its stdout that is no JSON-RPC.
struct ProcessOutput {
    std::string name;
    std::string stream;  ///< "stdout", "stderr".
    Payload bytes;
    friend bool operator==(const ProcessOutput&, const ProcessOutput&) = default;
};

/// An attempt that the transport ended; `cause` is the request, if one had begun.
struct TransportError {
    std::string phase;  ///< "resolve", "connect", "tls", "send", "head", "body".
    /// "refused", "reset", "timeout", "tls", "malformed", "truncated", "closed", "unreachable".
    std::string kind;
    Side by = Side::upstream;
    std::string detail;  ///< One line.
    std::uint64_t bytes_received = 0;
    int answered_status = 0;  ///< What stet told the agent in the upstream's place; 0 when nothing.
    friend bool operator==(const TransportError&, const TransportError&) = default;
};

// ---- protocol: what it meant, by a pure parser over the (redacted) wire events ------------------

struct Message {
    std::string role;  ///< "system", "developer", "user", "assistant".
    Slice content;
    friend bool operator==(const Message&, const Message&) = default;
};

/// What a model was asked. `cause` is the first attempt's request.
struct ModelCall {
    std::string dialect;  ///< "anthropic-messages", "openai-chat".
    std::string model;    ///< As requested.
    /// Dense, 1-based: calls with the same number continue one another (side calls have their own).
    std::uint32_t conversation = 1;
    /// Canonical JSON object: temperature, top_p, max tokens, stop, seed, effort … as sent.
    std::string sampling;
    bool stream = false;
    std::uint32_t messages = 0;  ///< In the request.
    std::uint32_t tools = 0;
    std::optional<Digest> tool_catalogue;  ///< Of the canonical JSON of the tools.
    std::optional<Slice> tools_json;
    friend bool operator==(const ModelCall&, const ModelCall&) = default;
};

/// A further try at a call that was made already: the same question on the wire once more.
struct Attempt {
    Seq call;                  ///< The ModelCall or ToolCall that it serves.
    std::uint32_t number = 2;  ///< 1-based; the call itself was 1.
    bool identical = true;     ///< False when only `stream` or client metadata differ.
    friend bool operator==(const Attempt&, const Attempt&) = default;
};

/// Token counts as the provider stated them; unknown is empty, never 0.
struct Usage {
    std::optional<std::int64_t> input, output, cache_read, cache_write, reasoning;
    friend bool operator==(const Usage&, const Usage&) = default;
};

/// What a model answered. `cause` is the response.
struct ModelResult {
    Seq call;
    std::string id;             ///< The provider's.
    std::string model;          ///< As served.
    std::string finish_reason;  ///< As the provider says it; empty when the answer was cut.
    bool complete = true;
    Usage usage;
    std::optional<double> cost_usd;  ///< Only where the wire says so.
    std::optional<Slice> text;       ///< What the assistant said.
    std::optional<Slice> reasoning;
    std::optional<Slice> logprobs, token_ids;
    std::string error_class;  ///< An error inside a 200 ("overloaded_error"); else empty.
    std::string error_message;
    friend bool operator==(const ModelResult&, const ModelResult&) = default;
};

/// Where a tool call was seen: as the model asked for it, or where the tool took it.
enum class Boundary : std::uint8_t { model, tool };

struct ToolCall {
    Boundary boundary = Boundary::model;
    std::string peer;     ///< The model's or the tool server's name.
    std::string call_id;  ///< The model's id, or the JSON-RPC id as raw JSON.
    std::string tool;
    Slice arguments;              ///< Verbatim, also when they are not JSON.
    bool arguments_valid = true;  ///< They are a JSON object.
    /// At the tool boundary: the model's ToolCall, where the client gives the link.
    std::optional<Seq> asked_by;
    friend bool operator==(const ToolCall&, const ToolCall&) = default;
};

struct Progress {
    std::string token;  ///< Raw JSON.
    std::optional<double> progress, total;
    std::string message;
    friend bool operator==(const Progress&, const Progress&) = default;
};

enum class ToolStatus : std::uint8_t {
    ok,
    tool_error,
    protocol_error,
    timeout,
    cancelled,
    unknown_tool,
    unanswered
};

/// What happened at the tool boundary. `cause` is the response.
struct ToolResult {
    Seq call;
    ToolStatus status = ToolStatus::ok;
    std::optional<Slice> content;  ///< The JSON-RPC `result` or `error` value.
    std::optional<int> exit_code;
    std::optional<std::uint64_t> truncated_bytes;  ///< What the tool says it cut; unknown is empty.
    friend bool operator==(const ToolResult&, const ToolResult&) = default;
};

/// What the model was shown for a tool call; `cause` is the request that showed it.
struct Observation {
    Seq call;  ///< The ToolCall at the model boundary.
    std::string call_id;
    Slice content;
    std::optional<bool> error;  ///< The provider's flag, where the dialect has one.
    friend bool operator==(const Observation&, const Observation&) = default;
};

struct Cancel {
    std::optional<Seq> target;
    Side by = Side::agent;
    std::string reason;
    friend bool operator==(const Cancel&, const Cancel&) = default;
};

/// An approval or an elicitation: somebody was asked something.
struct Interaction {
    std::string kind;      ///< "approval", "elicitation", "sampling", "roots".
    std::string decision;  ///< "accept", "decline", "cancel"; empty while open.
    std::optional<Slice> content;
    friend bool operator==(const Interaction&, const Interaction&) = default;
};

struct Compaction {
    std::string kind;  ///< "summary", "trim", "edit".
    std::uint32_t messages_before = 0, messages_after = 0;
    friend bool operator==(const Compaction&, const Compaction&) = default;
};

struct Intervention {
    std::string kind;
    std::string text;
    friend bool operator==(const Intervention&, const Intervention&) = default;
};

// ---- state ---------------------------------------------------------------------------------------

/// The state by digest, with the manifest (tree.hpp) that names every file's content.
struct Snapshot {
    std::string scope = "workspace";
    Digest state;
    Payload manifest;
    std::uint64_t files = 0, bytes = 0;
    std::vector<std::string> excluded;  ///< Patterns.
    std::uint64_t redacted_files = 0;   ///< Files whose content was redacted.
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// Before, after, and invertible edits (tree.hpp). Equal digests: nothing changed.
struct StateDiff {
    std::string scope = "workspace";
    Digest before, after;
    std::optional<Payload> edits;
    std::uint32_t created = 0, changed = 0, deleted = 0;  ///< Entries.
    std::vector<Seq> causes;                              ///< The tool calls that may have done it.
    bool ambiguous = false;    ///< Several causes overlapped, or something wrote during the scan.
    bool final_state = false;  ///< Taken after the agent ended.
    friend bool operator==(const StateDiff&, const StateDiff&) = default;
};

// ---- verification (verdict.hpp) --------------------------------------------------------------------

struct CheckResult {
    Seq spec;
    Digest state;  ///< What was examined.
    std::optional<int> exit_code;
    std::optional<int> signal;
    bool timed_out = false;
    std::optional<Payload> output;  ///< stdout and stderr as they came, cut at the limit.
    std::uint64_t output_cut_bytes = 0;
    std::uint64_t duration_ms = 0;
    CheckEnvironment environment;
    std::string problem;  ///< Why it could not run; empty when it ran.
    friend bool operator==(const CheckResult&, const CheckResult&) = default;
};

struct VerdictGiven {
    Verdict verdict;
    std::optional<Seq> check;  ///< The CheckResult it rests on.
    friend bool operator==(const VerdictGiven&, const VerdictGiven&) = default;
};

struct Judgment {
    std::string model;
    Digest prompt, rubric;
    std::optional<Payload> answer;
    friend bool operator==(const Judgment&, const Judgment&) = default;
};

// ---- bookkeeping ---------------------------------------------------------------------------------

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// The episode of a declared world that a trajectory is, and what it began with.
struct EpisodeSpec {
    std::string world, version;
    std::optional<Digest> declaration;  ///< Of the world's declaration; empty where it was not at hand.
    std::uint64_t seed = 0;
    std::optional<Payload> data;   ///< The initial state's files: a manifest (tree.hpp).
    std::optional<Payload> setup;  ///< What the task does to it first: a JSON array of calls.
    friend bool operator==(const EpisodeSpec&, const EpisodeSpec&) = default;
};

/// What nobody can rebuild later. Unknown is empty (JSON null), never a default.
struct Begin {
    std::string task_id;  ///< Given, or the digest of instruction, initial snapshot and check specs.
    std::optional<std::string> instruction, policy, licence, split, source;
    std::optional<std::vector<std::string>> constraints, allowed, forbidden;
    std::optional<std::string> group;
    std::optional<std::int64_t> trial;
    std::string name;
    Pairs tags;

    std::vector<std::string> agent_argv;
    std::optional<std::string> agent_version;
    std::optional<Digest> agent_binary, agent_configuration;

    /// Where it lay; a fact, never hashed into a digest of state. The commit is that of its repository.
    std::optional<std::string> workspace_path, commit;
    std::optional<bool> dirty;
    std::optional<std::string> image, permission_mode;
    std::optional<std::string> umask;  ///< Octal, "022".
    std::optional<Digest> toolchain;
    std::optional<std::string> budget;  ///< JSON object.
    std::string recorder;               ///< "stet 0.1.0".
    std::optional<EpisodeSpec> episode;
    friend bool operator==(const Begin&, const Begin&) = default;
};

enum class Ending : std::uint8_t { success_claimed, gave_up, limit, timeout, signal, crash, unknown };

struct End {
    Ending ending = Ending::unknown;
    std::optional<int> exit_code;
    std::optional<int> signal;
    friend bool operator==(const End&, const End&) = default;
};

/// Bytes seen but not understood, or lost, or state outside what was watched.
struct Gap {
    std::string reason;
    std::string place;
    std::uint64_t bytes = 0;
    std::optional<Payload> raw;
    friend bool operator==(const Gap&, const Gap&) = default;
};

/// That something was taken out before it reached the disk, and how often.
struct RedactionMade {
    std::string kind;  ///< "authorization", "registered".
    std::uint32_t count = 0;
    friend bool operator==(const RedactionMade&, const RedactionMade&) = default;
};

struct Rewrite {
    std::string reason;
    Payload before, after;
    friend bool operator==(const Rewrite&, const Rewrite&) = default;
};

struct Note {
    std::string text;
    friend bool operator==(const Note&, const Note&) = default;
};

struct ImportedRecord {
    std::string format;
    Payload raw;
    std::vector<std::string> losses;
    friend bool operator==(const ImportedRecord&, const ImportedRecord&) = default;
};

using EventBody =
    std::variant<ConnectionOpened, ConnectionClosed, Request, Response, ProcessStarted, ProcessExited,
                 ProcessOutput, TransportError, Message, ModelCall, Attempt, ModelResult, ToolCall, Progress,
                 ToolResult, Observation, Cancel, Interaction, Compaction, Intervention, Snapshot, StateDiff,
                 CheckSpec, CheckResult, VerdictGiven, Judgment, Begin, End, Gap, RedactionMade, Rewrite,
                 Note, ImportedRecord>;

/// One fact. Times are for people: nothing is ordered by them.
struct Event {
    Seq seq;
    Step step;
    std::string actor = "main";    ///< The main agent, or a sub-agent's id.
    std::uint32_t connection = 0;  ///< Dense, 1-based; 0 is none.
    std::optional<Seq> cause;
    std::int64_t mono_us = 0;  ///< Microseconds since the trajectory began.
    std::int64_t wall_ms = 0;  ///< Milliseconds since 1970-01-01 UTC.
    Fidelity fidelity = Fidelity::exact;
    EventBody body;
    friend bool operator==(const Event&, const Event&) = default;
};

/// "request", "model_call", …: the word for the body, as it stands in the log and in JSON.
std::string_view kind_of(const EventBody& body);

/// The same for what bodies are made of: "agent", "tool_error", "success_claimed", ….
std::string_view word_of(Coding coding);
std::string_view word_of(Fidelity fidelity);
std::string_view word_of(Side side);
std::string_view word_of(Boundary boundary);
std::string_view word_of(ToolStatus status);
std::string_view word_of(Ending ending);

/// A visitor from lambdas: `std::visit(overloaded{…}, event.body)`.
template <class... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
// clang 16 does not deduce it from the aggregate.
template <class... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace stet
