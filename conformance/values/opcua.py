"""OPC UA: node ids, variants, their times, handles of monitored items, status of results."""

import base64
import re

from common import moment, of, real
from tshark import number

PROTOCOLS = {"opcua": {"filter": "opcua", "layers": ["opcua"], "messages": ["opcua"]}}
NODE = re.compile(r"(ns=\d+;|svr=\d+;|nsu=[^;]*;)*[isgb]=")
NUMBERS = {"SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double"}
NULL = "[OpcUa Null String]"
SERVICES = ("read", "write", "publish", "call", "create_monitored_items", "browse", "browse_next")
NAMES = {"".join(part.title() for part in name.split("_")) + kind for name in SERVICES for kind in ("Request", "Response")}
# Ours: what a filter asks for, the shape of an array, what a body is.
ASIDE = ("filter", "dimensions", "type_name", "type_id")
SKIPPED = ("RequestHeader", "ResponseHeader", "ArrayDimensions", "TypeId: ", "Filter", "DiagnosticInfos")


def node(element) -> str | None:
    """As OPC 10000-6, 5.3.1.10 writes a node id."""
    server = number(of(element, "opcua.expandednodeid.serverindex") or of(element, "opcua.expandednodeid.ServerIndex")) or 0
    space = number(of(element, "opcua.nodeid.nsindex")) or 0
    for letter, name in (("i", "numeric"), ("s", "string"), ("g", "guid"), ("b", "bytestring")):
        value = of(element, f"opcua.nodeid.{name}")
        if value is not None:
            if letter == "b":
                value = base64.b64encode(bytes.fromhex(value.replace(":", ""))).decode()
            return (f"svr={server};" if server else "") + (f"ns={space};" if space else "") + f"{letter}={value}"
    return None


def judges(layers) -> bool:
    """A service whose chunks tshark does not put together is shown without its body."""
    bodies = (body.get("show") or "" for layer in layers for body in layer.iter("field") if body.get("name") == "")
    return any(shown.endswith(("Request", "Response")) for shown in bodies)


def theirs(layers):
    for layer in layers:
        for body in layer.iter("field"):
            if body.get("show") in NAMES and body.get("name") == "":
                yield from told(body, False)


def told(element, inside):
    for child in element:
        shown, name = child.get("show") or "", (child.get("name") or "").removeprefix("opcua.")
        if name == "" and shown.startswith(SKIPPED):
            continue
        if name == "" and shown.endswith(("NodeId", "ExpandedNodeId")) and "Array" not in shown:
            if (text := node(child)) is not None:
                yield "node", text
            continue
        if name in ("datavalue.SourceTimestamp", "datavalue.ServerTimestamp"):
            yield "time", moment(shown)
        elif name == "ClientHandle":
            yield "handle", number(shown)
        elif inside and name in NUMBERS:
            yield "value", real(shown)
        elif inside and name == "Boolean":
            yield "value", "true" if number(shown) else "false"
        elif inside and name in ("String", "loctext.Text", "qualname.Name", "Guid") and shown not in (NULL, ""):
            yield "value", shown
        elif inside and name == "DateTime":
            yield "value", moment(shown)
        yield from told(child, inside or shown.endswith(": Variant") or ": Array of Variant" in shown)


def ours(message, key=None):
    if key is None and message.get("service_name") not in SERVICES:
        return
    if isinstance(message, list):
        yield from (item for part in message for item in ours(part, key))
    elif isinstance(message, dict):
        for name, inner in message.items():
            if name in ASIDE:
                continue
            if name == "nodes" and message.get("service_name") == "publish":
                continue  # a notification names its item by handle alone: the node is known from when it was created
            if name in ("source_timestamp", "server_timestamp"):
                yield "time", moment(inner)
            elif name == "client_handle":
                yield "handle", inner
            elif name == "value" and "type" in message:
                yield from values(inner, message["type"])
            else:
                yield from ours(inner, name)
    elif isinstance(message, str) and NODE.match(message):
        yield "node", message


def values(value, kind):
    if isinstance(value, list):
        yield from (item for part in value for item in values(part, kind))
    elif isinstance(value, dict):
        yield from ours(value, "value")
    elif kind in NUMBERS:
        yield "value", real("nan" if value is None else value)
    elif kind == "Boolean":
        yield "value", str(bool(value)).lower()
    elif kind == "DateTime":
        yield "value", moment(value)
    elif kind in ("NodeId", "ExpandedNodeId"):
        yield "node", value
    elif kind == "QualifiedName":
        yield "value", re.sub(r"^\d+:", "", value)
    elif kind in ("String", "LocalizedText", "Guid") and value:
        yield "value", value
