"""How many customers come while databases read along the wrong index, and how long that is watched. Pure.

λ customers per second come. The wrong index answers fewer, the right index more: both rates are measured (`Capacity`),
so that a frontend fills, and a cure shows, on a slow machine as on a fast one.
"""

import math
from dataclasses import dataclass, replace
from typing import Final

from harness.model.errors import NotMeasured
from harness.model.units import s
from harness.recovery.capacity import Capacity

MANY: Final = 3.0  # times as many as the wrong index answers: with fewer the frontend fills slowly, or not at all
FEW: Final = 0.6  # of those that the right index answers: with more, waiting customers are served late, or never
MARGIN: Final = 1.4  # of a watch: the rates are those of two seconds, and the machine's speed changes
GIVEN_UP_NS: Final = 10 * s  # the timeout of an API server that waits for its database
LONGEST_NS: Final = 180 * s  # of a watch. A machine that needs a longer watch is too slow to show anything


@dataclass(frozen=True)
class Pace:
    """`customers_hz`: λ of all vantage points together; `others_hz`: of other sessions, such as probes."""

    capacity: Capacity
    customers_hz: float
    others_hz: float = 0.0

    def climb_ns(self, sessions: float) -> int:
        """A watch in which the balancer gets so many more sessions while the plan is wrong, in ns.

        Raises `NotMeasured` for one that is longer than `LONGEST_NS`.
        """
        growth_hz = self.customers_hz + self.others_hz - self.capacity.wrong_hz
        return _watch(f"{sessions:.0f} sessions more", sessions, growth_hz, str(self))

    def cure_ns(self, stuck: int, waiting: int) -> int:
        """A watch, in ns, in which `stuck` queries along the wrong index end and all `waiting` customers are answered.

        The same processors also answer the customers that come meanwhile: that part of their time is subtracted.
        Raises `NotMeasured` for one that is longer than `LONGEST_NS`.
        """
        left = 1 - self.customers_hz / self.capacity.right_hz
        awaited = f"the end of {stuck} stuck queries, and answers to {waiting} customers"
        work_s = (
            stuck / self.capacity.wrong_hz + waiting / self.capacity.right_hz if self.capacity.wrong_hz else math.inf
        )
        return _watch(awaited, work_s, left, str(self))

    def piled_up(self, connections: int, lasting_ns: int) -> int:
        """Queries that are stuck after a wrong plan has lasted `lasting_ns`, with so many connections of API servers.

        The API waits 10 s for an answer (compose/api/database.py). Then it begins another query, while the first reads
        on: if a query takes longer than that, queries pile up.
        """
        rounds = lasting_ns // GIVEN_UP_NS if self.capacity.wrong_hz * GIVEN_UP_NS < connections * s else 0
        return connections * (1 + rounds)

    def outrun_by(self, wrong_hz: float) -> None:
        """Raises `NotMeasured` if the wrong index answers so many more now that a watch of `climb_ns` is too short."""
        come_hz = self.customers_hz + self.others_hz
        if (come_hz - wrong_hz) * MARGIN < come_hz - self.capacity.wrong_hz:
            raise NotMeasured(f"{self} By now the wrong one answers {wrong_hz:.1f}/s: this machine changes its speed.")

    def slowed(self, wrong_hz: float) -> "Pace":
        """After a newer measurement: of two rates along the wrong index the lower one counts."""
        newer = min(self.capacity.wrong_hz, wrong_hz)
        return replace(self, capacity=Capacity(self.capacity.right_hz, newer))

    def __str__(self) -> str:
        return f"{self.customers_hz:.0f} customers/s come. {self.capacity}"


def customers_hz(capacity: Capacity, usual_hz: float, few: float = FEW, most_hz: float = math.inf) -> float:
    """The rate of all customers together: the usual one, or the nearest one at which a flip of the plan shows.

    At least `MANY` times the rate of the wrong index; at most `few` times that of the right one, and `most_hz`.
    Raises `NotMeasured` if no rate is both.
    """
    least, most = MANY * capacity.wrong_hz, min(few * capacity.right_hz, most_hz)
    if least > most:
        raise NotMeasured(
            f"{capacity} A frontend that fills needs {least:.0f} customers/s or more ({MANY:g} times the wrong "
            f"index); one that recovers, {most:.0f} or fewer: no rate shows both."
        )
    return min(max(usual_hz, least), most)


def affords(capacity: Capacity, hz: float, few: float = FEW) -> None:
    """Raises `NotMeasured` if the customers need more than `few` of the right index's rate."""
    if hz > few * capacity.right_hz:
        raise NotMeasured(f"{capacity} With {hz:.0f} customers/s it must answer {hz / few:.0f}/s or more.")


def _watch(awaited: str, count: float, hz: float, told: str) -> int:
    if not count:
        return 0
    if hz <= 0 or math.isinf(count):
        raise NotMeasured(f"{told} That never comes: {awaited}.")
    watch = round(MARGIN * count / hz * s)
    if watch > LONGEST_NS:
        most = LONGEST_NS // s
        raise NotMeasured(
            f"{told} Awaited: {awaited}. It takes {watch / s:.0f} s, and is watched for {most} s at most."
        )
    return watch
