"""EtherCAT: the data of each datagram, objects of mailbox services."""

from tshark import first, number

PROTOCOLS = {"ethercat": {"filter": "ecat", "layers": ["ecat", "ecat_mailbox"], "messages": ["ethercat"]}}
HEADER, COUNTER = 2 * 10, 2 * 2


def theirs(layers):
    for layer in layers:
        for part in layer.iter("field") if layer.get("name") == "ecat" else ():
            if part.get("name") == "" and (part.get("show") or "").startswith("EtherCAT datagram: "):
                mail = next((inner for inner in part.iter("proto") if inner.get("name") == "ecat_mailbox"), None)
                if mail is not None:
                    yield from mailbox(mail)
                    continue
                octets = part.get("value") or ""
                # Ten octets of header, the data, two of working counter (IEC 61158-4-12, clause 5.4).
                if data := octets[HEADER : len(octets) - COUNTER]:
                    yield "data", data


def mailbox(mail):
    if (index := first(mail, "ecat_mailbox.coe.sdoidx")) is not None:
        yield "object", number(index), number(first(mail, "ecat_mailbox.coe.sdosub"))


def ours(message):
    if "mailbox" in message:
        if message.get("object"):
            index, sub = message["object"].split(":")
            yield "object", number(index), int(sub, 16)
        return
    if message.get("data"):
        yield "data", message["data"]
