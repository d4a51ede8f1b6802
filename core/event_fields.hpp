#pragma once

#include "core/event_words.hpp"

#include <stet/event.hpp>

#include <string_view>

namespace stet {

// What every body is made of: each field stands here once, with its name, for writing, reading and
// visiting alike. A visitor is called as `field(name, &Body::member)`; a third argument `word` marks
// a string that is one of our own names. Every other string may hold anything, and is redacted.

struct Word {};
inline constexpr Word word;

// ---- the envelope ------------------------------------------------------------------------------

template <class F>
void describe(Of<Event>, F&& field) {
    field("seq", &Event::seq);
    field("step", &Event::step);
    field("actor", &Event::actor);
    field("connection", &Event::connection);
    field("cause", &Event::cause);
    field("mono_us", &Event::mono_us);
    field("wall_ms", &Event::wall_ms);
    field("fidelity", &Event::fidelity);
}

// ---- wire --------------------------------------------------------------------------------------

template <class F>
void describe(Of<ConnectionOpened>, F&& field) {
    field("peer", &ConnectionOpened::peer, word);
    field("transport", &ConnectionOpened::transport, word);
}

template <class F>
void describe(Of<ConnectionClosed>, F&& field) {
    field("by", &ConnectionClosed::by);
    field("reset", &ConnectionClosed::reset);
    field("bytes_from_agent", &ConnectionClosed::bytes_from_agent);
    field("bytes_from_upstream", &ConnectionClosed::bytes_from_upstream);
}

template <class F>
void describe(Of<Request>, F&& field) {
    field("from", &Request::from);
    field("peer", &Request::peer, word);
    field("protocol", &Request::protocol, word);
    field("method", &Request::method);
    field("target", &Request::target);
    field("id", &Request::id);
    field("head", &Request::head);
    field("body", &Request::body);
    field("content_coding", &Request::content_coding);
    field("complete", &Request::complete);
}

template <class F>
void describe(Of<Response>, F&& field) {
    field("peer", &Response::peer, word);
    field("protocol", &Response::protocol, word);
    field("status", &Response::status);
    field("head", &Response::head);
    field("body", &Response::body);
    field("content_coding", &Response::content_coding);
    field("media_type", &Response::media_type);
    field("complete", &Response::complete);
    field("chunk_bytes", &Response::chunk_bytes);
    field("chunk_ms", &Response::chunk_ms);
}

template <class F>
void describe(Of<ProcessStarted>, F&& field) {
    field("name", &ProcessStarted::name);
    field("argv", &ProcessStarted::argv);
}

template <class F>
void describe(Of<ProcessExited>, F&& field) {
    field("name", &ProcessExited::name);
    field("exit_code", &ProcessExited::exit_code);
    field("signal", &ProcessExited::signal);
    field("duration_ms", &ProcessExited::duration_ms);
}

template <class F>
void describe(Of<ProcessOutput>, F&& field) {
    field("name", &ProcessOutput::name);
    field("stream", &ProcessOutput::stream, word);
    field("bytes", &ProcessOutput::bytes);
}

template <class F>
void describe(Of<TransportError>, F&& field) {
    field("phase", &TransportError::phase, word);
    field("kind", &TransportError::kind, word);
    field("by", &TransportError::by);
    field("detail", &TransportError::detail);
    field("bytes_received", &TransportError::bytes_received);
    field("answered_status", &TransportError::answered_status);
}

// ---- protocol ----------------------------------------------------------------------------------

template <class F>
void describe(Of<Message>, F&& field) {
    field("role", &Message::role, word);
    field("content", &Message::content);
}

template <class F>
void describe(Of<ModelCall>, F&& field) {
    field("dialect", &ModelCall::dialect, word);
    field("model", &ModelCall::model);
    field("conversation", &ModelCall::conversation);
    field("sampling", &ModelCall::sampling);
    field("stream", &ModelCall::stream);
    field("messages", &ModelCall::messages);
    field("tools", &ModelCall::tools);
    field("tool_catalogue", &ModelCall::tool_catalogue);
    field("tools_json", &ModelCall::tools_json);
}

template <class F>
void describe(Of<Attempt>, F&& field) {
    field("call", &Attempt::call);
    field("number", &Attempt::number);
    field("identical", &Attempt::identical);
}

template <class F>
void describe(Of<Usage>, F&& field) {
    field("input", &Usage::input);
    field("output", &Usage::output);
    field("cache_read", &Usage::cache_read);
    field("cache_write", &Usage::cache_write);
    field("reasoning", &Usage::reasoning);
}

template <class F>
void describe(Of<ModelResult>, F&& field) {
    field("call", &ModelResult::call);
    field("id", &ModelResult::id);
    field("model", &ModelResult::model);
    field("finish_reason", &ModelResult::finish_reason);
    field("complete", &ModelResult::complete);
    field("usage", &ModelResult::usage);
    field("cost_usd", &ModelResult::cost_usd);
    field("text", &ModelResult::text);
    field("reasoning", &ModelResult::reasoning);
    field("logprobs", &ModelResult::logprobs);
    field("token_ids", &ModelResult::token_ids);
    field("error_class", &ModelResult::error_class);
    field("error_message", &ModelResult::error_message);
}

template <class F>
void describe(Of<ToolCall>, F&& field) {
    field("boundary", &ToolCall::boundary);
    field("peer", &ToolCall::peer, word);
    field("call_id", &ToolCall::call_id);
    field("tool", &ToolCall::tool);
    field("arguments", &ToolCall::arguments);
    field("arguments_valid", &ToolCall::arguments_valid);
    field("asked_by", &ToolCall::asked_by);
}

template <class F>
void describe(Of<Progress>, F&& field) {
    field("token", &Progress::token);
    field("progress", &Progress::progress);
    field("total", &Progress::total);
    field("message", &Progress::message);
}

template <class F>
void describe(Of<ToolResult>, F&& field) {
    field("call", &ToolResult::call);
    field("status", &ToolResult::status);
    field("content", &ToolResult::content);
    field("exit_code", &ToolResult::exit_code);
    field("truncated_bytes", &ToolResult::truncated_bytes);
}

template <class F>
void describe(Of<Observation>, F&& field) {
    field("call", &Observation::call);
    field("call_id", &Observation::call_id);
    field("content", &Observation::content);
    field("error", &Observation::error);
}

template <class F>
void describe(Of<Cancel>, F&& field) {
    field("target", &Cancel::target);
    field("by", &Cancel::by);
    field("reason", &Cancel::reason);
}

template <class F>
void describe(Of<Interaction>, F&& field) {
    field("kind", &Interaction::kind, word);
    field("decision", &Interaction::decision, word);
    field("content", &Interaction::content);
}

template <class F>
void describe(Of<Compaction>, F&& field) {
    field("kind", &Compaction::kind, word);
    field("messages_before", &Compaction::messages_before);
    field("messages_after", &Compaction::messages_after);
}

template <class F>
void describe(Of<Intervention>, F&& field) {
    field("kind", &Intervention::kind, word);
    field("text", &Intervention::text);
}

// ---- state -------------------------------------------------------------------------------------

template <class F>
void describe(Of<Snapshot>, F&& field) {
    field("scope", &Snapshot::scope, word);
    field("state", &Snapshot::state);
    field("manifest", &Snapshot::manifest);
    field("files", &Snapshot::files);
    field("bytes", &Snapshot::bytes);
    field("excluded", &Snapshot::excluded);
    field("redacted_files", &Snapshot::redacted_files);
}

template <class F>
void describe(Of<StateDiff>, F&& field) {
    field("scope", &StateDiff::scope, word);
    field("before", &StateDiff::before);
    field("after", &StateDiff::after);
    field("edits", &StateDiff::edits);
    field("created", &StateDiff::created);
    field("changed", &StateDiff::changed);
    field("deleted", &StateDiff::deleted);
    field("causes", &StateDiff::causes);
    field("ambiguous", &StateDiff::ambiguous);
    field("final_state", &StateDiff::final_state);
}

// ---- verification ------------------------------------------------------------------------------

template <class F>
void describe(Of<CheckSpec>, F&& field) {
    field("name", &CheckSpec::name);
    field("command", &CheckSpec::command);
    field("protect", &CheckSpec::protect);
    field("timeout_ms", &CheckSpec::timeout_ms);
    field("output_bytes_max", &CheckSpec::output_bytes_max);
    field("digest", &CheckSpec::digest);
    field("verifier", &CheckSpec::verifier);
}

template <class F>
void describe(Of<Tool>, F&& field) {
    field("name", &Tool::name);
    field("path", &Tool::path);
    field("digest", &Tool::digest);
}

template <class F>
void describe(Of<ExcludedTree>, F&& field) {
    field("path", &ExcludedTree::path);
    field("digest", &ExcludedTree::digest);
}

template <class F>
void describe(Of<CheckEnvironment>, F&& field) {
    field("sandbox", &CheckEnvironment::sandbox, word);
    field("toolchain", &CheckEnvironment::toolchain);
    field("excluded", &CheckEnvironment::excluded);
}

template <class F>
void describe(Of<CheckResult>, F&& field) {
    field("spec", &CheckResult::spec);
    field("state", &CheckResult::state);
    field("exit_code", &CheckResult::exit_code);
    field("signal", &CheckResult::signal);
    field("timed_out", &CheckResult::timed_out);
    field("output", &CheckResult::output);
    field("output_cut_bytes", &CheckResult::output_cut_bytes);
    field("duration_ms", &CheckResult::duration_ms);
    field("environment", &CheckResult::environment);
    field("problem", &CheckResult::problem);
}

template <class F>
void describe(Of<Verdict>, F&& field) {
    field("check", &Verdict::check);
    field("kind", &Verdict::kind);
    field("outcome", &Verdict::outcome);
    field("score", &Verdict::score);
    field("why", &Verdict::why);
}

template <class F>
void describe(Of<VerdictGiven>, F&& field) {
    field("verdict", &VerdictGiven::verdict);
    field("check", &VerdictGiven::check);
}

template <class F>
void describe(Of<Judgment>, F&& field) {
    field("model", &Judgment::model);
    field("prompt", &Judgment::prompt);
    field("rubric", &Judgment::rubric);
    field("answer", &Judgment::answer);
}

// ---- bookkeeping -------------------------------------------------------------------------------

template <class F>
void describe(Of<EpisodeSpec>, F&& field) {
    field("world", &EpisodeSpec::world);
    field("version", &EpisodeSpec::version);
    field("declaration", &EpisodeSpec::declaration);
    field("seed", &EpisodeSpec::seed);
    field("data", &EpisodeSpec::data);
    field("setup", &EpisodeSpec::setup);
}

template <class F>
void describe(Of<Begin>, F&& field) {
    field("task_id", &Begin::task_id);
    field("instruction", &Begin::instruction);
    field("policy", &Begin::policy);
    field("licence", &Begin::licence);
    field("split", &Begin::split);
    field("source", &Begin::source);
    field("constraints", &Begin::constraints);
    field("allowed", &Begin::allowed);
    field("forbidden", &Begin::forbidden);
    field("group", &Begin::group);
    field("trial", &Begin::trial);
    field("name", &Begin::name);
    field("tags", &Begin::tags);
    field("agent_argv", &Begin::agent_argv);
    field("agent_version", &Begin::agent_version);
    field("agent_binary", &Begin::agent_binary);
    field("agent_configuration", &Begin::agent_configuration);
    field("workspace_path", &Begin::workspace_path);
    field("commit", &Begin::commit);
    field("dirty", &Begin::dirty);
    field("image", &Begin::image);
    field("permission_mode", &Begin::permission_mode);
    field("umask", &Begin::umask);
    field("toolchain", &Begin::toolchain);
    field("budget", &Begin::budget);
    field("recorder", &Begin::recorder);
    field("episode", &Begin::episode);
}

template <class F>
void describe(Of<End>, F&& field) {
    field("ending", &End::ending);
    field("exit_code", &End::exit_code);
    field("signal", &End::signal);
}

template <class F>
void describe(Of<Gap>, F&& field) {
    field("reason", &Gap::reason);
    field("place", &Gap::place);
    field("bytes", &Gap::bytes);
    field("raw", &Gap::raw);
}

template <class F>
void describe(Of<RedactionMade>, F&& field) {
    field("kind", &RedactionMade::kind, word);
    field("count", &RedactionMade::count);
}

template <class F>
void describe(Of<Rewrite>, F&& field) {
    field("reason", &Rewrite::reason);
    field("before", &Rewrite::before);
    field("after", &Rewrite::after);
}

template <class F>
void describe(Of<Note>, F&& field) {
    field("text", &Note::text);
}

template <class F>
void describe(Of<ImportedRecord>, F&& field) {
    field("format", &ImportedRecord::format, word);
    field("raw", &ImportedRecord::raw);
    field("losses", &ImportedRecord::losses);
}

/// Is T one of the structs above?
template <class T>
concept Described = requires { describe(Of<T>{}, [](auto&&...) {}); };

}  // namespace stet
