#!/usr/bin/env bash
# Makes the trainer's environment: a virtual one in training/.venv with exactly the versions of requirements.lock.
# PYTHON names another interpreter than python3 (3.11 or newer).
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "setup failed: $*" >&2; exit 1; }

python="${PYTHON:-python3}"
command -v "$python" >/dev/null || fail "no $python on this machine; PYTHON=… names another one"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "$("$python" --version) is too old, 3.11 or newer is needed"
[ -x .venv/bin/python ] || "$python" -m venv .venv || fail "the virtual environment could not be made (on Debian: apt-get install python3-venv)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock || fail "the libraries of requirements.lock could not be installed"
.venv/bin/python -c 'import oddsmith_training.train' || fail "the libraries are installed but do not load"
echo "ready: bash training/train.sh DATA OUT"
