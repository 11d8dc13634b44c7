#!/usr/bin/env bash
# Fuzzes one decoder, each of them in turn as `all`, or the whole sensor as `capture`, from fixtures and corpora on. What a decoder's
# run found worth keeping goes back into its corpus, minimised, which every test run replays. usage: fuzz.sh OF SECONDS FLAGS
set -euo pipefail
of=$1 seconds=$2 flags=$3
cd fuzz
target=${CARGO_TARGET_DIR:-target}/fuzz
triple=$(rustc -vV | sed -n 's/^host: //p')
# With a target triple the flags leave build scripts and macros alone.
RUSTFLAGS="$flags" CARGO_TARGET_DIR=$target cargo build --release --quiet --target "$triple" --bin decoder --bin capture
CARGO_TARGET_DIR=$target cargo build --release --quiet --bin seeds
mkdir -p artifacts
run() { # run PROGRAM CORPUS ARGUMENTS...
  local program=$1
  shift
  "$target/$triple/release/$program" "$@" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="artifacts/$of-"
}
decoder() {
  local of=$1 testdata=../crates/wf-protocols/src/$1/testdata
  rm -rf "corpus/$of.least"
  mkdir -p "corpus/$of" "corpus/$of.least"
  "$target/release/seeds" unpack "$of" "$testdata" "corpus/$of"
  WF_DECODER=$of run decoder "corpus/$of" -max_total_time="$seconds" -max_len=16384 -print_final_stats=1
  # By edges alone: the fewest scripts that still go everywhere.
  WF_DECODER=$of run decoder -merge=1 -use_counters=0 -max_len=1024 "corpus/$of.least" "corpus/$of" 2>/dev/null
  "$target/release/seeds" pack "$of" "$testdata" "corpus/$of.least"
}
case $of in
capture)
  mkdir -p corpus/capture
  cp ../crates/wf-protocols/src/*/testdata/*.pcap corpus/capture/
  run capture corpus/capture -max_total_time="$seconds" -max_len=16384 -print_final_stats=1
  ;;
all) for fixture in ../crates/wf-protocols/src/*/testdata/*.pcap; do
  name=$(basename "$fixture" .pcap)
  [ ! -d "../crates/wf-protocols/src/$name" ] || decoder "$name"
done ;;
*) decoder "$of" ;;
esac
