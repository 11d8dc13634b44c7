"""Layer 2 by raw sockets: PROFINET DCP requests, ARP that says what is not so, LLDP announcements."""

from __future__ import annotations

import socket
import struct
import time

from ..devices.layer2 import (
    ALL,
    DCP_MULTICAST,
    ETHERTYPE_ARP,
    ETHERTYPE_LLDP,
    ETHERTYPE_PROFINET,
    GET_SET,
    IDENTIFY,
    IDENTIFY_ANSWER,
    SERVICE_GET,
    SERVICE_IDENTIFY,
    SERVICE_SET,
    STATIONS,
    block,
    frame,
    ipv4,
    lldp_frame,
    octets,
    pdu,
    raw,
)
from ..plan import BY_NAME, HOSTS, ZONES, ip_of

TIMEOUT_S = 0.5
BROADCAST = "ff:ff:ff:ff:ff:ff"
CONTROL_ERRORS = {1: "option not supported", 2: "suboption not supported", 3: "not set", 4: "resource",
                  5: "not possible by local reasons", 6: "in operation"}


class Refused(RuntimeError):
    """The station did not set what it was told."""


def _link(world, actor: str, ethertype: int) -> socket.socket:
    """The actor's raw socket for a kind of frame, made when there is none and emptied of what came in the meantime."""
    key = ("layer2", actor, hex(ethertype))
    if key not in world.links:
        world.links[key] = raw(ethertype)
    link = world.links[key]
    link.setblocking(False)
    try:
        while True:
            link.recv(2048)
    except BlockingIOError:
        link.settimeout(TIMEOUT_S)
    return link


def _xid(world) -> int:
    world.state["dcp xid"] = number = world.state.get("dcp xid", 0x1000) + 1
    return number


def _answers(link: socket.socket, xid: int, wanted: int, kind: int) -> list[bytes]:
    """Blocks of the answers to one request: as many as are wanted, or what came before the time-out."""
    found: list[bytes] = []
    deadline = time.monotonic() + TIMEOUT_S
    while len(found) < wanted:
        rest = deadline - time.monotonic()
        if rest <= 0:
            break
        link.settimeout(rest)
        try:
            received = link.recv(2048)
        except TimeoutError:
            break
        if len(received) < 26:
            continue
        told, _, answer, number, _, length = struct.unpack_from(">HBBIHH", received, 14)
        if answer and number == xid and told == kind:
            found.append(received[26:26 + length])
    return found


def _name(blocks: bytes) -> str:
    """Name of station among the blocks of an answer."""
    while len(blocks) >= 4:
        option, suboption, length = struct.unpack_from(">BBH", blocks)
        if (option, suboption) == (2, 2):
            return blocks[6:4 + length].decode(errors="replace")
        blocks = blocks[4 + length + length % 2:]
    return ""


def dcp_identify(world, actor: str, name: str | None = None) -> list[str]:
    """Ask every station of the segment, or the one of a name, who it is; the names of those that answer."""
    link, xid = _link(world, actor, ETHERTYPE_PROFINET), _xid(world)
    zone = BY_NAME[actor].zone
    near = [n for n in STATIONS if BY_NAME[n].zone == zone and n != actor]
    blocks = ALL if name is None else block(2, 2, name.encode())
    request = pdu(IDENTIFY, SERVICE_IDENTIFY, False, xid, blocks, 192 if name is None else 1)
    link.send(frame(DCP_MULTICAST, BY_NAME[actor].mac, ETHERTYPE_PROFINET, request))
    wanted = len(near) if name is None else min(len(near), 1)
    return [_name(answer) for answer in _answers(link, xid, wanted, IDENTIFY_ANSWER)]


def dcp_get(world, actor: str, target: str) -> str:
    """Name and address of one station of the segment; returns its name."""
    link, xid = _link(world, actor, ETHERTYPE_PROFINET), _xid(world)
    request = pdu(GET_SET, SERVICE_GET, False, xid, b"\x02\x02\x01\x02")
    link.send(frame(BY_NAME[target].mac, BY_NAME[actor].mac, ETHERTYPE_PROFINET, request))
    answers = _answers(link, xid, 1, GET_SET)
    if not answers:
        raise TimeoutError(f"{target} does not answer DCP")
    return _name(answers[0])


def _set(world, actor: str, target: str, blocks: bytes, function: str, value: str, told: dict) -> None:
    link, xid = _link(world, actor, ETHERTYPE_PROFINET), _xid(world)
    world.act("profinet_dcp", function, "configuration", target, None, value, port=0, ethertype=ETHERTYPE_PROFINET,
              **told)
    request = pdu(GET_SET, SERVICE_SET, False, xid, blocks)
    link.send(frame(BY_NAME[target].mac, BY_NAME[actor].mac, ETHERTYPE_PROFINET, request))
    answers = _answers(link, xid, 1, GET_SET)
    if not answers:
        raise TimeoutError(f"{target} does not answer DCP")
    if len(answers[0]) >= 7 and (error := answers[0][6]):
        raise Refused(f"{target}: {CONTROL_ERRORS.get(error, error)}")


def dcp_set_name(world, actor: str, target: str, name: str, **told) -> None:
    """Give a station another name; told as an act."""
    _set(world, actor, target, block(2, 2, name.encode(), 1), "set_name_of_station", name, told)


def dcp_set_ip(world, actor: str, target: str, ip: str, mask: str = "255.255.255.0", gateway: str | None = None,
               **told) -> None:
    """Give a station another address; told as an act."""
    gateway = gateway or ZONES[BY_NAME[target].zone].gateway
    blocks = block(1, 2, ipv4(ip) + ipv4(mask) + ipv4(gateway), 1)
    _set(world, actor, target, blocks, "set_ip_suite", f"{ip} mask {mask} gateway {gateway}", told)


# ---- ARP and LLDP --------------------------------------------------------------------------------------------------


def _arp(world, actor: str, dst: str, operation: int, sender_ip: str, target_mac: str, target_ip: str) -> None:
    mac = BY_NAME[actor].mac
    payload = (struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + octets(mac) + ipv4(sender_ip) + octets(target_mac)
               + ipv4(target_ip))
    _link(world, actor, ETHERTYPE_ARP).send(frame(dst, mac, ETHERTYPE_ARP, payload))


def _near(actor: str, name: str) -> tuple[str, str]:
    """Address and card of a machine as seen from the actor's segment; `gateway` is the firewall."""
    zone = ZONES[BY_NAME[actor].zone]
    if name == "gateway":
        return zone.gateway, zone.router_mac
    return ip_of(name), next(host.mac for host in HOSTS if host.name == name)


def arp_spoof(world, actor: str, victim: str, impersonated: str) -> None:
    """An unasked answer to one machine: the other's address is at the actor's card. Either may be `gateway`."""
    victim_ip, victim_mac = _near(actor, victim)
    impersonated_ip, _ = _near(actor, impersonated)
    _arp(world, actor, victim_mac, 2, impersonated_ip, victim_mac, victim_ip)


def arp_gratuitous(world, actor: str, impersonated: str | None = None) -> None:
    """Tell the whole segment that an address, one's own or another's, is at the actor's card."""
    ip, _ = _near(actor, impersonated or actor)
    _arp(world, actor, BROADCAST, 1, ip, "00:00:00:00:00:00", ip)


def lldp(world, name: str) -> None:
    """One announcement of a switch or a station."""
    _link(world, name, ETHERTYPE_LLDP).send(lldp_frame(name))
