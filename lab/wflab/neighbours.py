"""ICMP and the neighbour discovery of IPv6: scapy's layers, packet by packet."""

from __future__ import annotations

from pathlib import Path


def icmp(target: Path) -> None:
    """A station, a router and a controller; then somebody who spoofs: another router, another owner, a redirect, a tunnel."""
    from scapy import all as s

    station, router, controller, stranger = (f"02:00:5e:00:00:{n:02x}" for n in (0x10, 0x01, 0x20, 0x66))
    ip4 = {station: "192.0.2.10", router: "192.0.2.1", controller: "192.0.2.20", stranger: "192.0.2.66"}
    local = {mac: f"fe80::5e00:{mac[-2:]}" for mac in ip4}
    everybody = ("33:33:00:00:00:01", "ff02::1")
    frames, clock = [], 1_700_000_000.0

    def send(packet: s.Packet, wait: float = 0.1) -> None:
        nonlocal clock
        clock += wait
        built = s.Ether(bytes(packet))
        built.time = clock
        frames.append(built)

    def four(src: str, dst: str, message: s.Packet, source: str = "") -> None:
        send(s.Ether(src=src, dst=dst) / s.IP(src=source or ip4[src], dst=ip4[dst]) / message)

    def six(src: str, to: tuple[str, str], message: s.Packet, source: str = "") -> None:
        send(s.Ether(src=src, dst=to[0]) / s.IPv6(src=source or local[src], dst=to[1], hlim=255) / message)

    def solicited(address: str) -> tuple[str, str]:
        return f"33:33:ff:00:00:{address[-2:]}", f"ff02::1:ff00:{address[-2:]}"

    data = bytes(range(48))
    for number in (1, 2):
        four(station, controller, s.ICMP(type=8, id=7, seq=number) / data)
        four(controller, station, s.ICMP(type=0, id=7, seq=number) / data)
    asked = s.IP(src=ip4[station], dst=ip4[controller]) / s.UDP(sport=40000, dport=161) / b"left out"
    four(controller, station, s.ICMP(type=3, code=3) / bytes(asked)[:28])
    far = s.IP(src=ip4[station], dst="198.51.100.7") / s.TCP(sport=40001, dport=443)
    four(router, station, s.ICMP(type=11, code=0) / bytes(far)[:28])
    four(router, station, s.ICMP(type=3, code=4, nexthopmtu=1400) / bytes(far)[:28])
    four(station, controller, s.ICMP(type=13, id=1, seq=1, ts_ori=36_000_000, ts_rx=0, ts_tx=0))
    four(station, controller, s.ICMP(type=17, id=1, seq=1))

    def information(mac: str, prefix: str, lifetime: int = 1800) -> s.Packet:
        options = s.ICMPv6NDOptSrcLLAddr(lladdr=mac) / s.ICMPv6NDOptMTU(mtu=1500)
        options /= s.ICMPv6NDOptPrefixInfo(prefix=prefix, prefixlen=64, validlifetime=86400, preferredlifetime=14400)
        options /= s.ICMPv6NDOptRDNSS(dns=[f"{prefix}53"], lifetime=600) / s.ICMPv6NDOptDNSSL(searchlist=["plant.example."], lifetime=600)
        options /= s.ICMPv6NDOptRouteInfo(prefix="2001:db8:99::", plen=48, len=2, rtlifetime=600)
        return s.ICMPv6ND_RA(routerlifetime=lifetime, prf=1, O=1) / options

    own = "2001:db8:1::20"
    six(controller, solicited(own), s.ICMPv6ND_NS(tgt=own), "::")
    six(station, ("33:33:00:00:00:02", "ff02::2"), s.ICMPv6ND_RS() / s.ICMPv6NDOptSrcLLAddr(lladdr=station))
    for _ in range(2):
        six(router, everybody, information(router, "2001:db8:1::"))
    six(station, solicited(own), s.ICMPv6ND_NS(tgt=own) / s.ICMPv6NDOptSrcLLAddr(lladdr=station), "2001:db8:1::10")
    answer = s.ICMPv6ND_NA(tgt=own, R=0, S=1, O=1) / s.ICMPv6NDOptDstLLAddr(lladdr=controller)
    six(controller, (station, "2001:db8:1::10"), answer, own)
    six(station, (controller, own), s.ICMPv6EchoRequest(id=9, seq=1, data=data), "2001:db8:1::10")
    six(controller, (station, "2001:db8:1::10"), s.ICMPv6EchoReply(id=9, seq=1, data=data), own)
    reports = [s.ICMPv6MLDMultAddrRec(rtype=4, dst="ff02::fb"), s.ICMPv6MLDMultAddrRec(rtype=3, dst="ff02::1:3")]
    six(station, ("33:33:00:00:00:16", "ff02::16"), s.ICMPv6MLReport2(records=reports))
    six(router, everybody, s.ICMPv6MLQuery(mrd=1000))
    big = s.IPv6(src=own, dst="2001:db8:2::7") / s.TCP(sport=502, dport=40002)
    six(router, (controller, own), s.ICMPv6PacketTooBig(mtu=1280) / bytes(big))

    # Whoever spoofs.
    six(stranger, everybody, information(stranger, "2001:db8:66::"))
    six(stranger, everybody, s.ICMPv6ND_NA(tgt=own, R=0, S=0, O=1) / s.ICMPv6NDOptDstLLAddr(lladdr=stranger))
    six(station, solicited("2001:db8:1::11"), s.ICMPv6ND_NS(tgt="2001:db8:1::11"), "::")
    six(stranger, everybody, s.ICMPv6ND_NA(tgt="2001:db8:1::11", S=0, O=1) / s.ICMPv6NDOptDstLLAddr(lladdr=stranger))
    six(stranger, everybody, s.ICMPv6ND_NA(tgt=local[router], R=1, S=0, O=1) / s.ICMPv6NDOptDstLLAddr(lladdr=controller))
    turned = s.ICMPv6ND_Redirect(tgt=local[stranger], dst="2001:db8:2::7") / s.ICMPv6NDOptDstLLAddr(lladdr=stranger)
    six(stranger, (station, local[station]), turned, local[router])
    four(stranger, station, s.ICMP(type=5, code=1, gw=ip4[stranger]) / bytes(far)[:28], ip4[router])
    four(station, stranger, s.ICMP(type=8, id=66, seq=1) / b"read setpoints, please. read setpoints, please.")
    four(stranger, station, s.ICMP(type=0, id=66, seq=1) / b"FIC-101 4.25 FIC-102 7.5 FIC-103 11.0 FIC-104 .")
    send(s.Ether(src=stranger, dst=station) / s.IP(src=ip4[stranger], dst=ip4[station]) / s.ICMP(type=77))
    broken = bytes([136, 0, 0, 0, 0x20, 0, 0, 0]) + bytes(16) + bytes([2, 0, 0, 0])
    send(s.Ether(src=stranger, dst=station) / s.IPv6(src=local[stranger], dst=local[station], nh=58, hlim=255) / s.Raw(broken))
    s.wrpcap(str(target), frames)
