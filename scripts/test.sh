#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lints, docs, dependency rules, tests in Rust and Python.
# Installs what it needs on a Debian machine (PostgreSQL, Chromium with its driver, a small Python environment).
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n=== %s\n' "$*"; }

need_packages() {
    local missing=()
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    command -v chromium >/dev/null || missing+=(chromium)
    command -v chromedriver >/dev/null || missing+=(chromium-driver)
    command -v cc >/dev/null || missing+=(build-essential)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
    [ ${#missing[@]} -eq 0 ] && return 0
    step "installing ${missing[*]}"
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

cache="${XDG_CACHE_HOME:-$HOME/.cache}/oddsmith"
# Outside the clone, so that a second clone on the same machine does not build the dependencies again.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
# The learners of the model spin on more threads than cores otherwise.
export OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
mkdir -p "$cache"

need_packages

step 'format'
cargo fmt --all --check

step 'lints'
cargo clippy --locked --workspace --all-targets -- -D warnings

step 'documentation'
RUSTDOCFLAGS='-D warnings' cargo doc --locked --workspace --no-deps --quiet

step 'tests in Rust'
cargo test --locked --workspace

step 'tests in Python'
python="$cache/venv/bin/python"
[ -x "$python" ] || python3 -m venv "$cache/venv"
"$python" -m pip install --quiet --disable-pip-version-check -r training/requirements-light.lock
(cd training && "$python" -m pytest -q)
