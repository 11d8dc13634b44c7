#!/usr/bin/env bash
# Measures, and writes docs/performance.md. Absolute times on a shared machine mean little: read the ratios.
# usage: bench.sh PROGRAM SHARED
# BENCH_CAPTURE=FILE measures another capture; BENCH_BUILD=1 also times a build from nothing (a quarter of an hour).
set -euo pipefail
program=$(realpath "$1") shared=$2
work=$(mktemp -d)
pid=
cleanup() {
  [ -z "$pid" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  rm -rf "$work"
}
trap cleanup EXIT
out=docs/performance.md
capture=${BENCH_CAPTURE:-$work/bench.pcap}
rounds=3

# CPU seconds (user and system), wall seconds and peak MB of a command: the round with the least CPU.
measure() { # measure ROUNDS COMMAND...; {} stands for a fresh folder
  python3 - "$work" "$@" <<'PY'
import os, resource, shutil, subprocess, sys, time
work, rounds, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
best = None
for _ in range(rounds):
    fresh = os.path.join(work, "fresh")
    shutil.rmtree(fresh, ignore_errors=True)
    os.mkdir(fresh)
    start = time.time()
    process = subprocess.Popen([part.replace("{}", fresh) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with {os.waitstatus_to_exitcode(status)}")
    found = (used.ru_utime + used.ru_stime, time.time() - start, used.ru_maxrss / 1024)
    best = min(best or found, found)
print(f"{best[0]:.2f} {best[1]:.2f} {best[2]:.0f}")
PY
}

{
  echo "# Performance"
  echo
  echo "Written by \`make bench\` on $(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1). CPU is user and system"
  echo "time of the whole process, the best of $rounds runs; the machine is shared, so read the ratios."
  echo
} >"$work/report"

if [ -x "$shared/bench/make-capture.py" ] && [ ! -e "$capture" ]; then
  python3 "$shared/bench/make-capture.py" "$capture" >/dev/null
fi
if [ -e "$capture" ]; then
  packets=$(capinfos -M -c "$capture" 2>/dev/null | sed -n 's/^Number of packets: *//p' | tr -d ' ,')
  bytes=$(stat -c %s "$capture")
  part=200000
  read -r floor_cpu _ _ < <(measure $rounds capinfos -c -d -u "$capture")
  read -r tshark_cpu _ _ < <(measure 1 tshark -r "$capture" -n -c "$part" -T fields -e frame.number -e _ws.col.Info)
  read -r replay_cpu replay_wall replay_mb < <(measure $rounds "$program" replay "$capture" --data "{}/data")
  suricata_cpu=0
  if command -v suricata >/dev/null && [ -e "$shared/bench/suricata-ot.rules" ]; then
    sed 's/^        - flow$/        - modbus\n        - dnp3\n        - flow/' /etc/suricata/suricata.yaml >"$work/suricata.yaml"
    read -r suricata_cpu _ _ < <(measure 1 suricata -c "$work/suricata.yaml" -r "$capture" -l "{}" -k none --runmode single \
      -S "$shared/bench/suricata-ot.rules" --set app-layer.protocols.modbus.enabled=yes \
      --set app-layer.protocols.dnp3.enabled=yes --set app-layer.protocols.enip.enabled=yes)
  fi
  python3 - "$packets" "$bytes" "$floor_cpu" "$tshark_cpu" "$part" "$replay_cpu" "$replay_wall" "$replay_mb" "$suricata_cpu" >>"$work/report" <<'PY'
import sys
packets, size, floor, tshark, part, cpu, wall, peak, suricata = map(float, sys.argv[1:])
ours, theirs, reading = packets / cpu, part / tshark, packets / floor
print(f"## Replay\n\n{packets:,.0f} packets, {size / 1e6:,.0f} MB of some thirty industrial protocols, made by `bench/make-capture.py` of the shared folder;\ndecoded, aggregated, journalled, in state and lake.\n")
print("| what | packets per CPU second | MB per CPU second | beside tshark | beside merely reading |\n| --- | --- | --- | --- | --- |")
rows = [("capinfos (reads the file)", reading), ("watchfloor replay", ours)]
if suricata:
    rows.append(("Suricata, industrial parsers on", packets / suricata))
rows.append(("tshark -T fields (first 200,000 packets)", theirs))
for name, rate in rows:
    print(f"| {name} | {rate:,.0f} | {rate * size / packets / 1e6:,.1f} | {rate / theirs:,.1f} × | {rate / reading:.3f} |")
print(f"\nThe replay took {cpu:.1f} CPU seconds, {wall:.1f} s wall; peak memory {peak:.0f} MB. capinfos took {floor:.2f} CPU seconds.")
if suricata:
    print(f"That is {ours * suricata / packets:.1f} × Suricata per CPU second.")
print()
PY
else
  echo "The bench capture was not there: replay was not measured." >>"$work/report"
fi

{
  echo "## Memory and small captures"
  echo
  echo "| input | CPU seconds | wall seconds | peak memory, MB |"
  echo "| --- | --- | --- | --- |"
} >>"$work/report"
row() { # row NAME COMMAND...
  local name=$1 cpu wall mb
  shift
  read -r cpu wall mb < <(measure $rounds "$@")
  echo "| $name | $cpu | $wall | $mb |" >>"$work/report"
}
python3 lab/synthetic.py "$work/large.pcap" 10000 >/dev/null
row "bundled capture with its plant model, 22,570 packets" "$program" replay demo/waterworks.pcapng.gz --plant demo/plant.toml --data "{}/data"
[ ! -d "$shared/captures" ] || row "all shared captures, one after the other" "$program" replay "$shared/captures" --data "{}/data"
row "10,000 synthetic machines, 142,552 packets" "$program" replay "$work/large.pcap" --data "{}/data"
echo >>"$work/report"

# How it grows: machines, hours, size of messages, cores.
{
  echo "## How it grows"
  echo
  echo "| input | packets | CPU seconds | microseconds a packet | wall seconds | peak memory, MB |"
  echo "| --- | --- | --- | --- | --- | --- |"
} >>"$work/report"
grows() { # grows NAME CAPTURE [PREFIX...]
  local name=$1 capture=$2 cpu wall mb packets
  shift 2
  packets=$(capinfos -M -c "$capture" 2>/dev/null | sed -n 's/^Number of packets: *//p' | tr -d ' ,')
  read -r cpu wall mb < <(measure $rounds "$@" "$program" replay "$capture" --data "{}/data")
  echo "| $name | $packets | $cpu | $(awk "BEGIN { printf \"%.2f\", $cpu * 1e6 / $packets }") | $wall | $mb |" >>"$work/report"
}
made() { # made NAME ASSETS TURNS SECONDS REGISTERS
  python3 lab/synthetic.py "$work/made.pcap" "$2" "$3" "$4" "$5" >/dev/null
  grows "$1" "$work/made.pcap"
}
made "1,000 machines, 60 polls each" 1000 60 12 2
made "5,000 machines, 60 polls each" 5000 60 12 2
made "20,000 machines, 60 polls each" 20000 60 12 2
made "100 machines, every 5 s for 6 h" 100 4320 5 2
made "100 machines, every 5 s for 24 h" 100 17280 5 2
made "100 machines, every 5 s for 72 h" 100 51840 5 2
made "1,000 machines, 60 polls each of 60 registers" 1000 60 12 60
made "1,000 machines, 60 polls each of 120 registers" 1000 60 12 120
if [ -e "$capture" ]; then
  grows "the capture of above" "$capture"
  grows "the same, on one core" "$capture" taskset -c 0
fi
rm -f "$work/made.pcap"
echo >>"$work/report"

# The page, from the program itself: cold cache, a kept session, median of five.
page() { # page DATA ARGUMENTS...
  local data=$1 address=
  shift
  mkdir -p "$data"
  printf 'bench-page-password\n' >"$data/password"
  "$program" run "$@" --data "$data/data" --listen 127.0.0.1:0 --admin-password-file "$data/password" >"$data/log" 2>&1 &
  pid=$!
  for _ in $(seq 1 1200); do
    grep -q 'are taken in' "$data/log" && break
    kill -0 "$pid" 2>/dev/null || { cat "$data/log" >&2; exit 1; }
    sleep 0.1
  done
  address=$(sed -n 's/^Watchfloor is at //p' "$data/log")
  (cd web && BASE_URL=$address WF_USER=admin WF_PASSWORD=bench-page-password npm run --silent timing)
  kill -INT "$pid"
  wait "$pid" || true
  pid=
}
page "$work/small" --capture demo/waterworks.pcapng.gz --plant demo/plant.toml >"$work/small.json"
page "$work/big" --capture "$work/large.pcap" >"$work/big.json"
python3 - "$work/small.json" "$work/big.json" >>"$work/report" <<'PY'
import json, sys
small, big = (json.load(open(path)) for path in sys.argv[1:])
says = {
    "first_load": ("first load, cold cache: the ranked list is drawn", 1500),
    "route_assets_first": ("route to Assets, first time", 300),
    "route_assets_again": ("route to Assets, again", 300),
    "route_map_first": ("route to Map, first time", 300),
    "route_triage_again": ("route to Triage, again", 300),
    "filter_assets": ("a key typed into the filter of Assets: answer drawn", 100),
    "sort_assets": ("sort Assets by a column: answer drawn", 100),
    "key_next_finding": ("J: next finding with its pane", 100),
}
print("## The page\n\nHeadless Chromium on the same two cores, TLS, median of five, milliseconds from the input to the frame that shows the answer.\n")
print("| what | bundled plant | 10,000 assets | to reach |\n| --- | --- | --- | --- |")
for key, (name, bar) in says.items():
    print(f"| {name} | {small[key]} | {big[key]} | {bar} |")
print()
PY

{
  echo "## Build"
  echo
  if [ "${BENCH_BUILD:-}" = 1 ]; then
    read -r cpu wall _ < <(measure 1 env CARGO_TARGET_DIR="{}/target" cargo build --release --locked --workspace)
    printf '%s\n' "From nothing: $(awk "BEGIN { printf \"%.1f\", $wall / 60 }") minutes wall, $(awk "BEGIN { printf \"%.1f\", $cpu / 60 }") CPU minutes on $(nproc) cores." | tee docs/build-time.txt
  elif [ -e docs/build-time.txt ]; then
    cat docs/build-time.txt
  fi
} >>"$work/report"
if [ -e docs/performance-notes.md ]; then
  { echo; cat docs/performance-notes.md; } >>"$work/report"
fi
cp "$work/report" "$out"
cat "$out"
