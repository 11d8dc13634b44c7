"""DNP3: points with index, value, flags and time; controls; files; times; attributes."""

import re

from common import float_of, moment, of, real
from tshark import number

PROTOCOLS = {"dnp3": {"filter": "dnp3", "layers": ["dnp3"], "messages": ["dnp3"]}}
VALUES = ("dnp3.al.bit", "dnp3.al.cnt", "dnp3.al.ana.int", "dnp3.al.anaout.int")
FLOATS = ("dnp3.al.ana.float", "dnp3.al.ana.double", "dnp3.al.anaout.float", "dnp3.al.anaout.double")
FILE = {"dnp3.al.file_name": "file", "dnp3.al.file.handle": "handle", "dnp3.al.file.size": "size", "dnp3.al.file.mode": "mode",
        "dnp3.al.file.blocknum": "block", "dnp3.al.file.lastblock": "last", "dnp3.al.file.status": "status"}
# Of an open or a delete only the name and mode count, of an answer the handle and size (IEEE 1815-2012, annex A, group 70).
OF_VARIATION = {3: ("file", "mode"), 4: ("handle", "size", "status"), 5: ("handle", "block", "last"), 6: ("handle", "block", "status")}


def judges(layers) -> bool:
    """Segments that tshark does not put together have no application layer there."""
    return any(field.get("name") == "dnp3.al.func" for layer in layers for field in layer.iter("field"))


def theirs(layers):
    for layer in layers:
        for item in layer.iter("field"):
            if item.get("name") != "dnp3.al.obj":
                continue
            group, variation = divmod(number(item.get("show")), 256)
            yield from (value for child in item for value in point(group, variation, child, item))


def point(group, variation, child, item):
    shown = child.get("show") or ""
    if child.get("name") == "dnp3.al.timestamp":
        yield "time", group, moment(shown)
    elif child.get("name") == "dnp3.al.time_delay":
        yield "delay", group, number(shown)
    elif group == 70 and shown.startswith("Object: Size"):
        told = {name: of(child, field) for field, name in FILE.items()}
        wanted = OF_VARIATION.get(variation, ())
        yield ("file", variation, *(told[name] if name == "file" else number(told[name]) for name in wanted if told[name] is not None))
    elif child.get("name") == "" and shown.startswith("Point Number") and group not in (50, 51, 52):
        index = number(of(child, "dnp3.al.index") or of(child, "dnp3.al.point_index"))
        if group == 12:
            control = re.search(r"0x[0-9a-f]+", next((field.get("show") for field in child if field.get("name") == ""), ""))
            parts = [of(child, f"dnp3.al.{name}") for name in ("count", "on_time", "off_time", "ctrlstatus")]
            if control and None not in parts:
                yield "control", index, number(control.group()), *map(number, parts)
            return
        value = next((number(of(child, name)) for name in VALUES if of(child, name) is not None), None)
        if value is None:
            floats = [field.get("value") for field in child if field.get("name") in FLOATS]
            value = float_of(floats[0]) if floats else None
        if group == 0:
            values = [field for field in child if field.get("name").startswith("dnp3.al.da.") and field.get("name") != "dnp3.al.da.length"]
            value = values[0].get("show") if values else None
            if value is not None:
                yield "attribute", variation, index, value
            return
        quality = [field.get("value") for field in child if (field.get("show") or "").startswith("Quality")]
        if value is None and (state := re.search(r"Value: (\d+)", shown)):
            value = int(state.group(1))
        if value is None:
            return  # a point of a request
        if of(child, "dnp3.al.ctrlstatus") is not None:
            yield "setpoint", group, index, real(value), number(of(child, "dnp3.al.ctrlstatus"))
            return
        time = re.search(r"Timestamp: (.*)", shown)
        yield "point", group, index, real(value), int(quality[0], 16) if quality else None, moment(time.group(1)) if time else None


def ours(message):
    for item in message.get("points", []):
        group, variation = map(int, item["object"].split("."))
        if group in (50, 51):
            yield "time", group, moment(item["time"])
        elif group == 52:
            yield "delay", group, item.get("milliseconds", item.get("seconds"))
        elif group == 12:
            if "code" in item:
                yield "control", item.get("index"), item["code"], item["count"], item["on_ms"], item["off_ms"], item["status"]
        elif group == 41:
            yield "setpoint", group, item.get("index"), real(item["command"]), item["status"]
        elif group == 70:
            told = (name for name in OF_VARIATION.get(variation, ()) if name in item)
            yield "file", variation, *(item[name] if name == "file" else int(item[name]) for name in told)
        elif group == 0:
            yield "attribute", variation, item.get("index"), item["value"]
        elif "value" in item and group < 100:
            yield "point", group, item.get("index"), real(item["value"]), item.get("flags"), moment(item.get("time"))
