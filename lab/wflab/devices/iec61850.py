"""A bay controller by libiec61850: MMS server with reports, controls, setting groups and files; GOOSE and sampled values.

Only the fixtures use it; it is no part of the plant.
"""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path

import pyiec61850.pyiec61850 as iec

DEVICE, LOGICAL_DEVICE = "BOOST", "CTRL"
DATA_SET = ("GGIO1$ST$SPCSO1$stVal", "CSWI1$ST$Pos", "MMXU1$MX$TotW")
NAME_PLATE = {"vendor": "Northfield Relays", "model": "RTU7-B", "serNum": "NR-204417", "swRev": "2.4.1", "hwRev": "C"}
REPORT_OPTIONS = (iec.RPT_OPT_SEQ_NUM | iec.RPT_OPT_TIME_STAMP | iec.RPT_OPT_REASON_FOR_INCLUSION
                  | iec.RPT_OPT_DATA_SET | iec.RPT_OPT_CONF_REV)
TRIGGERS = iec.TRG_OPT_DATA_CHANGED | iec.TRG_OPT_QUALITY_CHANGED | iec.TRG_OPT_GI


def _model():
    model = iec.IedModel_create(DEVICE)
    device = iec.LogicalDevice_create(LOGICAL_DEVICE, model)
    node = iec.toModelNode
    lln0 = iec.LogicalNode_create("LLN0", device)
    iec.CDC_ENS_create("Mod", node(lln0), 0)
    iec.CDC_ENS_create("Health", node(lln0), 0)
    iec.SettingGroupControlBlock_create(lln0, 1, 3)
    plate = iec.CDC_OPTION_DPL_HWREV | iec.CDC_OPTION_DPL_SWREV | iec.CDC_OPTION_DPL_SERNUM | iec.CDC_OPTION_DPL_MODEL
    iec.CDC_DPL_create("PhyNam", node(iec.LogicalNode_create("LPHD1", device)), plate)
    ggio = iec.LogicalNode_create("GGIO1", device)
    iec.CDC_SPC_create("SPCSO1", node(ggio), 0, iec.CDC_CTL_MODEL_DIRECT_NORMAL)
    iec.CDC_SPC_create("SPCSO2", node(ggio), 0, iec.CDC_CTL_MODEL_SBO_NORMAL | iec.CDC_CTL_MODEL_HAS_CANCEL)
    cswi = iec.LogicalNode_create("CSWI1", device)
    iec.CDC_DPC_create("Pos", node(cswi), 0, iec.CDC_CTL_MODEL_SBO_ENHANCED | iec.CDC_CTL_MODEL_HAS_CANCEL)
    mmxu = iec.LogicalNode_create("MMXU1", device)
    iec.CDC_MV_create("TotW", node(mmxu), 0, False)
    iec.CDC_ASG_create("StrVal", node(iec.LogicalNode_create("PTOC1", device)), 0, False)
    data_set = iec.DataSet_create("Events", lln0)
    for variable in DATA_SET:
        iec.DataSetEntry_create(data_set, variable, -1, None)
    iec.ReportControlBlock_create("EventsRCB01", lln0, "events", False, "Events", 1, TRIGGERS, REPORT_OPTIONS, 50, 0)
    return model


def serve() -> None:
    """Serve MMS on port 102, with a measured value that moves."""
    model = _model()
    files = Path(os.environ.get("WFLAB_RUN", ".")) / "ied-files"
    (files / "COMTRADE").mkdir(parents=True, exist_ok=True)
    (files / "COMTRADE" / "fault1.cfg").write_text("BOOST,RTU7,1999\n3,3A,0D\n", encoding="ascii")
    (files / "settings.txt").write_text("pickup=450\n" * 40, encoding="ascii")
    server = iec.IedServer_create(model)
    iec.IedServer_setFilestoreBasepath(server, f"{files}/")
    iec.IedServer_setServerIdentity(server, "Northfield Relays", "RTU7", "2.4.1")
    for part, text in NAME_PLATE.items():
        attribute = iec.IedModel_getModelNodeByObjectReference(model, f"{DEVICE}{LOGICAL_DEVICE}/LPHD1.PhyNam.{part}")
        iec.IedServer_updateVisibleStringAttributeValue(server, iec.toDataAttribute(attribute), text)
    iec.IedServer_start(server, 102)
    watts = iec.IedModel_getModelNodeByObjectReference(model, f"{DEVICE}{LOGICAL_DEVICE}/MMXU1.TotW.mag.f")
    for step in range(100_000):
        time.sleep(1.0)
        iec.IedServer_lockDataModel(server)
        iec.IedServer_updateFloatAttributeValue(server, iec.toDataAttribute(watts), 118.5 + step % 7)
        iec.IedServer_unlockDataModel(server)


def _address(last: int, appid: int):
    address = iec.CommParameters()
    address.appId, address.vlanId, address.vlanPriority = appid, 0, 4
    kind = 1 if appid < 0x4000 else 4
    iec.CommParameters_setDstAddress(address, 0x01, 0x0C, 0xCD, kind, 0x00, last)
    return address


class Routed:
    """Sends what was published once more over UDP: a session of IEC TR 61850-90-5, clause 8, written by hand."""

    GROUP = ("239.192.0.1", 102)
    GOOSE, SAMPLES = (0xA1, 0x81), (0xA2, 0x82)

    def __init__(self, kind: tuple[int, int]):
        self.kind, self.number = kind, 0
        self.link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self.link.bind(("eth0", 3))
        self.link.settimeout(1.0)
        self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def again(self) -> None:
        """Take the next frame off the link and send its unit."""
        frame = b""
        while frame[12:13] != b"\x88":
            frame = self.link.recv(2048)
        self.number += 1
        session, unit = self.kind
        payload = bytes((unit, 0)) + frame[14:16] + struct.pack(">H", len(frame) - 22) + frame[22:]
        body = struct.pack(">IHIHIB", self.number, 2, 0, 0, 0, 0) + struct.pack(">I", len(payload)) + payload
        head = bytes((0x01, 0x40, session, 0x17, 0x80, 0x15))
        self.out.sendto(head + struct.pack(">I", len(body)) + body, self.GROUP)


def publish_goose() -> None:
    """State changes with their repetitions, then what should not be: simulation, a jump, values without a new state."""
    control_block = f"{DEVICE}{LOGICAL_DEVICE}/LLN0$GO$gcb01"
    publisher = iec.GoosePublisher_createEx(_address(1, 1), "eth0", False)
    iec.GoosePublisher_setGoCbRef(publisher, control_block)
    iec.GoosePublisher_setDataSetRef(publisher, f"{DEVICE}{LOGICAL_DEVICE}/LLN0$Trips")
    iec.GoosePublisher_setGoID(publisher, "trips")
    iec.GoosePublisher_setConfRev(publisher, 3)
    iec.GoosePublisher_setTimeAllowedToLive(publisher, 500)

    def send(trip: bool, position: int, quality: int, pressure: float, count: int) -> None:
        values = iec.LinkedList_create()
        bits = iec.MmsValue_newBitString(2)
        iec.MmsValue_setBitStringFromIntegerBigEndian(bits, position)
        good = iec.MmsValue_newBitString(13)
        iec.MmsValue_setBitStringFromIntegerBigEndian(good, quality)
        structure = iec.MmsValue_createEmptyStructure(2)
        iec.MmsValue_setElement(structure, 0, iec.MmsValue_newFloat(pressure))
        iec.MmsValue_setElement(structure, 1, iec.MmsValue_newIntegerFromInt32(count))
        for value in (iec.MmsValue_newBoolean(trip), bits, good, structure,
                      iec.MmsValue_newVisibleString("pump 2"), iec.MmsValue_newUtcTimeByMsTime(1_773_122_400_000)):
            iec.LinkedList_add(values, value)
        iec.GoosePublisher_publish(publisher, values)
        time.sleep(0.02)

    for _ in range(3):
        send(False, 0b01, 0, 4.5, 7)
    iec.GoosePublisher_increaseStNum(publisher)
    for _ in range(2):
        send(True, 0b10, 0, 4.5, 8)
    iec.GoosePublisher_increaseStNum(publisher)
    send(True, 0b10, 0b0100000000000, 4.25, 8)
    send(False, 0b10, 0b0100000000000, 4.25, 8)  # a value changes without a new state
    iec.GoosePublisher_setStNum(publisher, 40)
    send(True, 0b10, 0, 4.25, 8)
    iec.GoosePublisher_setSqNum(publisher, 30)
    iec.GoosePublisher_setSimulation(publisher, True)
    iec.GoosePublisher_setNeedsCommission(publisher, True)
    send(True, 0b10, 0, 4.25, 8)
    time.sleep(0.7)  # longer than allowed to live
    iec.GoosePublisher_setConfRev(publisher, 4)
    routed = Routed(Routed.GOOSE)
    for trip in (True, True, False):
        send(trip, 0b10, 0, 4.25, 8)
        routed.again()
    iec.GoosePublisher_destroy(publisher)


def publish_sv() -> None:
    """A hundred samples of eight channels, two a frame, with a wrap, a jump, a bad quality and a lost clock."""
    publisher = iec.SVPublisher_createEx(_address(2, 0x4000), "eth0", False)
    asdus = []
    for _ in range(2):
        asdu = iec.SVPublisher_addASDU(publisher, "BOOSTMU01", None, 1)
        channels = [(iec.SVPublisher_ASDU_addINT32(asdu), iec.SVPublisher_ASDU_addQuality(asdu)) for _ in range(8)]
        iec.SVPublisher_ASDU_setSmpCntWrap(asdu, 4000)
        asdus.append((asdu, channels))
    iec.SVPublisher_setupComplete(publisher)
    routed = Routed(Routed.SAMPLES)
    count = 3950
    for step in range(60):
        for asdu, channels in asdus:
            for at, (value, quality) in enumerate(channels):
                iec.SVPublisher_ASDU_setINT32(asdu, value, (-1) ** at * (1000 * at + count % 80))
                iec.SVPublisher_ASDU_setQuality(asdu, quality, 0x0041 if at == 2 and step > 30 else 0)
            iec.SVPublisher_ASDU_setSmpCnt(asdu, count)
            iec.SVPublisher_ASDU_setSmpSynch(asdu, 2 if step < 50 else 0)
            count = (count + 1) % 4000
        if step == 40:
            count += 12
        iec.SVPublisher_publish(publisher)
        if step >= 54:
            routed.again()
        time.sleep(0.005)
    iec.SVPublisher_destroy(publisher)
