"""The whole way, through the binary: record, look, replay, export; and what happens when things go wrong.

usage: end_to_end_test.py STET [unittest arguments]      STET_KILLS=100 for the long run
"""

import contextlib
import gzip
import json
import os
import random
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import zlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STET = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else "stet"
KEY = "sk-ant-planted-0123456789abcdef"


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


class TheMainJob(House):
    def test_a_run_is_recorded_confirmed_and_exported_with_its_failures(self):
        self.record_demo()
        view = self.show()
        self.assertEqual((view["model_calls"], view["attempts"], view["tool_calls"]), (7, 9, 7))
        classes = [failure["class"] for failure in view["readings"]["failures"]]
        self.assertEqual(sorted(classes),
                         ["command_failed", "command_failed", "http_429", "not_found", "stream_cut"])
        self.assertEqual(len(view["readings"]["recoveries"]), 5)
        self.assertEqual([change["path"] for change in view["changed"]], ["basket.py"])
        self.assertEqual(view["checks"][0]["verdict"], "pass")

        replay = self.stet("replay", "last", "--json")
        self.assertEqual(replay.returncode, 0, replay.stderr)
        report = json.loads(replay.stdout)
        self.assertEqual((report["headline"], report["checks"][0]["outcome"]), ("confirmed", "confirmed"))
        self.assertEqual(report["states"], report["states_equal"])

        line = self.stet("export", "--format", "sft", "--require-rederived", "last").stdout
        messages = json.loads(line)["messages"]
        weights = [message["weight"] for message in messages if message["role"] == "assistant"]
        self.assertEqual(weights, [1, 0, 0, 1, 0, 1, 1])
        record = json.loads(self.stet("export", "last").stdout)
        self.assertEqual(record["rederived"]["headline"], "confirmed")

    def test_no_credential_is_in_anything_that_was_written(self):
        (self.workspace / "notes.txt").write_text(f"my key is {KEY}\n")
        self.record_demo()
        for path in self.home.rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)

    def test_two_replays_say_the_same_bytes(self):
        self.record_demo()
        one, other = (self.stet("replay", "last", "--dry", "--json").stdout for _ in range(2))
        self.assertEqual(one, other)

    def test_nothing_is_exported_as_rederived_before_a_replay(self):
        self.record_demo()
        out = self.stet("export", "--format", "sft", "--require-rederived", "last")
        self.assertEqual(out.stdout, "")
        self.assertIn("stet replay", out.stderr)


class WhatMustNotPass(House):
    def test_an_altered_event_is_named_by_fsck_and_refused_by_replay(self):
        self.record_demo()
        with sqlite3.connect(self.log()) as log:
            rows = log.execute("SELECT seq, body FROM event WHERE kind = 'observation' ORDER BY seq LIMIT 1")
            seq, body = rows.fetchone()
            log.execute("UPDATE event SET body = ? WHERE seq = ?", (body.replace("toolu_", "other_"), seq))
        log.close()
        found = self.stet("fsck", self.log())
        self.assertEqual(found.returncode, 1)
        self.assertIn(f"seq {seq}", found.stdout)
        self.assertEqual(self.stet("replay", self.log()).returncode, 2)

    def test_a_changed_workspace_diverges_and_refutes_the_check(self):
        self.record_demo()
        kept = self.directory / "kept"
        self.assertEqual(self.stet("replay", "last", "--keep", kept).returncode, 0)
        self.assertEqual(self.stet("replay", "last", "--workspace", kept).returncode, 0)
        source = (kept / "basket.py").read_text()
        (kept / "basket.py").write_text(source.replace("/ 100", "/ 10"))
        judged = self.stet("replay", "last", "--workspace", kept, "--json")
        self.assertEqual(judged.returncode, 1, judged.stderr)
        report = json.loads(judged.stdout)
        self.assertEqual(report["headline"], "refuted")
        self.assertEqual(report["checks"][0]["outcome"], "refuted")
        self.assertEqual(report["divergences"][0]["cause"], "state")

    def test_a_missing_toolchain_is_unverifiable_and_no_failure(self):
        tools = self.directory / "tools"
        tools.mkdir()
        tool = tools / "examine"
        tool.write_text("#!/bin/sh\nexit 0\n")
        tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
        self.env["PATH"] = f"{tools}:{self.env['PATH']}"
        self.assertEqual(self.run_here("true", more=["--check", "examine"]).returncode, 0)
        self.assertEqual(self.stet("replay", "last").returncode, 0)
        tool.unlink()
        report = self.stet("replay", "last", "--json")
        self.assertEqual(report.returncode, 3, report.stderr)
        check = json.loads(report.stdout)["checks"][0]
        self.assertEqual((check["outcome"], check["cause"]), ("unverifiable", "environment"))

    def test_an_agent_that_edits_the_protected_tests_does_not_pass_them(self):
        cheat = "printf 'import unittest\\n' > test_basket.py"
        done = self.stet("run", "--workspace", self.workspace, "--protect", "test_*.py",
                         "--check", "python3 -m unittest -q", "--exit", "check",
                         "--", "sh", "-c", f"cd {self.workspace} && {cheat}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.stet("replay", "last").returncode, 0)


class WhatAnAgentLeavesBehind(House):
    """Whatever became of the workspace: a verdict or its cause, a sealed log, the agent's own exit code."""

    def record(self, script, *more, check="python3 -m unittest -q"):
        done = self.run_here("sh", "-c", script, more=["--check", check, *more])
        view = self.show()
        self.assertEqual(view["standing"], "sealed", done.stderr)
        return done, view["checks"][0]

    def test_protected_files_are_not_written_through_its_symlinks(self):
        outside = self.directory / "outside.py"
        outside.write_text("mine\n")
        for script in (f"cd {self.workspace}; rm test_basket.py; ln -s {outside} test_basket.py; exit 4",
                       f"cd {self.workspace}; rm test_basket.py; mkdir test_basket.py; exit 4"):
            with self.subTest(script=script):
                done, check = self.record(script, "--protect", "./test_*.py")
                self.assertEqual(done.returncode, 4, done.stderr)
                self.assertEqual(check["verdict"], "fail")  # The bug is still in.
                self.assertEqual(outside.read_text(), "mine\n")
                self.assertEqual(self.stet("replay", "last").returncode, 0)
                shutil.rmtree(self.workspace)
                shutil.copytree(ROOT / "demo/project", self.workspace)

    def test_a_workspace_that_is_gone_is_an_error_and_no_verdict(self):
        done, check = self.record(f"rm -r {self.workspace}; exit 3")
        self.assertEqual((done.returncode, check["verdict"]), (3, "error"))
        self.assertEqual(self.stet("replay", "last").returncode, 3)

    def test_a_workspace_behind_a_symlink_is_an_error_and_no_verdict(self):
        other = self.directory / "other"
        other.mkdir()
        (other / "secret.txt").write_text("not part of the work\n")
        done, check = self.record(f"mv {self.workspace} {self.workspace}.old; ln -s {other} {self.workspace}")
        self.assertEqual((done.returncode, check["verdict"]), (0, "error"))
        self.assertNotIn(b"not part of the work", self.log().read_bytes())

    def test_a_process_that_goes_on_writing_is_found_out(self):
        loop = "for i in $(seq 200); do echo $i > busy.txt; sleep 0.01; done"
        done, check = self.record(f"cd {self.workspace}; ({loop}) >/dev/null 2>&1 & exit 0", check="true")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(check["verdict"], ("error", "pass"))
        self.assertEqual(self.stet("fsck", "last").returncode, 0)
        code = self.stet("replay", "last").returncode
        self.assertEqual(code, 0 if check["verdict"] == "pass" else 3)

    def test_a_dependency_that_it_changed_is_said(self):
        package = self.workspace / "node_modules/pad/index.js"
        package.parent.mkdir(parents=True)
        package.write_text("pad\n")
        self.record(f"echo patched >> {package}", check="grep -q patched node_modules/pad/index.js")
        events = [json.loads(line) for line in self.stet("events", "last", "--json").stdout.splitlines()]
        gaps = [event["body"] for event in events if event["kind"] == "gap"]
        self.assertIn(("an excluded tree was changed during the run", "node_modules"),
                      [(gap["reason"], gap["place"]) for gap in gaps])
        self.assertEqual(self.stet("replay", "last").returncode, 0)
        package.write_text("pad\n")
        report = self.stet("replay", "last", "--trust", "--json")
        check = json.loads(report.stdout)["checks"][0]
        self.assertEqual(report.returncode, 3, report.stderr)
        self.assertEqual((check["outcome"], check["cause"]), ("unverifiable", "environment"))

    def test_a_home_inside_the_workspace_is_no_part_of_the_work(self):
        self.env["STET_HOME"] = str(self.workspace / ".stet")
        self.home = self.workspace / ".stet"
        self.record("true", check="true")
        self.assertEqual(self.show()["changed"], [])

SECRETS = {
    "environment": KEY,
    "of the server's environment": "planted-of-the-server-0123",
    "option": "planted-option-0123456789",
    "field": "planted-field-0123456789",
    "url": "planted-url-0123456789",
    "env file": "planted-env-file-0123456789",
    "cookie": "planted-cookie-0123456789",
    "begun cookie": "planted-begun-cookie-0123",
    "unsearchable": "planted-unsearchable-0123",
}

SERVER = """
import json, os, sys
secret = os.environ["SERVICE_TOKEN"]
for line in sys.stdin:
    message = json.loads(line)
    for half in (secret[:9], secret[9:] + "\\n"):
        os.write(2, half.encode())
        sys.stdin.readline()  # a note that the first half has been read
    text = [{"type": "text", "text": "it is " + secret}]
    print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"content": text}}), flush=True)
"""

TALKER = """
import http.client, json, os, subprocess, sys
from urllib.parse import urlparse
url = urlparse(os.environ["ANTHROPIC_BASE_URL"])
secrets = json.load(open(sys.argv[1]))
def ask(path):
    connection = http.client.HTTPConnection(url.hostname, url.port)
    try:
        connection.request("POST", "/anthropic" + path, "{}", {"x-api-key": secrets["environment"]})
        return connection.getresponse().read()
    except (http.client.HTTPException, ConnectionError):
        return None
for path in ("/no-http", "/begun-head", "/unsearchable", "/zipped"):
    ask(path)
server = subprocess.Popen([sys.argv[2], "mcp", "--", sys.executable, sys.argv[3]], text=True, bufsize=1,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          env=dict(os.environ, SERVICE_TOKEN=secrets["of the server's environment"]))
call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "x", "arguments": {}}}
print(json.dumps(call), file=server.stdin)
for size in (9, len(secrets["of the server's environment"]) - 8):
    os.read(server.stderr.fileno(), size)
    print('{"jsonrpc":"2.0","method":"notifications/seen"}', file=server.stdin)
server.stdout.readline()
print("ready", flush=True)
sys.stdin.readline()
server.stdin.close()
server.wait()
"""


class NoSecretReachesTheDisk(House):
    """Neither while the run is recorded nor after it, in whatever way it comes by."""

    def answer_to(self, path):
        if path == b"/no-http":
            return (b"HTTP/1.1 200 OK\r\nSet-Cookie: session=%s\r\nContent-Length: 1\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n" % SECRETS["cookie"].encode())
        if path == b"/begun-head":
            return b"HTTP/1.1 200 OK\r\nSet-Cookie: session=%s" % SECRETS["begun cookie"].encode()
        if path == b"/unsearchable":
            body = SECRETS["unsearchable"].encode()
            return b"HTTP/1.1 200 OK\r\nContent-Encoding: rot13\r\nContent-Length: %d\r\n\r\n%s" % (
                len(body), body)
        body = gzip.compress(f"data: {KEY} {SECRETS['env file']}\n\ndata: [DONE]\n\n".encode())
        return (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\n"
                b"Connection: close\r\n\r\n" + body)

    def serve(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def loop():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        request = b""
                        while not request.endswith(b"\r\n\r\n{}"):
                            request += connection.recv(65536)
                        connection.sendall(self.answer_to(request.split(b" ")[1]))

        threading.Thread(target=loop, daemon=True).start()
        return listener.getsockname()[1]

    def leaks(self):
        found = set()
        for path in self.home.rglob("*"):
            if not path.is_file():
                continue
            content = path.read_bytes()
            found |= {(name, path.name) for name, secret in SECRETS.items() if secret.encode() in content}
            half = SECRETS["of the server's environment"][9:].encode()
            if half in content:
                found.add(("half of the server's", path.name))
        return found

    def test_whatever_way_it_comes_by(self):
        (self.workspace / ".a").write_text(f"before the env file: {SECRETS['env file']}\n")
        (self.workspace / "deploy").mkdir()
        (self.workspace / "deploy/.env.local").write_text(f"export DB_PASSWORD='{SECRETS['env file']}'\n")
        (self.directory / "server.py").write_text(SERVER)
        (self.directory / "talker.py").write_text(TALKER)
        (self.directory / "secrets.json").write_text(json.dumps(SECRETS))
        agent = [sys.executable, *(str(self.directory / name) for name in ("talker.py", "secrets.json")),
                 STET, str(self.directory / "server.py"), "--api-key", SECRETS["option"],
                 "-H", f"Authorization: Bearer {SECRETS['field']}", f"https://me:{SECRETS['url']}@host/x"]
        words = [STET, "run", "--workspace", str(self.workspace),
                 "--upstream", f"anthropic=http://127.0.0.1:{self.serve()}", "--", *agent]
        run = subprocess.Popen(words, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        self.assertEqual(run.stdout.readline(), "ready\n")
        self.assertEqual(self.leaks(), set())
        _, errors = run.communicate("\n", timeout=60)
        self.assertEqual(run.returncode, 0, errors)
        self.assertEqual(self.leaks(), set())
        self.assertEqual(self.stet("fsck", self.log()).returncode, 0)
        events = [json.loads(line) for line in self.stet("events", self.log(), "--json").stdout.splitlines()]
        said = " ".join(json.dumps(event["body"]) for event in events)
        self.assertIn("[stet:argument:", said)
        self.assertIn("no secret could be looked for", said)


class Endings(House):
    def test_the_exit_code_is_the_agents_own(self):
        self.assertEqual(self.run_here("sh", "-c", "exit 7").returncode, 7)
        self.assertEqual(self.run_here("sh", "-c", "kill -TERM $$").returncode, 128 + signal.SIGTERM)

    def test_a_signal_during_the_checks_stops_them_and_the_log_is_sealed(self):
        started = self.directory / "started"
        os.mkfifo(started)
        recorder = subprocess.Popen(
            [STET, "run", "--workspace", str(self.workspace), "--sandbox", "none",
             "--check", f"echo > {started}; sleep 300", "--check", "second=true", "--", "true"],
            env=self.env, stderr=subprocess.PIPE, text=True)
        started.read_text()
        recorder.send_signal(signal.SIGTERM)
        recorder.communicate(timeout=20)
        self.assertEqual(recorder.returncode, 128 + signal.SIGTERM)
        view = self.show()
        self.assertEqual(view["standing"], "sealed")
        self.assertEqual([check["verdict"] for check in view["checks"]], ["error", "error"])

    def test_an_end_is_recorded_as_it_was_and_read_by_whoever_looks(self):
        rows = [("exit 0", "success_claimed", "success_claimed", "exit code 0"),
                ("exit 7", "unknown", "gave_up", "exit code 7"),
                ("kill -KILL $$", "signal", "signal", "signal 9 (Killed)"),
                ("kill -SEGV $$", "crash", "crash", "signal 11")]
        for command, recorded, read, shown in rows:
            with self.subTest(command=command):
                self.run_here("sh", "-c", command)
                events = self.stet("events", "last", "--json", "--kind", "end").stdout
                self.assertEqual(json.loads(events)["body"]["ending"], recorded)
                view = self.show()
                self.assertEqual(view["ending"], read)
                self.assertIn(f"exit code {view['exit_code']}" if view["signal"] is None
                              else f"signal {view['signal']}", shown)
                self.assertIn(shown, self.stet("show", "last").stdout)

    def test_a_server_that_ends_in_order_claims_nothing(self):
        self.stet("mcp", "--workspace", self.workspace, "--", "true", stdin=subprocess.DEVNULL)
        self.assertEqual(self.show()["ending"], "unknown")

    def test_a_check_that_a_kill_came_before_was_not_run(self):
        recorder = subprocess.Popen(
            [STET, "run", "--workspace", str(self.workspace), "--check", "true", "--", "sh", "-c",
             f"touch {self.directory}/begun; exec sleep 60"],
            env=self.env, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 20
        while not (self.directory / "begun").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        os.killpg(recorder.pid, signal.SIGKILL)
        recorder.wait()
        shown = self.stet("show", "last").stdout
        self.assertIn("check: not_run", shown)
        self.assertNotIn("no check was given", shown)
        self.assertEqual(self.show()["checks"][0]["verdict"], "not_run")

    def test_a_failure_before_the_first_step_is_shown(self):
        self.run_here("sh", "-c", "kill -SEGV $$")
        self.assertIn("agent_crashed", self.stet("show", "last").stdout)
        listed = json.loads(self.stet("ls", "--json").stdout)
        self.assertEqual((listed["failures"], listed["steps"]), (1, 0))

    def test_a_command_that_cannot_be_started_leaves_a_sealed_log_that_says_so(self):
        for command, code in (("/nowhere/to/be/found", 127), ("/etc/passwd", 126)):
            for words in (["run", "--no-workspace", "--", command], ["mcp", "--", command]):
                with self.subTest(words=words):
                    done = self.stet(*words)
                    self.assertEqual(done.returncode, code, done.stderr)
                    self.assertIn(command, done.stderr.splitlines()[-1])
                    view = self.show()
                    self.assertEqual((view["standing"], view["exit_code"]), ("sealed", code))

    def test_the_agent_finds_signals_as_stet_found_them(self):
        def ignored(before, *front):
            done = subprocess.run([*front, "grep", "SigIgn", "/proc/self/status"], env=self.env,
                                  capture_output=True, text=True, timeout=60, preexec_fn=before)
            return int(done.stdout.split()[1], 16) & 0x7FFFFFFF  # Beyond are the C library's own.
        for before in (None, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)):
            under_stet = ignored(before, STET, "run", "--no-workspace", "--")
            self.assertEqual(under_stet, ignored(before))

    def test_a_limit_of_file_sizes_is_trouble_and_no_sudden_end(self):
        limit = 16 * 1024
        done = self.stet("run", "--no-workspace", "--", "true",
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
        self.assertEqual(done.returncode, 125, done.stderr)
        self.assertTrue(done.stderr.splitlines()[-1].startswith("stet: "), done.stderr)

    def test_bad_input_gets_one_clear_line(self):
        (self.directory / "empty.stet").write_bytes(b"")
        (self.directory / "other.stet").write_bytes(b"not a log at all" * 100)
        (self.directory / "bad.json").write_text('{"turns":[{"faults":[{"kind":"flood"}]}]}')
        rows = [
            (["show", "nobody"], 2),
            (["show", self.directory / "missing.stet"], 2),
            (["fsck", self.directory / "empty.stet"], 2),
            (["fsck", self.directory / "other.stet"], 2),
            (["replay", "--level", "perfect", "last"], 2),
            (["ls", "--where", "colour=red"], 2),
            (["run", "--workspace", self.directory / "nowhere", "--", "true"], 125),
            (["run", "--upstream", f"x=script:{self.directory / 'bad.json'}", "--", "true"], 125),
            (["run", "--upstream", "nonsense", "--", "true"], 125),
            (["run", "--upstream", "anthropic=nonsense", "--", "true"], 125),
            (["run", "--upstream", "anthropic=https://me:word@host", "--", "true"], 125),
            (["run", "--log", self.directory / "no/a.stet", "--no-workspace", "--", "true"], 125),
        ]
        for words, code in rows:
            with self.subTest(words=[str(word) for word in words]):
                done = self.stet(*words)
                self.assertEqual(done.returncode, code, done.stderr)
                lines = done.stderr.strip().splitlines()
                self.assertEqual(len(lines), 1, done.stderr)
                self.assertTrue(lines[0].startswith("stet: "), lines[0])
        self.assertEqual(list(self.home.rglob("*.stet")), [])

    def test_a_world_that_is_not_there_is_said_with_those_that_are(self):
        self.record_demo()
        done = self.stet("replay", "last", "--world", "moon")
        self.assertEqual(done.returncode, 2)
        self.assertIn("files", done.stderr)


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
