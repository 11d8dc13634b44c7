"""DLMS/COSEM over the loopback: a head-end and a meter, both with the messages of the package dlms-cosem."""

from __future__ import annotations

import datetime
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

WRAPPER_PORT, HDLC_PORT = 4059, 4060
CLIENT, SERVER = 16, 1
TITLE = b"NFW\0\0\1\2\3"


def _conformance() -> object:
    from dlms_cosem.protocol.xdlms import Conformance

    return Conformance(get=True, set=True, action=True, block_transfer_with_get_or_read=True)


def _pairs() -> list[tuple[bytes, bytes]]:
    """What the head-end asks, and what the meter answers."""
    from dlms_cosem import cosem, enumerations as e
    from dlms_cosem.protocol import acse, xdlms

    def attribute(interface: str, obis: str, number: int) -> object:
        return cosem.CosemAttribute(e.CosemInterface[interface], cosem.Obis.from_string(obis), number)

    def method(interface: str, obis: str, number: int) -> object:
        return cosem.CosemMethod(e.CosemInterface[interface], cosem.Obis.from_string(obis), number)

    counter = iter(range(10**6))
    number = [0]

    def invoke() -> object:
        return xdlms.InvokeIdAndPriority(number[0], True, True)

    pairs: list[tuple[bytes, bytes]] = []

    def add(request: object, answer: object) -> None:
        pairs.append((request.to_bytes(), answer if isinstance(answer, bytes) else answer.to_bytes()))

    def associate(password: bytes, accepted: bool) -> None:
        ask = acse.UserInformation(xdlms.InitiateRequest(proposed_conformance=_conformance(), client_max_receive_pdu_size=1024))
        say = acse.UserInformation(xdlms.InitiateResponse(negotiated_conformance=_conformance(), server_max_receive_pdu_size=512))
        level = e.AuthenticationMechanism.LLS
        request = acse.ApplicationAssociationRequest(ask, authentication=level, authentication_value=password)
        why = e.AcseServiceUserDiagnostics
        answer = acse.ApplicationAssociationResponse(
            result=e.AssociationResult.ACCEPTED if accepted else e.AssociationResult.REJECTED_PERMANENT,
            result_source_diagnostics=why.NULL if accepted else why.AUTHENTICATION_FAILED,
            system_title=TITLE,
            user_information=say if accepted else None,
        )
        add(request, answer)

    def get(interface: str, obis: str, index: int, data: str | None, error: str = "OBJECT_UNDEFINED") -> None:
        number[0] = 1 + next(counter) % 15
        request = xdlms.GetRequestNormal(attribute(interface, obis, index), invoke())
        if data is None:
            add(request, xdlms.GetResponseNormalWithError(e.DataAccessResult[error], invoke()))
        else:
            # The package cannot write this one.
            add(request, b"\xc4\x01" + invoke().to_bytes() + b"\0" + bytes.fromhex(data))

    def put(interface: str, obis: str, index: int, data: str, result: str = "SUCCESS") -> None:
        number[0] = 1 + next(counter) % 15
        request = xdlms.SetRequestNormal(attribute(interface, obis, index), bytes.fromhex(data), None, invoke())
        add(request, xdlms.SetResponseNormal(e.DataAccessResult[result], invoke()))

    def act(interface: str, obis: str, index: int, data: str, result: str = "SUCCESS") -> None:
        number[0] = 1 + next(counter) % 15
        request = xdlms.ActionRequestNormal(method(interface, obis, index), bytes.fromhex(data) if data else None, invoke())
        add(request, xdlms.ActionResponseNormal(e.ActionResultStatus[result], invoke()))

    associate(b"00000000", accepted=False)
    associate(b"hallo123", accepted=True)
    get("DATA", "0.0.42.0.0.255", 2, "0910" + b"NFW0000000010203".hex())
    get("DATA", "1.0.0.2.0.255", 2, "0906" + b"V4.2.1".hex())
    get("REGISTER", "1.0.1.8.0.255", 2, "0600012d68")
    get("REGISTER", "1.0.1.8.0.255", 3, "02020f03161e")
    get("REGISTER", "1.0.32.7.0.255", 2, "1208fc")
    get("REGISTER", "1.0.99.7.0.255", 2, None)
    get("CLOCK", "0.0.1.0.0.255", 2, "090c" + "07ea0b1c060e1f00ff800000")
    put("CLOCK", "0.0.1.0.0.255", 2, "090c" + "07ea0b1c060e2000ff800000")
    put("REGISTER", "1.0.1.8.0.255", 2, "0600000000", "READ_WRITE_DENIED")
    put("ASSOCIATION_LN", "0.0.40.0.0.255", 7, "0908" + b"newsecre".hex())
    act("DISCONNECT_CONTROL", "0.0.96.3.10.255", 1, "0f00")
    act("DISCONNECT_CONTROL", "0.0.96.3.10.255", 2, "0f00", "READ_WRITE_DENIED")
    act("SCRIPT_TABLE", "0.0.10.0.100.255", 1, "120001")
    number[0] = 1
    whole = bytes.fromhex("0102") + bytes.fromhex("02030906010001080 0ff0600000001110 2".replace(" ", "")) * 2
    first = xdlms.GetRequestNormal(attribute("PROFILE_GENERIC", "1.0.99.1.0.255", 2), invoke())
    add(first, xdlms.GetResponseWithBlock(whole[:20], 1, invoke()))
    add(xdlms.GetRequestNext(1, invoke()), xdlms.GetResponseLastBlock(whole[20:], 2, invoke()))
    add(acse.ReleaseRequest(e.ReleaseRequestReason.NORMAL), acse.ReleaseResponse(e.ReleaseResponseReason.NORMAL))
    number[0] = 2
    refused = xdlms.ExceptionResponse(e.StateException.SERVICE_NOT_ALLOWED, e.ServiceException.OPERATION_NOT_POSSIBLE)
    add(xdlms.GetRequestNormal(attribute("DATA", "0.0.42.0.0.255", 2), invoke()), refused)
    return pairs


def _notification() -> bytes:
    from dlms_cosem.protocol.xdlms.data_notification import DataNotification, LongInvokeIdAndPriority

    when = datetime.datetime(2026, 11, 28, 14, 30, tzinfo=datetime.UTC)
    body = bytes.fromhex("0202 0906 0100010800ff 0600012d68".replace(" ", ""))
    return DataNotification(LongInvokeIdAndPriority(1), when, body).to_bytes()


def _wrapped(source: int, destination: int, data: bytes) -> bytes:
    from dlms_cosem.protocol.wrappers import WrapperHeader, WrapperProtocolDataUnit

    return WrapperProtocolDataUnit(data, WrapperHeader(source, destination, len(data))).to_bytes()


def _framed() -> list[tuple[bytes, bytes]]:
    """The same in HDLC frames: set-up, one frame each, disconnection."""
    from dlms_cosem.hdlc import frames
    from dlms_cosem.hdlc.address import HdlcAddress

    client, server = HdlcAddress(CLIENT, None, "client"), HdlcAddress(SERVER, 17, "server")
    pairs = [
        (frames.SetNormalResponseModeFrame(server, client), frames.UnNumberedAcknowledgmentFrame(client, server)),
    ]
    for at, (request, answer) in enumerate(_pairs()):
        number = at % 8
        pairs.append((
            frames.InformationFrame(server, client, b"\xe6\xe6\0" + request, number, number),
            frames.InformationFrame(client, server, b"\xe6\xe7\0" + answer, number, (number + 1) % 8),
        ))
    pairs.append((frames.DisconnectFrame(server, client), frames.UnNumberedAcknowledgmentFrame(client, server)))
    return [(request.to_bytes(), answer.to_bytes()) for request, answer in pairs]


def dlms(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record the session in the wrapper and in HDLC frames, and a notification over UDP."""
    wrapped = [(_wrapped(CLIENT, SERVER, ask), _wrapped(SERVER, CLIENT, say)) for ask, say in _pairs()]

    def serve(port: int, pairs: list[tuple[bytes, bytes]]) -> None:
        listener = socket.create_server(("127.0.0.1", port))

        def loop() -> None:
            connection, _ = listener.accept()
            for _, answer in pairs:
                connection.recv(4096)
                connection.sendall(answer)
            connection.recv(1)

        threading.Thread(target=loop, daemon=True).start()

    sessions = {WRAPPER_PORT: wrapped, HDLC_PORT: _framed()}
    for port, pairs in sessions.items():
        serve(port, pairs)

    def act() -> None:
        for port, pairs in sessions.items():
            with socket.create_connection(("127.0.0.1", port)) as client:
                for request, _ in pairs:
                    client.sendall(request)
                    client.recv(4096)
                    time.sleep(0.005)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as meter:
            meter.sendto(_wrapped(SERVER, CLIENT, _notification()), ("127.0.0.1", WRAPPER_PORT))

    record(target, f"port {WRAPPER_PORT} or port {HDLC_PORT}", act)
