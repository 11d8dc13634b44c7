"""Fixture of PROFINET IO: scapy's stack for calls, alarms and cyclic frames; what is not in it is laid out as the standard says."""

from __future__ import annotations

import struct
from pathlib import Path
from uuid import UUID

from scapy.all import IP, UDP, Ether, Raw, wrpcap
from scapy.contrib import pnio_rpc as p
from scapy.layers.dcerpc import DceRpc4


def fixture(target: Path) -> None:
    """A controller and a device with one module: calls over UDP, then frames straight on the link."""
    controller, device = ("02:00:5e:00:00:01", "192.0.2.10"), ("02:00:5e:00:00:02", "192.0.2.20")
    relation = UUID("5ea1ab1e-0000-4000-8000-0000000000a1")
    station = UUID("dea00000-6c97-11d1-8271-00010304002a")
    frames, clock = [], 1_700_000_000.0

    def send(frame: Ether, wait: float = 0.01) -> None:
        nonlocal clock
        clock += wait
        frame.time = clock
        frames.append(frame)

    def block(kind: int, body: bytes) -> bytes:
        return struct.pack(">HHBB", kind, len(body) + 2, 1, 0) + body

    def call(opnum: int, number: int, request: bytes, answer: bytes, status: int = 0, to: str = "Device") -> None:
        here, there = (controller, device) if to == "Device" else (device, controller)
        uuid = p.RPC_INTERFACE_UUID[f"UUID_IO_{to}Interface"]
        for is_answer, blocks in ((False, request), (True, answer)):
            order = "<" if is_answer == (to == "Device") else ">"
            args = struct.pack(f"{order}IIIII", status if is_answer else 4096, len(blocks), 4096, 0, len(blocks)) + blocks
            rpc = DceRpc4(
                ptype=2 if is_answer else 0, flags1=0x0A if is_answer else 0x20, endian=order == "<", object=station, if_id=uuid,
                act_id=UUID(int=0xA0 + (to != "Device")), if_vers=1, seqnum=number, opnum=opnum, len=len(args),
            )
            src, dst = (there, here) if is_answer else (here, there)
            ports = (49161, 49155) if is_answer else (49155, 34964)
            ip = IP(src=src[1], dst=dst[1]) / UDP(sport=ports[0], dport=ports[1])
            send(Ether(src=src[0], dst=dst[0]) / ip / Raw(bytes(rpc) + args))

    def cyclic(frame_id: int, cycle: int, status: int = 0x35, src: tuple[str, str] = device) -> None:
        dst = controller if src is device else device
        data = struct.pack(">H", frame_id) + bytes(40) + struct.pack(">HBB", cycle & 0xFFFF, status, 0)
        send(Ether(src=src[0], dst=dst[0], type=0x8892) / Raw(data), 0.004)

    def control(**bits: int) -> bytes:
        return bytes(p.IODControlReq(ARUUID=relation, SessionKey=1, **bits))

    def done(kind: int) -> bytes:
        return bytes(p.IODControlRes(block_type=kind, ARUUID=relation, SessionKey=1))

    mac = bytes.fromhex(controller[0].replace(":", ""))
    name = b"controller-1"
    request = block(0x0101, struct.pack(">H16sH6s16sIHHH", 1, relation.bytes, 1, mac, station.bytes, 0x11, 600, 0x8892, len(name)) + name)
    for kind, frame_id in ((1, 0x8001), (2, 0xFFFF)):
        head = struct.pack(">HHHIHHHHHHIHHH6s", kind, kind, 0x8892, 2, 40, frame_id, 32, 4, 1, 0, 0xFFFFFFFF, 10, 10, 0xC000, bytes(6))
        request += block(0x0102, head + struct.pack(">HIHHHHH", 1, 0, 1, 1, 1, 0, 0))
    modules = struct.pack(">HIHIHHHIHHHBB", 1, 0, 1, 0x20, 0, 1, 1, 0x21, 1, 1, 2, 1, 1)
    request += block(0x0104, modules) + bytes(p.AlarmCRBlockReq(LocalAlarmReference=3))
    there = bytes.fromhex(device[0].replace(":", ""))
    answer = block(0x8101, struct.pack(">H16sH6sH", 1, relation.bytes, 1, there, 0x8892))
    answer += block(0x8102, struct.pack(">HHH", 1, 1, 0x8001)) + block(0x8102, struct.pack(">HHH", 2, 2, 0x8000))
    answer += bytes(p.AlarmCRBlockRes(AlarmCRType=1, LocalAlarmReference=5, MaxAlarmDataLength=200))
    answer += block(0x8104, struct.pack(">HIHHIHHHIH", 1, 0, 1, 1, 0x20, 2, 1, 1, 0x22, 0x9000))
    call(0, 0, request, b"", 0xDB814004)
    call(0, 1, request, answer)

    def place(index: int, length: int, slot: int = 1) -> dict[str, object]:
        return {"ARUUID": relation, "slotNumber": slot, "subslotNumber": 1, "index": index, "recordDataLength": length}

    writes = bytes(p.IODWriteReq(seqNum=2, **place(0x80, 6))) + b"\1\2\3\4\5\6" + bytes(2)
    writes += bytes(p.IODWriteReq(seqNum=3, **place(0x8071, 12))) + block(0x0250, bytes(6))
    whole = bytes(p.IODWriteReq(seqNum=1, **place(0xE040, len(writes)))) + writes
    results = bytes(p.IODWriteRes(seqNum=1, **place(0xE040, 128))) + bytes(p.IODWriteRes(seqNum=2, **place(0x80, 0)))
    results += bytes(p.IODWriteRes(seqNum=3, status=0xDF80B000, **place(0x8071, 0)))
    call(3, 2, whole, results)
    call(4, 3, control(ControlCommand_PrmEnd=1), done(0x8110))
    call(4, 0, control(ControlCommand_ApplicationReady=1), done(0x8112), to="Controller")
    im0 = struct.pack(">H20s16sHc3BHHH2BH", 0x2A, b"6ES7 155-6AU01-0BN0", b"S C-X4F123452021", 3, b"V", 4, 2, 1, 7, 0, 3, 1, 1, 14)
    im1 = struct.pack(">32s22s", b"pump station 2".ljust(32), b"hall 4".ljust(22))
    port = struct.pack(">2xHHB8sB2xB8sB8s2xI6s2xHxxIIBB2xI", 0, 0x8001, 8, b"port-001", 1, 8, b"port-003", 8, b"switch-1", 0,
                       bytes.fromhex("02005e000003"), 16, 0, 0, 0, 1, 1)
    interface = struct.pack(">B8s1x6s2x4s4s4s", 8, b"device-1", there, bytes([192, 0, 2, 20]), b"\xff\xff\xff\0", bytes(4))
    real = block(0x0400, struct.pack(">2xIHH", 0, 0, 0x8000) + block(0x0240, interface))
    real += block(0x0400, struct.pack(">2xIHH", 0, 0, 0x8001) + block(0x020F, port))
    fault = block(0x0010, struct.pack(">HHHHHHHH", 1, 1, 0x8000, 0x0800, 0x8000, 2, 0x0800, 6))
    for number, (index, record, slot) in enumerate(
        ((0xAFF0, block(0x20, im0), 0), (0xAFF1, block(0x21, im1), 0), (0xF841, real, 0), (0x800A, fault, 1)), start=4
    ):
        ask, reply = p.IODReadReq(seqNum=number, **place(index, 4096, slot)), p.IODReadRes(seqNum=number, **place(index, len(record), slot))
        call(2, number, bytes(ask), bytes(reply) + record)
    for at in range(6):
        cyclic(0x8001, 128 * at)
        cyclic(0x8000, 500 + 128 * at, 0x25 if at in (2, 3) else 0x35, controller)

    def alarm(src: tuple[str, str], kind: int, sdu: bytes, send_number: int, ack: int) -> None:
        dst = controller if src is device else device
        head = struct.pack(">HHHBBHHH", 0xFC01, 5, 3, 0x10 | kind, 0x11, send_number, ack, len(sdu))
        send(Ether(src=src[0], dst=dst[0], type=0x8892) / Raw(head + sdu))

    notification = p.AlarmNotification_High(
        AlarmType=1, SlotNumber=1, SubslotNumber=1, ModuleIdentNumber=0x20, SubmoduleIdentNUmber=0x21, AlarmSpecifier=0x0801,
        AlarmPayload=[p.DiagnosisItem(UserStructureIdentifier=0x8000, ChannelNumber=2, ChannelProperties=0x0800, ChannelErrorType=6)],
    )
    alarm(device, 1, bytes(notification), 0, 0xFFFF)
    alarm(controller, 3, b"", 0xFFFF, 0)
    alarm(controller, 1, block(0x8001, struct.pack(">HIHHHI", 1, 0, 1, 1, 0x0801, 0)), 0, 0)
    alarm(device, 3, b"", 0, 0)
    call(1, 8, control(ControlCommand_Release=1), done(0x8114))
    alarm(device, 4, struct.pack(">I", 0xCF81FD0F), 0xFFFF, 0xFFFE)
    wrpcap(str(target), frames)
