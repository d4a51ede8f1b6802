"""Other people's runs, through the binary: imported, executed again, judged anew. The runs are made here."""

import json
import unittest

from house import House

USERS = {"ann_lee_1": {"name": {"first_name": "Ann", "last_name": "Lee"},
                       "address": {"address1": "1 Elm", "address2": "", "city": "Rome", "country": "USA",
                                   "state": "NY", "zip": "13440"},
                       "email": "ann@example.com",
                       "payment_methods": {"gift_card_1": {"source": "gift_card", "balance": 10,
                                                           "id": "gift_card_1"}},
                       "orders": ["#W1"]}}
ORDERS = {"#W1": {"order_id": "#W1", "user_id": "ann_lee_1", "address": USERS["ann_lee_1"]["address"],
                  "items": [{"name": "Cup", "product_id": "1", "item_id": "11", "price": 5.5, "options": {}}],
                  "fulfillments": [], "status": "pending",
                  "payment_history": [{"transaction_type": "payment", "amount": 5.5,
                                       "payment_method_id": "gift_card_1"}]}}
PRODUCTS = {"1": {"name": "Cup", "product_id": "1",
                  "variants": {"11": {"item_id": "11", "options": {}, "available": True, "price": 5.5}}}}


def call(name, arguments, answer):
    return [{"role": "assistant", "content": None,
             "tool_calls": [{"id": "c", "type": "function",
                             "function": {"name": name, "arguments": json.dumps(arguments)}}]},
            {"role": "tool", "tool_call_id": "c", "name": name, "content": answer}]


def trial(number, calls, reward, gold, end="Thank you. ###STOP###"):
    messages = [{"role": "system", "content": "# Retail agent policy\n\nAs a retail agent, you help."},
                {"role": "user", "content": "Cancel my order, please."}]
    for one in calls:
        messages += call(*one)
    messages += [{"role": "assistant", "content": "It is cancelled."}, {"role": "user", "content": end}]
    return {"task_id": number, "trial": 0, "reward": reward, "traj": messages,
            "info": {"task": {"user_id": "ann_lee_1", "instruction": "Cancel it.", "outputs": [],
                              "actions": [{"name": name, "kwargs": arguments} for name, arguments in gold]},
                     "reward_info": {"reward": reward, "info": {"r_actions": reward}, "actions": []}}}


CANCEL = ("cancel_pending_order", {"order_id": "#W1", "reason": "no longer needed"})


class Imports(House):
    def setUp(self):
        super().setUp()
        self.data = self.directory / "db"
        self.data.mkdir()
        for name, rows in (("users", USERS), ("orders", ORDERS), ("products", PRODUCTS)):
            (self.data / f"{name}.json").write_text(json.dumps(rows))
        cancelled = self.answers(CANCEL)[0]
        shown = json.dumps(ORDERS["#W1"])
        look = ("get_order_details", {"order_id": "#W1"})
        self.trials = [
            trial(0, [(*look, shown), (*CANCEL, cancelled)], 1.0, [CANCEL]),
            trial(1, [(*look, shown)], 0.0, [CANCEL]),
            trial(2, [(*look, "Error: 503 Service Unavailable"), (*look, shown), (*CANCEL, cancelled)], 1.0,
                  [CANCEL]),
        ]
        self.file = self.directory / "results.json"
        self.file.write_text(json.dumps(self.trials, indent=1))

    def answers(self, *calls):
        lines = [json.dumps({"tool": name, "arguments": arguments}) for name, arguments in calls]
        ran = self.stet("world", "run", "tau-retail", "--data", self.data, input="\n".join(lines))
        return [json.loads(line)["content"] for line in ran.stdout.splitlines()]

    def replay(self, *words):
        ran = self.stet("replay", "--imported", "--dry", "--json", *words)
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        return ran.returncode, lines[:-1], lines[-1]["summary"]

    def test_imported_runs_are_executed_again_and_their_rewards_derived(self):
        made = self.stet("import", "tau-bench", self.file, "--json")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual(json.loads(made.stdout)["imported"], 3)
        again = self.stet("import", "tau-bench", self.file)
        self.assertIn("3 were here before", again.stdout)
        (self.data / "users.json").unlink()  # The log has what a replay needs.
        code, reports, summary = self.replay()
        self.assertEqual(code, 1)  # The fault is another answer than the world's.
        self.assertEqual(summary[0]["checks"],
                         {"confirmed": 6, "refuted": 0, "unstable": 0, "unverifiable": 0})
        self.assertEqual(summary[0]["at_level"]["bytes"], 5)
        self.assertEqual(summary[0]["causes"], {"fault": 1})
        code, reports, summary = self.replay("--faults", "extracted")
        self.assertEqual((code, summary[0]["at_level"]["bytes"], summary[0]["causes"]), (0, 6, {}))
        self.assertEqual(self.stet("fsck", *(self.home / "runs").glob("*.stet")).returncode, 0)

    def test_a_report_is_the_same_whatever_the_threads_and_the_order(self):
        self.stet("import", "tau-bench", self.file)
        first = self.stet("replay", "--imported", "--dry", "--json", "--threads", "1").stdout
        self.assertEqual(self.stet("replay", "--imported", "--dry", "--json", "--threads", "3").stdout, first)
        for log in (self.home / "runs").glob("*"):
            log.unlink()
        self.file.write_text(json.dumps(list(reversed(self.trials))))
        self.stet("import", "tau-bench", self.file)
        second = self.stet("replay", "--imported", "--dry", "--json").stdout

        def without_root(text):  # Each log salts its own.
            return [{key: value for key, value in json.loads(line).items() if key != "root"}
                    for line in text.splitlines()]
        self.assertEqual(without_root(first), without_root(second))

    def test_an_altered_answer_diverges_and_an_altered_verdict_is_refuted(self):
        answer = self.trials[0]["traj"][5]
        answer["content"] = answer["content"].replace("cancelled", "delivered")
        self.trials[1]["reward"] = 1.0
        self.file.write_text(json.dumps(self.trials))
        self.stet("import", "tau-bench", self.file)
        code, reports, summary = self.replay()
        self.assertEqual(code, 1)
        self.assertEqual(summary[0]["checks"]["refuted"], 1)
        self.assertEqual(summary[0]["causes"], {"answer": 1, "fault": 1})
        found = [one for report in reports for one in report["divergences"]]
        self.assertEqual([one["where"] for one in found if one["cause"] == "answer"], ["/status"])

    def test_late_verdicts_are_added_once_and_the_old_ones_stay(self):
        self.stet("import", "tau-bench", self.file)
        verifier = self.directory / "cancelled.json"
        verifier.write_text(json.dumps({"verifier": "diff_match", "required": ["orders/#W1"]}))
        first = self.stet("check", "--imported", "--verifier", verifier, "--json")
        self.assertEqual(first.returncode, 0, first.stderr)
        rows = [json.loads(line) for line in first.stdout.splitlines()]
        self.assertEqual(sorted(row["now"]["outcome"] for row in rows), ["fail", "pass", "pass"])
        self.assertTrue(all(row["new"] and row["before"] is None for row in rows))
        second = [json.loads(line) for line in
                  self.stet("check", "--imported", "--verifier", verifier, "--json").stdout.splitlines()]
        self.assertFalse(any(row["new"] for row in second))
        verifier.write_text(json.dumps({"verifier": "diff_match", "forbidden": ["orders"],
                                        "name": "cancelled"}))
        third = [json.loads(line) for line in
                 self.stet("check", "--imported", "--verifier", verifier, "--json").stdout.splitlines()]
        self.assertEqual(sorted((row["before"]["outcome"], row["now"]["outcome"]) for row in third),
                         [("fail", "pass"), ("pass", "fail"), ("pass", "fail")])
        self.assertEqual(self.stet("fsck", *(self.home / "runs").glob("*.stet")).returncode, 0)

    def test_what_cannot_be_imported_is_told_in_one_line(self):
        (self.directory / "broken.json").write_text("[{]")
        (self.directory / "other.jsonl").write_text('{"messages": []}\n')
        (self.directory / "bad.json").write_text("{}")
        for words, says in ((("import", "magic", self.file), "there is no such format"),
                            (("import", "tau-bench", self.directory / "none.json"), "cannot be read"),
                            (("import", "tau-bench", self.directory / "broken.json"), "broken.json"),
                            (("import", "tau-bench", self.directory / "other.jsonl"), "no trial of tau-b"),
                            (("check", "--imported", "--verifier", self.directory / "bad.json"), "no form"),
                            (("check", "last"), "nothing to check")):
            told = self.stet(*words)
            self.assertEqual(told.returncode, 2, words)
            self.assertIn(says, told.stderr.splitlines()[0])
            self.assertEqual(told.stderr.count("\n"), 1, told.stderr)

    def test_without_its_initial_state_a_run_is_kept_but_not_executed(self):
        (self.data / "orders.json").unlink()
        made = self.stet("import", "tau-bench", self.file)
        self.assertEqual(made.returncode, 0)
        self.assertIn("orders.json", made.stderr)
        code, reports, summary = self.replay()
        self.assertEqual(code, 3)
        self.assertEqual(summary[0]["checks"]["unverifiable"], 6)


if __name__ == "__main__":
    unittest.main()
