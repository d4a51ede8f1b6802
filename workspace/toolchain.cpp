#include "workspace/descriptor.hpp"
#include "workspace/read_content.hpp"
#include "workspace/search_path.hpp"
#include "workspace/shell_words.hpp"
#include "workspace/within.hpp"

#include <stet/door/workspace.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <set>
#include <unistd.h>

namespace stet {
namespace workspace {
namespace {

namespace fs = std::filesystem;

/// An interpreter may be a script itself, and so on: the kernel follows four.
constexpr int interpreters_max = 4;
constexpr std::size_t first_line_bytes_max = 512;
constexpr std::size_t tools_max = 256;

/// The words after `#!`; empty when the file is no script.
std::vector<std::string> interpreter_words(const fs::path& file) {
    const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    std::array<char, first_line_bytes_max> bytes{};
    const auto got = descriptor ? ::read(descriptor.get(), bytes.data(), bytes.size()) : 0;
    if (got < 2) return {};
    std::string_view line(bytes.data(), static_cast<std::size_t>(got));
    if (!line.starts_with("#!")) return {};
    line = line.substr(2, line.find('\n') - 2);
    std::vector<std::string> words;
    while (true) {
        line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
        if (line.empty()) return words;
        const auto end = std::min(line.find_first_of(" \t\r"), line.size());
        words.emplace_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

class Toolchain {
public:
    Toolchain(const std::string& path, const fs::path& tree)
        : search_(path, tree), tree_(fs::weakly_canonical(tree)) {}

    std::vector<Tool> of(const std::string& command) {
        program({"/bin/sh", "", true});
        for (const auto& word : program_words(command))
            program(word);
        return std::move(tools_);
    }

private:
    void program(const ProgramWord& word) {
        const bool plain = word.word.find('/') == std::string::npos;
        const auto found = plain ? search_.find(word.word) : existing(tree_ / word.directory / word.word);
        if (found) return file(word.word, *found, 0);
        // What is named by its place in the tree may be built by the check itself.
        const bool meant = word.certain && (plain || word.word[0] == '/');
        if (meant) list({word.word, "", {}});
    }

    static std::optional<fs::path> existing(const fs::path& path) {
        std::error_code error;
        if (!fs::is_regular_file(path, error)) return std::nullopt;
        return path;
    }

    /// A program's file: listed, unless it stands in the tree; and what interprets it.
    void file(const std::string& name, const fs::path& path, int depth) {
        std::error_code error;
        const auto real = fs::canonical(path, error);
        if (error || depth > interpreters_max) return;
        const bool listed = !is_within(real, tree_);
        if (listed && !list({name, real.native(), digest_of(real)})) return;
        interpreter(real, depth);
        if (listed && path.parent_path().filename() == "shims") shim(name, path, depth);
    }

    void interpreter(const fs::path& script, int depth) {
        auto words = interpreter_words(script);
        if (words.empty()) return;
        if (fs::path(words[0]).filename() != "env") return named(words[0], depth);
        // `env` calls the first word that is neither an option nor an assignment.
        const auto is_program = [](const std::string& word) {
            return word[0] != '-' && word.find('=') == std::string::npos;
        };
        const auto word = std::find_if(words.begin() + 1, words.end(), is_program);
        if (word != words.end()) named(*word, depth);
    }

    void named(const std::string& word, int depth) {
        const auto name = word.substr(word.rfind('/') + 1);
        const auto found = word[0] == '/' ? existing(word) : search_.find(word);
        if (found) return file(name, *found, depth + 1);
        list({name, "", {}});
    }

    /// pyenv and its like: `ROOT/shims/NAME` calls `ROOT/versions/VERSION/bin/NAME`, where VERSION is
    /// the first word of the tree's `.python-version` or of `ROOT/version`.
    void shim(const std::string& name, const fs::path& path, int depth) {
        const auto root = path.parent_path().parent_path();
        for (const auto& chosen : {tree_ / ".python-version", root / "version"}) {
            const auto version = first_word(chosen);
            if (version.empty() || version.find('/') != std::string::npos || version[0] == '.') continue;
            const auto program = existing(root / "versions" / version / "bin" / path.filename());
            if (program) return file(name, *program, depth + 1);
        }
    }

    static std::string first_word(const fs::path& path) {
        const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
        std::array<char, 128> bytes{};
        const auto got = descriptor ? ::read(descriptor.get(), bytes.data(), bytes.size()) : 0;
        const std::string_view text(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
        return std::string(text.substr(0, std::min(text.find_first_of(" \t\r\n"), text.size())));
    }

    static Digest digest_of(const fs::path& path) {
        const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        int error = 0;
        return descriptor ? digest_file(descriptor.get(), error) : Digest{};
    }

    /// False when it is there already.
    bool list(Tool tool) {
        if (tools_.size() >= tools_max || !listed_.emplace(tool.name, tool.path).second) return false;
        tools_.push_back(std::move(tool));
        return true;
    }

    SearchPath search_;
    fs::path tree_;
    std::vector<Tool> tools_;
    std::set<std::pair<std::string, std::string>> listed_;
};

}  // namespace
}  // namespace workspace

std::vector<Tool> fingerprint_toolchain(const std::string& command, const std::string& path,
                                        const std::filesystem::path& tree) {
    return workspace::Toolchain(path, tree).of(command);
}

}  // namespace stet
