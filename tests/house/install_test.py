"""What `cmake --install` lays out.

usage: install_test.py STET CMAKE BUILD_DIRECTORY
"""

import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

CMAKE, BUILD = sys.argv[2:4]


class Install(unittest.TestCase):
    def test_the_program_runs_and_the_links_of_its_papers_lead_somewhere(self):
        with tempfile.TemporaryDirectory(prefix="stet-house-") as prefix:
            subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix], check=True,
                           stdout=subprocess.DEVNULL)
            version = subprocess.run([f"{prefix}/bin/stet", "--version"], capture_output=True, text=True)
            self.assertTrue(version.stdout.startswith("stet "), version.stderr)
            papers = list(Path(prefix).rglob("*.md"))
            self.assertGreater(len(papers), 5)
            self.assertEqual(len(list(Path(prefix).rglob("record.schema.json"))), 1)
            for paper in papers:
                for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", paper.read_text()):
                    self.assertTrue((paper.parent / link).exists(), f"{paper.name}: {link}")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
