"""Command line of the company: list, run, capture, day, check, clean."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

from ..net import NotPermitted, delete_namespace, stale
from ..running import LAB
from .errors import Disagreement, Ended, Failed, Unreadable

OUT = LAB / "run" / "company"
TRIES = 3  # the stacks in C crash now and then; the same seed gives the same run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="lab", description="Northfield Water, emulated: scenarios with known truth.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the scenarios: name, kind, minutes, title")
    run = commands.add_parser("run", help="perform one scenario and write its capture and truth")
    run.add_argument("scenario")
    run.add_argument("--day", type=int, default=1, help="which day; 0 is 2026-03-10, a Tuesday")
    run.add_argument("--live", action="store_true", help="keep to the clock, for a sensor that listens")
    run.add_argument("--speed", type=float, default=1.0, help="plant seconds a second of a live run")
    capture = commands.add_parser("capture", help="capture and truth of scenarios (all when none is named)")
    capture.add_argument("scenarios", nargs="*")
    day = commands.add_parser("day", help="capture and truth of a normal day")
    day.add_argument("day", type=int, nargs="?", default=0, help="which; 0 is 2026-03-10, a Tuesday")
    day.add_argument("--pace", type=float, default=1.0, help="polls that much rarer")
    day.add_argument("--hours", type=float, default=24.0)
    for command in (run, capture, day):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--out", type=Path, default=OUT)
    commands.add_parser("clean", help="end and remove what a killed run left behind; says what it removed")
    return parser


def _interrupted(signum, frame) -> None:
    raise KeyboardInterrupt


def _named(name: str):
    from . import scenario

    path = Path(name) if name.endswith(".yaml") else scenario.FOLDER / f"{name}.yaml"
    if not path.exists():
        raise Unreadable(f"there is no scenario {name!r}; `lab list` shows all")
    return scenario.load(path)


def _clean() -> None:
    left = stale()
    for namespace in left:
        delete_namespace(namespace)
        print(f"removed {namespace}")
    print(f"clean: {len(left)} namespaces removed, {len(stale())} left")


def _perform(arguments) -> None:
    from . import run, scenario

    if arguments.command == "run":
        chosen = _named(arguments.scenario)
        run.perform(chosen, arguments.out, chosen.name, seed=arguments.seed, day=arguments.day, speed=arguments.speed if arguments.live else None)
    elif arguments.command == "day":
        run.perform(None, arguments.out, f"day-{arguments.day}", seed=arguments.seed, day=arguments.day,
                    seconds=arguments.hours * 3600.0, pace=arguments.pace)
    else:
        for chosen in [_named(name) for name in arguments.scenarios] or scenario.all_scenarios():
            apart("run", chosen.name, "--seed", str(arguments.seed), "--out", str(arguments.out))


def apart(*argv: str) -> None:
    """Run a command of this command line in a process of its own: servers of one run end with it."""
    for _ in range(TRIES):
        done = subprocess.run([sys.executable, "-m", __spec__.name if __name__ == "__main__" else __name__, *argv], cwd=LAB)
        if done.returncode >= 0:
            break
        print(f"lab: a protocol stack crashed (signal {-done.returncode}); once more: {' '.join(argv)}", file=sys.stderr)
        _clean()
    if done.returncode:
        raise Ended(done.returncode)


def main() -> int:
    """Run one command; 0 when it worked, 77 when this machine does not allow it, 65 when a scenario is wrong."""
    arguments = _parser().parse_args()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, _interrupted)
    try:
        if arguments.command == "list":
            from . import scenario

            for one in scenario.all_scenarios():
                print(f"{one.name:32} {one.kind:12} {one.seconds / 60:4.0f} min  {one.title}")
        elif arguments.command == "clean":
            _clean()
        else:
            _perform(arguments)
    except NotPermitted as error:
        print(f"lab: {error}", file=sys.stderr)
        return 77
    except (Unreadable, Disagreement, Failed) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 65
    except Ended as error:
        return error.args[0]
    except ImportError as error:
        print(f"lab: a protocol stack is missing ({error}): run it through lab/lab, which installs lab/requirements.txt", file=sys.stderr)
        return 69
    except KeyboardInterrupt:
        print("lab: interrupted, everything it started has been stopped", file=sys.stderr)
        return 130
    return 0


def end(status: int) -> None:
    """Leave at once: threads of the stacks, which are still there, do not survive an orderly end of the interpreter."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    end(main())
