#!/usr/bin/env bash
# What can be said of infra/, the workflows, the image and the shell scripts without an account: their formats, and what
# linters that know them find. Installs the checkers once, beside the repository and not in it, at pinned versions: from
# PyPI, and actionlint by Go, because its packages elsewhere are years old or fetch a release when they are installed. A
# checker that cannot be had is a failure, not a check less.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit

failed=0

fail() {
  echo "check:cloud: $1" >&2
  exit 2
}

install_actionlint() {
  command -v go || {
    echo 'go is not on this machine; it is needed to install actionlint'
    return 1
  }
  GOBIN=$tools/bin go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
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

source scripts/pinned-tools.sh
trap 'rm -rf "${unfinished:-}"' EXIT
pinned_tools checks scripts/checks/requirements.txt install_actionlint
bin=$tools/bin
# Terraform would warn of a configuration that the machine names and does not have, and the warning would be a finding.
export PATH=$bin:$PATH TF_CLI_CONFIG_FILE=/dev/null
scripts=()
while IFS= read -r script; do scripts+=("$script"); done < <(git ls-files '*.sh' .ci/run)

check 'terraform fmt' "$bin/python" scripts/checks/terraform_format.py infra
check checkov "$bin/checkov" --directory infra --framework terraform --compact --quiet --skip-download
check zizmor "$bin/zizmor" --offline --no-progress .github
check actionlint "$bin/actionlint"
check hadolint "$bin/hadolint" Dockerfile
check shellcheck "$bin/shellcheck" "${scripts[@]}"
[ "$failed" -eq 0 ]
