"""What a check is, and how it makes its findings."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from traceback import extract_tb
from typing import Final, NamedTuple

import msgspec

from harness.checks._evidence import Evidence, missing
from harness.history import History, Step
from harness.model.outcome import Finding, Instant, Judgement
from harness.model.virtual_router import RouterVip, VirtualRouter

RouterJudge = Callable[[History, Step, VirtualRouter], Finding]
VipJudge = Callable[[History, Step, RouterVip], Finding]
Judge = Callable[[History, Step], Finding]
Kinds = tuple[Evidence, ...]

_WORST_FIRST: Final[tuple[Judgement, ...]] = ("violated", "inconclusive", "holds", "not applicable")
_MOST_INSTANTS = 20


class Check(NamedTuple):
    """`invariant`: the sentence that must hold, from the docstring of the function that judges.

    `needs`: if some of this evidence is missing, the check is inconclusive. `needs_to_hold`: if some is missing, the
    check cannot hold, but it can be violated: one sample of a full frontend shows that it was full.
    """

    name: str
    invariant: str
    judge: Judge
    needs: Kinds
    needs_to_hold: Kinds

    def __call__(self, history: History, step: Step) -> Finding:
        finding = _answer(lambda: self.judge(history, step))
        return msgspec.structs.replace(finding, name=self.name)


def check(*, needs: Kinds = (), needs_to_hold: Kinds = ()) -> Callable[[Judge], Check]:
    """Decorator: the check gets the function's name; the docstring's first line is the invariant."""

    def decorate(judge: Judge) -> Check:
        def judged(history: History, step: Step) -> Finding:
            lacks = [missing(history, step, history.topology.vips, kinds) for kinds in (needs, needs_to_hold)]
            return _with_evidence(lambda: judge(history, step), *lacks)

        return Check(judge.__name__, _invariant(judge), judged, needs, needs_to_hold)

    return decorate


def check_routers(*, needs: Kinds = (), needs_to_hold: Kinds = ()) -> Callable[[RouterJudge], Check]:
    """Decorator for a check of one virtual router: it judges every router; the worst verdict is the check's."""

    def decorate(judge: RouterJudge) -> Check:
        def judged(history: History, step: Step, router: VirtualRouter) -> Finding:
            lacks = [missing(history, step, router.owned, kinds) for kinds in (needs, needs_to_hold)]
            return _with_evidence(lambda: judge(history, step, router), *lacks)

        def judged_all(history: History, step: Step) -> Finding:
            routers = history.topology.virtual_routers
            found = {name: _answer(partial(judged, history, step, router)) for name, router in routers.items()}
            return worst([_named(each, name if len(routers) > 1 else "") for name, each in found.items()])

        return Check(judge.__name__, _invariant(judge), judged_all, needs, needs_to_hold)

    return decorate


def check_vips(*, needs: Kinds = (), needs_to_hold: Kinds = ()) -> Callable[[VipJudge], Check]:
    """Decorator for a check of one VIP: it judges every VIP of every router; the worst verdict is the check's.

    The finding names the router where there are several, and the VIP where its router has several.
    """

    def decorate(judge: VipJudge) -> Check:
        def judged(history: History, step: Step, vip: RouterVip) -> Finding:
            lacks = [missing(history, step, (vip,), kinds) for kinds in (needs, needs_to_hold)]
            return _with_evidence(lambda: judge(history, step, vip), *lacks)

        def judged_all(history: History, step: Step) -> Finding:
            found = [(vip, _answer(partial(judged, history, step, vip))) for vip in history.topology.vips]
            return worst([_named(each, _label(history, vip)) for vip, each in found])

        return Check(judge.__name__, _invariant(judge), judged_all, needs, needs_to_hold)

    return decorate


def holds(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("holds", sentence, instants, bound)


def violated(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("violated", sentence, instants, bound)


def inconclusive(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    return _finding("inconclusive", sentence, instants, bound)


def not_applicable(sentence: str, instants: Iterable[Instant] = (), bound: object = "") -> Finding:
    """The check's premise never came. If it holds for another virtual router or VIP, the verdict is that it holds."""
    return _finding("not applicable", sentence, instants, bound)


def worst(findings: list[Finding]) -> Finding:
    """The worst verdict, with the sentences of all findings that have it."""
    verdict: Judgement = next((v for v in _WORST_FIRST if any(f.verdict == v for f in findings)), "inconclusive")
    chosen = [finding for finding in findings if finding.verdict == verdict]
    instants = sorted((i for finding in chosen for i in finding.instants), key=lambda i: i.t_ns)
    bounds = dict.fromkeys(finding.bound for finding in chosen)
    return _finding(verdict, " ".join(f.sentence for f in chosen), instants, "; ".join(bounds))


def _answer(judge: Callable[[], Finding]) -> Finding:
    """The finding of `judge`; inconclusive if the check itself raises. That is a bug of ours; the test goes on."""
    try:
        return judge()
    except Exception as error:  # noqa: BLE001 - after any exception the other checks and routers are still judged
        place = extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}, line {place.lineno}"
        return inconclusive(f"The check itself failed, in {where}: {type(error).__name__}: {error}.")


def _with_evidence(judge: Callable[[], Finding], lacks: str, lacks_to_hold: str) -> Finding:
    """The finding of `judge`, or inconclusive if evidence that it needs is missing (`lacks`, `lacks_to_hold`)."""
    if lacks:
        return inconclusive(lacks)
    finding = judge()
    if lacks_to_hold and not finding.violated:
        return inconclusive(lacks_to_hold, finding.instants, finding.bound)
    return finding


def _invariant(judge: Judge | RouterJudge | VipJudge) -> str:
    return (judge.__doc__ or "").partition("\n")[0]


def _finding(verdict: Judgement, sentence: str, instants: Iterable[Instant], bound: object) -> Finding:
    return Finding("", verdict, sentence, tuple(instants)[:_MOST_INSTANTS], str(bound))


def _label(history: History, vip: RouterVip) -> str:
    """Router and address, as far as they tell this VIP from the others; empty if it is the only one."""
    only_router = len(history.topology.virtual_routers) == 1
    return " ".join([*([] if only_router else [vip.router.name]), *([] if vip.alone else [vip.address])])


def _named(finding: Finding, name: str) -> Finding:
    return msgspec.structs.replace(finding, sentence=f"{name}: {finding.sentence}") if name else finding
