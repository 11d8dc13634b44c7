"""HART-IP: process variables with unit, device identity, texts, response codes, session timers."""

import math
import re

from common import real
from tshark import fields, first, number

PROTOCOLS = {"hart_ip": {"filter": "hart_ip", "layers": ["hart_ip"], "messages": ["hart_ip"]}}
P = "hart_ip.pt.rsp."
IDENTITY = {"manufacturer_Id": "manufacturer", "expanded_device_type": "device_type", "device_rev": "device_revision",
            "software_rev": "software_revision", "hart_univ_rev": "hart_revision"}
TEXTS = ("tag", "descriptor", "message", "long_tag")


def theirs(layers):
    for layer in layers:
        yield from frame(layer)
        code = first(layer, "hart_ip.pt.response_code")
        if code is not None:
            yield "answer", number(code), number(first(layer, "hart_ip.pt.device_status"))
        for name in ("pv", "sv", "tv", "qv", *(f"slot{at}" for at in range(8))):
            value = first(layer, f"{P}{name}_device_var_value" if name.startswith("slot") else P + name)
            unit = first(layer, f"{P}{name}_units")
            if value is not None and unit is not None:
                yield "variable", number(unit), real(value)
        yield from (("percent", real(shown)) for shown in fields(layer, P + "pv_percent_range"))
        yield from (("loop current", real(shown)) for shown in fields(layer, P + "pv_loop_current") if not math.isnan(float(shown)))
        if code is None:
            continue  # tshark reads the long tag of a request as if it were the identity that answers it
        yield from ((own, number(shown)) for name, own in IDENTITY.items() for shown in fields(layer, P + name))
        yield from (("device_id", number("0x" + shown.replace(":", ""))) for shown in fields(layer, P + "device_id"))
        yield from (("text", shown.rstrip()) for name in TEXTS for shown in fields(layer, P + name) if shown.strip())


def frame(layer):
    """What a message says whether it asks or answers."""
    yield from (("inactivity", number(shown)) for shown in fields(layer, "hart_ip.session_init.inactivity_close_timer"))
    for shown in fields(layer, "hart_ip.pt.long_address"):
        # The two high bits say which master asks and whether it is a burst (HCF_SPEC-081): no part of the address.
        yield "device", f"{int(shown[:2], 16) & 0x3F:02x}{shown[2:].replace(':', '')}"
    if (body := data(layer)):
        yield "data", body


def data(layer) -> str | None:
    """The data of a token passing PDU: what its length counts, without response code and status (HCF_SPEC-081)."""
    body = next((part.get("value") for part in layer if (part.get("show") or "").startswith("HART_IP Body, Pass Through")), None)
    if body is None or first(layer, "hart_ip.pt.length") is None:
        return None
    end, length = len(body) - 2, 2 * number(first(layer, "hart_ip.pt.length"))
    return body[end - length + (4 if first(layer, "hart_ip.pt.response_code") is not None else 0) : end]


def ours(message):
    answer = "response_code" in message
    if answer:
        yield "answer", message["response_code"], message["device_status"]
    for item in message.get("variables", []) if answer else []:
        value = real("nan" if item["value"] is None else item["value"])
        if item["kind"] == "percent_of_range":
            yield "percent", value
        elif item["kind"] == "loop_current":
            yield "loop current", value
        else:
            yield "variable", item["unit"], value
    yield from ((name, message[name]) for name in (*IDENTITY.values(), "device_id") if name in message)
    yield from (("text", message[name].rstrip()) for name in TEXTS if answer and message.get(name, "").strip())
    if "inactivity_close_ms" in message:
        yield "inactivity", message["inactivity_close_ms"]
    if "device" in message and re.fullmatch("[0-9a-f]{10}", message["device"]):
        yield "device", message["device"]
    # The number of an extended command stands before the data of command 31 (HCF_SPEC-127).
    extended = f"{message['extended_command']:04x}" if "extended_command" in message else ""
    if extended + message.get("data", ""):
        yield "data", extended + message["data"]
