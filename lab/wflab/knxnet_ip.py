"""KNXnet/IP over the loopback: a client and a gateway, both with the frames of the package xknx."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

PORT = 3671
CHANNEL = 7


def _frame(body: object) -> bytes:
    from xknx.knxip import KNXIPFrame

    return KNXIPFrame.init_from_body(body).to_knx()


def _description() -> list[object]:
    from xknx.knxip.dib import DIBDeviceInformation, DIBSuppSVCFamilies
    from xknx.knxip.knxip_enum import DIBServiceFamily
    from xknx.telegram import IndividualAddress

    device = DIBDeviceInformation()
    device.individual_address = IndividualAddress("1.1.0")
    device.serial_number, device.mac_address = "00:c5:01:04:1c:5a", "02:00:5e:00:00:10"
    device.name = "Northfield hall router"
    families = DIBSuppSVCFamilies()
    families.families = [
        DIBSuppSVCFamilies.Family(DIBServiceFamily.CORE, 2),
        DIBSuppSVCFamilies.Family(DIBServiceFamily.TUNNELING, 2),
        DIBSuppSVCFamilies.Family(DIBServiceFamily.ROUTING, 1),
    ]
    return [device, families]


class Gateway:
    """A gateway with one channel, as far as the client asks."""

    def __init__(self, acknowledges: bool) -> None:
        self.acknowledges = acknowledges
        self.sequence = 0

    def answers(self, frame: object) -> list[bytes]:
        from xknx import knxip
        from xknx.knxip.connect_response import ConnectResponseData
        from xknx.knxip.knxip_enum import ConnectRequestType
        from xknx.telegram import IndividualAddress

        body = frame.body
        here = knxip.HPAI("127.0.0.1", PORT)
        if isinstance(body, knxip.SearchRequest):
            answer = knxip.SearchResponse(here)
            answer.dibs = _description()
        elif isinstance(body, knxip.DescriptionRequest):
            answer = knxip.DescriptionResponse()
            answer.dibs = _description()
        elif isinstance(body, knxip.ConnectRequest):
            if body.cri.connection_type is ConnectRequestType.REMLOG_CONNECTION:
                return [bytes.fromhex("061002060008 0022")]
            data = ConnectResponseData(body.cri.connection_type, IndividualAddress("1.1.250"))
            answer = knxip.ConnectResponse(CHANNEL, data_endpoint=here, crd=data)
        elif isinstance(body, knxip.ConnectionStateRequest):
            answer = knxip.ConnectionStateResponse(body.communication_channel_id)
        elif isinstance(body, knxip.DisconnectRequest):
            answer = knxip.DisconnectResponse(body.communication_channel_id)
        elif isinstance(body, knxip.TunnellingRequest):
            return self.tunnelled(body)
        elif isinstance(body, knxip.DeviceConfigurationRequest):
            return self.configured(body)
        else:
            return []
        return [_frame(answer)]

    def tunnelled(self, body: object) -> list[bytes]:
        from xknx import knxip
        from xknx.cemi import CEMIFrame, CEMILData, CEMIMessageCode
        from xknx.dpt import DPTArray
        from xknx.telegram import IndividualAddress, Telegram, apci

        told = [_frame(knxip.TunnellingAck(CHANNEL, body.sequence_counter))] if self.acknowledges else []
        cemi = bytearray(body.raw_cemi)
        # A device that is not there is not confirmed.
        cemi[0], cemi[2] = 0x2E, cemi[2] | (cemi[6:8] == b"\x11\x63")
        told.append(_frame(knxip.TunnellingRequest(CHANNEL, self.next(), bytes(cemi))))
        asked = CEMIFrame.from_knx(body.raw_cemi)
        if isinstance(asked.data.payload, apci.GroupValueRead):
            telegram = Telegram(asked.data.dst_addr, payload=apci.GroupValueResponse(DPTArray((0x0C, 0x1A))))
            data = CEMILData.init_from_telegram(telegram, IndividualAddress("1.1.5"))
            told.append(_frame(knxip.TunnellingRequest(CHANNEL, self.next(), CEMIFrame(code=CEMIMessageCode.L_DATA_IND, data=data).to_knx())))
        return told

    def configured(self, body: object) -> list[bytes]:
        from xknx import knxip

        asked = body.raw_cemi
        told = [_frame(knxip.DeviceConfigurationAck(CHANNEL, body.sequence_counter))]
        if asked[0] in (0xFC, 0xF6):
            refused = asked[4] == 99
            count = bytes([asked[5] & 0x0F if refused else asked[5]])
            answer = bytes([asked[0] - 1]) + asked[1:5] + count + asked[6:7]
            answer += b"\x07" if refused else b"\x00\xc5\x01\x04\x1c\x5a" if asked[0] == 0xFC else b""
            told.append(_frame(knxip.DeviceConfigurationRequest(CHANNEL, self.next(), answer)))
        return told

    def next(self) -> int:
        self.sequence += 1
        return self.sequence - 1


def _telegrams() -> list[bytes]:
    """What the client sends to the bus."""
    from xknx.cemi import CEMIFrame, CEMILData, CEMIMessageCode
    from xknx.dpt import DPTArray, DPTBinary
    from xknx.telegram import GroupAddress, IndividualAddress, Telegram, apci, tpci

    device, group = IndividualAddress("1.1.5"), GroupAddress
    connected = tpci.TDataConnected(sequence_number=0)
    telegrams = [
        Telegram(group("1/2/3"), payload=apci.GroupValueWrite(DPTBinary(1))),
        Telegram(group("1/2/4"), payload=apci.GroupValueWrite(DPTArray((0x80,)))),
        Telegram(group("4/0/17"), payload=apci.GroupValueRead()),
        Telegram(device, tpci=tpci.TConnect(), payload=None),
        Telegram(device, tpci=connected, payload=apci.DeviceDescriptorRead(descriptor=0)),
        Telegram(device, tpci=connected, payload=apci.AuthorizeRequest(key=0x11223344)),
        Telegram(device, tpci=connected, payload=apci.PropertyValueRead(object_index=0, property_id=11, count=1, start_index=1)),
        Telegram(device, tpci=connected, payload=apci.PropertyValueWrite(object_index=0, property_id=54, count=1, start_index=1, data=b"\1")),
        Telegram(device, tpci=connected, payload=apci.MemoryWrite(address=0x4000, count=3, data=b"\1\2\3")),
        Telegram(device, tpci=connected, payload=apci.Restart()),
        Telegram(IndividualAddress("1.1.99"), tpci=connected, payload=apci.MemoryRead(address=0x4000, count=3)),
        Telegram(group("0/0/0"), tpci=tpci.TDataBroadcast(), payload=apci.IndividualAddressWrite(IndividualAddress("1.1.7"))),
    ]  # fmt: skip
    source = IndividualAddress("1.1.250")
    data = [CEMILData.init_from_telegram(telegram, source) for telegram in telegrams]
    return [CEMIFrame(code=CEMIMessageCode.L_DATA_REQ, data=each).to_knx() for each in data]


def _session(ask: Callable[[bytes, bool], None]) -> None:
    """Everything that the client asks; ``ask`` sends a frame and takes what comes."""
    from xknx import knxip
    from xknx.knxip.connect_request import ConnectRequestInformation
    from xknx.knxip.knxip_enum import ConnectRequestType

    here = knxip.HPAI("127.0.0.1", 40003)
    ask(_frame(knxip.SearchRequest(here)), False)
    ask(_frame(knxip.DescriptionRequest(here)), False)
    kinds = ConnectRequestType
    ask(_frame(knxip.ConnectRequest(here, here, ConnectRequestInformation(kinds.REMLOG_CONNECTION))), False)
    ask(_frame(knxip.ConnectRequest(here, here, ConnectRequestInformation(kinds.TUNNEL_CONNECTION))), False)
    for sequence, cemi in enumerate(_telegrams()):
        ask(_frame(knxip.TunnellingRequest(CHANNEL, sequence, cemi)), True)
    ask(_frame(knxip.ConnectionStateRequest(CHANNEL, here)), False)
    ask(_frame(knxip.DisconnectRequest(CHANNEL, here)), False)
    ask(_frame(knxip.ConnectRequest(here, here, ConnectRequestInformation(kinds.DEVICE_MGMT_CONNECTION))), False)
    for sequence, text in enumerate(("fc00000139 1001", "fc00000163 1001", "f600000136 1001 01", "f1")):
        ask(_frame(knxip.DeviceConfigurationRequest(CHANNEL, sequence, bytes.fromhex(text))), False)
    ask(_frame(knxip.DisconnectRequest(CHANNEL, here)), False)


def knxnet_ip(record: Callable[[Path, str, Callable[[], None]], None], target: Path) -> None:
    """Record the session over UDP and over TCP, then some telegrams that are routed, and a secure wrapper."""
    from xknx import knxip

    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", PORT))
    listener = socket.create_server(("127.0.0.1", PORT))

    def udp() -> None:
        gateway = Gateway(acknowledges=True)
        while True:
            request, peer = datagrams.recvfrom(2048)
            for answer in gateway.answers(knxip.KNXIPFrame.from_knx(request)[0]):
                datagrams.sendto(answer, peer)

    def tcp() -> None:
        connection, _ = listener.accept()
        gateway = Gateway(acknowledges=False)
        while request := connection.recv(2048):
            for answer in gateway.answers(knxip.KNXIPFrame.from_knx(request)[0]):
                connection.sendall(answer)

    for serve in (udp, tcp):
        threading.Thread(target=serve, daemon=True).start()

    def act() -> None:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as client:
                client.connect(("127.0.0.1", PORT))

                def ask(message: bytes, _: bool, client: socket.socket = client) -> None:
                    client.send(message)
                    client.settimeout(0.05)
                    try:
                        while client.recv(2048):
                            pass
                    except TimeoutError:
                        pass

                _session(ask)
                if kind == socket.SOCK_DGRAM:
                    for cemi in _telegrams()[:3]:
                        client.send(_frame(knxip.RoutingIndication(b"\x29" + cemi[1:])))
                    client.send(_frame(knxip.RoutingLostMessage(0, 5)))
                    client.send(_frame(knxip.RoutingBusy(0, 100, 0)))
                    client.send(_frame(knxip.SecureWrapper(1, bytes(6), bytes.fromhex("00c501041c5a"), bytes(2), bytes(range(24)))))
                    time.sleep(0.1)

    record(target, f"port {PORT}", act)
