"""Modbus/TCP clients (pymodbus), one kept connection a pair of machines."""

from __future__ import annotations

from pymodbus import ModbusException
from pymodbus.client import ModbusTcpClient

from ..plan import ip_of

TIMEOUT_S = 0.25
WORDS = {"holding_register": "holding", "coil": "coils"}


class Refused(RuntimeError):
    """The device answered with an exception."""


def connection(world, actor: str, target: str) -> ModbusTcpClient:
    """The kept connection, made when there is none."""
    client = world.links.get(("modbus", actor, target))
    if client is None:
        client = ModbusTcpClient(ip_of(target), timeout=TIMEOUT_S, retries=0)
        world.links[("modbus", actor, target)] = client
    if not client.connected and not client.connect():
        raise TimeoutError(f"{target} does not answer on port 502")
    return client


def _call(client: ModbusTcpClient, function: str, *args, **kwargs):
    try:
        answer = getattr(client, function)(*args, **kwargs)
    except ModbusException as error:
        client.close()
        raise TimeoutError(str(error)) from error
    if answer.isError():
        raise Refused(str(answer))
    return answer


def read(world, actor: str, target: str, table: str, address: int, count: int) -> list[int]:
    """Registers or bits of one of the four tables."""
    client = connection(world, actor, target)
    call = {"input": "read_input_registers", "holding": "read_holding_registers", "coils": "read_coils",
            "discretes": "read_discrete_inputs"}[table]
    answer = _call(client, call, address, count=count)
    return answer.registers if table in ("input", "holding") else answer.bits[:count]


def write(world, actor: str, target: str, kind: str, address: int, value, **told) -> None:
    """Write a coil, a register or (for a list) several registers; told as an act."""
    client = connection(world, actor, target)
    many = isinstance(value, list)
    function = {("coil", False): "write_single_coil", ("holding_register", False): "write_single_register",
                ("coil", True): "write_multiple_coils", ("holding_register", True): "write_multiple_registers"}[kind, many]
    last = f"-{address + len(value) - 1}" if many else ""
    world.act("modbus", function, "write", target, f"{kind} {address}{last}", value, port=502, **told)
    call = {"write_single_coil": "write_coil", "write_multiple_coils": "write_coils",
            "write_single_register": "write_register", "write_multiple_registers": "write_registers"}[function]
    _call(client, call, address, value)


def identify(world, actor: str, target: str) -> None:
    """Device identification, basic and regular."""
    client = connection(world, actor, target)
    for code in (1, 2):
        _call(client, "read_device_information", read_code=code)
