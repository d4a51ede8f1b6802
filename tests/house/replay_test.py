"""Replays that are interrupted, come too early, or meet much or little."""

import os
import resource
import shutil
import signal
import subprocess
import unittest

from house import STET, House


class Replays(House):
    def test_a_signal_stops_the_check_and_leaves_nothing_behind(self):
        temporary, started, told = (self.directory / name for name in ("tmp", "started", "told"))
        temporary.mkdir()
        os.mkfifo(started)
        self.run_here("true", more=["--sandbox", "none", "--check", f"test -e {told} || exit 0; "
                                    f"echo > {started}; sleep 300"])
        before = self.stet("events", "last", "--json").stdout
        told.touch()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number):
                replayer = subprocess.Popen(
                    [STET, "replay", "--sandbox", "none", "last"], env=dict(self.env, TMPDIR=str(temporary)),
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                started.read_text()
                self.assertNotEqual(list(temporary.iterdir()), [])
                replayer.send_signal(number)
                _, said = replayer.communicate(timeout=20)
                self.assertEqual(replayer.returncode, 128 + number, said)
                self.assertIn("interrupted", said)
                self.assertEqual(list(temporary.iterdir()), [])
        self.assertIsNone(self.show()["replay"])
        self.assertEqual(self.stet("events", "last", "--json").stdout, before)

    def test_a_home_may_hold_more_logs_than_a_process_may_open(self):
        self.run_here("true", more=["--name", "first", "--check", "true"])
        log = self.log()
        for number in range(80):
            shutil.copy(log, log.with_name(f"{number}.stet"))
        limit = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))}
        done = self.stet("export", "--where", "name=first", **limit)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("of 81 runs", done.stderr)
        done = self.stet("replay", "--dry", "--world", "tape", "--where", "name=nobody", **limit)
        self.assertIn("none of 81 is so", done.stderr)

    def test_a_bad_log_hides_no_other_from_where(self):
        self.run_here("true", more=["--name", "first"])
        (self.home / "runs/bad.stet").write_bytes(b"no log at all" * 99)
        done = self.stet("export", "--where", "name=first")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("bad.stet", done.stderr)

    def test_what_is_still_being_recorded_is_not_called_torn(self):
        started, go_on = self.directory / "started", self.directory / "go_on"
        os.mkfifo(started)
        os.mkfifo(go_on)
        recorder = subprocess.Popen([STET, "run", "--workspace", str(self.workspace), "--", "sh", "-c",
                                     f"echo > {started}; cat {go_on}"], env=self.env,
                                    stderr=subprocess.DEVNULL)
        started.read_text()
        said = self.stet("replay", "last").stdout
        go_on.write_text("")
        recorder.wait(20)
        self.assertIn("still being recorded: only its prefix", said)
        self.assertNotIn("torn", said)

    def test_of_a_workspace_that_lacks_a_file_the_rest_is_kept_and_the_file_named(self):
        big = self.workspace / "a_big.bin"
        with big.open("wb") as file:
            file.truncate((64 << 20) + 1)  # Its content is not kept.
        self.run_here("sh", "-c", f"echo new > {self.workspace}/made.txt")
        kept = self.directory / "kept"
        done = self.stet("replay", "--keep", kept, "last")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("a_big.bin", done.stderr)
        self.assertEqual((kept / "made.txt").read_text(), "new\n")
        self.assertTrue((kept / "test_basket.py").exists())
        self.assertFalse((kept / "a_big.bin").exists())


if __name__ == "__main__":
    unittest.main()
