#!/bin/sh
# The image's steps without Docker: a source tree that nobody may write, built and run by a user without rights, from a
# read-only environment. What only an engine does is not shown: see README.md, what stays unproven.
# shellcheck disable=SC2086  $nobody is a command with its words
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
user=65534
work=$(mktemp -d)
trap 'kill "${agent:-}" 2>/dev/null || true; chmod -R u+w "$work"; rm -rf "$work"' EXIT
chmod 755 "$work"

nobody="env"
if [ "$(id -u)" = 0 ]; then
    nobody="setpriv --reuid=$user --regid=$user --clear-groups --no-new-privs"
fi

echo "-- a read-only source tree"
mkdir "$work/source"
# what Dockerfile.dockerignore lets through
(cd "$source" && tar -c --exclude=__pycache__ agent checks collectors deploy/image pyproject.toml uv.lock README.md LICENSE) |
    tar -x -C "$work/source"
chmod -R a+rX,a-w "$work/source"
mkdir -m 777 "$work/opt" "$work/state"

echo "-- build as uid $user"
export HOME="$work/state" TMPDIR="$work/state" PYTHONDONTWRITEBYTECODE=1
$nobody sh "$work/source/deploy/image/build.sh" "$work/source" "$work/opt/agent"
if [ "$(id -u)" = 0 ]; then chown -R 0:0 "$work/opt"; fi
chmod -R a-w "$work/opt"

echo "-- every module is compiled"
cd "$work/opt/agent"
for module in $(find lib -path '*/site-packages/agent/*.py' -o -path '*/site-packages/checks/*.py'); do
    compiled="$(dirname "$module")/__pycache__/$(basename "$module" .py).cpython-*.pyc"
    ls $compiled >/dev/null
done

echo "-- run as uid $user"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export PATH="$work/opt/agent/bin:$PATH"
cd "$work/state"
$nobody agent --version
$nobody agent check --lab hub-spoke --format json >healthy.json
$nobody env AGENT_WATCH__HEALTH=127.0.0.1:$port AGENT_WATCH__METRICS= AGENT_HISTORY__URL="sqlite:///$work/state/history.db" \
    agent watch --lab hub-spoke >events.jsonl 2>watch.txt &
agent=$!
healthy=no
for _ in $(seq 60); do
    if $nobody env AGENT_WATCH__HEALTH=127.0.0.1:$port "$work/opt/agent/bin/python" "$work/opt/agent/health.py" 2>/dev/null; then
        healthy=yes
        [ -s events.jsonl ] && break
    fi
    sleep 1
done
if [ "$healthy" = no ] || ! grep -q '"Event":"heartbeat"' events.jsonl; then
    echo "it did not become healthy:"
    cat watch.txt
    exit 1
fi
kill -TERM "$agent"
wait "$agent"
if $nobody env AGENT_WATCH__HEALTH=127.0.0.1:$port "$work/opt/agent/bin/python" "$work/opt/agent/health.py" 2>/dev/null; then
    echo "healthy although nothing runs"
    exit 1
fi
echo "-- all steps of the image work"
