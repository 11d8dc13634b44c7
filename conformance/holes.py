"""What lies behind holes in streams: `decode` leaves it out as tshark does where it puts segments in order first, `decode --all`
shows it as tshark does by default. The first is measured with everything else; this measures the second.

    python3 conformance/holes.py PROGRAM SHARED      skips without captures

Compares the messages of `decode --all` with tshark without `tcp.reassemble_out_of_order`, in the captures of which `decode` says
that it left some out.
"""

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import run

IN_ORDER = "tcp.reassemble_out_of_order:TRUE"
LEAST = 0.99
# Damaged on purpose: to what the functions behind a hole belong is not known, so none of them begins a message for certain.
DAMAGED = {"fuzz-72.pcap"}


def judge(shared: Path):
    """The comparison of all messages, with the other setting."""
    spec = importlib.util.spec_from_file_location("agree", shared / "conformance/agree.py")
    agree = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(agree)

    class Popen(subprocess.Popen):
        def __init__(self, command, **options):
            super().__init__([word.replace(IN_ORDER, IN_ORDER.replace("TRUE", "FALSE")) for word in command], **options)

    agree.subprocess = type("subprocess", (), {"Popen": Popen, "PIPE": subprocess.PIPE, "DEVNULL": subprocess.DEVNULL})
    # Kept references were made with the usual setting.
    agree.reference = agree.dissect
    agree.measured = everything
    return agree


def everything(program: str, capture: str) -> list[dict]:
    answer = subprocess.run([program, "decode", "--all", "--json", capture], capture_output=True, check=False)
    records = [json.loads(line) for line in answer.stdout.decode(errors="replace").split("\n") if line]
    return [record for record in records if "record" not in record]


def has_holes(program: str, capture: Path) -> bool:
    answer = subprocess.run([program, "decode", "--json", str(capture)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return b"behind holes" in answer.stderr


def main(program: str, shared: Path) -> int:
    if not (shared / "conformance/agree.py").exists():
        print("skipped: no shared captures")
        return 0
    agree, wanted, found, extra = judge(shared), Counter(), Counter(), Counter()
    for capture in run.captures(shared / "captures"):
        if capture.name in DAMAGED or not has_holes(program, capture):
            continue
        want, had, *_ = agree.compare(program, str(capture), set(), {})
        for counted, messages in ((wanted, want), (found, want & had), (extra, had - want)):
            for key, count in messages.items():
                counted[key[0]] += count
    low = False
    print(f"behind holes too {'messages':>10}{'recall':>9}{'precision':>11}")
    for protocol, count in sorted(wanted.items()):
        recall, precision = found[protocol] / count, found[protocol] / max(found[protocol] + extra[protocol], 1)
        low |= 2 * recall * precision < LEAST * (recall + precision) or not found[protocol]
        print(f"{protocol:17}{count:>10}{recall:>9.4f}{precision:>11.4f}")
    return int(low)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
