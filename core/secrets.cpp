#include "core/redaction_names.hpp"
#include "core/redaction_text.hpp"

#include <stet/json.hpp>
#include <stet/redaction.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace stet {
namespace {

constexpr std::string_view blanks = " \t\r\n";
/// A word of a command may be a command itself (`sh -c "…"`), and that one's words again.
constexpr int nesting_max = 3;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// "--apiKey", "--api-key" and "API_KEY" are one name: "API_KEY".
std::string variable_name_of(std::string_view option) {
    option.remove_prefix(std::min(option.find_first_not_of('-'), option.size()));
    std::string name;
    bool after_small = false;
    for (const char letter : option) {
        const bool small = letter >= 'a' && letter <= 'z';
        if (letter >= 'A' && letter <= 'Z' && after_small) name += '_';
        name += small ? static_cast<char>(letter - 'a' + 'A') : letter == '-' || letter == '.' ? '_' : letter;
        after_small = small;
    }
    return name;
}

bool is_one_word(std::string_view name) {
    return name.find_first_of(" \t\r\n'\"") == std::string_view::npos;
}

bool is_option(std::string_view word) {
    return word.starts_with('-') && word.find_first_not_of('-') != std::string_view::npos;
}

bool is_credential_option(std::string_view option) {
    const auto name = variable_name_of(option);
    if (name == "CREDENTIALS") return false;  // The path of a file that holds them.
    return name == "AUTH" || name == "AUTHORIZATION" || name == "BEARER" || name.ends_with("_BEARER") ||
           is_credential_variable("OF_" + name);
}

bool names_a_user(std::string_view option) {
    constexpr std::array<std::string_view, 4> options = {"-u", "-U", "--user", "--proxy-user"};
    return std::ranges::find(options, option) != options.end();
}

bool is_variable(std::string_view value) {
    return value.starts_with('$') && std::ranges::all_of(value.substr(1), [](char c) {
               return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '{' || c == '}';
           });
}

/// What stands for a value that is elsewhere: a variable, a file. (Not "/…": so begins much base64.)
bool is_elsewhere(std::string_view value) {
    return is_variable(value) || value.starts_with("./") || value.starts_with("../") ||
           value.starts_with("~/");
}

/// The words of a shell command, roughly: a secret is a word, however the command goes on around it.
std::vector<std::string> rough_words(std::string_view command) {
    constexpr std::string_view separators = " \t\r\n;|&()<>";
    std::vector<std::string> words;
    std::string word;
    char quote = 0;
    for (const char letter : command) {
        if (quote != 0 ? letter == quote : letter == '\'' || letter == '"') {
            quote = quote != 0 ? 0 : letter;
        } else if (quote == 0 && separators.find(letter) != std::string_view::npos) {
            if (!word.empty()) words.push_back(std::exchange(word, {}));
        } else {
            word += letter;
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

class Finder {
public:
    explicit Finder(std::string kind) : kind_(std::move(kind)) {}

    void read_command(const std::vector<std::string>& words, int depth) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool has_next = i + 1 < words.size();
            if (has_next && is_option(words[i]) && !is_option(words[i + 1]))
                read_option(words[i], words[i + 1]);
            if (has_next && words[i].ends_with(':')) {
                // A field whose quotes were lost: "Authorization:" "Bearer" "…".
                const bool has_scheme = is_authorization_scheme(words[i + 1]) && i + 2 < words.size();
                read_field(words[i] + words[i + (has_scheme ? 2 : 1)]);
            }
            read_word(words[i], depth);
        }
    }

    void read_env_line(std::string_view line) {
        line = trimmed(line);
        if (line.starts_with("export ")) line = trimmed(line.substr(7));
        const auto equals = line.find('=');
        if (line.starts_with('#') || equals == std::string_view::npos) return;
        auto value = trimmed(line.substr(equals + 1));
        const char quote = value.empty() ? '\0' : value.front();
        if (quote == '"' || quote == '\'' || quote == '`') {
            const auto end = value.find(quote, 1);
            value = value.substr(1, end == std::string_view::npos ? end : end - 1);
        } else if (const auto comment = value.find(" #"); comment != std::string_view::npos) {
            value = trimmed(value.substr(0, comment));
        }
        if (is_credential_variable(trimmed(line.substr(0, equals)))) add(value);
        read_urls(value);
    }

    std::vector<Secret> take() { return std::move(found_); }

private:
    void add(std::string_view value) {
        if (value.size() < Redactor::value_bytes_min || is_elsewhere(value)) return;
        Secret secret{kind_, std::string(value)};
        if (std::ranges::find(found_, secret) == found_.end()) found_.push_back(std::move(secret));
    }

    void read_option(std::string_view option, std::string_view value) {
        if (is_credential_option(option)) add_credential(value);
        if (names_a_user(option)) add(value.substr(std::min(value.find(':'), value.size() - 1) + 1));
    }

    void read_word(std::string_view word, int depth) {
        const auto equals = word.find('=');
        if (equals != std::string_view::npos) {
            const auto name = word.substr(0, equals);
            const auto value = word.substr(equals + 1);
            if (!is_one_word(name)) {
                // An argument that says '=' somewhere.
            } else if (is_option(name)) {
                read_option(name, value.empty() ? " " : value);
                read_field(value);
            } else if (is_credential_variable(name)) {
                add(value);
            }
        }
        const bool is_field = read_field(word) || (word.starts_with("-H") && read_field(word.substr(2)));
        read_urls(word);
        if (word.starts_with('{') || word.starts_with('[')) read_json(word);
        const bool is_command = !is_field && word.find_first_of(" \t\n") != std::string_view::npos;
        if (is_command && depth < nesting_max) read_command(rough_words(word), depth + 1);
    }

    /// Is it one? "Authorization: Bearer …", "Cookie: a=…; b=…".
    bool read_field(std::string_view text) {
        const auto colon = text.find(':');
        if (colon == std::string_view::npos) return false;
        const auto name = trimmed(text.substr(0, colon));
        if (!is_one_word(name) || !is_credential_field(name)) return false;
        const auto value = trimmed(text.substr(colon + 1));
        add_credential(value);
        for (auto equals = value.find('='); equals != std::string_view::npos;
             equals = value.find('=', equals + 1)) {
            const auto part = value.substr(equals + 1, value.find(';', equals) - equals - 1);
            if (part.size() >= Redactor::weak_value_bytes_min) add(part);
        }
        return true;
    }

    /// A credential, perhaps behind its scheme.
    void add_credential(std::string_view value) {
        const auto blank = value.find_first_of(blanks);
        if (blank != std::string_view::npos && is_authorization_scheme(value.substr(0, blank)))
            value = trimmed(value.substr(blank));
        add(value);
    }

    void read_urls(std::string_view text) {
        constexpr std::string_view lead = "://";
        for (auto at = text.find(lead); at != std::string_view::npos; at = text.find(lead, at + 1)) {
            const auto rest = text.substr(at + lead.size());
            const auto url = rest.substr(0, rest.find_first_of(" \t\r\n\"'<>"));
            read_user(url.substr(0, url.find_first_of("/?#")));
            if (const auto query = url.find('?'); query != std::string_view::npos)
                read_query(url.substr(query + 1));
        }
    }

    void read_user(std::string_view authority) {
        const auto end = authority.rfind('@');
        if (end == std::string_view::npos) return;
        const auto user = authority.substr(0, end);
        const auto colon = user.find(':');
        // A name alone may be a token; short ones are names.
        if (colon == std::string_view::npos && user.size() < Redactor::weak_value_bytes_min) return;
        const auto secret = colon == std::string_view::npos ? user : user.substr(colon + 1);
        add(secret);
        add(percent_decoded(secret));
    }

    void read_query(std::string_view query) {
        while (!query.empty()) {
            const auto end = std::min(query.find_first_of("&#"), query.size());
            const auto parameter = query.substr(0, end);
            const auto equals = parameter.find('=');
            if (equals != std::string_view::npos && is_credential_parameter(parameter.substr(0, equals))) {
                const auto value = percent_decoded(parameter.substr(equals + 1));
                if (value.size() >= Redactor::weak_value_bytes_min) add(value);
            }
            query.remove_prefix(std::min(end + 1, query.size()));
        }
    }

    /// A configuration as an argument: `{"env":{"SERVICE_TOKEN":"…"}}`.
    void read_json(std::string_view text) {
        if (const auto document = JsonDocument::parse(text)) read_json(document->root());
    }

    void read_json(const JsonValue& value) {
        for (const auto& [name, member] : value.members()) {
            if (!member.is(JsonKind::string)) {
                read_json(member);
            } else if (is_credential_option(name) || is_credential_field(name)) {
                add_credential(member.text());
            } else {
                read_urls(member.text());
            }
        }
        for (const auto& element : value.elements()) {
            if (element.is(JsonKind::string))
                read_urls(element.text());
            else
                read_json(element);
        }
    }

    std::string kind_;
    std::vector<Secret> found_;
};

}  // namespace

std::vector<Secret> secrets_in_command(const std::vector<std::string>& command) {
    Finder finder("argument");
    finder.read_command(command, 0);
    return finder.take();
}

std::vector<Secret> secrets_in_env_file(std::string_view text) {
    Finder finder("env-file");
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        finder.read_env_line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return finder.take();
}

}  // namespace stet
