#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stet::workspace {

/// A word of a shell command that names a program.
struct ProgramWord {
    std::string word;       ///< "python3", "./run.sh", "/usr/bin/make".
    std::string directory;  ///< Where `cd` has led by then, relative to the start; empty: nowhere.
    bool certain = true;    ///< It is the first word of a simple command, and not a guess.
    friend bool operator==(const ProgramWord&, const ProgramWord&) = default;
};

/// The programs that a command calls, in the order of the text, each once. Shell builtins, keywords,
/// functions, words that are known only when the command runs, and programs whose whole work is to call
/// another (env, nohup, nice, timeout, sudo, …) are left out. Nothing is run or looked up.
std::vector<ProgramWord> program_words(std::string_view command);

}  // namespace stet::workspace
