"""Descriptors as stet finds them: closed ones, and a stderr that takes nothing."""

import os
import subprocess
import unittest

from house import SANDBOX, STET, House

CHECK = ["--check", "true"]


class Descriptors(House):
    def record(self, redirection, *words):
        """The recorder's code, its own descriptors redirected by the shell as is said."""
        script = f'exec "$@" {redirection}'
        return subprocess.run(
            ["sh", "-c", script, "sh", STET, "run", *SANDBOX, "--workspace", str(self.workspace), *CHECK,
             "--", *words], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)

    def check_sealed(self):
        view = self.show()
        self.assertEqual((view["standing"], view["exit_code"]), ("sealed", 4))
        self.assertEqual([check["verdict"] for check in view["checks"]], ["pass"])
        fsck = self.stet("fsck", "last")
        self.assertEqual(fsck.returncode, 0, fsck.stdout + fsck.stderr)

    def test_a_closed_descriptor_is_nobodys_log(self):
        agent = "echo said; echo warned >&2; head -c 1; exit 4"
        for redirection in ("<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"):
            with self.subTest(redirection=redirection):
                self.assertEqual(self.record(redirection, "sh", "-c", agent).returncode, 4)
                self.check_sealed()

    def test_the_agent_reads_and_writes_nothing_where_a_descriptor_was_closed(self):
        told = self.directory / "told"
        self.record(">&-", "sh", "-c", f"echo x || echo refused >{told}; exit 4")
        self.assertEqual(told.read_text(), "refused\n")
        self.record("<&-", "sh", "-c", f"cat || echo nothing >{told}; exit 4")
        self.assertEqual(told.read_text(), "nothing\n")

    def test_a_result_that_was_lost_is_trouble_even_when_stdout_was_closed(self):
        self.run_here("true")
        done = subprocess.run(["sh", "-c", f"exec {STET} ls >&-"], env=self.env, capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 2)
        self.assertIn("write output", done.stderr)

    def test_a_stderr_that_takes_nothing_decides_no_run(self):
        self.assertEqual(self.record("2>/dev/full", "sh", "-c", "exit 4").returncode, 4)
        self.check_sealed()

    def test_a_stderr_whose_reader_has_gone_decides_no_run(self):
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        done = subprocess.run([STET, "run", *SANDBOX, "--workspace", str(self.workspace), *CHECK, "--", "sh",
                               "-c", "exit 4"], env=self.env, stderr=writer, timeout=60)
        self.assertEqual(done.returncode, 4)
        self.check_sealed()

    def test_a_stderr_that_takes_nothing_changes_no_exit_code(self):
        self.run_here("true")
        rows = [(["ls"], 0), (["replay", *SANDBOX, "last"], 3), (["export", "last"], 0),
                (["show", "nobody"], 2), (["fsck", "last", "nobody"], 2), (["nonsense"], 2),
                (["run", "--nonsense"], 125), (["mcp", "--", "sh", "-c", "exit 4"], 4)]
        for words, code in rows:
            with self.subTest(words=words), open("/dev/full", "w", encoding="utf-8") as full:
                loud = self.stet(*words, stdin=subprocess.DEVNULL).returncode
                done = subprocess.run([STET, *words], env=self.env, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=full, timeout=60)
                self.assertEqual((done.returncode, loud), (code, code))


if __name__ == "__main__":
    unittest.main()
