"""Fixtures of protocols that the plant does not speak: real client stacks against small peers, over the loopback.

    python -m wflab.loopback NAME OUT.pcap      needs dumpcap (Wireshark) and the right to capture

The clients are packages; where no package plays the device, the peer here answers as the standard lays answers out.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path


def record(target: Path, capture_filter: str, act: Callable[[], None], interface: str = "lo") -> None:
    """Capture the loopback, or another interface, while ``act`` runs."""
    command = ["dumpcap", "-q", "-P", "-i", interface, "-f", capture_filter, "-w", str(target)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as capture:
        time.sleep(1.5)
        try:
            act()
            time.sleep(1.0)
        finally:
            capture.terminate()


def serve_tcp(port: int, talk: Callable[[socket.socket], None]) -> None:
    """Take one connection after the other in the background."""
    listener = socket.create_server(("127.0.0.1", port))

    def loop() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                talk(connection)

    threading.Thread(target=loop, daemon=True).start()


# ---- HART-IP: hartip-py against a peer with two devices ------------------------------------------------------------

HART_TYPE, HART_ID = 0x264E, 0x0000D2


def _hart_answer(command: int, data: bytes) -> tuple[int, bytes]:
    """Response code and data of one command (HCF_SPEC-127, HCF_SPEC-151)."""
    identity = struct.pack(">BHBBBBBB", 254, HART_TYPE, 5, 7, 4, 2, 0x18, 0) + HART_ID.to_bytes(3, "big")
    identity += struct.pack(">BBHBHHB", 5, 4, 3, 0, 0x26, 0x26, 0x84)
    tag = bytes.fromhex("5011edc30c31") + bytes.fromhex("415350820820820820820820") + bytes([1, 2, 124])
    answers = {
        0: identity,
        1: struct.pack(">Bf", 7, 4.25),
        2: struct.pack(">ff", 12.0, 50.0),
        3: struct.pack(">fBfBfBfBf", 12.0, 7, 4.25, 32, 21.5, 250, float("nan"), 57, 50.0),
        9: bytes([0, 0, 64, 7]) + struct.pack(">f", 4.25) + bytes([0xC0, 1, 64, 32]) + struct.pack(">f", 21.5)
        + bytes([0x40, 0, 1, 2, 3]),
        13: tag,
        20: b"FEED PUMP PRESSURE".ljust(32, b"\0"),
        48: bytes(9),
        33: bytes([0, 7]) + struct.pack(">f", 4.25),
    }
    if command in answers:
        return 0, answers[command]
    if command == 42:
        return 16, b""
    return (0, data) if command in (6, 17, 18, 22, 35, 40, 44, 79) else (64, b"")


def _hart_frame(body: bytes) -> bytes:
    """The answer to a token-passing PDU (HCF_SPEC-081)."""
    size = 5 if body[0] & 0x80 else 1
    command, count = body[1 + size], body[2 + size]
    code, data = _hart_answer(command, body[3 + size : 3 + size + count])
    frame = bytes([body[0] & 0xF8 | 6]) + body[1 : 1 + size] + bytes([command, len(data) + 2, code, 0x10]) + data
    check = 0
    for byte in frame:
        check ^= byte
    return frame + bytes([check])


def _hart_reply(message: bytes) -> bytes:
    version, _, kind, _, sequence, _ = struct.unpack(">BBBBHH", message[:8])
    body = message[8:]
    if kind == 3:
        body = _hart_frame(body)
    elif kind == 4:
        commands, answer = body[2:], bytes([0x10, 0])
        while len(commands) >= 3:
            number, count = struct.unpack(">HB", commands[:3])
            code, data = _hart_answer(number, commands[3 : 3 + count])
            answer += struct.pack(">HBB", number, len(data) + 1, code) + data
            commands = commands[3 + count :]
        body = answer
    return struct.pack(">BBBBHH", version, 1, kind, 0, sequence, len(body) + 8) + body


def _hart_tcp(connection: socket.socket) -> None:
    while header := connection.recv(8, socket.MSG_WAITALL):
        length = int.from_bytes(header[6:8], "big") - 8
        body = connection.recv(length, socket.MSG_WAITALL) if length else b""
        connection.sendall(_hart_reply(header + body))


def _hart_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 5094))
        while True:
            message, client = peer.recvfrom(2048)
            peer.sendto(_hart_reply(message), client)


def hart_ip(target: Path) -> None:
    from hartip import HARTIPClient
    from hartip.v2 import DirectPDUCommand

    serve_tcp(5094, _hart_tcp)
    threading.Thread(target=_hart_udp, daemon=True).start()
    unique = bytes([0x80 | HART_TYPE >> 8 & 0x3F, HART_TYPE & 0xFF]) + HART_ID.to_bytes(3, "big")

    def act() -> None:
        with HARTIPClient("127.0.0.1", protocol="tcp") as client:
            client.send_command(0)
            for command in (1, 2, 3, 13, 20, 48):
                client.send_command(command, unique_addr=unique)
            client.send_command(9, unique_addr=unique, data=bytes([0, 1]))
            client.send_command(6, unique_addr=unique, data=bytes([3, 1]))
            client.send_command(22, unique_addr=unique, data=b"FEED PUMP 2".ljust(32, b"\0"))
            client.send_command(35, unique_addr=unique, data=struct.pack(">Bff", 7, 10.0, 0.0))
            client.send_command(40, unique_addr=unique, data=struct.pack(">f", 20.0))
            client.send_command(79, unique_addr=unique, data=bytes([0, 1, 7]) + struct.pack(">fB", 9.5, 0))
            client.send_command(42, unique_addr=unique)
            client.send_command(774, unique_addr=unique)
            client.send_direct_pdu([DirectPDUCommand(1), DirectPDUCommand(33, bytes([0]))])
        with HARTIPClient("127.0.0.1", protocol="udp") as client:
            client.send_command(0)
            client.send_command(3, unique_addr=unique)

    record(target, "port 5094", act)


# ---- FINS: the package fins against a peer with some memory ----------------------------------------------------------


class Fins:
    """A controller as W342-E1 describes one, as far as the client asks."""

    def __init__(self) -> None:
        self.memory: dict[tuple[int, int], int] = {(0x82, 100): 1234, (0x82, 101): 0xFFFF, (0xB0, 10): 0x8001}

    def text(self, command: int, data: bytes) -> bytes:
        """End code and data of one command."""
        model = b"CJ2M-CPU33".ljust(20, b"\0") + b"02.01".ljust(20, b"\0")
        if command == 0x0101:
            area, word, bit, count = struct.unpack(">BHBH", data[:6])
            if area == 0x30:
                value = self.memory.get((0xB0, word), 0)
                return b"\0\0" + bytes(value >> bit + at & 1 for at in range(count))
            words = [self.memory.get((area, word + at), 0) for at in range(count)]
            return b"\x11\x03" if word > 0x7FFF else b"\0\0" + struct.pack(f">{count}H", *words)
        if command == 0x0102:
            area, word, _, count = struct.unpack(">BHBH", data[:6])
            if area != 0x31:
                for at in range(count):
                    self.memory[(area, word + at)] = int.from_bytes(data[6 + 2 * at : 8 + 2 * at], "big")
            return b"\0\0"
        answers = {
            0x0501: b"\0\0" + model + bytes(40) + bytes(12),
            0x0601: b"\0\0" + bytes([1, 4]) + bytes(8) + b"OK".ljust(16),
            0x0306: b"\0\0" + data[:8] + bytes(range(32)),
            0x0307: b"\x21\x02" + data[:8],
            0x0701: b"\0\0" + bytes.fromhex("24022912300504"),
            0x2203: b"\0\0",
            0x2301: b"\0\0",
        }
        return answers.get(command, b"\0\0" if command in (0x0401, 0x0402, 0x0702) else b"\x04\x01")

    def answer(self, frame: bytes) -> bytes:
        command = int.from_bytes(frame[10:12], "big")
        head = bytes([frame[0] | 0x40]) + frame[1:3] + frame[6:9] + frame[3:6] + frame[9:12]
        return head + self.text(command, frame[12:])


def omron_fins(target: Path) -> None:
    from fins.tcp import TCPFinsConnection
    from fins.udp import UDPFinsConnection

    plc = Fins()

    def message(command: int, data: bytes) -> bytes:
        return b"FINS" + struct.pack(">III", len(data) + 8, command, 0) + data

    def talk(connection: socket.socket) -> None:
        while header := connection.recv(16, socket.MSG_WAITALL):
            _, length, command, _ = struct.unpack(">4sIII", header)
            data = connection.recv(length - 8, socket.MSG_WAITALL) if length > 8 else b""
            answer = message(1, struct.pack(">II", 251, 200)) if command == 0 else message(2, plc.answer(data))
            connection.sendall(answer)

    def udp() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 9600))
            while True:
                frame, client = peer.recvfrom(4096)
                peer.sendto(plc.answer(frame), client)

    serve_tcp(9600, talk)
    threading.Thread(target=udp, daemon=True).start()

    def ask(client: TCPFinsConnection | UDPFinsConnection) -> None:
        client.cpu_unit_data_read(b"\0")
        client.cpu_unit_status_read()
        client.memory_area_read(b"\x82", b"\x00\x64\x00", 2)
        client.memory_area_read(b"\x30", b"\x00\x0a\x0f", 2)
        client.memory_area_read(b"\x82", b"\xff\xff\x00", 2)
        client.memory_area_write(b"\x82", b"\x00\x65\x00", b"\x00\x07", 1)
        client.memory_area_write(b"\x31", b"\x00\x03\x02", b"\x01", 1)
        client.memory_area_read(b"\x82", b"\x00\x64\x00", 2)
        client.change_to_program_mode()
        client.program_area_read(0, 32)
        client.program_area_write(0, 4, b"\x01\x02\x03\x04")
        client.change_to_run_mode()
        for command, text in (
            (b"\x07\x01", b""),
            (b"\x07\x02", bytes.fromhex("24022912300504")),
            (b"\x23\x01", bytes.fromhex("00010001 30 000503")),
            (b"\x22\x03", bytes(4) + b"PROG.OBJ\0\0\0\0" + bytes(4) + b"\0\4" + b"data"),
            (b"\x26\x01", b"PLC1"),
        ):
            client.execute_fins_command_frame(client.fins_command_frame(command, text))

    def act() -> None:
        over_tcp = TCPFinsConnection()
        over_tcp.connect("127.0.0.1")
        ask(over_tcp)
        over_tcp.fins_socket.close()
        over_udp = UDPFinsConnection()
        over_udp.connect("127.0.0.1", bind_port=9601)
        ask(over_udp)

    record(target, "port 9600", act)


# ---- synchrophasors: unit and concentrator of the package pyc37 ------------------------------------------------------


def synchrophasor(target: Path) -> None:
    from pyc37.pdc import Pdc
    from pyc37.pmu import Pmu

    unit = Pmu(pmu_id=7, port=4712, ip="127.0.0.1", data_rate=10)
    unit.set_configuration()
    unit.set_header("Northfield feeder unit")
    unit.run()
    sending = True

    def send() -> None:
        while sending:
            if unit.clients:
                unit.send(unit.ieee_data_sample)
            time.sleep(0.1)

    def act() -> None:
        nonlocal sending
        concentrator = Pdc(pdc_id=7, pmu_ip="127.0.0.1", pmu_port=4712)
        concentrator.run()
        concentrator.get_header()
        concentrator.get_config("cfg2")
        concentrator.start()
        for _ in range(8):
            concentrator.get()
        concentrator.stop()
        sending = False
        concentrator.quit()

    threading.Thread(target=send, daemon=True).start()
    record(target, "tcp port 4712", act)
    for process in multiprocessing.active_children():
        process.kill()
    os._exit(0)  # the package's threads do not end by themselves


# ---- EtherCAT: the master of pysoem against slaves at the end of a veth pair -----------------------------------------


def ethercat(target: Path) -> None:
    from wflab import ethercat_ring

    ethercat_ring.cable()
    try:
        record(target, "ether proto 0x88a4", ethercat_ring.run, ethercat_ring.NEAR)
    finally:
        ethercat_ring.no_cable()


# ---- ADS: pyads against its own test server and a peer for discovery -------------------------------------------------


def ads(target: Path) -> None:
    from wflab import ads_peer

    record(target, "port 48898 or port 48899", ads_peer.run)


# ---- Those in modules of their own -----------------------------------------------------------------------------------


def module(name: str, function: str = "fixture") -> Callable[..., None]:
    """A function of a module, whose packages only its own fixture needs."""
    return lambda *given: getattr(import_module(f"wflab.{name}"), function)(*given)


def recorded(name: str, function: str, capture_filter: str) -> Callable[[Path], None]:
    """What a function of a module says, captured."""
    return lambda target: record(target, capture_filter, module(name, function))


def peers(function: str, name: str = "") -> Callable[[Path], None]:
    """By the peers in the module of that name, which capture themselves."""
    return lambda target: module(name or function, function)(record, target)


MAKERS = {
    "hart_ip": hart_ip,
    "omron_fins": omron_fins,
    "synchrophasor": synchrophasor,
    "s7comm_plus": module("s7plus"),
    "melsec": module("slmp"),
    "roc_plus": peers("roc_plus", "roc"),
    "genisys": peers("genisys"),
    "bsap": peers("bsap"),
    "c1222": peers("c1222"),
    "tristation": peers("tristation"),
    "knxnet_ip": peers("knxnet_ip"),
    "dlms": peers("dlms"),
    "fox": peers("fox"),
    "openvpn": peers("openvpn"),
    "smb": module("windows", "smb"),
    "ethercat": ethercat,
    "ads": ads,
    "profinet_io": module("profinet_io"),
    "ftp": recorded("office", "ftp", "tcp port 21"),
    "telnet": recorded("office", "telnet", "tcp port 23"),
    "ntp": recorded("office", "ntp", "udp port 123"),
    "tftp": recorded("office", "tftp", "udp and not port 53"),
    "cdp": module("office", "cdp"),
    "icmp": module("neighbours", "icmp"),
    "kerberos": recorded("directory", "kerberos", "port 88"),
    "ldap": recorded("directory", "ldap", "port 389"),
    "rdp": recorded("directory", "rdp", "tcp port 3389"),
    "dcerpc": module("windows", "dcerpc"),
}

if __name__ == "__main__":
    MAKERS[sys.argv[1]](Path(sys.argv[2]))
