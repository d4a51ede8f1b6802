#!/usr/bin/env bash
# Runs one real agent on a task in the current directory, with a fresh home and dummy keys.
# usage: agent.sh NAME TASK      ANTHROPIC_BASE_URL or OPENAI_BASE_URL says where the model is
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
name=$1
task=$2
HOME=$(mktemp -d)
trap 'rm -rf "$HOME"' EXIT
export HOME TERM=dumb NO_COLOR=1
programs() { echo "$STET_INTEROP/$1/node_modules/.bin"; }

claude() {
    # As root it wants to hear that it is in a sandbox; and it may ask its maker for nothing else.
    IS_SANDBOX=1 CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1 DISABLE_TELEMETRY=1 \
        ANTHROPIC_API_KEY=sk-ant-interop-not-a-key \
        "$(programs claude)/claude" -p --verbose --output-format stream-json \
        --dangerously-skip-permissions --model claude-sonnet-4-5 "$task"
}

pi() {
    mkdir -p "$HOME/.pi/agent"
    cat >"$HOME/.pi/agent/models.json" <<JSON
{"providers": {"scripted": {"baseUrl": "$OPENAI_BASE_URL", "api": "openai-completions",
 "apiKey": "sk-interop-not-a-key", "models": [{"id": "scripted-1"}]}}}
JSON
    "$(programs pi)/pi" --provider scripted --model scripted-1 --mode json -p "$task"
}

openai-chat() {
    OPENAI_API_KEY=sk-interop-not-a-key node "$here/openai-chat.mjs" "$task"
}

anthropic-sdk() {
    ANTHROPIC_API_KEY=sk-ant-interop-not-a-key node "$here/anthropic-sdk.mjs" "$task"
}

case $name in
    claude | pi | openai-chat | anthropic-sdk) "$name" </dev/null ;;
    *)
        echo "agent.sh: no such agent: $name" >&2
        exit 2
        ;;
esac
