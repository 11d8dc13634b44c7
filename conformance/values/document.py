"""The table of measured shares: on the terminal and in docs/values.md."""

from collections import Counter
from pathlib import Path

BEGIN, END = "<!-- measured -->\n", "<!-- end of measured -->\n"


def share(counts: Counter) -> str:
    return f"{int(10000 * counts['equal'] / counts['compared']) / 10000:.4f}" if counts["compared"] else "-"


def show(total: dict[str, Counter], second: dict[str, Counter]) -> None:
    print(f"{'protocol':20}{'captures':>9}{'compared':>10}{'equal':>10}{'share':>8}")
    for name, counts in total.items():
        print(f"{name:20}{counts['captures']:9}{counts['compared']:10}{counts['equal']:10}{share(counts):>8}")
    for name, counts in second.items():
        print(f"{name:39}{counts['compared']:10}{counts['equal']:10}{share(counts):>8}")


def write(path: Path, total: dict[str, Counter], second: dict[str, Counter]) -> None:
    rows = ["| against tshark | captures | values compared | equal | share |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, counts in sorted(total.items()):
        cells = (name, counts["captures"], counts["compared"], counts["equal"], share(counts))
        rows.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    rows += ["", "| against ICSNPP's logs | values compared | equal | share |", "| --- | ---: | ---: | ---: |"]
    for name, counts in sorted(second.items()):
        rows.append(f"| {name} | {counts['compared']} | {counts['equal']} | {share(counts)} |")
    text = path.read_text()
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    path.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + after)
