"""Modbus: registers, coils and inputs with their addresses, masks, identification objects."""

from tshark import fields, first, number, raw

PROTOCOLS = {"modbus": {"filter": "modbus", "layers": ["modbus"], "messages": ["modbus"]}}


def theirs(layers):
    for layer in layers:
        data, start = "".join(raw(layer, "modbus.data")), number(first(layer, "modbus.reference_num"))
        function = number(first(layer, "modbus.func_code"))
        if function is None:
            continue
        # Without the request, tshark counts the values of an answer from 0.
        placed = first(layer, "modbus.request_frame") is not None or start is not None
        for kind, place, value in (("register", "modbus.regnum16", "modbus.regval_uint16"), ("bit", "modbus.bitnum", "modbus.bitval")):
            for at, shown in zip(fields(layer, place), fields(layer, value)):
                yield kind, number(at) if placed else None, number(shown)
        match function:
            case 5 if data:
                yield "coil", start, int(data[:4], 16)
            case 6 if data:
                yield "register", start, int(data[:4], 16)
            case 15 if data:
                bits = int.from_bytes(bytes.fromhex(data), "little")
                for at in range(min(number(first(layer, "modbus.bit_cnt")), 4 * len(data))):
                    yield "bit", start + at, bits >> at & 1
            case 22 if first(layer, "modbus.and_mask"):
                yield "mask", start, number(first(layer, "modbus.and_mask")), number(first(layer, "modbus.or_mask"))
            case 23 if data:
                start = number(first(layer, "modbus.write_reference_num"))
                for at in range(0, len(data) - len(data) % 4, 4):
                    yield "register", start + at // 4 if start is not None else None, int(data[at : at + 4], 16)
        for at, text in zip(fields(layer, "modbus.object_id"), fields(layer, "modbus.object_str_value")):
            if text:
                yield "object", number(at), text


def ours(message):
    start = message.get("address", message.get("request_address", message.get("write_address")))
    place = (lambda at: start + at) if start is not None else (lambda _: None)
    yield from (("register", place(at), value) for at, value in enumerate(message.get("registers", [])))
    yield from (("bit", place(at), value) for at, value in enumerate(message.get("bits", [])))
    yield from (("object", item["id"], item["value"]) for item in message.get("objects", []) if item["value"])
    if "value" in message:
        yield "coil" if message["function"] == 5 else "register", start, message["value"]
    if "and_mask" in message:
        yield "mask", start, message["and_mask"], message["or_mask"]
