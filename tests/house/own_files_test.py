"""What stet itself writes into a workspace is no work of the agent's."""

import json
import unittest

from house import House


class OwnFiles(House):
    def changed(self, run="last"):
        view = self.stet("show", run, "--json", cwd=self.workspace).stdout
        return [change["path"] for change in json.loads(view)["changed"]]

    def test_a_log_in_the_workspace_is_not_recorded_whatever_its_name(self):
        for name in ("a.stet", "./b.stet", self.workspace / "c.stet", "l[1].stet", "star*.stet", "what?.stet",
                     "back\\slash.stet", "..d.stet"):
            with self.subTest(name=name):
                made = f"made-beside-{str(name).rsplit('/', 1)[-1].rsplit('.', 1)[0]}"
                self.stet("run", "--log", name, "--", "sh", "-c", 'echo > "$1"', "sh", made,
                          cwd=self.workspace)
                self.assertEqual(self.changed(name if "/" in str(name) else f"./{name}"), [made])

    def test_only_the_log_is_left_out_and_not_what_is_called_alike(self):
        self.stet("run", "--log", "run.stet", "--", "sh", "-c", "echo > run.stet.notes", cwd=self.workspace)
        self.assertEqual(self.changed("run.stet"), ["run.stet.notes"])

    def test_neither_a_log_nor_a_home_in_the_workspace_is_lent_to_a_check(self):
        self.env["STET_HOME"] = "home"
        for more in ([], ["--log", "run.stet"]):
            with self.subTest(more=more):
                self.stet("run", *more, "--check", "true", "--", "true", cwd=self.workspace)
                run = "./run.stet" if more else "last"
                results = self.stet("events", run, "--json", "--kind", "check_result",
                                    cwd=self.workspace).stdout
                self.assertEqual(json.loads(results)["body"]["environment"]["excluded"], [])
                gaps = self.stet("events", run, "--kind", "gap", cwd=self.workspace).stdout
                self.assertEqual(gaps, "")

    def test_a_home_in_the_workspace_is_not_recorded_whatever_its_name(self):
        for name in ("h[1]", "h*"):
            with self.subTest(name=name):
                self.env["STET_HOME"] = name
                self.stet("run", "--", "sh", "-c", "echo more >> new; echo > seen", cwd=self.workspace)
                self.assertIn("new", self.changed())
                self.assertFalse([path for path in self.changed() if path.startswith("h")])


if __name__ == "__main__":
    unittest.main()
