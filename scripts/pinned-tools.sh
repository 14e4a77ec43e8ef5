# shellcheck shell=bash
# Sourced by the scripts that need Python packages which npm does not have.
#
# pinned_tools NAME REQUIREMENTS FINISH sets $tools to a virtual environment with exactly the packages of REQUIREMENTS, each
# checked against its hashes, in which FINISH, a function, has also been run. It is made once, in the user's cache, and
# found again by what it was made of; that folder may be removed at any time. Whoever makes it at the same time as another
# makes it elsewhere, and the first to finish is the one that both use: nobody waits, and a killed install is not found.

# Half made; the script that sources this removes it when it ends.
unfinished=

pinned_tools() {
  local name=$1 requirements=$2 finish=$3 cache found log
  cache=${XDG_CACHE_HOME:-$HOME/.cache}/treeline/$name
  found=$cache/$({ cat "$requirements" && declare -f "$finish"; } | cksum | tr ' ' -)
  tools=$(cat "$found" 2>/dev/null || true)
  if [ -n "$tools" ] && [ -x "$tools/bin/python" ]; then return; fi
  command -v python3 >/dev/null || fail "python3 is not on this machine; it is needed to install the packages of $requirements"
  echo "$name: installing the packages of $requirements" >&2
  mkdir -p "$cache"
  rm -f "$found"
  unfinished=$(mktemp -d "$cache/XXXXXXXX")
  log=$unfinished/install.log
  tools=$unfinished
  python3 -m venv "$tools" >"$log" 2>&1 || fail "python3 -m venv failed: $(tail -n 5 "$log")"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    -r "$requirements" >"$log" 2>&1 || fail "pip could not install $requirements: $(tail -n 5 "$log")"
  "$finish" >"$log" 2>&1 || fail "$finish failed: $(tail -n 5 "$log")"
  echo "$tools" >"$tools/here"
  # A hard link is made or refused, never half written.
  if ln "$tools/here" "$found" 2>/dev/null; then
    unfinished=
  else
    tools=$(cat "$found")
  fi
}
