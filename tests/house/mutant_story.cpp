#include "tests/house/mutant_story.hpp"

#include <stet/door/envs.hpp>
#include <stet/door/storage.hpp>
#include <stet/journal.hpp>
#include <stet/json.hpp>

#include <memory>
#include <stdexcept>
#include <utility>

namespace stet::test {
namespace {

constexpr std::string_view broken = "def total(items):\n    return sum(items) / 10\n";
constexpr std::string_view mended = "def total(items):\n    return sum(items) / 100\n";

struct Call {
    const char* tool;
    const char* arguments;
};
// The second one fails: the text is not there.
constexpr Call calls[] = {
    {"read_text_file", R"({"path":"basket.py"})"},
    {"edit_file", R"({"path":"basket.py","edits":[{"oldText":"/ 1000","newText":"/ 100"}]})"},
    {"edit_file", R"({"path":"basket.py","edits":[{"oldText":"/ 10\n","newText":"/ 100\n"}]})"},
    {"create_directory", R"({"path":"notes"})"},
    {"write_file", R"({"path":"notes/plan.txt","content":"one\ntwo\nthree é\n"})"},
    {"move_file", R"({"source":"notes/plan.txt","destination":"notes/done.txt"})"},
    {"list_directory", R"({"path":"notes"})"},
    {"directory_tree", R"({"path":"."})"},
    {"search_files", R"({"path":".","pattern":"**/*.py"})"},
    {"read_text_file", R"({"path":"basket.py"})"},
};

class Teller {
public:
    explicit Teller(Story& story)
        : story_(story),
          journal_({}, "a story", 1'700'000'000'000, redactor_, story.log),
          world_(*make_world("files")) {}

    void begin();
    void ask_model(int status, const std::string& media, const std::string& body);
    void call_tool(const Call& call, std::size_t number, const std::optional<Twist>& twist);
    void look();
    void check();
    void end();

private:
    Draft draft() {
        Draft made;
        made.at = {now_ * 1000, 1'700'000'000'000 + now_};
        now_ += 7;
        return made;
    }
    Seq add(EventBody body) {
        auto made = draft();
        made.body = std::move(body);
        return journal_.append(std::move(made)).seq;
    }
    void answer_call(Seq request, const std::string& id, std::string line);

    Story& story_;
    Redactor redactor_{"a key of sixteen bytes"};
    Journal journal_;
    std::unique_ptr<Environment> world_;
    Tree tree_;
    std::string messages_ = R"({"role":"user","content":"Fix the failing test."})";
    std::int64_t now_ = 0;
};

void Teller::begin() {
    Begin begin;
    begin.instruction = "Fix the failing test.";
    begin.agent_argv = {"agent", "--once"};
    begin.workspace_path = "/ws";
    begin.umask = "022";
    add(begin);
    TreeEntry entry;
    entry.path = "basket.py";
    entry.content = journal_.put(std::string(broken)).digest;
    entry.size = broken.size();
    tree_.entries.push_back(entry);
    Snapshot snapshot;
    snapshot.state = tree_digest(tree_);
    snapshot.manifest = journal_.put(encode_tree(tree_));
    snapshot.files = 1;
    snapshot.bytes = broken.size();
    add(snapshot);
    add(ProcessStarted{"agent", begin.agent_argv});
    WorldStart start;
    start.tree = tree_;
    start.root = "/ws";
    start.content = [this](const Digest& digest) -> Result<std::string> {
        return story_.log.payloads.at(digest);
    };
    world_->reset(start).value();
}

void Teller::ask_model(int status, const std::string& media, const std::string& body) {
    auto asked = draft();
    asked.connection = 1;
    Request request{
        .peer = "anthropic", .protocol = "http/1.1", .method = "POST", .target = "/v1/messages", .id = {}};
    request.head = asked.attach("POST /v1/messages HTTP/1.1\r\nHost: a\r\n\r\n");
    request.body = asked.attach(R"({"model":"m","max_tokens":100,"messages":[)" + messages_ + "]}");
    asked.body = request;
    const auto seq = journal_.append(std::move(asked)).seq;
    journal_.spool(1, seq, "this piece was left over");
    auto answered = draft();
    answered.connection = 1;
    answered.cause = seq;
    Response response{.peer = "anthropic", .protocol = "http/1.1", .status = status};
    response.head = answered.attach("HTTP/1.1 " + std::to_string(status) + " Said\r\n\r\n");
    response.body = answered.attach(body);
    response.media_type = media;
    response.chunk_bytes = {response.body->size};
    response.chunk_ms = {3};
    answered.body = response;
    journal_.append(std::move(answered));
}

void Teller::call_tool(const Call& call, std::size_t number, const std::optional<Twist>& twist) {
    const auto id = std::to_string(number + 1);
    auto asked = draft();
    asked.connection = 2;
    Request request;
    request.peer = "mcp:files";
    request.protocol = "mcp/stdio";
    request.method = "tools/call";
    request.id = id;
    request.body =
        asked.attach(R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" +
                     call.tool + R"(","arguments":)" + call.arguments + "}}\n");
    asked.body = request;
    const auto seq = journal_.append(std::move(asked)).seq;
    auto answer = world_->step({call.tool, call.arguments}).content;
    story_.answers.push_back(answer);
    if (twist && twist->answer == number)
        answer[twist->byte] = static_cast<char>(answer[twist->byte] ^ (1 << twist->bit));
    answer_call(seq, id, R"({"result":)" + answer + R"(,"jsonrpc":"2.0","id":)" + id + "}\n");
    look();
}

void Teller::answer_call(Seq request, const std::string& id, std::string line) {
    auto answered = draft();
    answered.connection = 2;
    answered.cause = request;
    Response response;
    response.peer = "mcp:files";
    response.protocol = "mcp/stdio";
    response.body = answered.attach(std::move(line));
    response.chunk_bytes = {response.body->size};
    response.chunk_ms = {1};
    answered.body = response;
    journal_.append(std::move(answered));
    messages_ +=
        R"(,{"role":"assistant","content":"Call )" + id + R"( is done."},{"role":"user","content":"Go on."})";
}

void Teller::look() {
    const Tree& tree = *world_->tree();
    const auto edits = diff_trees(tree_, tree);
    if (edits.empty()) return;
    for (const auto& edit : edits) {
        if (edit.after && edit.after->kind == EntryKind::file)
            journal_.put(*world_->content(edit.after->content));
    }
    StateDiff diff;
    diff.before = tree_digest(tree_);
    diff.after = tree_digest(tree);
    auto made = draft();
    diff.edits = made.attach(encode_edits(edits));
    made.body = diff;
    journal_.append(std::move(made));
    tree_ = tree;
}

void Teller::check() {
    CheckSpec spec;
    spec.name = "tests";
    spec.command = "python3 -m unittest -q";
    CheckResult result;
    result.spec = add(spec);
    result.state = tree_digest(tree_);
    result.exit_code = 0;
    result.environment.sandbox = "bubblewrap";
    const auto seq = add(result);
    add(VerdictGiven{judge_exit("tests", 0, std::nullopt, false, ""), seq});
}

void Teller::end() {
    add(ProcessExited{"agent", 0, std::nullopt, 1000});
    check();
    add(End{Ending::success_claimed, 0, std::nullopt});
    journal_.seal({now_ * 1000, 1'700'000'000'000 + now_});
}

}  // namespace

Story tell_story(const std::optional<Twist>& twist) {
    Story story;
    Teller teller(story);
    teller.begin();
    teller.ask_model(429, "application/json",
                     R"({"type":"error","error":{"type":"rate_limit_error","message":"slow down"}})");
    teller.ask_model(
        200, "application/json",
        R"({"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[{"type":"text",)"
        R"("text":"Let me look."}],"stop_reason":"end_turn","usage":{"input_tokens":9,"output_tokens":4}})");
    for (std::size_t number = 0; number < std::size(calls); ++number)
        teller.call_tool(calls[number], number, twist);
    teller.ask_model(
        200, "application/json",
        R"({"id":"msg_2","type":"message","role":"assistant","model":"m-1","content":[{"type":"text",)"
        R"("text":"Mended."}],"stop_reason":"end_turn","usage":{"input_tokens":90,"output_tokens":2}})");
    teller.end();
    return story;
}

void write_log(const MemoryLog& log, const std::filesystem::path& path) {
    const Redactor redactor("a key of sixteen bytes");
    const auto writer = LogWriter::create(path);
    writer->begin(log.summary.id, log.summary.name, log.summary.begun_wall_ms);
    for (const auto& [digest, bytes] : log.payloads)
        writer->put(redactor.redact(bytes));
    for (const auto& [stream, bytes] : log.open_streams)
        writer->spool(log.summary.id, stream, Seq{0}, redactor.redact(bytes));
    for (const auto& event : log.events) {
        writer->append(log.summary.id, {redactor.redact(event, {})}, 0);
        if (event.seq.value % 5 == 4) writer->flush();  // Several commits, several chain values.
    }
    writer->seal(log.summary.id);
}

ReplayReport replay_story(EventSource& source) {
    const auto world = *make_world("files");
    ReplayOptions options;
    options.world = world.get();
    options.run_check = [](const CheckSpec&, const CheckResult& recorded, const Tree& tree) {
        const auto* entry = tree.find("basket.py");
        CheckRun run;
        run.result.spec = recorded.spec;
        run.result.exit_code = entry != nullptr && entry->content == sha256(mended) ? 0 : 1;
        return run;
    };
    return replay(source, options);
}

}  // namespace stet::test
