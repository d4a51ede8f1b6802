"""Recorders that are killed.   STET_KILLS=100 for the long run"""

import contextlib
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import unittest
import zlib

from house import STET, House

AGENT = """
import http.client, json, os, sys
from urllib.parse import urlparse
url = urlparse(os.environ["ANTHROPIC_BASE_URL"])
acknowledged = open(sys.argv[1], "a")
for turn in range(10_000):
    connection = http.client.HTTPConnection(url.hostname, url.port)
    said = [{"role": "user", "content": f"turn {turn}"}]
    body = {"model": "m", "max_tokens": 9, "stream": turn % 2 == 0, "messages": said}
    headers = {"content-type": "application/json"}
    connection.request("POST", url.path + "/v1/messages", json.dumps(body), headers)
    connection.getresponse().read()
    connection.close()
    print(turn, file=acknowledged, flush=True)
"""


class Kills(House):
    def test_whatever_the_agent_was_answered_survives_a_kill(self):
        kills = int(os.environ.get("STET_KILLS", "6"))
        seed = int(os.environ.get("STET_SEED", "20261123"))
        (self.directory / "agent.py").write_text(AGENT)
        script = '{"turns":[{"text":"It is a long answer, in several pieces."}]}'
        (self.directory / "model.json").write_text(script)
        dice = random.Random(seed)
        for number in range(kills):
            with self.subTest(seed=seed, kill=number):
                self.kill_once(self.directory / f"home-{number}", dice.uniform(0.15, 1.2))

    def test_what_came_of_a_coded_answer_survives_as_its_text(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        packer = zlib.compressobj(wbits=31)
        begun = packer.compress(b"data: it began\n\n") + packer.flush(zlib.Z_SYNC_FLUSH)
        ask = ("import http.client, os, sys; from urllib.parse import urlparse as parse\n"
               "url = parse(os.environ['ANTHROPIC_BASE_URL'])\n"
               "connection = http.client.HTTPConnection(url.hostname, url.port)\n"
               "connection.request('POST', url.path + '/v1/messages', '{}')\n"
               "connection.getresponse().read()\n")
        recorder = subprocess.Popen(
            [STET, "run", "--no-workspace", "--upstream",
             f"anthropic=http://127.0.0.1:{listener.getsockname()[1]}", "--", sys.executable, "-c", ask],
            env=self.env, stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(recorder.kill)
        connection, _ = listener.accept()
        self.addCleanup(connection.close)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                           b"Content-Encoding: gzip\r\n\r\n" + begun)
        log, pieces, deadline = self.log(), [], time.monotonic() + 20
        while not pieces and time.monotonic() < deadline:
            with contextlib.closing(sqlite3.connect(f"file:{log}?mode=ro", uri=True)) as reader:
                pieces = [bytes(data) for (data,) in reader.execute("SELECT data FROM piece")]
        os.killpg(recorder.pid, signal.SIGKILL)
        recorder.wait()
        self.assertEqual(b"".join(pieces), b"data: it began\n\n")
        events = [json.loads(line) for line in self.stet("events", log, "--json").stdout.splitlines()]
        response = next(event for event in events if event["kind"] == "response")
        self.assertEqual(response["fidelity"], "reconstructed")
        self.assertFalse(response["body"]["complete"])
        self.assertFalse(response["body"].get("content_coding"))
        self.assertEqual(response["body"]["body"]["size"], len(b"".join(pieces)))

    def kill_once(self, home, after):
        acknowledged = home.with_suffix(".acknowledged")
        self.env["STET_HOME"] = str(home)
        recorder = subprocess.Popen(
            [STET, "run", "--workspace", str(self.workspace),
             "--upstream", f"anthropic=script:{self.directory / 'model.json'}",
             "--", sys.executable, str(self.directory / "agent.py"), str(acknowledged)],
            env=self.env, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 20
        while not acknowledged.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(after)
        recorder.kill()
        recorder.wait()
        with contextlib.suppress(ProcessLookupError):  # the agent may have ended with its recorder
            os.killpg(recorder.pid, signal.SIGKILL)
        turns = [line for line in acknowledged.read_text().splitlines() if line]
        self.assertTrue(turns, "the agent was never answered")

        log = next((home / "runs").glob("*.stet"))
        self.assertEqual(self.stet("fsck", log).returncode, 0)
        self.assertIn("torn", self.stet("fsck", log).stdout)
        events = [json.loads(line) for line in self.stet("events", log, "--json").stdout.splitlines()]
        self.assertEqual([event["seq"] for event in events], list(range(len(events))))
        answered = sum(1 for event in events if event["kind"] == "response" and event["body"]["complete"])
        self.assertGreaterEqual(answered, len(turns))
        replay = json.loads(self.stet("replay", log, "--json").stdout)
        self.assertTrue(replay["prefix_only"])
        self.assertEqual(replay["divergences"], [])


if __name__ == "__main__":
    unittest.main()
