#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"
#include "tools/say.hpp"

#include <stet/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace stet {
namespace {

std::filesystem::path log_of(const std::string& word) {
    if (std::filesystem::exists(word)) return word;
    const auto found = open_catalogue(home() / "runs")->find(word);
    if (!found) throw Trouble("find run", word, found.error().what, found.error().hint);
    return found->log;
}

std::string flaw_json(const Flaw& flaw) {
    JsonWriter json;
    json.open('{').member("trajectory", flaw.trajectory);
    json.member("seq", flaw.seq ? std::optional(flaw.seq->value) : std::nullopt);
    return json.key("what").string(flaw.what).close('}').take();
}

void print_json(const std::string& path, const std::vector<TrajectorySummary>& all,
                const std::vector<Flaw>& flaws) {
    JsonWriter json;
    json.open('{').key("log").string(path).key("trajectories").open('[');
    for (const auto& one : all) {
        json.open('{').key("id").string(to_string(one.id));
        json.key("standing").string(to_string(one.standing));
        json.key("events").integer(one.events).close('}');
    }
    json.close(']').key("flaws").open('[');
    for (const auto& flaw : flaws)
        json.raw(flaw_json(flaw));
    fmt::print("{}\n", json.close(']').close('}').text());
}

void print_lines(const std::string& path, const std::vector<TrajectorySummary>& all,
                 const std::vector<Flaw>& flaws) {
    for (const auto& flaw : flaws) {
        fmt::print("{}: {}{}\n", safe(path), flaw.seq ? fmt::format("seq {}: ", flaw.seq->value) : "",
                   safe(flaw.what));
    }
    for (const auto& one : all) {
        fmt::print("{}: {} {}, {} events, {}\n", safe(path), to_string(one.id).substr(0, 10),
                   to_string(one.standing), one.events, flaws.empty() ? "whole" : "broken");
    }
}

}  // namespace

int fsck_command(const FsckArguments& arguments) {
    int code = 0;
    for (const auto& word : arguments.runs) {
        try {
            const auto path = log_of(word);
            const auto log = Log::open(path);
            const auto flaws = log.fsck();
            (arguments.json ? print_json : print_lines)(path.string(), log.list(), flaws);
            if (!flaws.empty()) code = std::max(code, 1);
        } catch (const Trouble& trouble) {  // One that cannot be opened hides no other.
            say(trouble.what());
            code = 2;
        }
    }
    return code;
}

}  // namespace stet
