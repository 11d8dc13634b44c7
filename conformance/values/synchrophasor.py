"""Synchrophasors (IEEE C37.118.2): status words, phasors, frequency, its rate, analog and digital values."""

import re

from common import of
from tshark import fields, number

PROTOCOLS = {"synchrophasor": {"filter": "synphasor", "layers": ["synphasor"], "messages": ["synchrophasor"]}}
P = "synphasor."


def three(value) -> str:
    """As many decimals as tshark shows."""
    return f"{round(float(value), 3) + 0.0:.2f}"


def theirs(layers):
    for layer in layers:
        for station in layer.iter("field"):
            if station.get("name") == "" and (station.get("show") or "").startswith("Station: "):
                yield from unit(station)
        yield from (("command", number(shown)) for shown in fields(layer, P + "command"))


def unit(station):
    for part in station.iter("field"):
        shown = part.get("showname") or ""
        if part.get("name") == "" and part.get("show") == "Flags":
            yield "status", int(part.get("value"), 16)
        elif part.get("name") == P + "phasor":
            match = re.search(r",\s*(-?[\d.]+)\w?\s*∠\s*(-?[\d.]+)", shown)
            yield "magnitude", three(match.group(1))
            yield "angle", three(match.group(2))
        elif part.get("name") == P + "frequency_deviation_from_nominal":
            yield "frequency", three(re.search(r"actual frequency: (-?[\d.]+)", shown).group(1))
        elif part.get("name") == P + "actual_frequency_value":
            yield "frequency", three(part.get("show"))
        elif part.get("name") == P + "rate_change_frequency":
            yield "rocof", three(part.get("show"))
        elif part.get("name") == P + "analog_value":
            yield "analog", three(re.search(r",\s*(-?[\d.]+)", shown).group(1))
        elif part.get("name") == P + "digital_status_word":
            yield "digital", number(part.get("show"))


def ours(message):
    if message["frame_type"] == 4:
        yield "command", message["command"]
    if message["frame_type"] != 0:
        return
    for unit in message.get("units", []):
        yield "status", unit["status"]
        yield from (("digital", word) for word in unit.get("digital", []))
    for value in message.get("values", []):
        kind = value["point"].rsplit(" ", 1)[-1]
        if isinstance(value["value"], bool):
            continue  # the single bits of the digital words
        yield kind if kind in ("magnitude", "angle", "frequency", "rocof") else "analog", three(value["value"])
