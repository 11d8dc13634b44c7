"""MQTT topics, payloads and codes; SNMP variables."""

from tshark import fields, number

PROTOCOLS = {
    "mqtt": {"filter": "mqtt", "layers": ["mqtt"], "messages": ["mqtt"]},
    "snmp": {"filter": "snmp", "layers": ["snmp"], "messages": ["snmp"]},
}
NULLS = ("snmp.value.null", "snmp.noSuchObject", "snmp.noSuchInstance", "snmp.endOfMibView")


def theirs(layers):
    for layer in layers:
        yield from (("topic", shown) for shown in fields(layer, "mqtt.topic"))
        yield from (("payload", bytes.fromhex(shown.replace(":", "")).decode(errors="replace")) for shown in fields(layer, "mqtt.msg"))
        yield from (("code", number(shown)) for shown in fields(layer, "mqtt.conack.val") + fields(layer, "mqtt.suback.qos"))
        yield from (("keep alive", number(shown)) for shown in fields(layer, "mqtt.kalive"))
        yield from (("client", shown) for shown in fields(layer, "mqtt.clientid"))
        yield from (("oid", shown) for shown in fields(layer, "snmp.name"))
        for field in layer.iter("field"):
            name = field.get("name") or ""
            if name.startswith("snmp.value.") and name not in NULLS:
                yield "value", field.get("show")


def ours(message):
    if message["protocol"] == "snmp":
        for item in message.get("variables", []):
            yield "oid", item["oid"]
            if item.get("value") is not None:
                yield "value", str(item["value"])
        return
    yield from (("topic", item["filter"]) for item in message.get("filters", []))
    if message["type"] == 3:
        yield "topic", message["topic"]
        if message.get("payload"):
            yield "payload", message["payload"]
    yield from (("code", code) for code in ([message["code"]] if "code" in message else message.get("codes", [])))
    if "keep_alive" in message:
        yield "keep alive", message["keep_alive"]
    if message["type"] == 1:
        yield "client", message["client_id"]
