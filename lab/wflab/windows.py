"""Fixtures of SMB and DCE-RPC: clients of the package impacket against its servers, over the loopback.

The service control manager, the task scheduler and the endpoint mapper are peers here: they answer as MS-SCMR, MS-TSCH
and C706 appendix O lay answers out.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

SERVER, DOMAIN, USER, PASSWORD = "ENG-FILES", "NORTHFIELD", "operator", "not-a-real-one"
SVCCTL = ("367ABB81-9844-35F1-AD32-98F038001003", "2.0")
ATSVC = ("1FF70682-0A51-30E8-076D-740BE8CEE98B", "1.0")
EPM = ("E1AF8308-5D1F-11C9-91A4-08002B14A0FA", "3.0")


def _peer(interface: tuple[str, str], pipe: str, answers: dict[int, Callable[[bytes], object]], port: int = 0) -> int:
    """A server of one interface in the background; its port."""
    from impacket.dcerpc.v5.rpcrt import DCERPCServer

    server = DCERPCServer()
    if port:
        server._sock.close()
        server._listenPort = port
        server._sock = socket.socket()
        server._sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server._sock.bind(("127.0.0.1", port))
    server.addCallbacks(interface, pipe, answers)
    server.daemon = True
    server.start()
    return server.getListenPort()


def _svcctl() -> int:
    from impacket.dcerpc.v5 import scmr
    from impacket.dcerpc.v5.ndr import NULL

    handles = iter(range(1, 100))
    known: set[str] = set()

    def opened(answer, field: str, error: int = 0):
        answer[field] = bytes(4) + bytes([next(handles)]) * 16 if not error else bytes(20)
        answer["ErrorCode"] = error
        return answer

    def create(data: bytes):
        known.add(scmr.RCreateServiceW(data)["lpServiceName"])
        answer = scmr.RCreateServiceWResponse()
        answer["lpdwTagId"] = NULL
        return opened(answer, "lpServiceHandle")

    def open_service(data: bytes):
        name = scmr.ROpenServiceW(data)["lpServiceName"]
        return opened(scmr.ROpenServiceWResponse(), "lpServiceHandle", 0 if name in known else 1060)

    def simple(kind: type):
        def answer(_: bytes):
            made = kind()
            made["ErrorCode"] = 0
            return made

        return answer

    return _peer(SVCCTL, "\\PIPE\\svcctl", {
        0: lambda _: opened(scmr.RCloseServiceHandleResponse(), "hSCObject"),
        2: simple(scmr.RDeleteServiceResponse),
        12: create,
        15: lambda _: opened(scmr.ROpenSCManagerWResponse(), "lpScHandle"),
        16: open_service,
        19: simple(scmr.RStartServiceWResponse),
    })  # fmt: skip


def _atsvc(port: int) -> int:
    from impacket.dcerpc.v5 import atsvc

    def add(_: bytes):
        answer = atsvc.NetrJobAddResponse()
        answer["pJobId"] = 1
        answer["ErrorCode"] = 0
        return answer

    def delete(_: bytes):
        answer = atsvc.NetrJobDelResponse()
        answer["ErrorCode"] = 5
        return answer

    return _peer(ATSVC, "\\PIPE\\atsvc", {0: add, 1: delete}, port)


def _mapper(port: int) -> None:
    """Answers every question with the same interface at `port`."""
    from impacket.dcerpc.v5 import epm

    def answer(data: bytes):
        asked = epm.ept_map(data)
        tower = bytearray(b"".join(asked["map_tower"]["tower_octet_string"]))
        # The last two floors are the port and the address.
        tower[-11:-9] = port.to_bytes(2, "big")
        tower[-4:] = bytes([127, 0, 0, 1])
        said = epm.ept_mapResponse()
        one = epm.twr_p_t()
        one["tower_length"] = len(tower)
        one["tower_octet_string"] = bytes(tower)
        said["num_towers"] = 1
        said["ITowers"].append(one)
        said["status"] = 0
        return said

    _peer(EPM, "135", {3: answer}, 135)


def _serve(port: int, folder: str, version2: bool, pipes: dict[str, int]) -> None:
    from impacket.ntlm import compute_lmhash, compute_nthash
    from impacket.smbserver import SimpleSMBServer

    server = SimpleSMBServer("127.0.0.1", port)
    inner = server.getServer()
    config = server._SimpleSMBServer__smbConfig
    config.set("global", "server_name", SERVER)
    config.set("global", "server_os", "Windows 5.1")
    config.set("global", "server_domain", DOMAIN)
    inner.setServerConfig(config)
    inner.processConfigFile()
    server.addShare("PROGRAMS", folder, "PLC programs")
    server.addCredential(USER, 0, compute_lmhash(PASSWORD), compute_nthash(PASSWORD))
    server.setSMB2Support(version2)
    server.setLogFile("")
    for name, at in pipes.items():
        server.registerNamedPipe(name, ("127.0.0.1", at))
    threading.Thread(target=server.start, daemon=True).start()


def _work(port: int, dialect: object) -> None:
    """A failed logon, an engineer's files, and how programs are started from afar."""
    from impacket.dcerpc.v5 import scmr, srvs, transport
    from impacket.smbconnection import SMBConnection

    with contextlib.suppress(Exception):
        denied = SMBConnection(SERVER, "127.0.0.1", myName="HMI-2", sess_port=port, preferredDialect=dialect)
        denied.login("guess", "wrong", DOMAIN)
    client = SMBConnection(SERVER, "127.0.0.1", myName="ENG-STATION", sess_port=port, preferredDialect=dialect)
    client.login(USER, PASSWORD, DOMAIN)
    client.createDirectory("PROGRAMS", "line 3")
    client.putFile("PROGRAMS", "line 3\\recipe.txt", io.BytesIO(b"setpoint 42\n" * 100).read)
    client.putFile("PROGRAMS", "update.exe", io.BytesIO(b"MZ" + bytes(200)).read)
    client.getFile("PROGRAMS", "line 3\\recipe.txt", lambda _: None)
    with contextlib.suppress(Exception):
        client.getFile("PROGRAMS", "no such file.txt", lambda _: None)
    client.listPath("PROGRAMS", "*")
    client.rename("PROGRAMS", "line 3\\recipe.txt", "line 3\\recipe.old")
    client.deleteFile("PROGRAMS", "update.exe")
    binding = transport.SMBTransport("127.0.0.1", filename="\\srvsvc", smb_connection=client)
    shares = binding.get_dce_rpc()
    shares.connect()
    shares.bind(srvs.MSRPC_UUID_SRVS)
    srvs.hNetrShareEnum(shares, 1)
    shares.disconnect()
    if port == 445:
        services = transport.SMBTransport("127.0.0.1", filename="\\svcctl", smb_connection=client).get_dce_rpc()
        services.connect()
        services.bind(scmr.MSRPC_UUID_SCMR)
        manager = scmr.hROpenSCManagerW(services)["lpScHandle"]
        with contextlib.suppress(Exception):
            scmr.hROpenServiceW(services, manager, "Historian")
        path = "%SystemRoot%\\update.exe"
        made = scmr.hRCreateServiceW(services, manager, "UPD", "Line update", lpBinaryPathName=path)["lpServiceHandle"]
        scmr.hRStartServiceW(services, made)
        scmr.hRDeleteService(services, made)
        services.disconnect()
    client.close()


def smb(target: Path) -> None:
    from impacket.smb import SMB_DIALECT

    from wflab.loopback import record

    logging.getLogger("impacket").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        _serve(445, first, True, {"svcctl": _svcctl()})
        _serve(139, second, False, {})
        time.sleep(1.0)

        def act() -> None:
            _work(445, None)
            _work(139, SMB_DIALECT)

        record(target, "tcp port 445 or tcp port 139", act)
    os._exit(0)  # the package's threads do not end by themselves


def dcerpc(target: Path) -> None:
    from impacket.dcerpc.v5 import atsvc, epm, transport

    from wflab.loopback import record

    port = _atsvc(49155)
    _mapper(port)

    def act() -> None:
        place = epm.hept_map("127.0.0.1", atsvc.MSRPC_UUID_ATSVC, protocol="ncacn_ip_tcp")
        tasks = transport.DCERPCTransportFactory(place).get_dce_rpc()
        tasks.connect()
        tasks.bind(atsvc.MSRPC_UUID_ATSVC)
        job = atsvc.AT_INFO()
        job["JobTime"] = 47_100_000
        job["Command"] = "cmd /c update.exe\x00"
        atsvc.hNetrJobAdd(tasks, "\\\\ENG-FILES\x00", job)
        with contextlib.suppress(Exception):
            atsvc.hNetrJobDel(tasks, "\\\\ENG-FILES\x00", 1, 1)
        with contextlib.suppress(Exception):
            atsvc.hNetrJobEnum(tasks)
        tasks.disconnect()

    record(target, f"tcp port 135 or tcp port {port}", act)
    os._exit(0)
