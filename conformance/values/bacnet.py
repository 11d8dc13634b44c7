"""BACnet: property values, priorities, object and property identifiers, file contents, times."""

import re

from common import float_of, plain, real
from tshark import number

PROTOCOLS = {"bacnet": {"filter": "bacapp", "layers": ["bacapp"], "messages": ["bacnet"]}}
STATUS = ["in_alarm", "fault", "overridden", "out_of_service"]
BINARY, POLARITY = ["inactive", "active"], ["normal", "reverse"]
PROPRIETARY = 512
# Property 24 is daylight-savings-status (ASHRAE 135, clause 21, BACnetPropertyIdentifier).
MISSPELT = "daylightss"
# What stands under an application tag beside the values of properties (ASHRAE 135, clause 21).
KEYS = {"value", "priority", "max_apdu_length_accepted", "segmentation_supported", "vendor_identifier", "start_position", "data",
        "end_of_file", "date", "time", "requested_octet_count", "object_name", "error_class", "error_code"}
SKIPPED = {"null"}


def theirs(layers):
    for layer in layers:
        for node in layer.iter("field"):
            if node.get("name") == "bacapp.objectType":
                kind = number(node.get("show"))
            elif node.get("name") == "bacapp.instance_number":
                yield "object", kind, number(node.get("show"))
            elif node.get("name") == "bacapp.property_identifier":
                named, at = node.get("showname").split(": ", 1)[1], number(node.get("show"))
                yield "property", f"property{at}" if at >= PROPRIETARY else plain(named.rsplit(" (", 1)[0]).replace(MISSPELT, "daylights")
            else:
                yield from value(node)


def value(node):
    tag = next((child for child in node if (child.get("show") or "").startswith("Application Tag")), None)
    shown, octets = node.get("show") or "", node.get("value") or ""
    if tag is None:
        if match := re.fullmatch(r"(Priority|File Start Position): \((Uns|S)igned\) (-?\d+)", shown):
            yield "value", real(match.group(3))
        elif any(child.get("name") == "bacapp.object_name" for child in node):
            yield "value", text_of(next(child.get("show") for child in node if child.get("name") == "bacapp.object_name"))
        return
    kind = next(number(child.get("show")) for child in tag if child.get("name") == "bacapp.application_tag_number")
    head = tag.get("value") or ""
    body = octets.removeprefix(head) if octets.startswith(head) else octets
    match kind:
        case 1:
            yield "value", str(octets == "11").lower()
        case 2 | 3:
            yield "value", real(int.from_bytes(bytes.fromhex(body), "big", signed=kind == 3))
        case 4 | 5:
            yield "value", float_of(body, ">")
        case 6:
            yield "value", body
        case 7:
            text = next((child.get("show") for child in node if (child.get("name") or "").endswith(("string", "Text", "name"))), None)
            text = text if text is not None else bytes.fromhex(body.removeprefix("00")).decode(errors="replace")
            yield "value", text_of(text.replace("\0", "").replace("\\x00", ""))
        case 8:
            unused = int(body[:2], 16)
            bits = "".join(f"{octet:08b}" for octet in bytes.fromhex(body[2:]))
            yield "value", bits[: len(bits) - unused] if unused else bits
        case 9:
            named = re.search(r": +(.*) \(\d+\)$", node.get("showname") or shown)
            names = POLARITY if shown.startswith("polarity") else BINARY
            at = int(body, 16)
            yield "value", plain(named.group(1)) if named else names[at] if at < len(names) else str(at)
        case 10:
            year, month, day = (int(body[at : at + 2], 16) for at in (0, 2, 4))
            yield "value", f"{1900 + year:04}-{month:02}-{day:02}"
        case 11:
            yield "value", "{:02}:{:02}:{:02}.{:02}".format(*(int(body[at : at + 2], 16) for at in (0, 2, 4, 6)))


def text_of(text: str) -> str:
    return text if re.fullmatch(r"[\d:.-]+", text) else plain(text)


def ours(message, key=None):
    if isinstance(message, dict):
        for name, inner in message.items():
            if name in ("type", "name", "link"):
                continue
            yield from ours(inner, name)
    elif isinstance(message, list):
        if message and all(item in STATUS for item in message) or (message == [] and key == "value"):
            yield "value", "".join("01"[name in message] for name in STATUS)
        else:
            yield from (told for item in message for told in ours(item, key))
    else:
        yield from leaf(message, key)


def leaf(told, key):
    match = re.fullmatch(r"([a-z][a-z0-9_]*) (\d+)", told) if isinstance(told, str) else None
    if match and match.group(1) in TYPES:
        yield "object", TYPES[match.group(1)], int(match.group(2))
    elif key == "property_identifier" or key == "monitored_property":
        yield "property", plain(told)
    elif key in KEYS and told not in SKIPPED:
        yield "value", str(told).lower() if isinstance(told, bool) else real(told) if isinstance(told, (int, float)) else text_of(told)


TYPES = {name: at for at, name in enumerate(
    "analog_input analog_output analog_value binary_input binary_output binary_value calendar command device event_enrollment file group loop "
    "multi_state_input multi_state_output notification_class program schedule averaging multi_state_value trend_log life_safety_point "
    "life_safety_zone accumulator pulse_converter event_log global_group trend_log_multiple load_control structured_view access_door".split())}
