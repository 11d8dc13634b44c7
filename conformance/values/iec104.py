"""IEC 60870-5-104: information objects with address, value, quality and time tag; commands with qualifier."""

from common import below, moment, shown_real
from tshark import number

PROTOCOLS = {"iec104": {"filter": "iec60870_104", "layers": ["iec60870_asdu"], "messages": ["iec104"]}}
P = "iec60870_asdu."
CAUSES = ["power_on", "local_reset", "remote_reset"]
COMMANDS = {"sco": "sco.on", "dco": "dco.on", "rco": "rco.up"}


def theirs(layers):
    for layer in layers:
        for item in layer.iter("field"):
            if item.get("name") == "" and (item.get("show") or "").startswith("IOA:"):
                yield from information(item)


def information(item):
    def shown(name):
        field = below(item, P + name)
        return field.get("show") if field is not None else None

    address, command = number(shown("ioa")), next((name for name in COMMANDS if shown(name)), None)
    time = clock(shown) if shown("cp56time") is not None else None
    if command:
        yield "command", address, number(shown(COMMANDS[command])), number(shown(f"{command}.se")), time
    elif shown("qoi") is not None:
        yield "interrogation", address, number(shown("qoi"))
    elif shown("qos") is not None:
        yield "setpoint", address, value(shown), number(shown("qos.se")), time
    elif shown("coi") is not None:
        yield "initialised", address, number(shown("coi_r"))
    else:
        quality = flags(shown)
        if value(shown) is not None or time:
            yield "point", address, value(shown), quality, time


def clock(shown):
    """The time as it stands in the octets (IEC 60870-5-4, 6.8): tshark takes an hour off in summer."""
    date = [number(shown(f"cp56time.{name}")) for name in ("year", "month", "day", "hour", "min", "ms")]
    year, month, day, hour, minute, milliseconds = date
    return f"{2000 + year % 100:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{milliseconds // 1000:02}.{milliseconds % 1000:03}"


def value(shown):
    if shown("bitstring") is not None:
        # Its first octet is the lowest (IEC 60870-5-101, 7.2.6.13); tshark shows the octets as they come.
        return shown_real(int.from_bytes(number(shown("bitstring")).to_bytes(4, "big"), "little"))
    for name in ("siq.spi", "diq.dpi", "vti.v", "bcr.count"):
        if shown(name) is not None:
            return shown_real(number(shown(name)))
    return next((shown_real(shown(name)) for name in ("float", "scalval", "normval") if shown(name) is not None), None)


def flags(shown):
    """Quality bits as they stand in the octet: IV, NT, SB, BL, and OV in a QDS (IEC 60870-5-101, 7.2.6.1 to 7.2.6.4)."""
    for name in ("siq", "diq", "qds"):
        if shown(name) is not None:
            return number(shown(name)) & (0xF1 if name == "qds" else 0xF0)
    if shown("bcr.iv") is not None:
        return sum(number(shown(f"bcr.{name}")) << at for name, at in (("iv", 7), ("ca", 6), ("cy", 5)))
    return None


def ours(message):
    for item in message.get("objects", []):
        address, time = item["address"], moment(item.get("time"))
        if "select" in item:
            single = message["type_id"] in (45, 46, 47, 58, 59, 60)
            yield ("command" if single else "setpoint"), address, item["value"] if single else shown_real(item["value"]), int(item["select"]), time
        elif "qualifier" in item:
            yield "interrogation", address, item["qualifier"]
        elif "cause_of_initialization" in item:
            yield "initialised", address, CAUSES.index(item["cause_of_initialization"])
        elif "value" in item or (time and "file" not in item):
            yield "point", address, shown_real(item.get("value")), item.get("flags"), time
