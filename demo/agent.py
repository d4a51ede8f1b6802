#!/usr/bin/env python3
"""A small coding agent: Anthropic's Messages API, three tools, and patience. Standard library only.

usage: agent.py TASK     in the directory to work on

ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY say where the model is; AGENT_MODEL names it. Everything that a
real agent does is here, and nothing else: it streams, it retries what is worth retrying (429, 5xx,
connections that break, streams that are cut), it tells the model about its tools' failures, and it
knows nothing of who may be listening.
"""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.parse

ATTEMPTS_MAX = 6
TURNS_MAX = 40
COMMAND_SECONDS_MAX = 120
RESULT_CHARS_MAX = 20_000

SYSTEM = (
    "You are a careful programmer. Work in the current directory with the tools you have; "
    "use relative paths. Stop when the task is done, and say what you did in a sentence or two."
)


def tool(name, description, **properties):
    schema = {key: {"type": "string", "description": value} for key, value in properties.items()}
    return {
        "name": name,
        "description": description,
        "input_schema": {"type": "object", "properties": schema, "required": list(schema)},
    }


TOOLS = [
    tool("bash", "Runs a command in a shell and returns its output.", command="The command."),
    tool("read", "Returns the content of a file.", path="The file."),
    tool(
        "edit",
        "Replaces the one place in a file where old_string stands.",
        path="The file.",
        old_string="The exact text to replace.",
        new_string="The text to put in its place.",
    ),
]


def say(line):
    print(f"agent: {line}", flush=True)


# ---- the tools: each returns (text, failed) ------------------------------------------------------


def run_bash(command):
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS_MAX,
        )
    except subprocess.TimeoutExpired:
        return f"timed out after {COMMAND_SECONDS_MAX} s", True
    output = done.stdout.decode(errors="replace")
    return f"exit code {done.returncode}\n{output}", done.returncode != 0


def run_read(path):
    with open(path, encoding="utf-8") as file:
        return file.read(), False


def run_edit(path, old_string, new_string):
    text, _ = run_read(path)
    places = text.count(old_string)
    if places != 1:
        found = "was not found" if places == 0 else f"stands there {places} times"
        return f"old_string {found} in {path}; nothing was changed", True
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old_string, new_string))
    return f"changed {path}", False


def run_tool(call):
    run = {"bash": run_bash, "read": run_read, "edit": run_edit}.get(call["name"])
    try:
        text, failed = run(**call["input"]) if run else (f"there is no tool {call['name']}", True)
    except (OSError, TypeError, UnicodeDecodeError) as trouble:
        text, failed = f"{type(trouble).__name__}: {trouble}", True
    subject = call["input"].get("command") or call["input"].get("path") or ""
    say(f"{call['name']} {subject}: {'failed' if failed else 'ok'}")
    return text[:RESULT_CHARS_MAX], failed


# ---- the model -----------------------------------------------------------------------------------


class Retryable(Exception):
    """The same question may be asked again, after so many seconds."""

    def __init__(self, reason, seconds=None):
        super().__init__(reason)
        self.seconds = seconds


def connect():
    base = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com").rstrip("/")
    url = urllib.parse.urlsplit(base)
    make = http.client.HTTPSConnection if url.scheme == "https" else http.client.HTTPConnection
    return make(url.hostname, url.port, timeout=300), url.path + "/v1/messages"


def events_of(response):
    """The server-sent events of a response, each as its parsed data."""
    data = []
    for line in response:
        line = line.decode().rstrip("\r\n")
        if line.startswith("data:"):
            data.append(line[5:].lstrip())
        elif not line and data:
            yield json.loads("\n".join(data))
            data = []


def read_message(response):
    """Puts a streamed message together: its content blocks, and why it ended."""
    blocks, arguments, stop_reason = {}, {}, None
    for event in events_of(response):
        kind = event["type"]
        if kind == "content_block_start":
            blocks[event["index"]] = event["content_block"]
        elif kind == "content_block_delta":
            block, delta = blocks[event["index"]], event["delta"]
            if delta["type"] == "text_delta":
                block["text"] += delta["text"]
            elif delta["type"] == "input_json_delta":
                arguments[event["index"]] = arguments.get(event["index"], "") + delta["partial_json"]
        elif kind == "message_delta":
            stop_reason = event["delta"].get("stop_reason", stop_reason)
        elif kind == "error":
            raise Retryable(f"the stream says {event['error'].get('type')}")
        elif kind == "message_stop":
            for index, text in arguments.items():
                blocks[index]["input"] = json.loads(text or "{}")
            return [blocks[index] for index in sorted(blocks)], stop_reason
    raise Retryable("the stream was cut")


def ask_once(body):
    connection, target = connect()
    headers = {
        "content-type": "application/json",
        "accept": "text/event-stream",
        "anthropic-version": "2023-06-01",
        "x-api-key": os.environ.get("ANTHROPIC_API_KEY", "none"),
    }
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        if response.status == 200:
            return read_message(response)
        text = response.read().decode(errors="replace")
        if response.status == 429 or response.status >= 500:
            after = response.getheader("retry-after", "")
            seconds = float(after) if after.isdigit() else None
            raise Retryable(f"the model answered {response.status}", seconds)
        raise SystemExit(f"agent: the model refused with {response.status}: {text[:300]}")
    except (OSError, http.client.HTTPException) as trouble:
        raise Retryable(f"the connection broke ({type(trouble).__name__})") from trouble
    finally:
        connection.close()


def ask(messages):
    question = {
        "model": os.environ.get("AGENT_MODEL", "claude-sonnet-4-5"),
        "max_tokens": 4096,
        "temperature": 0,
        "system": SYSTEM,
        "tools": TOOLS,
        "stream": True,
        "messages": messages,
    }
    body = json.dumps(question)
    for attempt in range(ATTEMPTS_MAX):
        try:
            return ask_once(body)
        except Retryable as trouble:
            seconds = min(trouble.seconds if trouble.seconds is not None else 0.2 * 2**attempt, 20)
            say(f"{trouble}; trying again in {seconds:g} s")
            time.sleep(seconds)
    raise SystemExit(f"agent: gave up after {ATTEMPTS_MAX} attempts")


def main():
    if len(sys.argv) != 2:
        raise SystemExit("usage: agent.py TASK")
    messages = [{"role": "user", "content": sys.argv[1]}]
    for _ in range(TURNS_MAX):
        content, stop_reason = ask(messages)
        messages.append({"role": "assistant", "content": content})
        calls = [block for block in content if block["type"] == "tool_use"]
        for block in content:
            if block["type"] == "text" and block["text"]:
                say(f"“{block['text']}”")
        if not calls:
            return 0 if stop_reason == "end_turn" else 1
        results = []
        for call in calls:
            text, failed = run_tool(call)
            result = {"type": "tool_result", "tool_use_id": call["id"], "content": text}
            results.append(result | {"is_error": True} if failed else result)
        messages.append({"role": "user", "content": results})
    say(f"gave up after {TURNS_MAX} turns")
    return 1


if __name__ == "__main__":
    sys.exit(main())
