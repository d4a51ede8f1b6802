"""Published runs, through the binary: imported, executed again, judged again.

They lie where STET_CORPORA says, and nowhere in the repository.
"""

import json
import os
import subprocess
import sys
import unittest
from pathlib import Path

from house import STET, House


class Published(House):
    """The sets as they were published. Figures are what was counted there, not what stet made of them."""

    def corpus(self, name):
        found = Path(os.environ.get("STET_CORPORA", "/nowhere")) / name
        if not found.is_dir():
            print(f"SKIPPED: STET_CORPORA names no directory with {name}: nothing was imported",
                  file=sys.stderr)
            self.skipTest("no corpora")
        return found

    def replayed(self, format, *files):
        subprocess.run([STET, "import", format, *map(str, files)], env=self.env, check=True, timeout=600,
                       capture_output=True)
        done = subprocess.run([STET, "replay", "--imported", "--dry", "--json"], env=self.env,
                              capture_output=True, text=True, timeout=600)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        return [line for line in lines if "headline" in line]

    def check_set(self, reports, runs, calls):
        self.assertEqual(len(reports), runs)
        self.assertEqual(sum(report["calls"] for report in reports), calls)
        self.assertEqual(sum(report["at_level"]["bytes"] for report in reports), calls)
        checks = [check for report in reports for check in report["checks"]]
        rewards = [check for check in checks if check["name"] == "reward"]
        self.assertEqual([check["outcome"] for check in rewards], ["confirmed"] * runs)
        odd = [check for check in checks if check["outcome"] != "confirmed" and check["cause"] != "recorded"]
        self.assertEqual(odd, [])

    def test_tau2_retail(self):
        data = self.corpus("tau2-retail")
        self.check_set(self.replayed("tau2", data / "dev/gpt-4.1_default.json"), 40, 299)

    def test_tau2_telecom(self):
        data = self.corpus("tau2-telecom")
        self.check_set(self.replayed("tau2", data / "dev/gpt-4.1_default.json"), 40, 689)

    def test_tau2_telecom_without_a_user(self):
        data = self.corpus("tau2-telecom")
        self.check_set(self.replayed("tau2", data / "dev/gpt-4.1_no-user_5tasks.json"), 20, 192)


if __name__ == "__main__":
    unittest.main()
