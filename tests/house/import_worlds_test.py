"""Runs of tau2-bench and of WorkBench, through the binary: in small worlds that are made here."""

import json
import unittest

from house import House

WORLD = {
    "world": "tau2-notes", "version": "1", "results": "python-json", "script_error": "Error: {error}",
    "state": [{"collection": "notes", "from": "notes.json"}], "scripts": ["tools.lua"],
    "tools": {"put": {}, "get": {}, "ring": {"caller": "user"}},
}
TOOLS = """
local function put(state, args)
  state.notes[args.id] = object("text", args.text)
  return state.notes[args.id]
end
local function get(state, args) return state.notes[args.id] or error("no note " .. args.id, 0) end
local function ring(state) state.notes.bell = object("text", "rung") return "rung" end
local function has(state, args) return state.notes[args.id] ~= nil end
return {put = put, get = get, ring = ring, has = has}
"""


def call(id, name, requestor="assistant", /, **arguments):
    return {"id": id, "name": name, "arguments": arguments, "requestor": requestor}


def said(role, content=None, calls=None):
    return {"role": role, "content": content, "tool_calls": calls}


def answered(id, content, error=False, requestor="assistant"):
    return {"role": "tool", "id": id, "content": content, "error": error, "requestor": requestor}


def results():
    """A result file of tau2-bench with one simulation, in a domain of which nobody ever heard."""
    criteria = {
        "actions": [{"requestor": "user", "name": "ring", "arguments": {}, "compare_args": None},
                    {"name": "put", "arguments": {"id": "x", "text": "1,5"}, "compare_args": ["id"]}],
        "env_assertions": [{"func_name": "has", "arguments": {"id": "first"}, "assert_value": True}],
        "communicate_info": ["1500"], "nl_assertions": ["It was kind."],
        "reward_basis": ["DB", "COMMUNICATE"],
    }
    messages = [
        said("assistant", "Hi!"), said("user", "Note 1,500"),
        said("assistant", calls=[call("1", "get", id="x"), call("2", "put", id="x", text="1,5")]),
        answered("1", "Error: no note x", True), answered("2", '{"text": "1,5"}'),
        said("user", calls=[call("3", "ring", "user")]), answered("3", "rung", requestor="user"),
        said("assistant", "It says 1,500."), said("user", "###STOP###"),
    ]
    reward = {
        "reward": 1.0, "db_check": {"db_match": True, "db_reward": 1.0},
        "env_assertions": [{"env_assertion": criteria["env_assertions"][0], "met": True, "reward": 1.0}],
        "action_checks": [{"action": action, "action_match": True} for action in criteria["actions"]],
        "communicate_checks": [{"info": "1500", "met": True, "justification": "said"}],
        "nl_assertions": [{"nl_assertion": "It was kind.", "met": True, "justification": "It said hi."}],
        "reward_basis": ["DB", "COMMUNICATE"], "reward_breakdown": {"DB": 1.0, "COMMUNICATE": 1.0},
    }
    task = {"id": "t", "user_scenario": {"instructions": "Have it noted."}, "evaluation_criteria": criteria,
            "initial_state": {"initialization_actions": [
                {"env_type": "assistant", "func_name": "put", "arguments": {"id": "first", "text": ""}}]}}
    info = {"environment_info": {"domain_name": "notes", "policy": "Be kind."},
            "agent_info": {"implementation": "llm_agent", "llm": "m-1", "llm_args": {}}, "user_info": {}}
    return {"info": info, "tasks": [task],
            "simulations": [{"id": "s", "task_id": "t", "trial": 0, "termination_reason": "user_stop",
                             "reward_info": reward, "messages": messages}]}


class Tau2(House):
    def setUp(self):
        super().setUp()
        # A world is looked for here before it is looked for among those that come with stet.
        world = self.directory / "tau2-notes"
        world.mkdir()
        (world / "world.json").write_text(json.dumps(WORLD))
        (world / "tools.lua").write_text(TOOLS)
        (self.directory / "notes.json").write_text("{}")

    def import_and_replay(self, made):
        (self.directory / "r.json").write_text(json.dumps(made))
        done = self.stet("import", "tau2", "r.json", cwd=self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        replayed = self.stet("replay", "last", "--json", cwd=self.directory)
        return replayed.returncode, json.loads(replayed.stdout.splitlines()[0])

    def test_calls_are_made_again_and_verdicts_derived_again_but_for_a_judges(self):
        code, report = self.import_and_replay(results())
        self.assertEqual((code, report["headline"], report["at_level"]["bytes"]), (3, "unverifiable", 3))
        became = {check["name"]: (check["outcome"], check["cause"]) for check in report["checks"]}
        self.assertEqual(became.pop("nl_assertion/1"), ("unverifiable", "recorded"))
        self.assertEqual(set(became), {"db", "env_assertion", "action", "communicate", "env_assertion/1",
                                       "action/1", "action/2", "communicate/1", "reward"})
        self.assertEqual(set(became.values()), {("confirmed", "")})
        # Not all verdicts need be good for the reward to be.
        again = self.stet("import", "tau2", "r.json", cwd=self.directory)
        self.assertIn("1 were here before", again.stdout)

    def test_the_run_counts_as_its_reward_says(self):
        made = results()
        made["simulations"][0]["reward_info"]["action_checks"][0]["action_match"] = False
        code, report = self.import_and_replay(made)
        self.assertEqual((code, report["headline"]), (1, "refuted"))
        self.assertEqual([check["name"] for check in report["checks"] if check["outcome"] == "refuted"],
                         ["action", "action/1"])
        self.assertEqual(json.loads(self.stet("ls", "--json").stdout)["verdict"], "pass")
        shown = self.stet("show", "last").stdout
        self.assertIn("action/1: fail", shown)
        self.assertNotIn("not_run", shown)

    def test_a_call_that_answers_otherwise_is_found(self):
        made = results()
        made["simulations"][0]["messages"][4]["content"] = '{"text": "1.5"}'
        code, report = self.import_and_replay(made)
        self.assertEqual((code, report["headline"]), (1, "diverged"))
        self.assertEqual(report["divergences"][0]["where"], "/text")
        # What nobody can judge again is unverifiable, whatever else came out.
        made["simulations"][0]["reward_info"]["reward_breakdown"]["NL_ASSERTION"] = 1.0
        made["simulations"][0]["id"] = "other"
        reward = self.import_and_replay(made)[1]["checks"][-1]
        self.assertEqual((reward["name"], reward["outcome"], reward["cause"]),
                         ("reward", "unverifiable", "recorded"))

    def test_a_world_that_is_not_here_is_said_and_the_run_is_kept(self):
        made = results()
        made["info"]["environment_info"]["domain_name"] = "moon"
        (self.directory / "r.json").write_text(json.dumps(made))
        done = self.stet("import", "tau2", "r.json", cwd=self.directory)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (0, 1))
        self.assertIn("tau2-moon", done.stderr)
        self.assertEqual(self.stet("replay", "last", "--dry").returncode, 3)

    def test_files_that_are_none_are_told_in_a_line(self):
        (self.directory / "r.json").write_text('{"simulations": []}')
        for words in (["tau2", "r.json"], ["tau2", "none.json"], ["tau3", "r.json"]):
            done = self.stet("import", *words, cwd=self.directory)
            self.assertEqual((done.returncode, done.stderr.count("\n"), done.stdout), (2, 1, ""), words)


class WorkBench(House):
    def test_an_answer_that_is_a_value_is_compared_as_one(self):
        world = self.directory / "workbench"
        world.mkdir()
        (world / "world.json").write_text(json.dumps(dict(WORLD, world="workbench")))
        (world / "tools.lua").write_text(TOOLS)
        (self.directory / "notes.json").write_text("{}")
        put = {"tool": "put", "args": {"id": "x", "text": "A"}}
        runs = {"task": "notes-0", "model": "m-1", "has_observations": True, "final_output": "Done.",
                "calls": [dict(put, observation={"text": "A"}), {"tool": "ring", "args": {}}],
                "correct": True}
        gold = {"tool": "put", "args": {"id": "x", "text": "a"}}
        tasks = {"tasks": [{"id": "notes-0", "query": "Note it.", "expected_actions": [gold]}]}
        (self.directory / "runs.jsonl").write_text(json.dumps(runs) + "\n")
        (self.directory / "tasks.json").write_text(json.dumps(tasks))
        done = self.stet("import", "workbench", "runs.jsonl", "tasks.json", cwd=self.directory)
        self.assertEqual(done.returncode, 0, done.stderr)
        replayed = self.stet("replay", "last", "--json", cwd=self.directory)
        report = json.loads(replayed.stdout.splitlines()[0])
        # Its spelling is the file's, not the tool's, though it is the same here.
        self.assertEqual((report["headline"], report["at_level"]["value"]), ("confirmed", 1))
        # What nobody recorded was called again all the same.
        self.assertEqual([call["tool"] for call in report["each"]], ["put", "ring"])


if __name__ == "__main__":
    unittest.main()
