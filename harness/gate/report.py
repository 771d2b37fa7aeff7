"""What `harness gate` says: one verdict, what was tried, and what was not. `--json` prints it as it is."""

from typing import Final, Literal

import msgspec

from harness.gate.rest import Rest
from harness.lint import AcceptedFinding, Finding, Judged
from harness.model.errors import LeftBehind
from harness.model.foreseen import Foreseen
from harness.model.prevention import Prevention

Verdict = Literal["SAFE", "UNSAFE", "INCONCLUSIVE", "REFUSED"]
EXIT: Final[dict[Verdict, int]] = {"SAFE": 0, "UNSAFE": 1, "REFUSED": 2, "INCONCLUSIVE": 3}
INTERRUPTED: Final = 130


class Tried(msgspec.Struct, frozen=True):
    """`recovery_s`: VIP → seconds without service in each trial, None if it was not served in the end.

    Of a fault that ends it is counted from its end on; `before_end_s`: until then, which decides nothing here.
    `failure`: "" if it held. `rest`: what the lab showed before any fault; of that test alone. `spoilt`: failures that
    a busy machine may have caused, so they do not count.
    """

    name: str
    about: str
    fault: str
    decides: bool
    verdict: Literal["held", "failed", "not measured"]
    trials: int
    failed: int
    bound_s: float
    formula: str
    recovery_s: dict[str, list[float | None]]
    failure: str = ""
    rest: Rest | None = None
    before_end_s: dict[str, list[float]] = {}
    spoilt: tuple[str, ...] = ()


class Router(msgspec.Struct, frozen=True):
    name: str
    vrid: int
    nodes: tuple[str, ...]
    vips: tuple[str, ...]
    preferred: str
    peer_dead_s: float
    haproxy_dead_s: float | None
    formulas: tuple[str, ...]


class GateReport(msgspec.Struct, frozen=True):
    """`findings`: of lint. `exposed`: what failed and does not decide. `unjudged`: VIP → why it was not asked.

    `accepted`: of lint too; they count for nothing. `foreseen`: on a model; None if the gate was decided before.
    `preventions`: changes that were tried on copies of the files. The verdict is of the files as they are.
    """

    verdict: Verdict
    sentence: str
    findings: tuple[Finding, ...] = ()
    accepted: tuple[AcceptedFinding, ...] = ()
    stand_ins: tuple[str, ...] = ()
    virtual_routers: tuple[Router, ...] = ()
    tests: tuple[Tried, ...] = ()
    exposed: tuple[str, ...] = ()
    foreseen: Foreseen | None = None
    preventions: tuple[Prevention, ...] = ()
    not_tried: tuple[str, ...] = ()
    unjudged: dict[str, str] = {}
    versions: tuple[Judged, ...] = ()
    run: str = ""
    interrupted: bool = False
    left_behind: str = ""

    @property
    def exit_code(self) -> int:
        """What was left behind, or an interrupt, goes before the verdict."""
        if self.left_behind:
            return LeftBehind.exit_code
        return INTERRUPTED if self.interrupted else EXIT[self.verdict]
