"""No secret reaches the disk."""

import contextlib
import gzip
import json
import socket
import subprocess
import sys
import threading
import unittest

from house import KEY, STET, House

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


if __name__ == "__main__":
    unittest.main()
