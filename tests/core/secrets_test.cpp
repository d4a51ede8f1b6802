#include <stet/redaction.hpp>

#include <doctest/doctest.h>

namespace stet {
namespace {

std::vector<std::string> values_of(const std::vector<Secret>& secrets) {
    std::vector<std::string> values;
    for (const auto& secret : secrets)
        values.push_back(secret.value);
    return values;
}

}  // namespace

TEST_CASE("core/secrets: a command line gives its credentials away, and nothing else") {
    using Words = std::vector<std::string>;
    struct Row {
        Words command, secrets;
    };
    const Row rows[] = {
        {{"agent", "--api-key", "planted-1"}, {"planted-1"}},
        {{"agent", "--api-key=planted-1"}, {"planted-1"}},
        {{"agent", "--apiKey", "planted-1", "--token=planted-2"}, {"planted-1", "planted-2"}},
        {{"agent", "--github-token", "planted-1"}, {"planted-1"}},
        {{"agent", "--db.password", "planted-1"}, {"planted-1"}},
        {{"agent", "--auth", "Bearer planted-1"}, {"planted-1"}},
        {{"env", "SERVICE_TOKEN=planted-1", "agent"}, {"planted-1"}},
        {{"docker", "run", "-e", "API_KEY=planted-1"}, {"planted-1"}},
        {{"curl", "-H", "Authorization: Bearer planted-1"}, {"planted-1"}},
        {{"curl", "-HX-Api-Key: planted-1"}, {"planted-1"}},
        {{"curl", "--header=Authorization: planted-1"}, {"planted-1"}},
        {{"curl", "-H", "Cookie: session=planted-0123456789; x=1"},
         {"session=planted-0123456789; x=1", "planted-0123456789"}},
        {{"curl", "-u", "me:planted-1"}, {"planted-1"}},
        {{"git", "clone", "https://me:planted-1@host/x.git"}, {"planted-1"}},
        {{"git", "clone", "https://me:planted%2F1@host"}, {"planted%2F1", "planted/1"}},
        {{"git", "clone", "https://planted-0123456789@host/x"}, {"planted-0123456789"}},
        {{"agent", "https://host/x?a=b&api_key=planted-0123456789&c=d"}, {"planted-0123456789"}},
        {{"sh", "-c", "export A_TOKEN='planted-1'; curl -H \"Authorization: Bearer planted-2\" $URL"},
         {"planted-1", "planted-2"}},
        {{"sh", "-c", "curl -H Authorization: Bearer planted-1"}, {"planted-1"}},
        {{"agent", "--secret", "/planted/base/64", "--password=$planted-1"},
         {"/planted/base/64", "$planted-1"}},
        {{"agent", R"({"mcpServers":{"a":{"env":{"A_TOKEN":"planted-1"},"args":["b"]}}})"}, {"planted-1"}},
        // What is none.
        {{"agent", "--max-tokens", "4096", "--token", "short"}, {}},
        {{"agent", "--password", "--verbose-output"}, {}},
        {{"sh", "-c", "curl -H \"Authorization: Bearer $SERVICE_TOKEN\""}, {}},
        {{"agent", "--credentials", "/home/me/credentials.json", "--api-key=./key.txt"}, {}},
        {{"git", "clone", "https://someone@host/path", "ssh://git@host:22/x"}, {}},
        {{"agent", "-p", "explain why the password: is wrong, and tokens=many things"}, {}},
        {{}, {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.command.empty() ? std::string() : row.command.back());
        CHECK(values_of(secrets_in_command(row.command)) == row.secrets);
    }
}

TEST_CASE("core/secrets: an env file gives away what is named like a credential") {
    constexpr std::string_view text =
        "# API_KEY=commented-out\n"
        "API_KEY=planted-1\r\n"
        "export SERVICE_TOKEN=\"planted-2\" # why\n"
        "  DB_PASSWORD = 'planted # 3'\n"
        "OTHER_SECRET=planted-4 # not this\n"
        "DATABASE_URL=postgres://me:planted-5@host/db\n"
        "NAME=harmless-value\n"
        "TOKEN=short\n"
        "A_TOKEN=${B_TOKEN_FROM_ELSEWHERE}\n"
        "LAST_SECRET=planted-6";
    const std::vector<std::string> expected = {"planted-1", "planted-2", "planted # 3",
                                               "planted-4", "planted-5", "planted-6"};
    CHECK(values_of(secrets_in_env_file(text)) == expected);
}

}  // namespace stet
