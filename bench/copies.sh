#!/usr/bin/env bash
# From the delivery of a followed trader's order to a durable paper fill, 200 orders, one after the other: the real copy
# engine on SQLite over the stand-in venue on loopback. How late the venue's feed is comes on top and is told in the chat.
set -euo pipefail
cd "$(dirname "$0")/.."
cache="${XDG_CACHE_HOME:-$HOME/.cache}/oddsmith"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$cache/target}"
cargo test --release --locked -p engine --test copy_mirror from_delivery -- --ignored --nocapture
