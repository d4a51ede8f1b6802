#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdlib>

using namespace stet;
using namespace stet::test;

namespace {

/// A machine with its programs: `bin` stands for /usr/bin.
struct Machine {
    Machine() {
        fs::create_directory(dir / "tree");
        program("python3",
                "\x7f"
                "ELF python");
        program("node",
                "\x7f"
                "ELF node");
        program("bash",
                "\x7f"
                "ELF bash");
        program("npm", "#!/usr/bin/env node\nrun()");
        program("pytest", "#!" + bin("python3") + "\nimport pytest");
        program("wrapped", "#! /usr/bin/env -S A=1 pytest --x\n");
        program("loop", "#!" + bin("loop") + "\n");
    }
    void program(const std::string& name, const std::string& bytes) const {
        make_executable(dir / "bin" / name, bytes);
    }
    std::string bin(const std::string& name) const { return dir / "bin" / name; }
    fs::path tree() const { return dir / "tree"; }

    /// "npm node ghost!": a `!` is missing. The shell, which is always there, is left out.
    std::string tools_of(const std::string& command) const {
        std::string text;
        for (const auto& tool : fingerprint_toolchain(command, dir / "bin", tree())) {
            if (tool.name == "/bin/sh") continue;
            text += (text.empty() ? "" : " ") + tool.name + (tool.digest ? "" : "!");
        }
        return text;
    }

    TempDir dir;
};

}  // namespace

TEST_CASE("workspace/toolchain: programs are followed to what interprets them") {
    const Machine machine;
    make_executable(machine.tree() / "run.sh", "#!" + machine.bin("bash") + "\n");
    make_executable(machine.tree() / "sub/t.py", "#!/usr/bin/env python3\n");
    write_file(machine.tree() / "plain", "text");
    fs::create_directories(machine.tree() / ".venv/bin");
    fs::create_symlink(machine.dir / "bin/python3", machine.tree() / ".venv/bin/python");
    struct Row {
        const char* command;
        const char* tools;
    };
    const std::array rows{
        Row{"python3 -m pytest", "python3"},
        Row{"npm test", "npm node"},
        Row{"pytest -q", "pytest python3"},
        Row{"wrapped", "wrapped pytest python3"},
        Row{"./run.sh", "bash"},
        Row{"cd sub && ./t.py", "python3"},
        Row{"./plain", ""},
        Row{"./built-by-the-check", ""},
        Row{"ghost --help", "ghost!"},
        Row{"/no/such/program", "/no/such/program!"},
        Row{"npx ghost", "npx!"},
        Row{".venv/bin/python x.py", ".venv/bin/python"},
        Row{"test -f x && echo ok", ""},
        Row{"loop", "loop"},
        Row{"npm ci && npm test | node x", "npm node"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.command);
        CHECK(machine.tools_of(row.command) == row.tools);
    }
}

TEST_CASE("workspace/toolchain: the shell is the first tool, and digests are of the content") {
    const Machine machine;
    fs::create_symlink("python3", machine.dir / "bin/python");
    const auto tools = fingerprint_toolchain("python x", machine.dir / "bin", machine.tree());
    REQUIRE(tools.size() == 2);
    CHECK(tools[0].name == "/bin/sh");
    CHECK(tools[0].digest == sha256(read_file("/bin/sh")));
    CHECK(tools[1].name == "python");
    CHECK(tools[1].path == fs::canonical(machine.dir / "bin/python3").native());
    CHECK(tools[1].digest == sha256("\x7f"
                                    "ELF python"));
}

TEST_CASE("workspace/toolchain: the first directory of PATH wins, what is not executable does not count") {
    const Machine machine;
    write_file(machine.dir / "first/node", "not executable");
    make_executable(machine.dir / "second/node", "the one");
    const auto path = (machine.dir / "first").native() + "::" + (machine.dir / "second").native() + ":" +
                      (machine.dir / "bin").native();
    const auto tools = fingerprint_toolchain("node", path, machine.tree());
    REQUIRE(tools.size() == 2);
    CHECK(tools[1].digest == sha256("the one"));
}

TEST_CASE("workspace/toolchain: a shim is followed to the version that is chosen") {
    const Machine machine;
    make_executable(machine.dir / "pyenv/shims/python3", "#!/usr/bin/env bash\nexec pyenv\n");
    make_executable(machine.dir / "pyenv/versions/3.12.1/bin/python3",
                    "\x7f"
                    "ELF 3.12");
    make_executable(machine.dir / "pyenv/versions/3.11.9/bin/python3",
                    "\x7f"
                    "ELF 3.11");
    write_file(machine.dir / "pyenv/version", "3.12.1\n");
    const auto path = (machine.dir / "pyenv/shims").native() + ":" + (machine.dir / "bin").native();
    auto tools = fingerprint_toolchain("python3", path, machine.tree());
    REQUIRE(tools.size() == 4);
    CHECK(tools[2].name == "bash");
    CHECK(tools[3].digest == sha256("\x7f"
                                    "ELF 3.12"));
    write_file(machine.tree() / ".python-version", "3.11.9\n");
    tools = fingerprint_toolchain("python3", path, machine.tree());
    REQUIRE(tools.size() == 4);
    CHECK(tools[3].digest == sha256("\x7f"
                                    "ELF 3.11"));
}

TEST_CASE("workspace/toolchain: binds cover a tool's home, never the user's") {
    struct Row {
        const char* program;
        std::vector<std::string> binds;
    };
    const TempDir dir;
    const auto home = dir / "home";
    for (const auto* path : {".pyenv/shims/python", ".cargo/bin/cargo", ".cargo/credentials.toml",
                             ".cargo/registry/x", ".rustup/toolchains/x", ".local/bin/tool", ".local/lib/x",
                             ".local/share/keyrings/x", "bin/mine", "loose", "node/v20/bin/node"}) {
        make_executable(home / path, "x");
    }
    make_executable(dir / "tools/gcc/bin/gcc", "x");
    const std::string before = std::getenv("HOME") != nullptr ? std::getenv("HOME") : "";
    ::setenv("HOME", home.c_str(), 1);
    const std::array rows{
        Row{"home/.pyenv/shims/python", {"home/.pyenv"}},
        Row{"home/.cargo/bin/cargo", {"home/.cargo/bin", "home/.cargo/registry", "home/.rustup"}},
        Row{"home/.local/bin/tool", {"home/.local/bin", "home/.local/lib"}},
        Row{"home/bin/mine", {"home/bin"}},
        Row{"home/node/v20/bin/node", {"home/node/v20"}},
        Row{"tools/gcc/bin/gcc", {"tools/gcc"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.program);
        std::vector<std::string> binds;
        for (const auto& bind : toolchain_binds({{"tool", dir / row.program, {}}}, "")) {
            CHECK(bind.from == bind.to);
            binds.push_back(fs::relative(bind.from, dir.path()));
        }
        CHECK(binds == row.binds);
    }
    CHECK(
        toolchain_binds({{"sh", "/usr/bin/sh", {}}, {"ghost", "", {}}, {"x", "/x", {}}}, "/usr/bin").empty());
    // By the name under which PATH has it, too.
    const auto by_name = toolchain_binds({{"gcc", "/usr/bin/gcc-12", {}}}, dir / "tools/gcc/bin");
    REQUIRE(by_name.size() == 1);
    CHECK(by_name[0].to == dir / "tools/gcc");
    // A home in a program's directory is no reason to show the home.
    ::setenv("HOME", (dir / "tools/gcc/home").c_str(), 1);
    CHECK(toolchain_binds({{"gcc", dir / "tools/gcc/bin/gcc", {}}}, "").empty());
    ::setenv("HOME", before.c_str(), 1);
}
