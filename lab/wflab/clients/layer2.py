"""Hand-written layer-2 clients (scapy): DCP requests, NBNS and mDNS announcements."""

from __future__ import annotations

import random

from scapy.all import (
    DNS,
    DNSQR,
    DNSRR,
    DNSRRSRV,
    IP,
    UDP,
    Ether,
    NBNSHeader,
    NBNSQueryRequest,
    NBNSRegistrationRequest,
    Raw,
    get_if_hwaddr,
    sendp,
)

from .. import clock
from ..devices.layer2 import (
    ALL_SELECTOR,
    DCP_MULTICAST,
    ETHERTYPE_PROFINET,
    FRAME_GET_SET,
    FRAME_IDENTIFY,
    SERVICE_GET,
    SERVICE_IDENTIFY,
    SERVICE_SET,
    _block,
    dcp_request,
    name_filter,
)


def _dcp(dst: str, pdu: bytes) -> None:
    frame = Ether(dst=dst, src=get_if_hwaddr("eth0"), type=ETHERTYPE_PROFINET) / Raw(pdu)
    sendp(frame, iface="eth0", verbose=False)


def identify_all(xid: int) -> None:
    """Ask every PROFINET station who it is."""
    _dcp(DCP_MULTICAST, dcp_request(FRAME_IDENTIFY, SERVICE_IDENTIFY, xid, ALL_SELECTOR, 192))


def identify_name(name: str, xid: int) -> None:
    """Ask for the station of one name."""
    _dcp(DCP_MULTICAST, dcp_request(FRAME_IDENTIFY, SERVICE_IDENTIFY, xid, name_filter(name)))


def get_all(mac: str, xid: int) -> None:
    """Read a station's name and addresses."""
    _dcp(mac, dcp_request(FRAME_GET_SET, SERVICE_GET, xid, b"\x02\x02\x01\x02", 0))


def set_blink(mac: str, xid: int) -> None:
    """Let a station's light blink (control/signal)."""
    _dcp(mac, dcp_request(FRAME_GET_SET, SERVICE_SET, xid, _block(5, 3, b"\x01\x00", 0), 0))


def set_name(mac: str, name: str, xid: int) -> None:
    """Give a station its name of station."""
    _dcp(mac, dcp_request(FRAME_GET_SET, SERVICE_SET, xid, _block(2, 2, name.encode(), 1), 0))


def io_controller() -> None:
    """plc-filters looks for its I/O device at start and now and then."""
    xid = 0x1000
    while True:
        identify_name("io-valves", xid)
        xid += 1
        clock.sleep(300)


def nbns_announce(name: str, ip: str, broadcast: str) -> None:
    """Register a NetBIOS name by broadcast, as a Windows PC does at start."""
    packet = (Ether(dst="ff:ff:ff:ff:ff:ff", src=get_if_hwaddr("eth0"))
              / IP(src=ip, dst=broadcast, ttl=128) / UDP(sport=137, dport=137)
              / NBNSHeader(NAME_TRN_ID=random.Random(name).randrange(65536), NM_FLAGS=0x11,
                           OPCODE=5, QDCOUNT=1, ARCOUNT=1)
              / NBNSRegistrationRequest(QUESTION_NAME=name.encode(), RR_NAME=0xC00C,
                                        SUFFIX="Workstation Service", NB_ADDRESS=ip))
    sendp(packet, iface="eth0", verbose=False)


def nbns_query(name: str, ip: str, broadcast: str) -> None:
    """Ask for a NetBIOS name by broadcast."""
    packet = (Ether(dst="ff:ff:ff:ff:ff:ff", src=get_if_hwaddr("eth0"))
              / IP(src=ip, dst=broadcast, ttl=128) / UDP(sport=137, dport=137)
              / NBNSHeader(NAME_TRN_ID=0x2A01, NM_FLAGS=0x11, QDCOUNT=1)
              / NBNSQueryRequest(QUESTION_NAME=name.encode(), SUFFIX="File Server Service"))
    sendp(packet, iface="eth0", verbose=False)


def mdns_announce(name: str, ip: str) -> None:
    """Announce a workstation service by mDNS."""
    host, service = f"{name.lower()}.local.", "_workstation._tcp.local."
    instance = f"{name.lower()}.{service}"
    answers = [DNSRR(rrname=service, type="PTR", ttl=4500, rdata=instance),
               DNSRRSRV(rrname=instance, ttl=120, priority=0, weight=0, port=9, target=host),
               DNSRR(rrname=host, type="A", ttl=120, rdata=ip)]
    packet = (Ether(dst="01:00:5e:00:00:fb", src=get_if_hwaddr("eth0"))
              / IP(src=ip, dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353)
              / DNS(qr=1, aa=1, rd=0, qd=[], an=answers))
    sendp(packet, iface="eth0", verbose=False)


def mdns_query(ip: str, service: str) -> None:
    """Ask for a service by mDNS."""
    packet = (Ether(dst="01:00:5e:00:00:fb", src=get_if_hwaddr("eth0"))
              / IP(src=ip, dst="224.0.0.251", ttl=255) / UDP(sport=5353, dport=5353)
              / DNS(rd=0, qd=[DNSQR(qname=service, qtype="PTR")]))
    sendp(packet, iface="eth0", verbose=False)
