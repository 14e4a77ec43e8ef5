#!/usr/bin/env bash
# Runs the *.emulator.test.ts suites against a real fake-gcs-server and a real bqemulator, which it installs (once), starts
# and always stops.
# Needs python3 with venv. Arguments go to vitest: npm run test:emulators -- shared/adapters/storage
# The exit code is vitest's, or 2 when an emulator cannot be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

scratch=$(mktemp -d)
servers=()

fail() {
  echo "test:emulators: $1" >&2
  exit 2
}

stop() {
  for server in ${servers[@]+"${servers[@]}"}; do
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  done
  rm -rf "$scratch" "${unfinished:-$scratch}"
}
trap stop EXIT
# Without these, Ctrl-C would leave the servers running.
trap 'exit 130' INT
trap 'exit 143' TERM

# DuckDB would fetch its extension from the net; the wheel brings it, and DuckDB looks for it below HOME.
install_spatial_extension() {
  mkdir "$tools/home"
  HOME=$tools/home "$tools/bin/python" - <<'PYTHON'
import pathlib, duckdb, duckdb_extension_spatial
folder = pathlib.Path(duckdb_extension_spatial.__file__).parent
duckdb.connect().execute(f"INSTALL '{next(folder.rglob('*.duckdb_extension'))}'")
PYTHON
}

free_port() {
  "$tools/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Sets GCS_API_ENDPOINT.
start_gcs() {
  local port
  port=$(free_port)
  export GCS_API_ENDPOINT="http://127.0.0.1:$port"
  "$binary" -scheme http -backend memory -host 127.0.0.1 -port "$port" -public-host "127.0.0.1:$port" \
    -external-url "$GCS_API_ENDPOINT" -log-level error >"$scratch/gcs.log" 2>&1 &
  await_server "$port" $!
}

# Sets BIGQUERY_API_ENDPOINT. By its python, for the script itself names the folder that it was installed in.
start_bigquery() {
  local port
  port=$(free_port)
  export BIGQUERY_API_ENDPOINT="http://127.0.0.1:$port"
  HOME=$tools/home "$tools/bin/python" -m bqemulator start --rest-port "$port" --grpc-port "$(free_port)" \
    --project emulator >"$scratch/bigquery.log" 2>&1 &
  await_server "$port" $!
}

# Returns 1 when the server ended or did not answer within a minute, which a cold disk and a busy machine may take.
await_server() { # await_server PORT PROCESS
  local port=$1 server=$2
  servers+=("$server")
  for _ in $(seq 600); do
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

source scripts/pinned-tools.sh
pinned_tools emulators scripts/emulators/requirements.txt install_spatial_extension
binary=$(find "$tools/lib" -type f -name 'fake-gcs-server-*' -perm -u+x | head -n 1)
[ -n "$binary" ] || fail "there is no fake-gcs-server in $tools; remove that folder and run again"

# Loopback must not go through a proxy, and these variables would send the clients to addresses without the API's path.
export NO_PROXY="127.0.0.1${NO_PROXY:+,$NO_PROXY}" no_proxy="127.0.0.1${no_proxy:+,$no_proxy}"
unset STORAGE_EMULATOR_HOST BIGQUERY_EMULATOR_HOST

# Between choosing a free port and taking it another program may take it, so once more with another port.
start_gcs || start_gcs || fail "fake-gcs-server did not start: $(tail -n 5 "$scratch/gcs.log")"
start_bigquery || start_bigquery || fail "bqemulator did not start: $(tail -n 5 "$scratch/bigquery.log")"
# A run that is killed cannot stop its servers; this does it then.
(
  while kill -0 $$; do sleep 2; done
  kill "${servers[@]}"
) >/dev/null 2>&1 &
servers+=($!)

npx vitest run --config vitest.emulators.config.ts "$@"
