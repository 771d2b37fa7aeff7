"""When a fault ends before its time: ``success(customer-2) < 0.5 for 5s``. A small grammar; nothing is evaluated.

    SUBJECT [(NAME)] RELATION NUMBER [for DURATION]

`success` of a vantage point (without a name: of the one that is served worst), a share from 0 to 1; `owners` of a
virtual router (without a name: of the one that customers ask), a number of nodes.
"""

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Final, Literal, get_args

import msgspec

from harness.model.errors import BadValue, UnknownName
from harness.model.topology import Topology
from harness.model.units import parse_duration, typeable

STOPPED: Final = "stopped"
"""The mark that a condition was met, and the faults were undone."""
Subject = Literal["success", "owners"]
FORM: Final = "SUBJECT(NAME) RELATION NUMBER for DURATION, e.g. success(customer-2) < 0.5 for 5s, or owners > 1 for 2s"
RELATIONS: Final[dict[str, Callable[[float, float], bool]]] = {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq}
_TEXT: Final = re.compile(
    r"\s*(?P<subject>[a-z]+)\s*(?:\(\s*(?P<name>[^()\s]*)\s*\))?"
    r"\s*(?P<relation><=|>=|==|<|>)\s*(?P<number>\d+(?:\.\d+)?)(?:\s+for\s+(?P<lasting>\S+))?\s*"
)


class StopCondition(msgspec.Struct, frozen=True):
    """`lasting_ns`: for how long it must be met without a gap; 0: once."""

    subject: Subject
    name: str | None
    relation: str
    number: float
    lasting_ns: int = 0

    @classmethod
    def parse(cls, text: str) -> "StopCondition":
        """Raises `BadValue` for what is no condition, `UnknownName` for an unknown subject."""
        match = _TEXT.fullmatch(text)
        if not match:
            raise BadValue("stop-when", text, FORM)
        subject = match["subject"]
        if subject not in get_args(Subject):
            raise UnknownName("subject of a stop condition", subject, get_args(Subject))
        number = float(match["number"])
        if subject == "success" and number > 1:
            raise BadValue("stop-when", text, "a share from 0 to 1 for success")
        lasting = parse_duration(match["lasting"], "stop-when") if match["lasting"] else 0
        return cls(subject, match["name"] or None, match["relation"], number, lasting)  # type: ignore[arg-type]

    def expect(self, topology: Topology) -> None:
        """Raises `UnknownName` for a vantage point or a virtual router that the lab does not have."""
        if self.subject == "owners":
            topology.virtual_router(self.name)
        elif self.name is not None and self.name not in topology.vantages:
            raise UnknownName("vantage point", self.name, topology.vantages)

    def met_by(self, value: float) -> bool:
        return RELATIONS[self.relation](value, self.number)

    def __str__(self) -> str:
        name = f"({self.name})" if self.name else ""
        lasting = f" for {typeable(self.lasting_ns)}" if self.lasting_ns else ""
        return f"{self.subject}{name} {self.relation} {self.number:g}{lasting}"


class StopWatch:
    """Follows a condition over time. What is unknown does not meet it: without a value the time begins anew."""

    def __init__(self, condition: StopCondition) -> None:
        self._condition = condition
        self._since: int | None = None

    def met(self, t: int, value: float | None) -> bool:
        """`value` at `t` (ns, not decreasing). True: the condition has been met for as long as it asks."""
        if value is None or not self._condition.met_by(value):
            self._since = None
            return False
        self._since = t if self._since is None else self._since
        return t - self._since >= self._condition.lasting_ns
