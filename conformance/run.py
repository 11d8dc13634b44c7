"""What the scripts here have in common: the captures of a folder, and what a program and tshark say of one."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

ENDS = {".pcap", ".pcapng", ".cap", ".trace"}
# A capture that cannot be read to its end: what it said before counts.
DAMAGED = 65


def captures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in ENDS)


def lines(program: str, capture: Path) -> list[str]:
    """The lines of `PROGRAM decode --json`; a program that fails ends the comparison instead of having said nothing."""
    run = subprocess.run([program, "decode", "--json", str(capture)], capture_output=True, check=False)
    if run.returncode not in (0, DAMAGED):
        told = run.stderr.decode(errors="replace").strip()[-500:]
        raise SystemExit(f"{program} decode {capture} ended with {run.returncode}: {told}")
    return [line for line in run.stdout.decode(errors="replace").split("\n") if line]


def decoded(program: str, capture: Path) -> list[dict]:
    return [json.loads(line) for line in lines(program, capture)]


def tshark(capture: Path, frames: str, fields: list[str]) -> Iterator[dict[str, list[str]]]:
    """The values of each field in the frames that a display filter chooses."""
    command = ["tshark", "-r", str(capture), "-Y", frames, "-T", "fields", "-E", "separator=\x01", "-E", "aggregator=\x02"]
    command += [word for field in fields for word in ("-e", field)]
    # A capture that ends too early is judged as far as it goes.
    rows = subprocess.run(command, capture_output=True, check=False).stdout.decode(errors="replace").split("\n")
    for row in filter(None, rows):
        yield {field: cell.split("\x02") if cell else [] for field, cell in zip(fields, row.split("\x01"))}
