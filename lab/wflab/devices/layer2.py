"""Hand-written layer-2 peers (scapy): LLDP of the switches, PROFINET DCP of the Siemens devices."""

from __future__ import annotations

import struct
import time

from scapy.all import Ether, Raw, conf, get_if_hwaddr, sendp, sniff
from scapy.contrib import lldp

from .. import clock
from ..plan import BY_NAME

DCP_MULTICAST = "01:0e:cf:00:00:00"
ETHERTYPE_PROFINET = 0x8892
FRAME_IDENTIFY, FRAME_IDENTIFY_RESPONSE, FRAME_GET_SET, FRAME_HELLO = 0xFEFE, 0xFEFF, 0xFEFD, 0xFEFC
SERVICE_GET, SERVICE_SET, SERVICE_IDENTIFY = 3, 4, 5
REQUEST, RESPONSE = 0, 1
ALL_SELECTOR = b"\xff\xff\x00\x00"

# port, system description, port description, whether it is a switch
NEIGHBOURS = {
    "sw-control": ("1/5", "Hirschmann Railswitch RS20-0800T1T1SDAE, SW: L2P-09.1.00", "port 5", True),
    "sw-office": ("Gi0/1", "Cisco IOS Software, C2960 Software, Version 15.0(2)SE11", "uplink", True),
    "plc-filters": ("port-001", "Siemens, SIMATIC S7, CPU 315-2 PN/DP, 6ES7 315-2EH14-0AB0, "
                    "HW: 5, FW: V3.2.6, S C-F8N212345012", "Port 1", False),
    "io-valves": ("port-001", "Siemens, SIMATIC NET, ET200SP, 6ES7 155-6AU01-0BN0, "
                  "HW: 4, FW: V4.2.0, S C-K9X412340871", "Port 1", False),
}
STATIONS = {
    "plc-filters": ("plc-filters", "S7-300", 0x0101, 0x02),
    "io-valves": ("io-valves", "ET200SP", 0x0313, 0x01),
}


def lldp_frame(name: str) -> Ether:
    """One LLDP announcement; a field device names itself and its port, a switch its MAC address."""
    host = BY_NAME[name]
    port, description, port_text, switch = NEIGHBOURS[name]
    address = bytes(int(x) for x in host.ip.split("."))
    chassis = (lldp.LLDPDUChassisID(subtype=4, id=host.mac) if switch
               else lldp.LLDPDUChassisID(subtype=7, id=name.encode()))
    capabilities = (lldp.LLDPDUSystemCapabilities(mac_bridge_available=1, mac_bridge_enabled=1)
                    if switch else
                    lldp.LLDPDUSystemCapabilities(station_only_available=1, station_only_enabled=1))
    return (Ether(dst="01:80:c2:00:00:0e", src=host.mac) / chassis
            / lldp.LLDPDUPortID(subtype=5 if switch else 7, id=port.encode())
            / lldp.LLDPDUTimeToLive(ttl=120)
            / lldp.LLDPDUPortDescription(description=port_text.encode())
            / lldp.LLDPDUSystemName(system_name=name.encode())
            / lldp.LLDPDUSystemDescription(description=description.encode()) / capabilities
            / lldp.LLDPDUManagementAddress(management_address_subtype=1, management_address=address,
                                           interface_numbering_subtype=2, interface_number=1)
            / lldp.LLDPDUEndOfLLDPDU())


def serve_lldp(name: str) -> None:
    """Announce a neighbour now and then."""
    while True:
        sendp(lldp_frame(name), iface="eth0", verbose=False)
        clock.sleep(90)


def _block(option: int, suboption: int, data: bytes, info: int | None = 0) -> bytes:
    body = data if info is None else struct.pack(">H", info) + data
    padded = body + b"\0" * (len(body) % 2)
    return struct.pack(">BBH", option, suboption, len(body)) + padded


def _pdu(frame: int, service: int, kind: int, xid: int, delay: int, blocks: bytes) -> bytes:
    head = struct.pack(">HBBIHH", frame, service, kind, xid, delay, len(blocks))
    return (head + blocks).ljust(46, b"\0")


def dcp_request(frame: int, service: int, xid: int, blocks: bytes, delay: int = 1) -> bytes:
    """A DCP request PDU from its frame id on."""
    return _pdu(frame, service, REQUEST, xid, delay, blocks)


def name_filter(name: str) -> bytes:
    """Identify block: only the station of that name answers."""
    return _block(2, 2, name.encode(), None)


def identity_blocks(name: str) -> bytes:
    """Everything a station tells of itself."""
    host = BY_NAME[name]
    station, vendor_value, device_id, role = STATIONS[name]
    ip = bytes(int(x) for x in host.ip.split("."))
    gateway = ip[:3] + b"\x01"
    return (_block(2, 2, station.encode()) + _block(2, 1, vendor_value.encode())
            + _block(2, 3, struct.pack(">HH", 0x002A, device_id))
            + _block(2, 4, bytes((role, 0))) + _block(2, 7, b"\x00\x64")
            + _block(1, 2, ip + b"\xff\xff\xff\x00" + gateway, 1))


class Responder:
    """Answers DCP identify, get and set for one station."""

    def __init__(self, name: str):
        self.name = name
        self.mac = get_if_hwaddr("eth0")
        self.socket = conf.L2socket(iface="eth0")

    def send(self, dst: str, pdu: bytes) -> None:
        """Put one PDU on the wire."""
        self.socket.send(Ether(dst=dst, src=self.mac, type=ETHERTYPE_PROFINET) / Raw(pdu))

    def wanted(self, blocks: bytes) -> bool:
        """Whether an identify filter means this station."""
        mine = name_filter(self.name)[:4 + len(self.name)]
        return blocks.startswith((ALL_SELECTOR, mine))

    def handle(self, packet) -> None:
        """Answer one frame when it asks this station."""
        if packet.src == self.mac:
            return
        pdu = bytes(packet.payload)
        frame, service, kind, xid, _, length = struct.unpack_from(">HBBIHH", pdu)
        if kind != REQUEST:
            return
        blocks = pdu[12:12 + length]
        if frame == FRAME_IDENTIFY and self.wanted(blocks):
            time.sleep(0.01)
            self.send(packet.src, _pdu(FRAME_IDENTIFY_RESPONSE, SERVICE_IDENTIFY, RESPONSE, xid, 0,
                                       identity_blocks(self.name)))
        elif frame == FRAME_GET_SET and packet.dst == self.mac:
            answer = identity_blocks(self.name) if service == SERVICE_GET else _set_answer(blocks)
            self.send(packet.src, _pdu(FRAME_GET_SET, service, RESPONSE, xid, 0, answer))


def _set_answer(blocks: bytes) -> bytes:
    """Control response: the block that was set, no error."""
    return _block(5, 4, blocks[0:2] + b"\0", None)


def serve_dcp(name: str) -> None:
    """Play the DCP side of a Siemens station."""
    responder = Responder(name)
    responder.send(DCP_MULTICAST, _pdu(FRAME_HELLO, 6, REQUEST, 0x0A000000, 0, identity_blocks(name)))
    sniff(iface="eth0", filter="ether proto 0x8892", prn=responder.handle, store=False)
