#!/usr/bin/env bash
# What can be said of infra/, the workflows, the image and the shell scripts without an account: their formats, and what
# linters that know them find. Installs the checkers once, beside the repository and not in it, at pinned versions: from
# PyPI, and actionlint by Go, because its packages elsewhere are years old or fetch a release when they are installed. A
# checker that cannot be had is a failure, not a check less.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

requirements=scripts/checks/requirements.txt
actionlint=github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
cache=${XDG_CACHE_HOME:-$HOME/.cache}/treeline/checks
bin=$cache/python/bin
failed=0

fail() {
  echo "check:cloud: $1" >&2
  exit 2
}

# What is installed is written last: a broken install is made again, and so is one of other versions.
install() {
  local wanted log building
  wanted=$(cat "$requirements" && echo "$actionlint")
  [ "$(cat "$cache/installed.txt" 2>/dev/null)" = "$wanted" ] && return
  command -v python3 >/dev/null || fail 'python3 is not on this machine; it is needed to install the checkers'
  command -v go >/dev/null || fail 'go is not on this machine; it is needed to install actionlint'
  echo 'check:cloud: installing the checkers' >&2
  rm -rf "$cache"
  mkdir -p "$cache"
  log=$cache/install.log
  python3 -m venv "$cache/python" >"$log" 2>&1 || fail "python3 -m venv failed: $(tail -n 5 "$log")"
  GOBIN=$bin go install "$actionlint" >"$log.go" 2>&1 &
  building=$!
  "$bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements" >"$log" 2>&1 ||
    fail "pip could not install $requirements: $(tail -n 5 "$log")"
  wait "$building" || fail "go could not install $actionlint: $(tail -n 5 "$log.go")"
  echo "$wanted" >"$cache/installed.txt"
}

check() { # check NAME COMMAND...
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok: $name"
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
    echo "$output"
  fi
}

install
# Terraform would warn of a configuration that the machine names and does not have, and the warning would be a finding.
export PATH=$bin:$PATH TF_CLI_CONFIG_FILE=/dev/null
mapfile -t scripts < <(git ls-files '*.sh' .ci/run)

check 'terraform fmt' "$bin/python" scripts/checks/terraform_format.py infra
check checkov "$bin/checkov" --directory infra --framework terraform --compact --quiet --skip-download
check zizmor "$bin/zizmor" --offline --no-progress .github
check actionlint "$bin/actionlint"
check hadolint "$bin/hadolint" Dockerfile
check shellcheck "$bin/shellcheck" "${scripts[@]}"
[ "$failed" -eq 0 ]
