#!/usr/bin/env bash
# Measures, and writes docs/performance.md. Absolute times on a shared machine mean little: read the ratios.
# usage: bench.sh PROGRAM SHARED
set -euo pipefail
program=$1 shared=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
out=docs/performance.md
capture=${BENCH_CAPTURE:-$work/bench.pcap}

# CPU seconds (user and system), wall seconds and peak MB of a command.
measure() {
  python3 - "$@" <<'PY'
import os, resource, subprocess, sys, time
start = time.time()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
if code:
    sys.exit(f"{sys.argv[1]} ended with {code}")
print(f"{used.ru_utime + used.ru_stime:.2f} {time.time() - start:.2f} {used.ru_maxrss / 1024:.0f}")
PY
}

{
  echo "# Performance"
  echo
  echo "Written by \`make bench\` on $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)."
  echo
} >"$work/report"

if [ -x "$shared/bench/make-capture.py" ] && [ ! -e "$capture" ]; then
  python3 "$shared/bench/make-capture.py" "$capture" >/dev/null
fi
if [ -e "$capture" ]; then
  packets=$(capinfos -c -M "$capture" 2>/dev/null | sed -n 's/^Number of packets: *//p' | tr -d ' ,')
  bytes=$(stat -c %s "$capture")
  read -r floor_cpu floor_wall _ < <(measure capinfos -c -d -u "$capture")
  part=200000
  read -r tshark_cpu _ _ < <(measure tshark -r "$capture" -n -c "$part" -T fields -e frame.number -e _ws.col.Info)
  read -r replay_cpu replay_wall replay_mb < <(measure "$program" replay "$capture" --data "$work/data")
  python3 - "$packets" "$bytes" "$floor_cpu" "$tshark_cpu" "$part" "$replay_cpu" "$replay_wall" "$replay_mb" >>"$work/report" <<'PY'
import sys
packets, size, floor, tshark, part, cpu, wall, peak = map(float, sys.argv[1:])
ours, theirs, reading = packets / cpu, part / tshark, packets / floor
print(f"## Replay\n\n{packets:,.0f} packets, {size / 1e6:,.0f} MB of some thirty industrial protocols; decoded, aggregated, journalled, in state and lake.\n")
print("| what | packets per CPU second | MB per CPU second | beside tshark | beside merely reading |\n| --- | --- | --- | --- | --- |")
for name, rate in (("capinfos (reads the file)", reading), ("watchfloor replay", ours), ("tshark -T fields", theirs)):
    print(f"| {name} | {rate:,.0f} | {rate * size / packets / 1e6:,.0f} | {rate / theirs:,.0f} × | {rate / reading:.3f} |")
print(f"\nWall time {wall:.1f} s, peak memory {peak:.0f} MB.\n")
PY
else
  echo "The bench capture was not there: replay was not measured." >>"$work/report"
fi

read -r demo_cpu demo_wall demo_mb < <(measure "$program" replay demo/waterworks.pcapng.gz --plant demo/plant.toml --data "$work/demo")
printf '## Bundled capture\n\n%s CPU seconds, %s s wall, peak memory %s MB for 22,570 packets with the plant model.\n\n' "$demo_cpu" "$demo_wall" "$demo_mb" >>"$work/report"
if [ -e docs/performance-page.md ]; then
  cat docs/performance-page.md >>"$work/report"
fi
cp "$work/report" "$out"
cat "$out"
