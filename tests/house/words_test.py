"""What a person is told: one line, true, and what to do."""

import json
import os
import shutil
import subprocess
import unittest

from house import House

RUN = ["--", "true"]


class Words(House):
    def check_rows(self, rows, code):
        for words, expected in rows:
            with self.subTest(words=[str(word) for word in words]):
                done = self.stet(*words)
                self.assertEqual(done.returncode, code, done.stderr)
                lines = done.stderr.splitlines()
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertIn(expected, lines[0])
                self.assertNotIn("FAILED", lines[0])

    def test_words_that_are_not_understood_are_named(self):
        self.check_rows([
            (["nope"], "there is no command nope"),
            (["--nope"], "there is no option --nope"),
            (["show", "--nope"], "there is no option --nope"),
            (["diff"], "give two runs: stet diff ONE OTHER"),
            (["diff", "a"], "give two runs: stet diff ONE OTHER"),
            (["fsck"], "give at least one run"),
            (["show", "--json", "--follow"], "excludes"),
            (["replay", "--level", "x"], 'stet: read --level x: there is no level "x"'),
            (["export", "--level", "x"], 'stet: read --level x: there is no level "x"'),
        ], 2)
        self.assertEqual(self.stet("show", "--json", "--follow").stdout, "")

    def test_options_of_a_recording_that_cannot_be_are_named(self):
        self.check_rows([
            (["run"], "give the agent"),
            (["mcp"], "give the server"),
            (["run", "--nope", *RUN], "there is no option --nope"),
            (["run", "--durability", "x", *RUN], "'x' is neither process nor power"),
            (["run", "--exit", "x", *RUN], "'x' is neither agent nor check"),
            (["run", "--trial", "x", *RUN], "--trial: 'x' is no whole number"),
            (["run", "--trial", "99999999999999999999", *RUN], "is no whole number"),
            (["run", "--no-workspace", "--workspace", ".", *RUN], "excludes"),
            (["run", "--upstream", "x=script:/nope", *RUN], "No such file or directory"),
            (["run", "--no-workspace", "--log", "/nope/x.stet", *RUN], "its directory must exist"),
        ], 125)
        self.assertEqual(list(self.home.rglob("*.stet")), [])

    def test_names_of_upstreams_that_cannot_work_are_refused(self):
        rows = [(["run", "--upstream", f"{name}=http://127.0.0.1:1", *RUN], "no name for a provider")
                for name in ("", "a/b", "..", "A B", "a.b", "1", "ä")]
        url = "http://127.0.0.1:1"
        rows += [(["run", "--upstream", f"a={url}", "--upstream", f"{again}={url}", *RUN], "has this name")
                 for again in ("a", "A")]
        rows += [(["run", "--upstream", f"a-b={url}", "--upstream", f"a_b={url}", *RUN], "has this name")]
        self.check_rows(rows, 125)
        for words in (["--upstream", f"anthropic={url}"], ["--upstream", f"my-proxy_2={url}"],
                      ["--durability", "power", "--exit", "agent", "--trial", "-1"]):
            self.assertEqual(self.run_here("sh", "-c", "exit 4", more=words).returncode, 4)

    def test_a_home_that_is_none_is_said_with_what_to_do(self):
        self.env["STET_HOME"] = "/etc/passwd"
        self.check_rows([(["ls"], "set STET_HOME"), (["show"], "set STET_HOME")], 2)

    def test_a_world_that_is_not_there_is_said_once(self):
        self.run_here("true")
        self.assertEqual(self.stet("replay", "--world", "nope").stderr.count("make world"), 1)

    def test_a_log_is_found_under_its_very_name(self):
        self.run_here("true")
        for name in ("a#b.stet", "c.stet#d"):
            shutil.copy(self.log(), self.directory / name)
            for word in (name, f"./{name}"):
                self.assertEqual(self.stet("show", word, cwd=self.directory).returncode, 0, word)

    def test_what_no_snapshot_can_hold_is_one_gap(self):
        os.mkfifo(self.workspace / "pipe")
        for words in (["run", "--workspace", self.workspace], ["mcp", "--workspace", self.workspace]):
            self.stet(*words, "--", "true", stdin=subprocess.DEVNULL)
            lines = self.stet("events", "last", "--json", "--kind", "gap").stdout.splitlines()
            self.assertEqual([json.loads(line)["body"]["reason"] for line in lines], ["not in the snapshot"])

    def test_a_long_line_loses_its_middle(self):
        said = self.stet("show", "x" * 5000 + ".stet").stderr
        self.assertLess(len(said), 700)
        self.assertIn("File name too long", said)


if __name__ == "__main__":
    unittest.main()
