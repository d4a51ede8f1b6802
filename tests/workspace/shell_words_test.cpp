#include "workspace/shell_words.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>
#include <span>
#include <string>

using namespace stet;
using namespace stet::workspace;

namespace {

/// "python3 ?pytest sub:./run.sh": a `?` is a guess, what stands before a colon is the directory.
std::string words_of(std::string_view command) {
    std::string text;
    for (const auto& program : program_words(command)) {
        if (!text.empty()) text += ' ';
        if (!program.certain) text += '?';
        if (!program.directory.empty()) text += program.directory + ':';
        text += program.word;
    }
    return text;
}

struct Row {
    const char* command;
    const char* words;
};

void check(std::span<const Row> rows) {
    for (const auto& row : rows) {
        CAPTURE(row.command);
        CHECK(words_of(row.command) == row.words);
    }
}

}  // namespace

TEST_CASE("workspace/shell_words: the programs of simple commands are found, and of those that call others") {
    const std::array rows{
        Row{"pytest -q", "pytest"},
        Row{"python3 -m pytest tests", "python3"},
        Row{"make && ./run.sh || echo failed; tail -n 1 log", "make ./run.sh tail"},
        Row{"cat a | sort|uniq -c |& wc", "cat sort uniq wc"},
        Row{"sleep 1 & wait", "sleep"},
        Row{"A=b C='d e' make test", "make"},
        Row{"A=b", ""},
        Row{"env -i -u HOME A=b make", "make"},
        Row{"/usr/bin/env python3 x.py", "python3"},
        Row{"exec -a name node x", "node"},
        Row{"time -p make", "make"},
        Row{"sudo -u nobody FOO=1 make", "make"},
        Row{"timeout -k 5 --signal=TERM 60 pytest", "pytest"},
        Row{"timeout 60 nice -n 5 nohup make", "make"},
        Row{"command -v git", "git"},
        Row{"nice -- make", "make"},
        Row{"find . -name x | xargs -n 1 grep foo", "find xargs grep"},
    };
    check(rows);
}

TEST_CASE("workspace/shell_words: keywords, builtins and lists are no programs") {
    const std::array rows{
        Row{"test -f x && [ -d y ] && [[ -n z ]] && true", ""},
        Row{"if grep -q a b; then make; else cmake .; fi", "grep make cmake"},
        Row{"for f in a b c; do gcc $f; done", "gcc"},
        Row{"while read x; do wc \"$x\"; done < list", "wc"},
        Row{"case $x in a) make;; b|c) ninja;; esac", "make ninja"},
        Row{"case x in\n  (a | b) make;;\n  *) ninja ;;\nesac\nls", "make ninja ls"},
        Row{"case x in esac; ls", "ls"},
        Row{"(cd sub && ./run.sh)", "sub:./run.sh"},
        Row{"cd a; cd b; ./x; ls", "a/b:./x ls"},
        Row{"cd \"$D\" && ./x", "./x"},
        Row{"f() { gcc x; }; f", "gcc"},
        Row{"! grep x y", "grep"},
        Row{"{ make; }", "make"},
    };
    check(rows);
}

TEST_CASE("workspace/shell_words: quotes, expansions and redirections are read as a shell reads them") {
    const std::array rows{
        Row{"x=$(git rev-parse HEAD) make", "make git"},
        Row{"echo \"$(date +%s) `uname -a`\"", "date uname"},
        Row{"diff <(sort a) <(sort b)", "diff sort"},
        Row{"echo $((1 + 2)) ${X:-(ls)} $HOME", ""},
        Row{"((i++)); make", "make"},
        Row{"$CC x.c; \"$PYTHON\" y", ""},
        Row{"echo 'a; rm -rf /' \"b && c\" d\\;e", ""},
        Row{"'my tool' x", "my tool"},
        Row{"mk\"dir\" x", "mkdir"},
        Row{"make > log 2>&1 < in; ls 2>/dev/null >>out", "make ls"},
        Row{"make &> log", "make"},
        Row{"> out make", "make"},
        Row{"cat <<EOF\nrm x; ls\nEOF\nmake", "cat make"},
        Row{"cat <<-'E N'\n\tls\n\tE N\nmake", "cat make"},
        Row{"tr a b <<< text", "tr"},
        Row{"make # and ls; rm", "make"},
        Row{"make \\\n  test; ls", "make ls"},
        Row{"bash -lc 'make && ./t'", "bash make ./t"},
        Row{"sh -e -c \"cd x; ./t\"", "sh x:./t"},
        Row{"bash script.sh -c foo", "bash"},
        Row{"eval 'make test'", "make"},
        Row{"uv run --quiet pytest -x", "uv ?pytest"},
        Row{"npx jest", "npx ?jest"},
        Row{"npm test", "npm"},
        Row{"bundle exec rspec", "bundle ?rspec"},
        Row{".venv/bin/python -m pytest", ".venv/bin/python"},
        Row{"make; make; make", "make"},
        Row{"", ""},
        Row{"   \n ; ", ""},
        Row{"echo 'unclosed", ""},
        Row{"echo $(unclosed", "unclosed"},
        Row{")))(((", ""},
    };
    check(rows);
}

TEST_CASE("workspace/shell_words: no text is too odd to be read") {
    const std::string_view alphabet = "ab$(){}'\"`\\;&|<>\n #=-!*";
    for (unsigned seed = 1; seed <= 3000; ++seed) {
        CAPTURE(seed);
        std::mt19937 random(seed);
        std::string text;
        for (std::size_t i = 0, length = random() % 40; i < length; ++i)
            text += alphabet[random() % alphabet.size()];
        CHECK(program_words(text).size() <= text.size());
    }
    std::string nested;
    for (int i = 0; i < 20'000; ++i)
        nested += "$(";
    CHECK(program_words(nested).empty());
}
