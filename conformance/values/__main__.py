"""Values, not only labels: what `PROGRAM decode --json` says of registers, points, tags, properties and node values against
what tshark shows of the same frames, protocol by protocol.

    python3 conformance/values PROGRAM SHARED [--min 0.99] [--protocol NAME]... [--show N] [--only PART] [--docs FILE]

Each protocol has a module here with two readers, `theirs` (tshark's layers) and `ours` (a message of decode), that say a frame's
values as tuples of kind, place and value. Both sides of a frame are compared as multisets; a frame counts as many values as the
longer side has. A frame is judged where tshark sees the protocol in it and marks it neither malformed nor retransmitted.
Where tshark shows a value otherwise than the standard says it, the reader of that protocol turns it round and cites the clause; no
difference is left out. Skips without tshark or captures. Exit status 1 below --min.
"""

import argparse
import collections
import concurrent.futures
import importlib
import json
import shutil
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
import baseline  # noqa: E402
import document  # noqa: E402
import run  # noqa: E402
import tshark  # noqa: E402

MODULES = ["modbus", "dnp3", "iec104", "s7comm", "cip", "mms", "bacnet", "opcua", "hart_ip",
           "profinet_dcp", "synchrophasor", "ethercat", "omron_fins", "ads", "mqtt"]
PROTOCOLS = {protocol: importlib.import_module(name) for name in MODULES for protocol in importlib.import_module(name).PROTOCOLS}


def decoded(program: str, capture: Path, wanted: set[str]) -> dict[str, list[dict]]:
    """Messages of the wanted protocols; those that ride inside another belong to it."""
    messages = collections.defaultdict(list)
    names = {message: protocol for protocol in wanted for message in PROTOCOLS[protocol].PROTOCOLS[protocol]["messages"]}
    for line in run.lines(program, capture):
        at = line.find('"protocol":"') + 12
        protocol = names.get(line[at : line.index('"', at)])
        if protocol:
            messages[protocol].append(json.loads(line))
    return messages


def compare(job: tuple[str, Path, Path, set[str]]) -> tuple[str, dict[str, collections.Counter], list[str]]:
    """Counts of one capture by protocol: compared and equal; and what differs."""
    program, folder, capture, wanted = job
    name = str(capture.relative_to(folder))
    tally, differences = collections.defaultdict(collections.Counter), []
    messages = decoded(program, capture, wanted)
    ours = collections.defaultdict(collections.Counter)
    for protocol, told in messages.items():
        for message in told:
            ours[message["frame"], protocol].update(PROTOCOLS[protocol].ours(message))
    if not messages:
        return name, tally, differences
    specs = [PROTOCOLS[protocol].PROTOCOLS[protocol] for protocol in messages]
    for frame, out, layers in tshark.packets(capture, [spec["filter"] for spec in specs], sum((spec["layers"] for spec in specs), [])):
        for protocol in messages if not out else ():
            mine = [layer for layer in layers if layer.get("name") in PROTOCOLS[protocol].PROTOCOLS[protocol]["layers"]]
            if not mine or not getattr(PROTOCOLS[protocol], "judges", bool)(mine):
                continue
            theirs = collections.Counter(PROTOCOLS[protocol].theirs(mine))
            missing, extra = theirs - ours[frame, protocol], ours[frame, protocol] - theirs
            differ = max(missing.total(), extra.total())
            equal = (theirs & ours[frame, protocol]).total()
            tally[protocol].update(compared=equal + differ, equal=equal)
            if differ:
                differences.append(f"{name} frame {frame} {protocol}: tshark {brief(missing)} ours {brief(extra)}")
    return name, tally, differences


def brief(side: collections.Counter) -> str:
    text = " ".join(str(value) for value in side.elements())
    return text if len(text) < 600 else text[:600] + "…"


def captures(folder: Path, part: str) -> list[Path]:
    return sorted((path for path in run.captures(folder) if part in str(path)), key=lambda path: -path.stat().st_size)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("shared", type=Path)
    parser.add_argument("--min", type=float, default=0.99)
    parser.add_argument("--protocol", action="append", default=[])
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print the first N differences of each capture")
    parser.add_argument("--only", default="", metavar="PART", help="captures whose path has this part")
    parser.add_argument("--docs", type=Path, metavar="FILE", help="rewrite the measured table of this document")
    arguments = parser.parse_args()
    folder = arguments.shared / "captures"
    if not folder.is_dir() or not shutil.which("tshark"):
        print("skipped: values are compared where tshark and the shared captures are")
        return 0
    wanted = set(arguments.protocol or PROTOCOLS)
    total = collections.defaultdict(collections.Counter)
    jobs = [(arguments.program, folder, capture, wanted) for capture in captures(folder, arguments.only)]
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for name, tally, differences in pool.map(compare, jobs):
            for protocol, counts in tally.items():
                total[protocol].update(counts)
                total[protocol]["captures"] += bool(counts["compared"])
            for line in differences[: arguments.show]:
                print(line)
    second = baseline.compare(arguments.program, folder, wanted, decoded, arguments.show)
    document.show(total, second)
    if arguments.docs:
        document.write(arguments.docs, total, second)
    low = [name for name, counts in [*total.items(), *second.items()] if counts["equal"] < arguments.min * counts["compared"]]
    low += [name for name in wanted if not total[name]["compared"] and not arguments.only]
    if low:
        print(f"below {arguments.min}: {', '.join(sorted(set(low)))}")
    return 1 if low else 0


if __name__ == "__main__":
    sys.exit(main())
