"""What `harness gate` said of a run: kept beside the outcome, so that a report can be written again.

`KEPT` is a `harness.gate.report.GateReport` as JSON; this reads the part of it that the page shows.
"""

from pathlib import Path
from typing import Final, Literal

import msgspec

from harness.model.foreseen import Foreseen
from harness.model.prevention import Prevention

KEPT: Final = "gate.json"


class Tried(msgspec.Struct, frozen=True):
    """One test. `recovery_s`: VIP → seconds without service in each trial, None if it was not served in the end.

    Of a fault that ends it is counted from its end on; `before_end_s`: until then, which decides nothing here.
    `spoilt`: failures that a busy machine may have caused, so they do not count.
    """

    name: str
    about: str
    fault: str
    decides: bool
    verdict: str
    trials: int
    failed: int
    bound_s: float
    formula: str
    recovery_s: dict[str, list[float | None]]
    failure: str = ""
    before_end_s: dict[str, list[float]] = {}
    spoilt: tuple[str, ...] = ()


class LintFinding(msgspec.Struct, frozen=True):
    severity: str
    file: str
    line: int
    sentence: str


class Judged(msgspec.Struct, frozen=True):
    """A program that read the files of these nodes."""

    program: str
    version: str
    nodes: tuple[str, ...]
    site: str = ""


class GateTold(msgspec.Struct, frozen=True):
    """`unjudged`: VIP → why it was not asked. `exposed`: what failed and does not decide.

    `left_behind`: what is still in force; empty: nothing.
    """

    verdict: Literal["SAFE", "UNSAFE", "INCONCLUSIVE", "REFUSED"]
    sentence: str
    findings: tuple[LintFinding, ...] = ()
    stand_ins: tuple[str, ...] = ()
    tests: tuple[Tried, ...] = ()
    exposed: tuple[str, ...] = ()
    foreseen: Foreseen | None = None
    preventions: tuple[Prevention, ...] = ()
    not_tried: tuple[str, ...] = ()
    unjudged: dict[str, str] = {}
    versions: tuple[Judged, ...] = ()
    interrupted: bool = False
    left_behind: str = ""


def read(run: Path) -> GateTold | None:
    """None for a run of another command. Raises `msgspec.DecodeError` or `OSError` for a file that cannot be read.

    A link is not followed: a run that was sent to us must not show other files of ours.
    """
    path = run / KEPT
    return msgspec.json.decode(path.read_bytes(), type=GateTold) if path.is_file() and not path.is_symlink() else None
