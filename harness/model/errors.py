"""Every error that this package raises on purpose. The class decides the exit code, the text is for the operator.

HarnessError
├── UsageError            exit 2: the request itself is wrong; nothing was started
│   ├── BadValue          a parameter's value (names the value and the valid ones)
│   └── UnknownName       a name that does not exist (suggests the nearest)
├── EnvironmentProblem    exit 3: something that the lab needs is missing here
├── AgentError            exit 3: an agent refused, died or fell silent
│   └── LeaseConflict     another client holds the target
├── NotMeasured           exit 3: there is too little evidence for a verdict
│   └── TimedOut          a wait reached its deadline (names what was missing)
└── LeftBehind            exit 4: an undo failed or an op or a container is still there
"""

import difflib
from collections.abc import Iterable


class HarnessError(Exception):
    """Base of all. `exit_code` is what the command line returns."""

    exit_code = 3


class UsageError(HarnessError):
    exit_code = 2


class BadValue(UsageError):
    """A parameter has a value outside its domain."""

    def __init__(self, parameter: str, value: object, valid: str) -> None:
        super().__init__(f"{parameter} is {value!r}; valid is {valid}.")


class UnknownName(UsageError):
    """A name that is not there; the nearest valid one is suggested, all are listed."""

    def __init__(self, kind: str, name: str, valid: Iterable[str]) -> None:
        names = sorted(valid)
        near = difflib.get_close_matches(name, names, cutoff=0.5)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        super().__init__(f"There is no {kind} {name!r}.{hint} Valid: {', '.join(names) or 'none'}.")


class EnvironmentProblem(HarnessError):
    """The machine lacks something. The message says what, and how to get it."""


class AgentError(HarnessError):
    """An agent refused a request or is gone."""


class LeaseConflict(AgentError):
    """Targets are disjoint: the message names the holder."""


class NotMeasured(HarnessError):
    """There is too little evidence for a verdict; says what is missing."""


class TooBusy(NotMeasured):
    """The machine was too busy to tell: another time may."""


class TimedOut(NotMeasured):
    """A deadline passed. `missing`: what was missing when it did."""

    def __init__(self, awaited: str, seconds: float, missing: str) -> None:
        super().__init__(f"Timed out after {seconds:g} s waiting for {awaited}: {missing}.")
        self.missing = missing


class LeftBehind(HarnessError):
    """An undo failed: the lab is not as it was found. The message says what is left and how to remove it."""

    exit_code = 4
