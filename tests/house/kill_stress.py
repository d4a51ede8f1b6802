"""The class Kills of kills_test.py as a long suite: kills the whole recorder that many times, each at a
moment of its own, and looks at what is left.

usage: kill_stress.py STET COUNT SEED
"""

import os
import sys
import unittest

count, seed = sys.argv[2:]
os.environ.update(STET_KILLS=count, STET_SEED=seed)
del sys.argv[2:]

import kills_test  # noqa: E402, it takes the program's path from the command line

suite = unittest.defaultTestLoader.loadTestsFromTestCase(kills_test.Kills)
result = unittest.TextTestRunner(stream=sys.stdout).run(suite)
print(f"{count} kills of the whole recorder, {len(result.failures) + len(result.errors)} logs bad")
sys.exit(0 if result.wasSuccessful() else 1)
