"""An IEC 61850 client by libiec61850, showing the services of MMS that the stack has."""

from __future__ import annotations

import contextlib
import time

import pyiec61850.pyiec61850 as iec

from ..devices.iec61850 import DEVICE, LOGICAL_DEVICE

DOMAIN = DEVICE + LOGICAL_DEVICE


def _call(function, *arguments):
    """Call into the library; what it refuses is on the wire all the same."""
    with contextlib.suppress(Exception):
        return function(*arguments)
    return None


def _connect(server: str, error):
    """A connection that works: the library now and then makes one on which it sends nothing."""
    for _ in range(6):
        connection = iec.IedConnection_create()
        iec.IedConnection_connect(connection, server, 102)
        if _call(iec.MmsConnection_identify, iec.IedConnection_getMmsConnection(connection), error):
            break
        iec.IedConnection_destroy(connection)
    return connection


def _control(connection, name: str, value, steps: str) -> None:
    control = _call(iec.ControlObjectClient_create, f"{DOMAIN}/{name}", connection)
    if control is None:
        return
    iec.ControlObjectClient_setOrigin(control, "scada", 3)
    for step in steps:
        if step == "s":
            _call(iec.ControlObjectClient_select, control)
        elif step == "w":
            _call(iec.ControlObjectClient_selectWithValue, control, value)
        elif step == "o":
            _call(iec.ControlObjectClient_operate, control, value, 0)
        elif step == "c":
            _call(iec.ControlObjectClient_cancel, control)
        time.sleep(0.2)
    iec.ControlObjectClient_destroy(control)


def main(server: str) -> None:
    """Browse, read, write, command, subscribe, fetch files, conclude."""
    error = iec.MmsError_create()
    connection = _connect(server, error)
    mms = iec.IedConnection_getMmsConnection(connection)
    _call(iec.MmsConnection_getVMDVariableNames, mms, error)
    _call(iec.MmsConnection_getDomainNames, mms, error)
    _call(iec.MmsConnection_getDomainVariableNames, mms, error, DOMAIN)
    _call(iec.MmsConnection_getDomainVariableListNames, mms, error, DOMAIN)
    _call(iec.MmsConnection_getVariableAccessAttributes, mms, error, DOMAIN, "MMXU1")
    _call(iec.MmsConnection_getVariableAccessAttributes, mms, error, DOMAIN, "LPHD1")
    _call(iec.MmsConnection_readVariable, mms, error, DOMAIN, "LPHD1$DC$PhyNam")
    _call(iec.IedConnection_getDataSetDirectory, connection, f"{DOMAIN}/LLN0.Events", None)
    _call(iec.MmsConnection_readVariable, mms, error, DOMAIN, "MMXU1$MX$TotW")
    _call(iec.MmsConnection_readVariable, mms, error, DOMAIN, "GGIO1$ST$Nothing")
    _call(iec.MmsConnection_readNamedVariableListValues, mms, error, DOMAIN, "LLN0$Events", True)
    _call(iec.MmsConnection_readVariableComponent, mms, error, DOMAIN, "MMXU1$MX", "TotW$mag$f")
    _call(iec.IedConnection_writeVisibleStringValue, connection, f"{DOMAIN}/LPHD1.PhyNam.vendor", iec.IEC61850_FC_DC, "Northfield")
    _call(iec.IedConnection_writeFloatValue, connection, f"{DOMAIN}/PTOC1.StrVal.setMag.f", iec.IEC61850_FC_SP, 4.5)
    _call(iec.MmsConnection_writeVariable, mms, error, DOMAIN, "LLN0$SP$SGCB$ActSG", iec.MmsValue_newUnsignedFromUint32(2))
    _control(connection, "GGIO1.SPCSO1", iec.MmsValue_newBoolean(True), "o")
    _control(connection, "GGIO1.SPCSO2", iec.MmsValue_newBoolean(True), "soosc")
    _control(connection, "CSWI1.Pos", iec.MmsValue_newBoolean(True), "wowc")
    for name, value in (("RptEna", iec.MmsValue_newBoolean(True)), ("GI", iec.MmsValue_newBoolean(True))):
        _call(iec.MmsConnection_writeVariable, mms, error, DOMAIN, f"LLN0$RP$EventsRCB01${name}", value)
    time.sleep(2.5)
    _call(iec.MmsConnection_writeVariable, mms, error, DOMAIN, "LLN0$RP$EventsRCB01$RptEna", iec.MmsValue_newBoolean(False))
    members = iec.LinkedList_create()
    for name in ("MMXU1$MX$TotW$mag$f", "GGIO1$ST$SPCSO1$stVal"):
        iec.LinkedList_add(members, iec.MmsVariableAccessSpecification_create(DOMAIN, name))
    _call(iec.MmsConnection_defineNamedVariableList, mms, error, DOMAIN, "LLN0$mine", members)
    _call(iec.MmsConnection_readNamedVariableListValues, mms, error, DOMAIN, "LLN0$mine", False)
    _call(iec.MmsConnection_deleteNamedVariableList, mms, error, DOMAIN, "LLN0$mine")
    _call(iec.IedConnection_getFileDirectory, connection, "COMTRADE")
    _call(iec.MmsConnection_downloadFile, mms, error, "settings.txt", "/dev/null")
    _call(iec.MmsConnection_fileDelete, mms, error, "settings.txt")
    _call(iec.MmsConnection_fileDelete, mms, error, "nothing.txt")
    _call(iec.MmsConnection_fileRename, mms, error, "COMTRADE/fault1.cfg", "fault1.old")
    time.sleep(0.5)
    iec.IedConnection_destroy(connection)
    connection = _connect(server, error)
    _call(iec.MmsConnection_conclude, iec.IedConnection_getMmsConnection(connection), error)
    time.sleep(0.5)
    iec.IedConnection_destroy(connection)
