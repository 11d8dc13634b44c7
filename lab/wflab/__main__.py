"""Command line of the lab: capture, fixtures, truth, clean."""

from __future__ import annotations

import argparse
import signal
import sys

from .net import NotPermitted, delete_namespace, stale


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="wflab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    capture = commands.add_parser("capture", help="run the plant, write capture and truth")
    capture.add_argument("--wall-s", type=float, default=420.0, help="how long the plant really runs")
    capture.add_argument("--plant-min", type=float, default=60.0, help="how long the capture says it ran")
    capture.add_argument("--out", default=None, help="folder for the results (default: demo/ beside lab/)")
    fixtures = commands.add_parser("fixtures", help="make lab/fixtures/*.pcap anew")
    fixtures.add_argument("names", nargs="*")
    truth = commands.add_parser("truth", help="match the last run's acts with its capture again")
    truth.add_argument("--out", default=None)
    commands.add_parser("clean", help="end and remove what earlier runs left behind")
    return parser


def _interrupted(signum, frame) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run one command; 0 when it worked."""
    arguments = _parser().parse_args()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupted)
    try:
        if arguments.command == "fixtures":
            from . import fixtures
            fixtures.main(arguments.names)
        elif arguments.command == "capture":
            from . import conductor
            conductor.main(arguments.wall_s, arguments.plant_min, arguments.out)
        elif arguments.command == "truth":
            from . import truth
            truth.main(arguments.out)
        else:
            for namespace in stale():
                delete_namespace(namespace)
                print(f"removed {namespace}")
    except NotPermitted as error:
        print(f"wflab: {error}", file=sys.stderr)
        return 77
    except KeyboardInterrupt:
        print("wflab: interrupted, everything it started has been stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
