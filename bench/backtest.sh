#!/usr/bin/env bash
# Price events per processor second of the backtest, beside the same job in plain Python, vectorbt, backtesting.py and
# NautilusTrader, and 33.6 million prices from disk. Prints the table of bench/README.md; fails when plain Python does not
# come to the same bets and money. Needs Python 3.11 or newer with venv; about 1.5 GB for the environment and the made-up
# prices, which are kept for the next run.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${XDG_CACHE_HOME:-$HOME/.cache}/oddsmith"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
export PYTHONPATH="$PWD/bench/backtest" PYTHONDONTWRITEBYTECODE=1
# One thread each, and no progress bars.
export TQDM_DISABLE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 NUMBA_NUM_THREADS=1

lock=bench/backtest/requirements.txt
venv="$cache/backtest-venv-$(sha256sum "$lock" | cut -c1-12)"
if [ ! -e "$venv/ready" ]; then
    python3 -m venv --clear "$venv"
    # What cannot be had is left out of the table by name.
    while read -r package; do
        "$venv/bin/pip" install --quiet "$package" || echo "not installed: $package" >&2
    done < "$lock"
    touch "$venv/ready"
fi

cargo build --release --locked -p engine --example time_backtest

timeout 1800 "$venv/bin/python" bench/backtest/compare.py "$CARGO_TARGET_DIR/release/examples/time_backtest" \
    "$cache/backtest-job" models
