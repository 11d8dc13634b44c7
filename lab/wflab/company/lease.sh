#!/bin/sh
# Called by udhcpc: give the interface what the lease says. An address that is kept is not taken away in between.
case "$1" in
  deconfig) ip link set "$interface" up ;;
  bound|renew)
    ip addr show dev "$interface" | grep -q "inet $ip/" || { ip addr flush dev "$interface"; ip addr add "$ip/24" brd + dev "$interface"; }
    ip route replace "${ip%.*}.0/24" dev "$interface" proto kernel scope link src "$ip" quickack 1
    ip route replace default via "${router%% *}" dev "$interface" quickack 1 ;;
esac
