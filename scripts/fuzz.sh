#!/usr/bin/env bash
# Fuzzes one decoder, or the whole sensor as `capture`, from the fixtures on. usage: fuzz.sh OF SECONDS FLAGS
set -euo pipefail
of=$1 seconds=$2 flags=$3
cd fuzz
target=${CARGO_TARGET_DIR:-target}/fuzz
triple=$(rustc -vV | sed -n 's/^host: //p')
# With a target triple the flags leave build scripts and macros alone.
RUSTFLAGS="$flags" CARGO_TARGET_DIR=$target cargo build --release --quiet --target "$triple" --bin decoder --bin capture
corpus=corpus/$of
mkdir -p "$corpus" artifacts
program=decoder
if [ "$of" = capture ]; then
  program=capture
  cp ../crates/wf-protocols/src/*/testdata/*.pcap "$corpus"/
else
  CARGO_TARGET_DIR=$target cargo run --release --quiet --bin seeds -- "$of" "../crates/wf-protocols/src/$of/testdata/$of.pcap" "$corpus"
fi
WF_DECODER=$of exec "$target/$triple/release/$program" "$corpus" -max_total_time="$seconds" -max_len=16384 -timeout=10 \
  -rss_limit_mb=2048 -artifact_prefix="artifacts/$of-" -print_final_stats=1
