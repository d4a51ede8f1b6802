#include "tests/replay/recording.hpp"

#include "tests/support/entries.hpp"

#include <stet/json.hpp>

#include <algorithm>
#include <utility>

namespace stet::test {
namespace {

WorldAnswer says(const std::string& text, ToolStatus status = ToolStatus::ok) {
    return {status, "{\"text\":" + json_quote(text) + "}", false, false};
}

void put_entry(Tree& tree, TreeEntry entry) {
    std::erase_if(tree.entries, [&](const TreeEntry& old) { return old.path == entry.path; });
    tree.entries.push_back(std::move(entry));
    std::ranges::sort(tree.entries, {}, &TreeEntry::path);
}

}  // namespace

Result<void> NotesWorld::reset(const WorldStart& start) {
    tree_ = start.tree;
    recorded_ = start.content;
    return {};
}

WorldAnswer NotesWorld::step(const WorldCall& call) {
    const auto document = JsonDocument::parse(call.arguments);
    if (!document) return {ToolStatus::unanswered, "", false, false};
    const auto path = document->root()["path"].text();
    if (call.tool == "put") {
        const auto text = document->root()["text"].text();
        contents_[sha256(text)] = text;
        put_entry(tree_, file_entry(path, text));
        return says("stored " + std::to_string(text.size()) + " bytes");
    }
    if (call.tool == "get") {
        const auto* entry = tree_.find(path);
        if (entry == nullptr) return says("no such note", ToolStatus::tool_error);
        return says(*content(entry->content));
    }
    if (call.tool != "now") return says("no such tool", ToolStatus::unknown_tool);
    auto answer = says("it is " + clock);
    answer.volatile_values = true;
    return answer;
}

std::string NotesWorld::normalise(const WorldCall& call, std::string_view content) const {
    return call.tool == "now" ? std::string(content.substr(0, content.find("it is"))) : std::string(content);
}

Result<std::string> NotesWorld::content(const Digest& digest) const {
    const auto found = contents_.find(digest);
    if (found != contents_.end()) return found->second;
    return recorded_(digest);
}

Recording::Recording(const Files& files) {
    journal_ = std::make_unique<Journal>(TrajectoryId{}, "test", 0, redactor, log);
    Begin begin;
    begin.workspace_path = "/ws";
    begin.umask = "022";
    add(begin);
    tree_ = tree_of(files);
    Snapshot snapshot;
    snapshot.state = tree_digest(tree_);
    snapshot.manifest = keep(encode_tree(tree_));
    snapshot.files = tree_.entries.size();
    add(snapshot);
}

Tree Recording::tree_of(const Files& files) {
    Tree tree;
    for (const auto& [path, text] : files) {
        keep(text);
        put_entry(tree, file_entry(path, text));
    }
    return tree;
}

Appended Recording::add(EventBody body) {
    Draft draft;
    draft.body = std::move(body);
    return journal_->append(std::move(draft));
}

void Recording::call(const std::string& tool, const std::string& arguments,
                     const std::optional<std::string>& result) {
    const auto id = std::to_string(next_id_++);
    Draft asked;
    asked.connection = 1;
    Request request;
    request.peer = "mcp:notes";
    request.protocol = "mcp/stdio";
    request.method = "tools/call";
    request.id = id;
    request.body =
        asked.attach(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":)" +
                     json_quote(tool) + R"(,"arguments":)" + arguments + "}}\n");
    asked.body = request;
    const auto seq = journal_->append(std::move(asked)).seq;
    if (!result) return;
    Draft answered;
    answered.connection = 1;
    answered.cause = seq;
    Response response;
    response.peer = request.peer;
    response.protocol = request.protocol;
    response.body = answered.attach(R"({"result":)" + *result + R"(,"jsonrpc":"2.0","id":)" + id + "}\n");
    response.chunk_bytes = {response.body->size};
    response.chunk_ms = {0};
    answered.body = response;
    journal_->append(std::move(answered));
}

void Recording::answer(const std::vector<std::string>& pieces) {
    Draft asked;
    Request request;
    request.peer = "anthropic";
    request.protocol = "http/1.1";
    request.method = "POST";
    request.target = "/v1/messages";
    request.body = asked.attach(R"({"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]})");
    asked.body = request;
    Draft answered;
    answered.cause = journal_->append(std::move(asked)).seq;
    std::string body =
        R"(data: {"type":"message_start","message":{"id":"1","role":"assistant","model":"m"}})"
        "\n\n"
        R"(data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})"
        "\n\n";
    for (const auto& piece : pieces) {
        body += R"(data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":)" +
                json_quote(piece) + "}}\n\n";
    }
    body += "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_stop\"}\n\n";
    Response response;
    response.peer = request.peer;
    response.protocol = request.protocol;
    response.status = 200;
    response.media_type = "text/event-stream";
    response.chunk_bytes = {body.size()};
    response.chunk_ms = {0};
    response.body = answered.attach(std::move(body));
    answered.body = response;
    journal_->append(std::move(answered));
}

void Recording::state(const Files& files) {
    const auto tree = tree_of(files);
    state(tree, [&files](const Digest& digest) {
        for (const auto& [path, text] : files) {
            if (sha256(text) == digest) return text;
        }
        return std::string();
    });
}

void Recording::state(const Tree& tree, const std::function<std::string(const Digest&)>& content) {
    const auto edits = diff_trees(tree_, tree);
    if (edits.empty()) return;
    for (const auto& edit : edits) {
        if (edit.after && edit.after->kind == EntryKind::file) keep(content(edit.after->content));
    }
    StateDiff diff;
    diff.before = tree_digest(tree_);
    diff.after = tree_digest(tree);
    Draft draft;
    diff.edits = draft.attach(encode_edits(edits));
    draft.body = diff;
    journal_->append(std::move(draft));
    tree_ = tree;
}

Seq Recording::check(const CheckSpec& spec, const CheckResult& result, std::optional<Verdict> verdict) {
    const auto spec_seq = add(spec).seq;
    auto bound = result;
    bound.spec = spec_seq;
    if (!bound.state) bound.state = tree_digest(tree_);
    const auto result_seq = add(bound).seq;
    if (verdict) add(VerdictGiven{*verdict, result_seq});
    return spec_seq;
}

void Recording::seal() {
    if (!std::exchange(sealed_, true)) journal_->seal({});
}

std::optional<Seq> find_kind(const MemoryLog& log, std::string_view kind, std::size_t nth) {
    for (const auto& event : log.events) {
        if (kind_of(event.body) == kind && nth-- == 0) return event.seq;
    }
    return std::nullopt;
}

}  // namespace stet::test
