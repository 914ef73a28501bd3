#!/usr/bin/env bash
# Forecasts per millisecond: tract with our tree operator against onnxruntime, the native libraries and a Python sidecar
# over HTTP, on the shipped model and on a trial-size one. Prints the tables of bench/README.md.
# Needs Python 3.11 or newer with venv. The environment and the trial-size model are kept for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/oddsmith"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
# One thread each, and none that spins while it waits.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE
export PYTHONPATH="$PWD/training" PYTHONDONTWRITEBYTECODE=1

fingerprint() { cat "$@" | sha256sum | cut -c1-12; }

locks=(bench/inference/requirements.lock training/requirements.lock)
venv="$cache/bench-venv-$(fingerprint "${locks[@]}")"
if [ ! -e "$venv/ready" ]; then
    python3 -m venv --clear "$venv"
    "$venv/bin/pip" install --quiet -r bench/inference/requirements.lock
    touch "$venv/ready"
fi

cargo build --release --locked -p engine --example time_model

model="$cache/bench-model-$(fingerprint "${locks[@]}" bench/inference/trial.py training/oddsmith_training/*.py)"
timeout 900 "$venv/bin/python" bench/inference/compare.py "$model" "$CARGO_TARGET_DIR/release/examples/time_model"
