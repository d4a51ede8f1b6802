// What stet adds between an agent and its model, beside nginx and no proxy at all. The agent is this program
// again, run by `stet run`; it asks by all three ways in turn.

#include "bench/figures.hpp"
#include "bench/place.hpp"
#include "bench/relay.hpp"

#include <stet/result.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace stet::bench {
namespace {

namespace fs = std::filesystem;

/// A child that does not outlive this program. Made before there are threads.
class Child {
public:
    explicit Child(std::vector<std::string> words) : words_(std::move(words)) {
        id_ = fork();
        if (id_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        std::vector<char*> arguments;
        for (auto& word : words_)
            arguments.push_back(word.data());
        arguments.push_back(nullptr);
        execvp(arguments[0], arguments.data());
        _exit(127);
    }
    ~Child() {
        if (id_ <= 0) return;
        kill(id_, SIGTERM);
        wait();
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    int wait() {
        int status = 0;
        waitpid(std::exchange(id_, 0), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    std::vector<std::string> words_;
    pid_t id_ = 0;
};

std::string nginx_settings(const fs::path& directory, std::uint16_t listen, std::uint16_t upstream) {
    const auto user = geteuid() == 0 ? "user root;\n" : "";
    return fmt::format(R"({}daemon off;
worker_processes 1;
pid {};
error_log {} warn;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_max_body_size 0;
  client_body_temp_path {};
  proxy_temp_path {};
  fastcgi_temp_path {};
  uwsgi_temp_path {};
  scgi_temp_path {};
  keepalive_requests 1000000;
  upstream model {{ server 127.0.0.1:{}; keepalive 64; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{};
    location / {{
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
    }}
  }}
}}
)",
                       user, (directory / "nginx.pid").native(), (directory / "nginx.log").native(),
                       (directory / "1").native(), (directory / "2").native(), (directory / "3").native(),
                       (directory / "4").native(), (directory / "5").native(), upstream, listen);
}

std::string nginx_program() {
    return fs::exists("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx";
}

/// "http://127.0.0.1:4711/openai"
Way way_through(const std::string& url) {
    const auto colon = url.rfind(':'), slash = url.find('/', colon);
    Way way{"stet", 0, (slash == std::string::npos ? "" : url.substr(slash)) + "/chat/completions"};
    std::from_chars(url.data() + colon + 1, url.data() + url.size(), way.port);
    return way;
}

std::uint16_t port_of(const char* word) {
    return static_cast<std::uint16_t>(std::strtoul(word, nullptr, 10));
}

/// The agent: asks, and writes what it measured.
int be_agent(char** words) {
    const char* url = std::getenv("OPENAI_BASE_URL");
    if (url == nullptr) throw Trouble("ask", "stet", "OPENAI_BASE_URL is not set");
    const std::vector<Way> ways{way_through(url),
                                {"nginx", port_of(words[0]), "/chat/completions"},
                                {"direct", port_of(words[1]), "/chat/completions"}};
    std::ofstream out(words[2]);
    for (const auto& timed : ask_in_turn(ways)) {
        out << timed.figure << '\t' << timed.program;
        for (const auto value : timed.values)
            out << '\t' << value;
        out << '\n';
    }
    out.close();
    return out ? 0 : 2;
}

std::vector<Timed> read_timed(const fs::path& path) {
    std::vector<Timed> all;
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        std::istringstream fields(line);
        Timed timed;
        std::getline(fields, timed.figure, '\t');
        std::getline(fields, timed.program, '\t');
        for (double value = 0; fields >> value;)
            timed.values.push_back(value);
        all.push_back(std::move(timed));
    }
    return all;
}

std::vector<Measured> find_figure(const std::vector<Timed>& all, std::string_view name) {
    std::vector<Measured> found;
    for (const auto& timed : all) {
        if (timed.figure == name) found.push_back({timed.program, timed.values});
    }
    if (found.size() != 3) throw Trouble("measure", std::string(name), "the agent did not say what it took");
    return found;
}

/// The p50 by every way as it is, and what the proxies add to the direct one.
void add_latency(std::vector<Figure>& figures, const std::vector<Timed>& all, std::string_view name,
                 double at_most, const std::string& reason) {
    auto measured = find_figure(all, name);
    figures.push_back({fmt::format("{}, p50", name), "µs", measured, std::nullopt});
    const auto direct = measured.back().values;
    measured.pop_back();
    for (auto& proxy : measured)
        std::ranges::transform(proxy.values, direct, proxy.values.begin(), std::minus());
    figures.push_back({fmt::format("{}, added p50", name), "µs", std::move(measured),
                       Target{Target::Way::at_most, at_most, "nginx", reason}});
}

std::vector<Timed> run_agent() {
    const Place place;
    const auto& directory = place.path();
    auto model = Socket::listen_on_loopback();
    const auto model_port = model.port(), nginx_port = Socket::listen_on_loopback().port();
    std::ofstream(directory / "nginx.conf") << nginx_settings(directory, nginx_port, model_port);
    setenv("STET_HOME", (directory / "home").c_str(), 1);
    const Child nginx({nginx_program(), "-c", (directory / "nginx.conf").native(), "-e",
                       (directory / "nginx.log").native()});
    Child stet({STET_PROGRAM, "run", "--no-workspace", "--upstream",
                fmt::format("openai=http://127.0.0.1:{}", model_port), "--",
                fs::read_symlink("/proc/self/exe"), "--agent", fmt::format("{}", nginx_port),
                fmt::format("{}", model_port), (directory / "timed").native()});
    std::thread([model = std::move(model)]() mutable { serve_model(std::move(model)); }).detach();
    if (const int code = stet.wait(); code != 0)
        throw Trouble("run agent", STET_PROGRAM, fmt::format("exit code {}", code));
    return read_timed(directory / "timed");
}

std::vector<Figure> measure() {
    const auto all = run_agent();
    std::vector<Figure> figures;
    add_latency(figures, all, small_post, 2,
                "the answer's last byte waits for the commit, which a prototype without that did in 0.8");
    add_latency(figures, all, large_post, 2.5,
                "hashing, redaction and compression share two cores with everybody; the prototype had 2.0");
    add_latency(figures, all, stream_piece, 1.2, "nothing waits but the last piece; the prototype had 0.9");
    figures.push_back({std::string(requests_a_second), "req/s", find_figure(all, requests_a_second),
                       Target{Target::Way::at_least, 0.4, "nginx",
                              "two cores do the recording besides; the prototype had 0.6 without waiting"}});
    return figures;
}

}  // namespace
}  // namespace stet::bench

int main(int argc, char** argv) {
    if (argc == 5 && std::string_view(argv[1]) == "--agent") {
        try {
            return stet::bench::be_agent(argv + 2);
        } catch (const std::exception& trouble) {
            fmt::print(stderr, "bench relay: {}\n", trouble.what());
            return 2;
        }
    }
    return stet::bench::run(argc, argv, "relay", stet::bench::measure);
}
