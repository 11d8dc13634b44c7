#!/usr/bin/env bash
# Page tests in a real browser against the real program on the bundled capture.
# usage: page-test.sh PROGRAM
set -euo pipefail
program=$1
data=$(mktemp -d)
log=$data/log
cleanup() {
  [ -z "${pid:-}" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; }
  rm -rf "$data"
}
trap cleanup EXIT
printf 'page-test-password\n' >"$data/password"
"$program" run --capture demo/waterworks.pcapng.gz --plant demo/plant.toml --data "$data/data" --listen 127.0.0.1:0 \
  --admin-password-file "$data/password" >"$log" 2>&1 &
pid=$!
address=
for _ in $(seq 1 600); do
  address=$(sed -n 's/^Watchfloor is at //p' "$log")
  [ -n "$address" ] && curl -ks --fail "$address/readyz" >/dev/null && break
  kill -0 "$pid" 2>/dev/null || { cat "$log"; echo "the program ended before it was ready"; exit 1; }
  sleep 0.1
done
[ -n "$address" ] || { cat "$log"; echo "the program was not ready within a minute"; exit 1; }
status=0
(cd web && BASE_URL=$address WF_USER=admin WF_PASSWORD=page-test-password npm run --silent e2e) || status=$?
[ "$status" = 0 ] || tail -n 20 "$log"
exit "$status"
