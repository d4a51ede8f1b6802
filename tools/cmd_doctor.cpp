#include "tools/commands.hpp"
#include "tools/home.hpp"
#include "tools/render.hpp"

#include <stet/door/workspace.hpp>
#include <stet/json.hpp>

#include <fmt/format.h>

#include <unistd.h>

namespace stet {
namespace {

struct Finding {
    std::string name;
    bool good = true;
    std::string what, todo;
};

Finding look_at_home() {
    Finding finding{.name = "home", .what = home().string(), .todo = {}};
    try {
        runs_directory();
        make_redactor();
    } catch (const Trouble& trouble) {
        finding = {"home", false, trouble.what(), "set STET_HOME to a directory that can be written"};
    }
    return finding;
}

Finding look_at_space() {
    std::error_code error;
    const auto space = std::filesystem::space(home(), error);
    constexpr std::uintmax_t least = 1'000'000'000;
    if (error) return {"disk", false, error.message(), "set STET_HOME"};
    return {"disk", space.available >= least, size_text(space.available) + " free",
            space.available >= least ? "" : "free some space, or set STET_HOME to another disk"};
}

Finding look_at_sandbox() {
    const auto support = probe_sandbox();
    return {"sandbox", support.bubblewrap,
            support.bubblewrap ? "bubblewrap works"
                               : "bubblewrap does not work: checks run only with --sandbox none",
            support.hint};
}

Finding look_at_sockets() {
    try {
        return {"sockets", true, runtime_directory().string(), ""};
    } catch (const Trouble& trouble) {
        return {"sockets", false, trouble.what(), "`stet mcp` can't find its run without it"};
    }
}

}  // namespace

int doctor_command(const DoctorArguments& arguments) {
    const Finding findings[] = {look_at_home(), look_at_space(), look_at_sandbox(), look_at_sockets()};
    bool good = true;
    JsonWriter json;
    json.open('{').key("version").string(STET_VERSION).key("findings").open('[');
    for (const auto& finding : findings) {
        good = good && finding.good;
        json.open('{').key("name").string(finding.name).key("good").boolean(finding.good);
        json.key("what").string(finding.what).key("todo").string(finding.todo).close('}');
        if (arguments.json) continue;
        fmt::print("{} {:<9}{}{}\n", finding.good ? "✔" : "✗", finding.name, finding.what,
                   finding.todo.empty() ? "" : "; " + finding.todo);
    }
    if (arguments.json) fmt::print("{}\n", json.close(']').key("good").boolean(good).close('}').text());
    return good ? 0 : 1;
}

}  // namespace stet
