"""What an agent leaves in its workspace before its work is judged."""

import json
import shutil
import unittest

from house import ROOT, House


class WhatAnAgentLeavesBehind(House):
    """Whatever became of the workspace: a verdict or its cause, a sealed log, the agent's own exit code."""

    def record(self, script, *more, check="python3 -m unittest -q"):
        done = self.run_here("sh", "-c", script, more=["--check", check, *more])
        view = self.show()
        self.assertEqual(view["standing"], "sealed", done.stderr)
        return done, view["checks"][0]

    def test_protected_files_are_not_written_through_its_symlinks(self):
        outside = self.directory / "outside.py"
        outside.write_text("mine\n")
        for script in (f"cd {self.workspace}; rm test_basket.py; ln -s {outside} test_basket.py; exit 4",
                       f"cd {self.workspace}; rm test_basket.py; mkdir test_basket.py; exit 4"):
            with self.subTest(script=script):
                done, check = self.record(script, "--protect", "./test_*.py")
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertEqual(check["verdict"], "fail")  # The bug is still in.
                self.assertEqual(outside.read_text(), "mine\n")
                self.assertEqual(self.stet("replay", "last").returncode, 0)
                shutil.rmtree(self.workspace)
                shutil.copytree(ROOT / "demo/project", self.workspace)

    def test_a_workspace_that_is_gone_is_an_error_and_no_verdict(self):
        done, check = self.record(f"rm -r {self.workspace}; exit 3")
        self.assertEqual((done.returncode, check["verdict"]), (3, "error"))
        self.assertEqual(self.stet("replay", "last").returncode, 3)

    def test_a_workspace_behind_a_symlink_is_an_error_and_no_verdict(self):
        other = self.directory / "other"
        other.mkdir()
        (other / "secret.txt").write_text("not part of the work\n")
        done, check = self.record(f"mv {self.workspace} {self.workspace}.old; ln -s {other} {self.workspace}")
        self.assertEqual((done.returncode, check["verdict"]), (0, "error"))
        self.assertNotIn(b"not part of the work", self.log().read_bytes())

    def test_a_process_that_goes_on_writing_is_found_out(self):
        loop = "for i in $(seq 200); do echo $i > busy.txt; sleep 0.01; done"
        done, check = self.record(f"cd {self.workspace}; ({loop}) >/dev/null 2>&1 & exit 0", check="true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(check["verdict"], ("error", "pass"))
        self.assertEqual(self.stet("fsck", "last").returncode, 0)
        code = self.stet("replay", "last").returncode
        self.assertEqual(code, 0 if check["verdict"] == "pass" else 3)

    def test_a_dependency_that_it_changed_is_said(self):
        package = self.workspace / "node_modules/pad/index.js"
        package.parent.mkdir(parents=True)
        package.write_text("pad\n")
        self.record(f"echo patched >> {package}", check="grep -q patched node_modules/pad/index.js")
        events = [json.loads(line) for line in self.stet("events", "last", "--json").stdout.splitlines()]
        gaps = [event["body"] for event in events if event["kind"] == "gap"]
        self.assertIn(("an excluded tree was changed during the run", "node_modules"),
                      [(gap["reason"], gap["place"]) for gap in gaps])
        self.assertEqual(self.stet("replay", "last").returncode, 0)
        package.write_text("pad\n")
        report = self.stet("replay", "last", "--trust", "--json")
        check = json.loads(report.stdout)["checks"][0]
        self.assertEqual(report.returncode, 3, report.stderr)
        self.assertEqual((check["outcome"], check["cause"]), ("unverifiable", "environment"))

    def test_a_home_inside_the_workspace_is_no_part_of_the_work(self):
        self.env["STET_HOME"] = str(self.workspace / ".stet")
        self.home = self.workspace / ".stet"
        self.record("true", check="true")
        self.assertEqual(self.show()["changed"], [])


if __name__ == "__main__":
    unittest.main()
