#!/bin/sh
# Called by udhcpc: give the interface what the lease says.
case "$1" in
  deconfig) ip addr flush dev "$interface"; ip link set "$interface" up ;;
  bound|renew)
    ip addr show dev "$interface" | grep -q "inet $ip/" || ip addr add "$ip/24" brd + dev "$interface"
    ip route replace default via "${router%% *}" ;;
esac
