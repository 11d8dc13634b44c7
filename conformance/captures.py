"""In how many of the shared captures each kind of message is, and how many there are: for the pages of the protocols.

    python3 conformance/captures.py PROGRAM CAPTURES > conformance/captures.tsv
"""

import collections
import sys
from pathlib import Path

import run


def main(program: str, captures: Path) -> None:
    files, messages = collections.Counter(), collections.Counter()
    for capture in run.captures(captures):
        found = collections.Counter(message["protocol"] for message in run.decoded(program, capture))
        files.update(found.keys())
        messages.update(found)
    print("# message\tcaptures\tmessages, as conformance/captures.py wrote it")
    for name in sorted(files):
        print(f"{name}\t{files[name]}\t{messages[name]}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
