"""Declared worlds, through the binary: made, checked, called."""

import json
import unittest

from house import House


class Worlds(House):
    def test_a_new_world_works_and_a_broken_one_is_told_where(self):
        world = self.directory / "notes"
        self.assertEqual(self.stet("world", "new", world).returncode, 0)
        self.assertIn("3 tools", self.stet("world", "check", world).stdout)
        self.assertEqual(self.stet("world", "tools", world).stdout.split(),
                         ["add_note", "find_notes", "get_note"])
        self.assertEqual(self.stet("world", "new", world).returncode, 2)
        (world / "tools.lua").write_text("return {\n  get_note = function( end\n}\n")
        broken = self.stet("world", "check", world)
        self.assertEqual((broken.returncode, broken.stderr.count("\n")), (2, 1))
        self.assertIn("tools.lua:2:", broken.stderr)

    def test_calls_are_answered_with_what_they_changed(self):
        world = self.directory / "notes"
        self.stet("world", "new", world)
        calls = [{"tool": "add_note", "arguments": {"id": "x", "text": "a"}}, {"reset": True},
                 {"tool": "get_note", "arguments": {"id": "x"}}, {"tool": "fly"}]
        ran = self.stet("world", "run", world, input="\n".join(map(json.dumps, calls)))
        answers = [json.loads(line) for line in ran.stdout.splitlines()]
        self.assertEqual([answer["status"] for answer in answers], ["ok", "tool_error", "unknown_tool"])
        self.assertEqual(answers[0]["changes"][0]["path"], "/notes/x")
        self.assertNotEqual(answers[0]["state"], answers[1]["state"])


if __name__ == "__main__":
    unittest.main()
