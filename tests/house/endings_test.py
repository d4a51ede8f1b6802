"""How runs end, and what bad input gets."""

import json
import os
import resource
import signal
import subprocess
import time
import unittest

from house import SANDBOX, STET, House


class Endings(House):
    def test_the_exit_code_is_the_agents_own(self):
        self.assertEqual(self.run_here("sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.run_here("sh", "-c", "kill -TERM $$").returncode, 128 + signal.SIGTERM)

    def test_a_signal_during_the_checks_stops_them_and_the_log_is_sealed(self):
        started = self.directory / "started"
        os.mkfifo(started)
        recorder = subprocess.Popen(
            [STET, "run", "--workspace", str(self.workspace), "--sandbox", "none",
             "--check", f"echo > {started}; sleep 300", "--check", "second=true", "--", "true"],
            env=self.env, stderr=subprocess.PIPE, text=True)
        started.read_text()
        recorder.send_signal(signal.SIGTERM)
        recorder.communicate(timeout=20)
        self.assertEqual(recorder.returncode, 128 + signal.SIGTERM)
        view = self.show()
        self.assertEqual(view["standing"], "sealed")
        self.assertEqual([check["verdict"] for check in view["checks"]], ["error", "error"])

    def test_a_server_under_a_stopped_run_is_recorded_on_its_own(self):
        said = self.directory / "said"
        agent = f"kill -STOP $PPID; {STET} mcp -- true 2>{said} </dev/null; kill -CONT $PPID"
        self.assertEqual(self.run_here("sh", "-c", agent).returncode, 0)
        self.assertIn("has not answered", said.read_text())
        self.assertIn("recording alone", said.read_text())
        self.assertEqual(len(list((self.home / "runs").glob("*.stet"))), 2)

    def test_an_end_is_recorded_as_it_was_and_read_by_whoever_looks(self):
        rows = [("exit 0", "success_claimed", "success_claimed", "exit code 0"),
                ("exit 7", "unknown", "gave_up", "exit code 7"),
                ("kill -KILL $$", "signal", "signal", "signal 9 (Killed)"),
                ("kill -SEGV $$", "crash", "crash", "signal 11")]
        for command, recorded, read, shown in rows:
            with self.subTest(command=command):
                self.run_here("sh", "-c", command)
                events = self.stet("events", "last", "--json", "--kind", "end").stdout
                self.assertEqual(json.loads(events)["body"]["ending"], recorded)
                view = self.show()
                self.assertEqual(view["ending"], read)
                self.assertIn(f"exit code {view['exit_code']}" if view["signal"] is None
                              else f"signal {view['signal']}", shown)
                self.assertIn(shown, self.stet("show", "last").stdout)

    def test_a_server_that_ends_in_order_claims_nothing(self):
        self.stet("mcp", "--workspace", self.workspace, "--", "true", stdin=subprocess.DEVNULL)
        self.assertEqual(self.show()["ending"], "unknown")

    def test_a_check_that_a_kill_came_before_was_not_run(self):
        recorder = subprocess.Popen(
            [STET, "run", *SANDBOX, "--workspace", str(self.workspace), "--check", "true", "--", "sh", "-c",
             f"touch {self.directory}/begun; exec sleep 60"],
            env=self.env, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 20
        while not (self.directory / "begun").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(recorder.pid, signal.SIGKILL)
        recorder.wait()
        shown = self.stet("show", "last").stdout
        self.assertIn("check: not_run", shown)
        self.assertNotIn("no check was given", shown)
        self.assertEqual(self.show()["checks"][0]["verdict"], "not_run")

    def test_a_failure_before_the_first_step_is_shown(self):
        self.run_here("sh", "-c", "kill -SEGV $$")
        self.assertIn("agent_crashed", self.stet("show", "last").stdout)
        listed = json.loads(self.stet("ls", "--json").stdout)
        self.assertEqual((listed["failures"], listed["steps"]), (1, 0))

    def test_a_command_that_cannot_be_started_leaves_a_sealed_log_that_says_so(self):
        for command, code in (("/nowhere/to/be/found", 127), ("/etc/passwd", 126)):
            for words in (["run", "--no-workspace", "--", command], ["mcp", "--", command]):
                with self.subTest(words=words):
                    done = self.stet(*words)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertIn(command, done.stderr.splitlines()[-1])
                    view = self.show()
                    self.assertEqual((view["standing"], view["exit_code"]), ("sealed", code))

    def test_the_agent_finds_signals_as_stet_found_them(self):
        def ignored(before, *front):
            done = subprocess.run([*front, "grep", "SigIgn", "/proc/self/status"], env=self.env,
                                  capture_output=True, text=True, timeout=60, preexec_fn=before)
            return int(done.stdout.split()[1], 16) & 0x7FFFFFFF  # Beyond are the C library's own.
        for before in (None, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)):
            under_stet = ignored(before, STET, "run", "--no-workspace", "--")
            self.assertEqual(under_stet, ignored(before))

    def test_a_limit_of_file_sizes_is_trouble_and_no_sudden_end(self):
        limit = 16 * 1024
        done = self.stet("run", "--no-workspace", "--", "true",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertTrue(done.stderr.splitlines()[-1].startswith("stet: "), done.stderr)
        self.assertEqual(list((self.home / "runs").iterdir()), [])  # None that could not be begun.
        self.assertEqual(self.stet("ls").stderr.count("\n"), 1)

    def test_a_log_that_the_limit_of_file_sizes_ends_is_named_with_the_reason(self):
        limit = 400 * 1024
        agent = f"head -c 900000 /dev/urandom > {self.workspace}/grown; sleep 0.5"
        for words in (["run", "--workspace", self.workspace], ["mcp", "--workspace", self.workspace]):
            with self.subTest(words=words[0]):
                done = self.stet(*words, "--", "sh", "-c", f"ulimit -f unlimited; {agent}",
                                 stdin=subprocess.DEVNULL,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                                       (limit, resource.RLIM_INFINITY)))
                self.assertEqual(done.returncode, 125, done.stderr)
                last = done.stderr.splitlines()[-1]
                self.assertRegex(last, f"{self.home}/runs/[0-9a-z]+.stet: ")
                self.assertIn("File too large", last)
                self.assertIn("ulimit -f", last)

    def test_bad_input_gets_one_clear_line(self):
        (self.directory / "empty.stet").write_bytes(b"")
        (self.directory / "other.stet").write_bytes(b"not a log at all" * 100)
        (self.directory / "bad.json").write_text('{"turns":[{"faults":[{"kind":"flood"}]}]}')
        rows = [
            (["show", "nobody"], 2),
            (["show", self.directory / "missing.stet"], 2),
            (["fsck", self.directory / "empty.stet"], 2),
            (["fsck", self.directory / "other.stet"], 2),
            (["replay", "--level", "perfect", "last"], 2),
            (["ls", "--where", "colour=red"], 2),
            (["run", "--workspace", self.directory / "nowhere", "--", "true"], 125),
            (["run", "--upstream", f"x=script:{self.directory / 'bad.json'}", "--", "true"], 125),
            (["run", "--upstream", "nonsense", "--", "true"], 125),
            (["run", "--upstream", "anthropic=nonsense", "--", "true"], 125),
            (["run", "--upstream", "anthropic=https://me:word@host", "--", "true"], 125),
            (["run", "--log", self.directory / "no/a.stet", "--no-workspace", "--", "true"], 125),
        ]
        for words, code in rows:
            with self.subTest(words=[str(word) for word in words]):
                done = self.stet(*words)
                self.assertEqual(done.returncode, code, done.stderr)
                lines = done.stderr.strip().splitlines()
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertTrue(lines[0].startswith("stet: "), lines[0])
        self.assertEqual(list(self.home.rglob("*.stet")), [])

    def test_a_world_that_is_not_there_is_said_with_those_that_are(self):
        self.record_demo()
        done = self.stet("replay", "last", "--world", "moon")
        self.assertEqual(done.returncode, 2)
        self.assertIn("files", done.stderr)


if __name__ == "__main__":
    unittest.main()
