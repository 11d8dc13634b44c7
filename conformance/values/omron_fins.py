"""OMRON FINS: memory areas with address and count, their data, end codes, controller data, clock."""

from tshark import fields, first, number

PROTOCOLS = {"omron_fins": {"filter": "omron", "layers": ["omron"], "messages": ["omron_fins"]}}

# Reading, writing and filling one range; the places of transfers and of multiple reads are told in words.
MEMORY = (0x0101, 0x0102, 0x0103)
PLACE = {"omron.memory.area.read": "area", "omron.memory.address": "word", "omron.memory.address.bits": "bit", "omron.memory.numitems": "count"}


def theirs(layers):
    for layer in layers:
        yield from (("end code", number(shown)) for shown in fields(layer, "omron.response.code"))
        if number(first(layer, "omron.command")) in MEMORY:
            for name, own in PLACE.items():
                yield from ((own, number(shown)) for shown in fields(layer, name))
        yield from (("model", shown.rstrip("\0 ")) for shown in fields(layer, "omron.controller.model") if shown.rstrip("\0 "))


def ours(message):
    if "end_code" in message:
        yield "end code", message["end_code"]
    if message["command"] in MEMORY:
        yield from ((name, message[name]) for name in PLACE.values() if name in message)
    if message.get("model"):
        yield "model", message["model"]
