"""PROFINET DCP stations and LLDP announcements: small peers from IEC 61158-6-10 and IEEE 802.1AB, raw sockets.

No installable stack answers DCP; each station answers identify, get and set, and remembers what was set.
"""

from __future__ import annotations

import socket
import struct

from ..plan import BY_NAME, ZONES

ETHERTYPE_PROFINET, ETHERTYPE_LLDP, ETHERTYPE_ARP = 0x8892, 0x88CC, 0x0806
DCP_MULTICAST, LLDP_MULTICAST = "01:0e:cf:00:00:00", "01:80:c2:00:00:0e"
GET_SET, IDENTIFY, IDENTIFY_ANSWER = 0xFEFD, 0xFEFE, 0xFEFF
SERVICE_GET, SERVICE_SET, SERVICE_IDENTIFY = 3, 4, 5
ALL = b"\xff\xff\x00\x00"
SIEMENS = 0x002A
# vendor value, device number, role: controller or device
STATIONS = {"plc-filters": ("S7-300", 0x0101, 2), "io-valves": ("ET200SP", 0x0313, 1)}
HARDWARE = {"plc-filters": ("SIMATIC S7", 5), "io-valves": ("SIMATIC NET", 4)}
PORTS = {"sw-control": ("1/5", "port 5"), "sw-supervision": ("1/3", "port 3"), "sw-office": ("Gi0/1", "uplink"),
         "plc-filters": ("port-001", "Port 1"), "io-valves": ("port-001", "Port 1")}


def octets(mac: str) -> bytes:
    """A card's address as it goes onto the wire."""
    return bytes.fromhex(mac.replace(":", ""))


def ipv4(ip: str) -> bytes:
    """The four octets of an address."""
    return socket.inet_aton(ip)


def frame(dst: str, src: str, ethertype: int, payload: bytes) -> bytes:
    """An Ethernet frame of at least the shortest length."""
    return (octets(dst) + octets(src) + struct.pack(">H", ethertype) + payload).ljust(60, b"\0")


def raw(ethertype: int) -> socket.socket:
    """A socket for one kind of frame on this machine's card."""
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ethertype))
    made.bind(("eth0", ethertype))
    return made


# ---- LLDP ----------------------------------------------------------------------------------------------------------


def description(name: str) -> str:
    """The system description as its maker words it."""
    known = BY_NAME[name].identity
    if name in HARDWARE:
        family, revision = HARDWARE[name]
        return (f"{known.vendor}, {family}, {known.model}, {known.order_number}, HW: {revision}, FW: {known.firmware}, "
                f"{known.serial}")
    if known.vendor == "Cisco":
        return "Cisco IOS Software, C2960 Software, Version 15.0(2)SE11"
    return f"{known.vendor} Railswitch {known.model}, SW: {known.firmware}"


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack(">H", kind << 9 | len(value)) + value


def lldp_frame(name: str) -> bytes:
    """One announcement: a switch names itself by its MAC address, a field device by its name."""
    host = BY_NAME[name]
    port, text = PORTS[name]
    switch = host.role == "network_device"
    chassis = b"\x04" + octets(host.mac) if switch else b"\x07" + name.encode()
    capability = 0x0004 if switch else 0x0080
    body = b"".join((
        _tlv(1, chassis), _tlv(2, (b"\x05" if switch else b"\x07") + port.encode()), _tlv(3, struct.pack(">H", 120)),
        _tlv(4, text.encode()), _tlv(5, name.encode()), _tlv(6, description(name).encode()),
        _tlv(7, struct.pack(">HH", capability, capability)),
        _tlv(8, b"\x05\x01" + ipv4(host.ip) + b"\x02" + struct.pack(">I", 1) + b"\0"), _tlv(0, b"")))
    return frame(LLDP_MULTICAST, host.mac, ETHERTYPE_LLDP, body)


# ---- PROFINET DCP --------------------------------------------------------------------------------------------------


def block(option: int, suboption: int, data: bytes, info: int | None = None) -> bytes:
    """One DCP block; `info` is the block information or qualifier where there is one."""
    body = data if info is None else struct.pack(">H", info) + data
    return struct.pack(">BBH", option, suboption, len(body)) + body + b"\0" * (len(body) % 2)


def pdu(kind: int, service: int, answer: bool, xid: int, blocks: bytes, delay: int = 0) -> bytes:
    """A DCP PDU from its frame id on."""
    return struct.pack(">HBBIHH", kind, service, answer, xid, delay, len(blocks)) + blocks


class Station:
    """Name and address of one station, which a DCP set may change."""

    def __init__(self, name: str):
        host = BY_NAME[name]
        gateway = ZONES[host.zone].gateway
        self.name, self.mac = name, host.mac
        self.vendor_value, self.device, self.role = STATIONS[name]
        self.station = name.encode()
        self.address = ipv4(host.ip) + ipv4("255.255.255.0") + ipv4(gateway)

    def told(self) -> bytes:
        """Everything it tells of itself."""
        return (block(2, 2, self.station, 0) + block(2, 1, self.vendor_value.encode(), 0)
                + block(2, 3, struct.pack(">HH", SIEMENS, self.device), 0) + block(2, 4, bytes((self.role, 0)), 0)
                + block(2, 7, b"\x00\x64", 0) + block(1, 2, self.address, 1))

    def _set(self, blocks: bytes) -> bytes:
        option, suboption, length = struct.unpack_from(">BBH", blocks)
        data = blocks[6:4 + length]
        if (option, suboption) == (2, 2):
            self.station = data
        elif (option, suboption) == (1, 2) and len(data) == 12:
            self.address = data
        return block(5, 4, bytes((option, suboption, 0)))

    def answer(self, received: bytes) -> bytes | None:
        """The frame that answers one frame, or None."""
        sender = ":".join(f"{octet:02x}" for octet in received[6:12])
        kind, service, is_answer, xid, _, length = struct.unpack_from(">HBBIHH", received, 14)
        blocks = received[26:26 + length]
        if is_answer or sender == self.mac:
            return None
        if kind == IDENTIFY:
            if not blocks.startswith(ALL) and blocks[4:4 + struct.unpack_from(">H", blocks, 2)[0]] != self.station:
                return None
            reply = pdu(IDENTIFY_ANSWER, SERVICE_IDENTIFY, True, xid, self.told())
        elif kind == GET_SET and received[:6] == octets(self.mac):
            reply = pdu(GET_SET, service, True, xid, self.told() if service == SERVICE_GET else self._set(blocks))
        else:
            return None
        return frame(sender, self.mac, ETHERTYPE_PROFINET, reply)


def serve(world, name: str) -> None:
    """Answer DCP for one station until the process ends."""
    station, link = Station(name), raw(ETHERTYPE_PROFINET)
    while True:
        received = link.recv(2048)
        if reply := station.answer(received) if len(received) >= 26 else None:
            link.send(reply)
