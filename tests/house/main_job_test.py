"""The main job: record, look, replay, export; and what must never pass."""

import json
import sqlite3
import stat
import unittest

from house import KEY, House


class TheMainJob(House):
    def test_a_run_is_recorded_confirmed_and_exported_with_its_failures(self):
        self.record_demo()
        view = self.show()
        self.assertEqual((view["model_calls"], view["attempts"], view["tool_calls"]), (7, 9, 7))
        classes = [failure["class"] for failure in view["readings"]["failures"]]
        self.assertEqual(sorted(classes),
                         ["command_failed", "command_failed", "http_429", "not_found", "stream_cut"])
        self.assertEqual(len(view["readings"]["recoveries"]), 5)
        self.assertEqual([change["path"] for change in view["changed"]], ["basket.py"])
        self.assertEqual(view["checks"][0]["verdict"], "pass")

        replay = self.stet("replay", "last", "--json")
        self.assertEqual(replay.returncode, 0, replay.stderr)
        report = json.loads(replay.stdout)
        self.assertEqual((report["headline"], report["checks"][0]["outcome"]), ("confirmed", "confirmed"))
        self.assertEqual(report["states"], report["states_equal"])

        line = self.stet("export", "--format", "sft", "--require-rederived", "last").stdout
        messages = json.loads(line)["messages"]
        weights = [message["weight"] for message in messages if message["role"] == "assistant"]
        self.assertEqual(weights, [1, 0, 0, 1, 0, 1, 1])
        record = json.loads(self.stet("export", "last").stdout)
        self.assertEqual(record["rederived"]["headline"], "confirmed")

    def test_no_credential_is_in_anything_that_was_written(self):
        (self.workspace / "notes.txt").write_text(f"my key is {KEY}\n")
        self.record_demo()
        for path in self.home.rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def test_two_replays_say_the_same_bytes(self):
        self.record_demo()
        one, other = (self.stet("replay", "last", "--dry", "--json").stdout for _ in range(2))
        self.assertEqual(one, other)

    def test_nothing_is_exported_as_rederived_before_a_replay(self):
        self.record_demo()
        out = self.stet("export", "--format", "sft", "--require-rederived", "last")
        self.assertEqual(out.stdout, "")
        self.assertIn("stet replay", out.stderr)


class WhatMustNotPass(House):
    def test_an_altered_event_is_named_by_fsck_and_refused_by_replay(self):
        self.record_demo()
        with sqlite3.connect(self.log()) as log:
            rows = log.execute("SELECT seq, body FROM event WHERE kind = 'observation' ORDER BY seq LIMIT 1")
            seq, body = rows.fetchone()
            log.execute("UPDATE event SET body = ? WHERE seq = ?", (body.replace("toolu_", "other_"), seq))
        log.close()
        found = self.stet("fsck", self.log())
        self.assertEqual(found.returncode, 1)
        self.assertIn(f"seq {seq}", found.stdout)
        self.assertEqual(self.stet("replay", self.log()).returncode, 2)

    def test_a_changed_workspace_diverges_and_refutes_the_check(self):
        self.record_demo()
        kept = self.directory / "kept"
        self.assertEqual(self.stet("replay", "last", "--keep", kept).returncode, 0)
        self.assertEqual(self.stet("replay", "last", "--workspace", kept).returncode, 0)
        source = (kept / "basket.py").read_text()
        (kept / "basket.py").write_text(source.replace("/ 100", "/ 10"))
        judged = self.stet("replay", "last", "--workspace", kept, "--json")
        self.assertEqual(judged.returncode, 1, judged.stderr)
        report = json.loads(judged.stdout)
        self.assertEqual(report["headline"], "refuted")
        self.assertEqual(report["checks"][0]["outcome"], "refuted")
        self.assertEqual(report["divergences"][0]["cause"], "state")

    def test_a_missing_toolchain_is_unverifiable_and_no_failure(self):
        tools = self.directory / "tools"
        tools.mkdir()
        tool = tools / "examine"
        tool.write_text("#!/bin/sh\nexit 0\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        self.env["PATH"] = f"{tools}:{self.env['PATH']}"
        self.assertEqual(self.run_here("true", more=["--check", "examine"]).returncode, 0)
        self.assertEqual(self.stet("replay", "last").returncode, 0)
        tool.unlink()
        report = self.stet("replay", "last", "--json")
        self.assertEqual(report.returncode, 3, report.stderr)
        check = json.loads(report.stdout)["checks"][0]
        self.assertEqual((check["outcome"], check["cause"]), ("unverifiable", "environment"))

    def test_an_agent_that_edits_the_protected_tests_does_not_pass_them(self):
        cheat = "printf 'import unittest\\n' > test_basket.py"
        done = self.stet("run", "--workspace", self.workspace, "--protect", "test_*.py",
                         "--check", "python3 -m unittest -q", "--exit", "check",
                         "--", "sh", "-c", f"cd {self.workspace} && {cheat}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.stet("replay", "last").returncode, 0)


if __name__ == "__main__":
    unittest.main()
