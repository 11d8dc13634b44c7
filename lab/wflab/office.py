"""Fixtures of IT protocols: small clients and servers over the loopback."""

from __future__ import annotations

import io
import socket
import struct
import tempfile
import threading
from pathlib import Path


def ftp() -> None:
    """Python's client against pyftpdlib: a login refused, one that is not, files both ways, renamed and deleted."""
    import ftplib
    import logging

    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler
    from pyftpdlib.servers import FTPServer

    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "trend.csv").write_text("time,level\n0,4.25\n")
        people = DummyAuthorizer()
        people.add_user("maint", "north-field", folder, perm="elradfmwMT")
        handler = type("Handler", (FTPHandler,), {"authorizer": people, "auth_failed_timeout": 0.1})
        server = FTPServer(("127.0.0.1", 21), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = ftplib.FTP("127.0.0.1")
        try:
            client.login("maint", "wrong")
        except ftplib.error_perm:
            pass
        client.login("maint", "north-field")
        client.sendcmd("SYST")
        client.mkd("recipes")
        client.storbinary("STOR unit2.cfg", io.BytesIO(b"level_max=80\n"))
        client.storbinary("STOR firmware.bin", io.BytesIO(bytes(2048)))
        client.retrbinary("RETR trend.csv", lambda _: None)
        client.set_pasv(False)
        client.retrlines("LIST", lambda _: None)
        client.rename("unit2.cfg", "unit2.old")
        client.delete("unit2.old")
        try:
            client.delete("missing.txt")
        except ftplib.error_perm:
            pass
        client.sendcmd("SITE CHMOD 600 trend.csv")
        client.quit()
        server.close_all()


def telnet() -> None:
    """A terminal server that asks for options, a user and a password: a login refused, one that is not."""
    iac, sb, se, will, do = 255, 250, 240, 251, 253
    terminal_type, window, echo, go_ahead = 24, 31, 1, 3

    def line(connection: socket.socket) -> bytes:
        text = b""
        while not text.endswith(b"\r\n"):
            text += connection.recv(1)
        return text.strip()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(bytes([iac, do, terminal_type, iac, do, window, iac, will, echo, iac, will, go_ahead]))
            connection.recv(64)
            connection.sendall(b"\r\nNorthfield RTU, VxWorks 6.9\r\n\r\n")
            while True:
                connection.sendall(b"login: ")
                user = line(connection)
                connection.sendall(user + b"\r\nPassword: ")
                if (user, line(connection)) == (b"maint", b"north-field"):
                    break
                connection.sendall(b"\r\nLogin incorrect\r\n")
            connection.sendall(b"\r\nWelcome\r\n-> ")
            connection.sendall(line(connection) + b"\r\nvalue = 0\r\n-> ")
            line(connection)

    listener = socket.create_server(("127.0.0.1", 23))
    threading.Thread(target=serve, args=(listener,), daemon=True).start()

    with socket.create_connection(("127.0.0.1", 23)) as client:

        def wait(end: bytes) -> None:
            seen = b""
            while not seen.endswith(end):
                seen += client.recv(256)

        wait(bytes([will, go_ahead]))
        client.sendall(bytes([iac, will, terminal_type, iac, will, window, iac, do, echo, iac, do, go_ahead])
                       + bytes([iac, sb, window, 0, 80, 0, 24, iac, se]) + bytes([iac, sb, terminal_type, 0]) + b"vt100" + bytes([iac, se]))
        for word in (b"wrong", b"north-field"):
            wait(b"login: ")
            client.sendall(b"maint\r\n")
            wait(b"Password: ")
            client.sendall(word + b"\r\n")
        wait(b"-> ")
        client.sendall(b"version\r\n")
        wait(b"-> ")
        client.sendall(b"logout\r\n")


def ntp() -> None:
    """ntplib against a primary server laid out by RFC 5905; then queries of modes 6 and 7 (RFC 9327, ntpd)."""
    import time

    import ntplib

    def serve(peer: socket.socket) -> None:
        variables = b'version="ntpd 4.2.8p15", processor="arm", system="Linux/5.10.0", stratum=1, refid=GPS'
        while True:
            ask, client = peer.recvfrom(512)
            now = int((time.time() + 2_208_988_800) * (1 << 32)).to_bytes(8, "big")
            if ask[0] & 7 == 6:
                peer.sendto(bytes([0x16, 0x82]) + ask[2:4] + struct.pack(">HHHH", 0x0415, 0, 0, len(variables)) + variables, client)
            elif ask[0] & 7 == 3:
                head = struct.pack(">BBbbII4s", ask[0] & 0x38 | 4, 1, 6, -20, 0, 66, b"GPS")
                peer.sendto(head + now + ask[40:48] + now + now, client)

    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind(("127.0.0.1", 123))
    threading.Thread(target=serve, args=(peer,), daemon=True).start()
    for version in (3, 4):
        ntplib.NTPClient().request("127.0.0.1", version=version)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", 123))
        client.send(bytes([0x16, 2]) + struct.pack(">HHHHH", 1, 0, 0, 0, 0))
        client.recv(512)
        client.send(bytes([0x17, 0, 3, 42]) + bytes(4))


def tftp() -> None:
    """Client and server of tftpy: an image fetched, a configuration left, a file that is not there."""
    import logging

    import tftpy

    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "rtu-7.bin").write_bytes(bytes(range(256)) * 5)
        here = Path(folder, "here.cfg")
        here.write_text("hostname rtu-7\n")
        server = tftpy.TftpServer(folder)
        threading.Thread(target=server.listen, args=("127.0.0.1", 69), daemon=True).start()
        server.is_running.wait(5)
        client = tftpy.TftpClient("127.0.0.1", 69, options={"blksize": 512})
        client.download("rtu-7.bin", str(Path(folder, "fetched")))
        client.upload("rtu-7-confg", str(here))
        try:
            client.download("missing.txt", str(Path(folder, "none")))
        except tftpy.TftpShared.TftpException:
            pass
        server.stop(now=True)


def cdp(target: Path) -> None:
    """A switch and a router announce themselves: scapy's layers, frame by frame."""
    from scapy.all import LLC, SNAP, Dot3, wrpcap
    from scapy.contrib import cdp as c

    def frame(mac: str, at: float, *fields: object) -> object:
        head = Dot3(src=mac, dst="01:00:0c:cc:cc:cc") / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(OUI=0x00000C, code=0x2000)
        built = Dot3(bytes(head / c.CDPv2_HDR(vers=2, ttl=180, msg=list(fields))))
        built.time = at
        return built

    def address(ip: str) -> object:
        return c.CDPMsgAddr(naddr=1, addr=[c.CDPAddrRecordIPv4(addr=ip)])

    switch = frame(
        "02:00:5e:00:00:11", 1_700_000_000.0, c.CDPMsgDeviceID(val=b"hall4-switch"), address("192.0.2.11"),
        c.CDPMsgPortID(iface=b"FastEthernet0/3"), c.CDPMsgCapabilities(cap=0x28),
        c.CDPMsgSoftwareVersion(val=b"Cisco IOS Software, C2960 Software (C2960-LANBASEK9-M), Version 15.0(2)SE4, RELEASE SOFTWARE (fc1)"),
        c.CDPMsgPlatform(val=b"cisco WS-C2960-24TT-L"), c.CDPMsgNativeVLAN(vlan=7), c.CDPMsgDuplex(duplex=1),
    )
    router = frame(
        "02:00:5e:00:00:12", 1_700_000_001.0, c.CDPMsgDeviceID(val=b"plant-gate.example"), address("192.0.2.1"),
        c.CDPMsgPortID(iface=b"GigabitEthernet0/0"), c.CDPMsgCapabilities(cap=0x01),
        c.CDPMsgSoftwareVersion(val=b"Cisco IOS Software, Version 15.7(3)M8, RELEASE SOFTWARE (fc1)"), c.CDPMsgPlatform(val=b"Cisco IR829"),
    )
    wrpcap(str(target), [switch, router])
