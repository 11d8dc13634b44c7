"""In how many of the shared captures each kind of message is, and how many there are: for the pages of the protocols.

    python3 conformance/captures.py PROGRAM CAPTURES > conformance/captures.tsv
"""

import collections
import json
import subprocess
import sys
from pathlib import Path


def main(program: str, captures: Path) -> None:
    files, messages = collections.Counter(), collections.Counter()
    for capture in sorted(path for path in captures.rglob("*") if path.suffix in (".pcap", ".pcapng", ".cap")):
        lines = subprocess.run([program, "decode", "--json", str(capture)], capture_output=True, check=False).stdout
        found = collections.Counter(json.loads(line)["protocol"] for line in lines.decode(errors="replace").split("\n") if line)
        files.update(found.keys())
        messages.update(found)
    print("# message\tcaptures\tmessages, as conformance/captures.py wrote it")
    for name in sorted(files):
        print(f"{name}\t{files[name]}\t{messages[name]}")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
