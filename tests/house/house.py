"""What the tests through the binary share.

usage: NAME_test.py STET [unittest arguments]
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STET = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "stet"
KEY = "sk-ant-planted-0123456789abcdef"


def sandbox():
    """Options for where checks run: without a sandbox where none works (in most containers)."""
    found = json.loads(subprocess.run([STET, "doctor", "--json"], capture_output=True, text=True).stdout)
    if next(one for one in found["findings"] if one["name"] == "sandbox")["good"]:
        return []
    print("no sandbox works here: checks run without one", file=sys.stderr)
    return ["--sandbox", "none"]


SANDBOX = sandbox()


class House(unittest.TestCase):
    """A home and a workspace of their own for each test."""

    def setUp(self):
        self.directory = Path(tempfile.mkdtemp(prefix="stet-house-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.workspace = self.directory / "project"
        shutil.copytree(ROOT / "demo/project", self.workspace, ignore=shutil.ignore_patterns("__pycache__"))
        self.home = self.directory / "home"
        self.env = dict(os.environ, STET_HOME=str(self.home), ANTHROPIC_API_KEY=KEY, NO_COLOR="1",
                        PYTHONDONTWRITEBYTECODE="1")
        for name in ("ANTHROPIC_BASE_URL", "OPENAI_BASE_URL", "STET_SOCKET"):
            self.env.pop(name, None)

    def stet(self, *words, **options):
        if words[0] in ("run", "replay") and "--sandbox" not in words:
            words = (words[0], *SANDBOX, *words[1:])
        options.setdefault("env", self.env)
        return subprocess.run([STET, *map(str, words)], capture_output=True, text=True, timeout=60, **options)

    def record_demo(self, *more, check="python3 -m unittest -q"):
        script = f"anthropic=script:{ROOT / 'demo/model.json'}"
        agent = ["python3", str(ROOT / "demo/agent.py"), "Fix the failing test."]
        done = self.stet("run", "--workspace", self.workspace, "--task", "Fix the failing test.",
                         "--check", check, "--name", "demo", "--upstream", script, *more, "--", *agent,
                         cwd=self.workspace)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def run_here(self, *words, more=()):
        return self.stet("run", "--workspace", self.workspace, *more, "--", *words)

    def log(self):
        return max((self.home / "runs").glob("*.stet"), key=lambda path: path.stat().st_mtime)

    def show(self):
        return json.loads(self.stet("show", "last", "--json").stdout)
