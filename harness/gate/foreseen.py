"""What was foreseen on a model, held to the lab: where they disagree, and what it means if the lab shows it. Pure.

No verdict follows from the model. What the lab showed of a foreseen schedule is a failure like every other.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.gate.battery import MEASURED_NS, MEASURED_SHARE, GateTest
from harness.gate.report import GateReport, Tried
from harness.gate.verdict import caused
from harness.model.foreseen import Foreseen, ForeseenTest, OnLab
from harness.model.units import s

NAME: Final = "foreseen"
_SEEN: Final = "(foreseen on a model, and measured)"


class Foretold(NamedTuple):
    """`test`: the worst schedule as a test for the lab; None if nothing was foreseen."""

    told: Foreseen
    test: GateTest | None


def on_lab(tried: Tried) -> OnLab:
    return OnLab(tried.verdict, tried.trials, tried.failed, tried.recovery_s, tried.failure)


def judged(report: GateReport, told: Foreseen, unsteady: Collection[str] = ()) -> GateReport:
    """`told.lab`: what the lab showed of the worst.

    `unsteady`: tests of which the lab showed no more than at rest, or on a machine that was too busy: late timers are
    no disagreement.
    """
    worst = told.of_worst
    told = replace(told, disagree=tuple(_disagreeing(told, report.tests, unsteady)), lab=_with_test(told, report.tests))
    report = replace(report, foreseen=told)
    if worst is None or told.lab.verdict != "failed":
        return report
    if not worst.decides:
        return replace(report, exposed=(*report.exposed, f"{caused(worst.schedule, told.lab.why)} {_SEEN}"))
    if report.verdict != "SAFE":
        return report
    return replace(report, verdict="UNSAFE", sentence=f"{told.lab.why} {_SEEN}")


def _with_test(told: Foreseen, tried: Iterable[Tried]) -> OnLab:
    """ "Not tried" alone would be wrong of a fault that the battery has just done, in another phase."""
    worst = told.of_worst
    own = next((each for each in tried if each.name == told.worst), None)
    if told.lab.verdict != "not tried" or own is None or not (worst and worst.own):
        return told.lab
    counts = f"failed {own.failed} of {own.trials} times"
    return replace(
        told.lab, test=f"the test {own.name} {'was not measured' if own.verdict == 'not measured' else counts}"
    )


def _disagreeing(told: Foreseen, tried: Iterable[Tried], unsteady: Collection[str]) -> Iterator[str]:
    yield from _apart(told, tried, unsteady)
    yield from () if NAME in unsteady else _worst_apart(told)


def _apart(told: Foreseen, tried: Iterable[Tried], unsteady: Collection[str]) -> Iterator[str]:
    """Tests of the battery that came out otherwise than in any phase on the model."""
    by_name = {each.name: each for each in told.tests}
    for each in tried:
        known = by_name.get(each.name)
        if known and each.verdict != "not measured" and each.name not in unsteady:
            yield from _of_test(known, each)


def _of_test(foreseen: ForeseenTest, tried: Tried) -> Iterator[str]:
    counts = f"on the lab it failed {tried.failed} of {tried.trials} times"
    if foreseen.failing == 0 and tried.failed:
        yield f"{foreseen.name} fails in no phase on the model; {counts}: {tried.failure}"
    elif foreseen.failing == 1 and not tried.failed:
        yield f"{foreseen.name} fails in every phase on the model; {counts}"
    else:
        yield from _times_apart(foreseen, tried.recovery_s)


def _times_apart(foreseen: ForeseenTest, seen: Mapping[str, list[float | None]]) -> Iterator[str]:
    """The first time of each VIP that is out of the range, by more than it takes to measure it."""
    for vip, (least, most) in foreseen.recovery_s.items():
        out = [each for each in seen.get(vip, ()) if not _between(each, least, most)]
        if out:
            yield (
                f"{foreseen.name}: {vip} is without service for {_s(least)} to {_s(most)} on the model; "
                f"on the lab {_s(out[0])}"
            )


def _between(took: float | None, least: float | None, most: float | None) -> bool:
    if took is None:
        return most is None
    below = least is not None and took >= least - _slack(least)
    return below and (most is None or took <= most + _slack(most))


def _slack(seconds: float) -> float:
    """As it is added to each bound."""
    return seconds * MEASURED_SHARE + MEASURED_NS / s


def _worst_apart(told: Foreseen) -> Iterator[str]:
    worst = told.of_worst
    if worst is None or told.lab.verdict not in ("failed", "held"):
        return
    counts = f"on the lab it failed {told.lab.failed} of {told.lab.trials} times"
    if worst.fails and told.lab.failed < told.lab.trials:
        yield f"{worst.schedule} fails on the model; {counts}"
    elif not worst.fails and told.lab.failed:
        yield f"{worst.schedule} does not fail on the model; {counts}: {told.lab.why}"


def _s(seconds: float | None) -> str:
    return "the whole watch" if seconds is None else f"{seconds:.2f} s"
