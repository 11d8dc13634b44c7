"""What tshark shows of a capture: one packet at a time, as the element trees of the layers that are asked for."""

import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

# A reassembling decoder sees a byte once; of a malformed frame nobody is a judge.
RETRANSMITTED = "tcp.analysis.retransmission || tcp.analysis.fast_retransmission || tcp.analysis.spurious_retransmission"
LEFT_OUT = {"_ws.malformed", *RETRANSMITTED.split(" || ")}


def packets(capture: Path, filters: list[str], layers: list[str]) -> Iterator[tuple[int, bool, list[Element]]]:
    """Frame number, whether it is left out, and its layers."""
    command = ["tshark", "-2", "-n", "-r", str(capture), "-T", "pdml", "-o", "tcp.reassemble_out_of_order:TRUE",
               "-Y", f"({' || '.join([*filters, '_ws.malformed', RETRANSMITTED])}) && !icmp && !icmpv6",
               "-J", " ".join(["tcp", "fake-field-wrapper", "_ws.malformed", *layers])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        yield from parsed(process.stdout)


def parsed(pdml) -> Iterator[tuple[int, bool, list[Element]]]:
    try:
        for _, packet in ElementTree.iterparse(pdml):
            if packet.tag != "packet":
                continue
            frame = next(int(field.get("show")) for field in packet.iter("field") if field.get("name") == "num")
            protos = list(packet.iter("proto"))
            tcp = (field.get("name") for proto in protos if proto.get("name") == "tcp" for field in proto.iter("field"))
            out = any(proto.get("name") == "_ws.malformed" for proto in protos) or any(name in LEFT_OUT for name in tcp)
            yield frame, out, protos
            packet.clear()
    except ElementTree.ParseError:
        return  # a text that is no XML ends the reference there; what it showed before counts


def fields(element: Element, name: str) -> list[str]:
    """What is shown of each field of this name below `element`, in order."""
    return [field.get("show") or "" for field in element.iter("field") if field.get("name") == name and field.get("hide") != "yes"]


def first(element: Element, name: str) -> str | None:
    return next(iter(fields(element, name)), None)


def raw(element: Element, name: str) -> list[str]:
    """The bytes of each field of this name, as hex."""
    return [field.get("value") or "" for field in element.iter("field") if field.get("name") == name and field.get("hide") != "yes"]


def number(text: str | None) -> int | None:
    if text is None or text == "":
        return None
    try:
        return int(text, 16) if text.lower().startswith("0x") else int(text)
    except ValueError:
        return {"True": 1, "False": 0}.get(text)
