#!/bin/sh
# Makes the demo capture (or anything else `python -m wflab` can do) from nothing.
#   ./make-lab.sh                 the bundled capture, plant truth and all: about 8 minutes
#   ./make-lab.sh fixtures        the small captures per protocol
#   ./make-lab.sh clean           remove what a killed run left behind
# Works as root, or as a user who may use sudo.
set -eu
cd "$(dirname "$0")"

if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        echo "make-lab: network namespaces need root: run as root or install sudo" >&2
        exit 77
    }
    exec sudo -- "$(pwd)/$(basename "$0")" "$@"
fi

missing=""
for pair in dumpcap:tshark tshark:tshark ip:iproute2 ethtool:ethtool dnsmasq:dnsmasq-base \
            udhcpc:udhcpc nmap:nmap mosquitto:mosquitto sysctl:procps python3:python3; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    command -v apt-get >/dev/null 2>&1 || {
        echo "make-lab: please install:$missing" >&2
        exit 69
    }
    echo "make-lab: installing$missing"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    # shellcheck disable=SC2086  # a list of package names
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
fi

if ! ip netns add wflab-probe 2>/dev/null; then
    echo "make-lab: this machine does not allow network namespaces (container without CAP_SYS_ADMIN?)." >&2
    echo "make-lab: the bundled capture in demo/ needs none of this." >&2
    exit 77
fi
ip netns delete wflab-probe

stamp=.venv/requirements.stamp
if [ ! -f "$stamp" ] || ! cmp -s requirements.txt "$stamp"; then
    python3 -m venv .venv
    .venv/bin/pip install -q -r requirements.txt
    cp requirements.txt "$stamp"
fi

give_back() { # results belong to whoever called sudo
    [ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:$SUDO_GID" ../demo fixtures run .venv 2>/dev/null || true
}
trap give_back EXIT
[ "$#" -gt 0 ] || set -- capture
.venv/bin/python -m wflab "$@"
