#!/usr/bin/env bash
# From recorded markets to a model directory: rows, fits, export, scores.
# Usage: train.sh DATA OUT [options of oddsmith_training.train]
# DATA holds markets.parquet and prices.parquet; OUT appears as a whole or stays as it was. ODDSMITH names the bot's
# binary, built with cargo otherwise. Exit codes: 0 written, 1 refused or failed, 2 wrong usage.
set -euo pipefail

usage() { echo "$*; usage: train.sh DATA OUT [options of oddsmith_training.train]" >&2; exit 2; }

[ $# -ge 2 ] || usage "DATA and OUT are needed"
here="$(cd "$(dirname "$0")" && pwd)"
python="$here/.venv/bin/python"
data="$(realpath -m "$1")"
out="$(realpath -m "$2")"
shift 2
for file in markets.parquet prices.parquet; do
    [ -f "$data/$file" ] || usage "$data holds no $file"
done
[ -x "$python" ] || { echo "training failed: no environment yet, run bash training/setup.sh" >&2; exit 1; }

rows="$(mktemp --suffix=.parquet)"
trap 'rm -f "$rows"' EXIT
if [ -n "${ODDSMITH:-}" ]; then
    features=("$ODDSMITH" features)
else
    features=(cargo run --quiet --release --manifest-path "$here/../Cargo.toml" -- features)
fi
"${features[@]}" --data "$data" --out "$rows" >&2 || { echo "training failed: no rows were made of $data" >&2; exit 1; }
cd "$here"
"$python" -m oddsmith_training.train --rows "$rows" --out "$out" "$@"
