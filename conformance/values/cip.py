"""CIP: symbolic tags, data of services, attribute lists, identity attributes, PCCC."""

import re

from common import of
from tshark import fields, number

LAYERS = ["cip", "cipcls", "cippccc", "cipcm"]
PROTOCOLS = {"cip": {"filter": "cip", "layers": LAYERS, "messages": ["cip"]}}
IDENTITY = {"vendor_id": "vendor_id", "device_type": "device_type", "product_code": "product_code", "status": "device_status"}
PCCC = {"cmd.code": "pccc_command", "gs.status": "pccc_status", "tns.code": "pccc_transaction", "fnc": "pccc_function"}


def own(layer):
    """The fields of a layer without those of the services inside it."""
    for child in layer:
        if child.tag == "field":
            yield child
            if not (child.get("show") or "").startswith("Service Packet"):
                yield from own(child)


def theirs(layers):
    for layer in layers:
        if layer.get("name") == "cipcls":
            yield from (("data", part.get("value")) for part in layer if part.get("show") == "Command Specific Data" and part.get("value"))
        elif layer.get("name") in ("cip", "cipcm"):
            yield from service(layer)
        elif layer.get("name") == "cippccc":
            yield from pccc(layer)


def pccc(layer):
    for part in layer.iter("field"):
        name = (part.get("name") or "").removeprefix("cip.pccc.").split("code_")[0].rstrip(".")
        if name == "resp.code":  # bit 6 marks an answer (DF1 protocol and command set, Allen-Bradley 1770-6.5.16)
            yield "pccc", "pccc_command", number(part.get("show")) & 0x3F
        elif name in PCCC:
            yield "pccc", PCCC[name], number(part.get("show"))


def service(layer):
    parts = [part for part in own(layer) if part.get("hide") != "yes"]
    yield from (("tag", part.get("show")) for part in parts if part.get("name") == "cip.symbol")
    for name, own_name in IDENTITY.items():
        yield from (("identity", own_name, number(part.get("show"))) for part in parts if part.get("name") == f"cip.id.{name}")
    yield from (("identity", "product_name", part.get("show")) for part in parts if part.get("name") == "cip.id.product_name")
    yield from (("identity", "serial_number", part.get("show")[2:]) for part in parts if part.get("name") == "cip.id.serial_number")
    body = next((part for part in parts if re.fullmatch(r".*\((Request|Response)\)", part.get("show") or "") and part.get("name") == ""), None)
    if body is None or body.get("value") is None or body.get("show").startswith(("Multiple", "Unconnected", "Forward", "Large", "Service")):
        return
    if body.get("show") == "Get Attribute List (Request)":
        yield "attributes", *(number(shown) for shown in fields(body, "cip.attribute"))
    elif body.get("show").startswith("Get Attribute List") or not any(part.get("name", "").startswith("cip.id.") for part in parts):
        yield "data", body.get("value")


def ours(message):
    if "tag" in message:
        yield "tag", message["tag"]
    yield from (("identity", name, message[name]) for name in (*IDENTITY.values(), "product_name", "serial_number") if name in message)
    if message.get("attributes"):
        yield "attributes", *message["attributes"]
    if message.get("or_mask"):
        yield "data", f"{len(message['or_mask']) // 2:02x}00{message['or_mask']}{message['and_mask']}"
    elif "pccc_command" in message:
        yield from (("pccc", name, message[name]) for name in PCCC.values() if name in message)
    elif message.get("data"):
        yield "data", message["data"]
