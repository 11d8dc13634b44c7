"""PROFINET IO against tshark, field by field: agree.py has no key fields for it.

    python3 conformance/profinet_io.py PROGRAM CAPTURES      skips without captures or tshark
"""

import collections
import json
import shutil
import sys
from pathlib import Path

import run

CALL = {"opnum": "dcerpc.opnum", "sequence": "dcerpc.dg_seqnum"}
CYCLIC = {"frame_id": "pn_rt.frame_id", "cycle_counter": "pn_rt.cycle_counter", "data_status": "pn_rt.ds"}
BLOCKS = {"length": "pn_io.record_data_length", "frame_id": "pn_io.frame_id", "ar_uuid": "pn_io.ar_uuid",
          "station": "pn_io.cminitiator_station_name"}
FIELDS = ["frame.number", "dcerpc.dg_act_id", "pn_io.error_code2", "pn_io.block_type", *CALL.values(), *CYCLIC.values(),
          *BLOCKS.values()]


def reference(capture: Path) -> dict[int, dict[str, list[str]]]:
    return {int(row["frame.number"][0]): row for row in run.tshark(capture, "dcerpc.dg_seqnum || pn_rt", FIELDS)}


def values(blocks: list[dict], key: str) -> list[str]:
    found = []
    for block in blocks:
        found += [str(block[key])] if key in block else []
        found += values(block.get("blocks", []), key)
    return found


def number(text: str) -> str:
    return str(int(text, 0)) if text[:2] == "0x" or text.isdigit() else text


def compare(message: dict, row: dict[str, list[str]]) -> dict[str, bool]:
    theirs = {field: [number(cell) for cell in cells] for field, cells in row.items()}
    if message["protocol"] == "profinet_rt":
        return {name: [str(message[name])] == theirs[field] for name, field in CYCLIC.items()}
    code = [str(message["error_code2"])] if message.get("error_code2") else []
    result = {"error_code2": code == [cell for cell in theirs["pn_io.error_code2"] if cell != "0"][:1]}
    if message["protocol"] == "profinet_io":
        result |= {name: [str(message[name])] == theirs[field][:1] for name, field in CALL.items()}
        result["activity"] = [message["activity"]] == row["dcerpc.dg_act_id"]
        blocks = message.get("blocks", [])
        # tshark repeats what it remembers of the relation at the end, and goes into containers that are octets here.
        for name, field in BLOCKS.items() if blocks else ():
            ours = values(blocks, name)
            result[name] = ours == theirs[field][: len(ours)]
        result["type"] = not collections.Counter(values(blocks, "type")) - collections.Counter(theirs["pn_io.block_type"])
    return result


def main(program: str, captures: Path) -> int:
    if not captures.is_dir() or not shutil.which("tshark"):
        print("skipped: no captures or no tshark")
        return 0
    same, other = collections.Counter(), collections.Counter()
    for capture in run.captures(captures):
        messages = [json.loads(line) for line in run.lines(program, capture) if '"protocol":"profinet_' in line]
        messages = [message for message in messages if message["protocol"] in ("profinet_io", "profinet_rt", "profinet_alarm")]
        rows = reference(capture) if messages else {}
        for message in messages:
            row = rows.get(message["frame"])
            for name, equal in (compare(message, row) if row else {"message": False}).items():
                (same if equal else other)[f"{message['protocol']}.{name}"] += 1
                if not equal:
                    print(f"{capture.name} frame {message['frame']}: {name}")
    for name in sorted(same | other):
        print(f"{name:32} {same[name]:6} agree {other[name]:4} differ")
    return 1 if other or not same else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
