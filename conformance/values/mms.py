"""MMS and GOOSE: the leaves of Data (ISO 9506-2), names of variables, errors of access; GOOSE and sampled values' own fields."""

import re

from common import float_of, moment, plain, real
from tshark import fields, number

PROTOCOLS = {
    "mms": {"filter": "mms", "layers": ["mms"], "messages": ["mms"]},
    "goose": {"filter": "goose", "layers": ["goose"], "messages": ["goose"]},
    "sv": {"filter": "sv", "layers": ["sv"], "messages": ["sv"]},
}
LISTS = {"mms.listOfAccessResult", "mms.listOfData", "goose.allData"}
IDENTITY = {"mms.vendorName": "vendor", "mms.modelName": "model", "mms.revision": "revision"}
GOOSE = {"timeAllowedtoLive": "time_allowed_to_live_ms", "goID": "go_id", "stNum": "st_num", "sqNum": "sq_num", "confRev": "conf_rev",
         "datSet": "dat_set", "simulation": "simulation", "ndsCom": "nds_com", "numDatSetEntries": "entries"}
SAMPLES = {"svID": "sv_id", "smpCnt": "smp_cnt", "confRev": "conf_rev", "smpSynch": "smp_synch"}
TOKEN = re.compile(r'"[^"]*"|error: [a-z_]+|[^{}\[\],]+')


def canonical(text: str) -> str:
    """A leaf in one form: numbers with a float's digits, times to the millisecond, bits and hex as they are."""
    if re.fullmatch(r"-?\d+(\.\d+)?(e-?\d+)?", text) and not re.match(r"0\d", text):
        return real(text)
    return moment(text) if re.match(r"\d{4}-\d\d-\d\dT", text) else text


def leaf(field, padding: int) -> str | None:
    name = field.get("name").split(".", 1)[1].replace("data.", "").replace("data_", "").replace("-", "_")
    shown, octets = field.get("show") or "", field.get("value") or ""
    if name in ("integer", "unsigned", "bcd", "real"):
        return canonical(shown)
    if name == "boolean":
        return "true" if number(shown) else "false"
    if name in ("bit_string", "booleanArray"):
        bits = f"{int(octets, 16):0{4 * len(octets)}b}" if octets else ""
        return canonical(bits[: len(bits) - padding])
    if name == "floating_point":
        return float_of(octets[2:], ">") or octets
    if name in ("visible_string", "mMSString"):
        return f'"{shown}"'
    if name in ("octet_string", "objId"):
        return canonical(octets if name == "octet_string" else shown)
    if name in ("utc_time", "binary_time"):
        return moment(shown) if ":" in shown else octets
    if name == "failure":
        return "error: " + plain(field.get("showname").split(": ")[1].split(" (")[0])
    return None


def theirs(layers):
    for layer in layers:
        if layer.get("name") == "sv":
            yield from samples(layer)
            continue
        for part in layer.iter("field"):
            if part.get("name") in LISTS:
                padding = 0
                for field in part.iter("field"):
                    if field.get("name") == "ber.bitstring.padding":
                        padding = number(field.get("show"))
                    elif (told := leaf(field, padding)) is not None:
                        yield "value", told
                        padding = 0
        if layer.get("name") == "goose":
            for name, own in GOOSE.items():
                yield from ((own, shown) for shown in fields(layer, f"goose.{name}"))
            yield from (("t", moment(shown)) for shown in fields(layer, "goose.t"))
        else:
            yield from (("name", shown) for shown in fields(layer, "mms.itemId"))
            yield from (("identifier", shown) for shown in fields(layer, "mms.Identifier"))
            yield from ((own, shown) for name, own in IDENTITY.items() for shown in fields(layer, name))


def samples(layer):
    for part in layer.iter("field"):
        name = (part.get("name") or "").removeprefix("sv.")
        if name in SAMPLES:
            yield SAMPLES[name], number(part.get("show")) if name != "svID" else part.get("show")
        elif name == "seqData":
            # IEC 61850-9-2 LE, annex A: eight values of four octets, each with four of quality.
            data = bytes.fromhex(part.get("value"))
            for at in range(0, len(data) - 7, 8):
                yield "sample", at // 8, int.from_bytes(data[at : at + 4], "big", signed=True), int.from_bytes(data[at + 4 : at + 8], "big")


def ours(message):
    if message["protocol"] == "sv":
        yield from ((name, message[name]) for name in SAMPLES.values() if name in message)
        yield from (("sample", at, *pair) for at, pair in enumerate(zip(message.get("values", []), message.get("qualities", []))))
        return
    for value in message.get("values", []):
        for token in TOKEN.findall(value):
            yield "value", "error: " + plain(token[7:]) if token.startswith("error: ") else canonical(token)
    if message["protocol"] == "goose":
        told = ((name, message.get(name)) for name in GOOSE.values())
        yield from ((name, str(int(value) if isinstance(value, bool) else value)) for name, value in told if value is not None)
        if message.get("t"):
            yield "t", moment(message["t"])
        return
    named = [*message.get("variables", []), *message.get("variable_lists", []), *(message[name] for name in ("object", "variable_list") if name in message)]
    yield from (("name", name.split("/", 1)[1]) for name in named if "/" in name)
    yield from (("identifier", name) for name in message.get("names", []))
    yield from ((name, message[name]) for name in IDENTITY.values() if name in message)
