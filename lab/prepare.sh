# Sourced by make-lab.sh and lab: becomes root, installs what is missing, checks that namespaces can be made.
# Needs $0 and "$@" of the script that sources it, which must have changed into this folder, and as called_from where it was.

say() { echo "${0##*/}: $*" >&2; }

if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || {
        say "network namespaces need root: run as root or install sudo"
        exit 77
    }
    script="$(pwd)/$(basename "$0")"
    cd "$called_from"
    exec sudo -- "$script" "$@"
fi

missing=""
for pair in dumpcap:tshark tshark:tshark ip:iproute2 ethtool:ethtool nft:nftables dnsmasq:dnsmasq-base \
            udhcpc:udhcpc nmap:nmap mosquitto:mosquitto sysctl:procps python3:python3; do
    command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair##*:}"
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
if [ -n "$missing" ]; then
    command -v apt-get >/dev/null 2>&1 || {
        say "please install:$missing"
        exit 69
    }
    say "installing$missing"
    # shellcheck disable=SC2086  # a list of package names
    { DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null; } || {
        say "could not install$missing; without them the lab cannot run"
        exit 69
    }
fi

if ! ip netns add "wflab-probe-$$" 2>/dev/null; then
    say "this machine does not allow network namespaces (container without CAP_SYS_ADMIN?)."
    say "the bundled captures in demo/ and lab/captures/ need none of this."
    exit 77
fi
ip netns delete "wflab-probe-$$"

stamp=.venv/requirements.stamp
if [ ! -f "$stamp" ] || ! cmp -s requirements.txt "$stamp"; then
    say "installing the protocol stacks into lab/.venv"
    { python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt; } || {
        say "could not install the protocol stacks of lab/requirements.txt"
        exit 69
    }
    cp requirements.txt "$stamp"
fi

give_back() { # results belong to whoever called sudo
    [ -z "${SUDO_UID:-}" ] || chown -R "$SUDO_UID:$SUDO_GID" ../demo fixtures captures run .venv "$@" 2>/dev/null || true
}
