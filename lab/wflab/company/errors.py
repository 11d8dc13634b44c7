"""What can go wrong with a run, each with a message for whoever started it."""


class Unreadable(ValueError):
    """The scenario file says something that the lab does not understand."""


class Disagreement(RuntimeError):
    """What was done and what was recorded tell different stories."""


class Failed(RuntimeError):
    """A step could not be done: the run's truth would not be true."""


class Ended(RuntimeError):
    """A run in a process of its own failed, and said why; the argument is its exit status."""
