#include "tools/vouch.hpp"

#include "tests/support/temp_dir.hpp"
#include "tools/home.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sys/stat.h>

namespace stet {
namespace {

/// A home of its own, and what was there before put back.
class OwnHome {
public:
    OwnHome() : OwnHome("home") {}
    explicit OwnHome(const char* name) {
        if (const char* before = std::getenv("STET_HOME"); before != nullptr) before_ = before;
        setenv("STET_HOME", (directory_ / name).c_str(), 1);
    }
    ~OwnHome() {
        if (before_)
            setenv("STET_HOME", before_->c_str(), 1);
        else
            unsetenv("STET_HOME");
    }
    OwnHome(const OwnHome&) = delete;
    OwnHome& operator=(const OwnHome&) = delete;

private:
    test::TempDir directory_;
    std::optional<std::string> before_;
};

TrajectorySummary sealed_log(const std::filesystem::path& path) {
    const auto id = new_trajectory_id();
    const auto writer = LogWriter::create(path);
    Redactor redactor("a key of sixteen");
    writer->begin(id, "a run", 1);
    Event event;
    event.body = Note{"one"};
    writer->append(id, {redactor.redact(std::move(event), {})}, 0);
    writer->seal(id);
    return Log::open(path).list().at(0);
}

ReplayReport report_of(const TrajectorySummary& trajectory) {
    ReplayReport report;
    report.trajectory = trajectory.id;
    report.root = *trajectory.root;
    report.engine = "stet";
    return report;
}

std::optional<FoundReplay> found_in(const std::filesystem::path& path, const TrajectoryId& id) {
    return newest_replay(*Log::open(path).source(id));
}

}  // namespace

TEST_CASE("tools/vouch: a home knows what it vouched for, and nobody else does") {
    const OwnHome home;
    const Redactor redactor(user_key());
    TrajectorySummary one;
    one.root = sha256("root");
    const auto report = to_json(report_of(one), Level::effect);
    const auto stored = vouch(one, report, redactor).bytes();
    CHECK(stored.starts_with(report.substr(0, report.size() - 1)));
    CHECK(parse_replay_report(stored).value() == parse_replay_report(report).value());
    CHECK(vouched(one, stored));
    CHECK_FALSE(vouched(one, report));
    CHECK_FALSE(vouched(one, ""));
    auto altered = stored;
    altered[report.find("stet")] = 'S';
    CHECK_FALSE(vouched(one, altered));
    auto other = one;
    other.root = sha256("another root");
    CHECK_FALSE(vouched(other, stored));
    other = one;
    other.id.bytes[0] = 1;
    CHECK_FALSE(vouched(other, stored));
    {
        const OwnHome elsewhere("elsewhere");
        CHECK_FALSE(vouched(one, stored));
        CHECK_FALSE(known_user_key());  // Asking makes no key.
    }
    CHECK(vouched(one, stored));
}

TEST_CASE("tools/vouch: a log that was recorded here is known as such, a copy of another's is not") {
    const OwnHome home;
    const test::TempDir dir;
    const auto ours = sealed_log(dir / "a.stet"), theirs = sealed_log(dir / "b.stet");
    auto log = Log::open(dir / "a.stet");
    CHECK_FALSE(made_here(log, ours));
    const Redactor redactor(user_key());
    claim(log, ours.id, redactor);
    CHECK(made_here(log, ours));
    CHECK(log.fsck().empty());
    auto other = Log::open(dir / "b.stet");
    other.add(theirs.id, "home", 1, redactor.redact(log.source(ours.id)->addenda().at(0).body));
    CHECK_FALSE(made_here(other, theirs));
    const OwnHome elsewhere("elsewhere");
    CHECK_FALSE(made_here(log, ours));
}

TEST_CASE("tools/vouch: only a report of this trajectory, whole and made here is verified") {
    const OwnHome home;
    const test::TempDir dir;
    const Redactor redactor(user_key());
    const auto path = dir / "a.stet";
    const auto trajectory = sealed_log(path);
    CHECK_FALSE(found_in(path, trajectory.id));

    const auto good = report_of(trajectory);
    auto of_prefix = good;
    of_prefix.prefix_only = true;
    auto of_other_root = good;
    of_other_root.root = sha256("another");
    auto of_other = good;
    of_other.trajectory.bytes[3] ^= 1;
    auto log = Log::open(path);
    for (const auto& report : {of_prefix, of_other_root, of_other}) {
        log.add(trajectory.id, "replay", 1, vouch(trajectory, to_json(report, Level::effect), redactor));
        REQUIRE(found_in(path, trajectory.id));
        CHECK_FALSE(found_in(path, trajectory.id)->verified);
    }
    log.add(trajectory.id, "replay", 1, redactor.redact(to_json(good, Level::effect)));
    CHECK_FALSE(found_in(path, trajectory.id)->verified);

    log.add(trajectory.id, "replay", 1, vouch(trajectory, to_json(good, Level::effect), redactor));
    log.add(trajectory.id, "replay", 2, redactor.redact(to_json(of_prefix, Level::effect)));
    const auto found = found_in(path, trajectory.id);
    REQUIRE(found);
    CHECK(found->verified);
    CHECK(found->report == good);
}

TEST_CASE("tools/home: a key is made once, and a broken one is never replaced") {
    const OwnHome own;
    const auto path = home() / "redaction.key";
    CHECK_FALSE(known_user_key());
    const auto key = user_key();
    CHECK(key.size() == 32);
    CHECK(user_key() == key);
    struct stat facts {};
    REQUIRE(stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777U) == 0600U);
    CHECK(std::distance(std::filesystem::directory_iterator(home()), {}) == 1);
    for (const std::string broken : {"", "short"}) {
        test::write_file(path, broken);
        try {
            static_cast<void>(user_key());
            FAIL("a broken key was used");
        } catch (const Trouble& trouble) {
            const std::string line = trouble.what();
            CHECK(line.starts_with("read key " + path.string()));
            CHECK(line.find('\n') == std::string::npos);
        }
        CHECK(test::read_file(path) == broken);
    }
}

}  // namespace stet
