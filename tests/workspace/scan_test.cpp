#include "tests/workspace/on_disk.hpp"

#include <doctest/doctest.h>

#include <array>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace stet;
using namespace stet::test;

namespace {

const std::string key(32, 'k');

/// A directory, watched.
struct Watch {
    explicit Watch(WorkspaceOptions with = {}) : redactor(key), options(std::move(with)) {
        fs::create_directory(dir / "tree");
    }
    Scan scan() {
        if (!workspace) workspace = open_workspace(root(), options, redactor);
        return workspace->scan(contents.keep());
    }
    fs::path root() const { return dir / "tree"; }
    void write(const std::string& path, std::string_view bytes) const { write_file(root() / path, bytes); }

    TempDir dir;
    Redactor redactor;
    WorkspaceOptions options;
    Contents contents;
    std::unique_ptr<Workspace> workspace;
};

using Strings = std::vector<std::string>;

void set_modified(const fs::path& path, fs::file_time_type time) {
    fs::last_write_time(path, time);
}

}  // namespace

TEST_CASE("workspace/scan: entries come in the order of their paths' bytes") {
    Watch watch;
    for (const auto* path : {"a/b", "a/c/d", "a.txt", "a-b", "a0", "A", "a/\xff", "\xc3\xa4"})
        watch.write(path, path);
    const auto scan = watch.scan();
    CHECK(paths_of(scan.tree) ==
          Strings{"A", "a", "a-b", "a.txt", "a/b", "a/c", "a/c/d", "a/\xff", "a0", "\xc3\xa4"});
    CHECK(scan.tree == recount(watch.root()));
    CHECK(scan.unreadable.empty());
}

TEST_CASE("workspace/scan: each content is handed out once, ever") {
    Watch watch;
    watch.write("one", "same");
    watch.write("two", "same");
    watch.write("three", "other");
    watch.scan();
    CHECK(watch.contents.order == Strings{"same", "other"});
    watch.write("three", "third");
    watch.scan();
    watch.write("three", "other");
    watch.scan();
    CHECK(watch.contents.order == Strings{"same", "other", "third"});
}

TEST_CASE("workspace/scan: what did not change is not read again") {
    Watch watch;
    watch.redactor.learn("token", "sesame-open-1234");
    watch.write("secret", "it is sesame-open-1234.");
    outwait_racy_files();
    const auto first = watch.scan();
    CHECK(watch.redactor.take_counts()["token"] == 1);
    const auto second = watch.scan();
    CHECK(watch.redactor.take_counts().empty());
    CHECK(first.tree == second.tree);
    CHECK_FALSE(second.disturbed);
}

TEST_CASE("workspace/scan: a file that was written just before a scan is read again by the next") {
    Watch watch;
    watch.redactor.learn("token", "sesame-open-1234");
    watch.write("secret", "it is sesame-open-1234.");
    watch.scan();
    watch.redactor.take_counts();
    watch.scan();
    CHECK(watch.redactor.take_counts()["token"] == 1);
}

TEST_CASE("workspace/scan: every kind of change is seen") {
    struct Row {
        const char* name;
        void (*change)(const fs::path& root);
    };
    const std::array rows{
        Row{"create", [](const fs::path& root) { write_file(root / "new", "1"); }},
        Row{"create deep", [](const fs::path& root) { write_file(root / "x/y/z", "1"); }},
        Row{"longer", [](const fs::path& root) { write_file(root / "file", "longer than before"); }},
        Row{"same size", [](const fs::path& root) { write_file(root / "file", "BYTES"); }},
        Row{"same size and time",
            [](const fs::path& root) {
                const auto time = fs::last_write_time(root / "file");
                write_file(root / "file", "BYTES");
                set_modified(root / "file", time);
            }},
        Row{"replaced, same size and time",
            [](const fs::path& root) {
                const auto time = fs::last_write_time(root / "file");
                write_file(root / "other", "BYTES");
                fs::rename(root / "other", root / "file");
                set_modified(root / "file", time);
            }},
        Row{"delete", [](const fs::path& root) { fs::remove(root / "file"); }},
        Row{"delete a directory", [](const fs::path& root) { fs::remove_all(root / "sub"); }},
        Row{"chmod", [](const fs::path& root) { fs::permissions(root / "file", fs::perms{0755}); }},
        Row{"chmod a directory",
            [](const fs::path& root) { fs::permissions(root / "sub", fs::perms{0700}); }},
        Row{"retarget",
            [](const fs::path& root) {
                fs::remove(root / "link");
                fs::create_symlink("elsewher", root / "link");
            }},
        Row{"rename", [](const fs::path& root) { fs::rename(root / "file", root / "moved"); }},
        Row{"rename a directory", [](const fs::path& root) { fs::rename(root / "sub", root / "bus"); }},
        Row{"file to directory",
            [](const fs::path& root) {
                fs::remove(root / "file");
                fs::create_directory(root / "file");
            }},
        Row{"file to symlink",
            [](const fs::path& root) {
                fs::remove(root / "file");
                fs::create_symlink("sub", root / "file");
            }},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Watch watch;
        watch.write("file", "bytes");
        watch.write("sub/inner", "inner");
        fs::create_symlink("nowhere!", watch.root() / "link");
        outwait_racy_files();
        const auto before = watch.scan();
        row.change(watch.root());
        const auto after = watch.scan();
        CHECK(after.tree == recount(watch.root()));
        CHECK(tree_digest(after.tree) != tree_digest(before.tree));
    }
}

TEST_CASE("workspace/scan: what env files hold is known before any file's content is kept") {
    Watch watch;
    const auto leaks = [&](const Scan& scan, std::string_view path) {
        const auto* entry = scan.tree.find(std::string(path));
        REQUIRE(entry != nullptr);
        return watch.contents.content_of()(entry->content)->find("planted-") != std::string::npos;
    };
    // "a" is met before ".env" is, and before what lies in "z".
    watch.write(".agent", "SERVICE_TOKEN is planted-one");
    watch.write("a", "it is planted-one, and planted-two");
    watch.write(".env", "SERVICE_TOKEN=planted-one\n");
    watch.write("z/inner/.env.local", "DB_PASSWORD='planted-two'\n");
    const auto scan = watch.scan();
    for (const auto* path : {".agent", "a", ".env", "z/inner/.env.local"})
        CHECK_FALSE(leaks(scan, path));
    // One that comes later, too.
    watch.write("b", "it is planted-three");
    watch.write("z/.env", "API_KEY=planted-three");
    const auto later = watch.scan();
    CHECK_FALSE(leaks(later, "b"));
    CHECK_FALSE(leaks(later, "z/.env"));
}

TEST_CASE("workspace/scan: secrets are taken out of contents, link targets and names") {
    Watch watch;
    watch.redactor.learn("token", "sesame-open-1234");
    watch.write("plain", "nothing here");
    watch.write("secret", "it is sesame-open-1234.");
    watch.write("sesame-open-1234/file", "x");
    fs::create_symlink("/home/sesame-open-1234", watch.root() / "link");
    const auto scan = watch.scan();
    const auto* secret = scan.tree.find("secret");
    REQUIRE(secret != nullptr);
    CHECK(secret->redacted);
    CHECK_FALSE(scan.tree.find("plain")->redacted);
    CHECK(scan.tree.find("link")->redacted);
    const auto kept = watch.contents.content_of()(secret->content);
    REQUIRE(kept.has_value());
    CHECK(secret->size == kept->size());
    CHECK(kept->find("[stet:token:") != std::string::npos);
    CHECK(encode_tree(scan.tree).find("sesame-open-1234") == std::string::npos);
    CHECK(decode_tree(encode_tree(scan.tree)).has_value());
    for (const auto& bytes : watch.contents.order)
        CHECK(bytes.find("sesame-open") == std::string::npos);
}

TEST_CASE("workspace/scan: a large file is digested, not kept") {
    WorkspaceOptions options;
    options.content_bytes_max = 1000;
    Watch watch(options);
    const std::string large(700'000, 'x');
    watch.redactor.learn("token", "sesame-open-1234");
    watch.write("large", large);
    watch.write("secret", large + "sesame-open-1234" + large);
    watch.write("limit", std::string(1000, 'y'));
    const auto scan = watch.scan();
    const auto* entry = scan.tree.find("large");
    CHECK(entry->absent);
    CHECK(entry->content == sha256(large));
    CHECK(entry->size == large.size());
    CHECK_FALSE(entry->redacted);
    CHECK_FALSE(scan.tree.find("limit")->absent);
    CHECK(watch.contents.order.size() == 1);
    const auto clean = watch.redactor.redact(large + "sesame-open-1234" + large);
    CHECK(scan.tree.find("secret")->content == clean.payload().digest);
    CHECK(scan.tree.find("secret")->size == clean.bytes().size());
    CHECK(scan.tree.find("secret")->redacted);
}

TEST_CASE("workspace/scan: sockets and FIFOs are passed over, and said") {
    Watch watch;
    watch.write("file", "1");
    REQUIRE(::mkfifo((watch.root() / "fifo").c_str(), 0600) == 0);
    const workspace::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    (watch.root() / "socket").native().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const auto scan = watch.scan();
    CHECK(paths_of(scan.tree) == Strings{"file"});
    CHECK(scan.unreadable ==
          Strings{"fifo: passed over, it is a FIFO", "socket: passed over, it is a socket"});
    CHECK(watch.scan().unreadable == scan.unreadable);
}

TEST_CASE("workspace/scan: symlinks are not followed, not even to directories") {
    Watch watch;
    write_file(watch.dir / "outside/file", "outside");
    fs::create_directory_symlink(watch.dir / "outside", watch.root() / "link");
    fs::create_directory_symlink(".", watch.root() / "loop");
    const auto scan = watch.scan();
    CHECK(paths_of(scan.tree) == Strings{"link", "loop"});
    CHECK(scan.tree.find("loop")->target == ".");
    CHECK(scan.tree.find("loop")->mode == 0);
}

TEST_CASE("workspace/scan: what cannot be read is listed, its entry is absent") {
    if (::geteuid() == 0) {
        MESSAGE("not as root, who may read everything");
        return;
    }
    Watch watch;
    watch.write("closed", "x");
    watch.write("shut/inner", "x");
    fs::permissions(watch.root() / "closed", fs::perms{0});
    fs::permissions(watch.root() / "shut", fs::perms{0});
    const auto scan = watch.scan();
    fs::permissions(watch.root() / "shut", fs::perms{0700});
    CHECK(scan.unreadable == Strings{"closed: Permission denied", "shut: Permission denied"});
    REQUIRE(scan.tree.find("closed") != nullptr);
    CHECK(scan.tree.find("closed")->absent);
    CHECK(scan.tree.find("shut") != nullptr);
    CHECK_FALSE(scan.disturbed);
}

TEST_CASE("workspace/scan: nesting without end is cut, and said") {
    Watch watch;
    fs::path deep = watch.root();
    for (int i = 0; i < 210; ++i)
        deep /= "d";
    fs::create_directories(deep);
    const auto scan = watch.scan();
    REQUIRE(scan.unreadable.size() == 1);
    CHECK(scan.tree.entries.size() == 201);
}

TEST_CASE("workspace/scan: writing while a scan runs disturbs it") {
    struct Row {
        const char* name;
        void (*act)(const fs::path& root);
        bool disturbed;
    };
    const std::array rows{
        Row{"nothing", [](const fs::path&) {}, false},
        Row{"a file that was seen", [](const fs::path& root) { write_file(root / "a", "12"); }, true},
        Row{"a file that was not", [](const fs::path& root) { write_file(root / "z", "12"); }, true},
        Row{"a new one", [](const fs::path& root) { write_file(root / "new", "12"); }, true},
        Row{"a new one below", [](const fs::path& root) { write_file(root / "sub/new", "12"); }, true},
        Row{"one goes", [](const fs::path& root) { fs::remove(root / "z"); }, true},
        Row{"a mode", [](const fs::path& root) { fs::permissions(root / "a", fs::perms{0700}); }, true},
        Row{"only read", [](const fs::path& root) { CHECK(read_file(root / "a") == "a"); }, false},
        Row{"outside", [](const fs::path& root) { write_file(root.parent_path() / "x", "12"); }, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        Watch watch;
        for (const auto* path : {"a", "b", "sub/file", "z"})
            watch.write(path, path);
        bool acted = false;
        watch.workspace = open_workspace(watch.root(), {}, watch.redactor);
        const auto scan = watch.workspace->scan([&](const std::string& bytes) {
            if (bytes != "b") return;
            acted = true;
            row.act(watch.root());
        });
        CHECK(acted);
        CHECK(scan.disturbed == row.disturbed);
        CHECK(scan.unreadable.empty());
        CHECK(watch.scan().tree == recount(watch.root()));
    }
}

TEST_CASE("workspace/scan: a file from the future does not disturb for ever") {
    Watch watch;
    watch.write("file", "1");
    set_modified(watch.root() / "file", fs::file_time_type::clock::now() + std::chrono::hours(24));
    outwait_racy_files();
    CHECK_FALSE(watch.scan().disturbed);
    CHECK_FALSE(watch.scan().disturbed);
}

TEST_CASE("workspace/scan: a tree that vanished is trouble, one that was replaced is scanned") {
    Watch watch;
    watch.write("old", "1");
    watch.scan();
    fs::rename(watch.root(), watch.dir / "away");
    CHECK_THROWS_AS(watch.scan(), Trouble);
    watch.write("new", "2");
    CHECK(paths_of(watch.scan().tree) == Strings{"new"});
    CHECK_THROWS_AS(open_workspace(watch.dir / "nowhere", {}, watch.redactor), Trouble);
    CHECK_THROWS_AS(open_workspace(watch.root() / "new", {}, watch.redactor), Trouble);
}

TEST_CASE("workspace/scan: too many entries are trouble that says what to do") {
    WorkspaceOptions options;
    options.entries_max = 3;
    Watch watch(options);
    for (const auto* path : {"1", "2", "3"})
        watch.write(path, path);
    CHECK(watch.scan().tree.entries.size() == 3);
    watch.write("4", "4");
    CHECK_THROWS_WITH_AS(
        watch.scan(),
        "scan the workspace: it has more than 3 entries; leave out what is not worked on (--exclude)",
        Trouble);
}

TEST_CASE("workspace/scan: what is excluded is neither listed nor entered") {
    WorkspaceOptions options;
    options.exclude = {"node_modules/", "*.log", "/out/", "docs/**/draft"};
    Watch watch(options);
    for (const auto* path : {"node_modules/x", "sub/node_modules/y", "sub/node_modules.txt", "a.log", "out/z",
                             "sub/out/z", "docs/a/draft", "docs/final"}) {
        watch.write(path, path);
    }
    watch.write("lib/node_modules", "a file of that name is no directory of that name");
    CHECK(paths_of(watch.scan().tree) == Strings{"docs", "docs/a", "docs/final", "lib", "lib/node_modules",
                                                 "sub", "sub/node_modules.txt", "sub/out", "sub/out/z"});
    CHECK(watch.workspace->excluded() == options.exclude);
    CHECK(watch.contents.order.size() == 4);
    // What turns into something that is excluded leaves the tree.
    fs::remove(watch.root() / "lib/node_modules");
    watch.write("lib/node_modules/index.js", "1");
    CHECK(watch.scan().tree.find("lib/node_modules") == nullptr);
}
