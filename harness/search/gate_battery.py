"""What the model foresees for a gate's battery, before its lab is up: a model at work would make the lab late."""

import time
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from harness.gate.battery import AT_REST, GateTest, battery
from harness.gate.foreseen import Foretold
from harness.gate.named import uses
from harness.gate.own_failure import own_failure
from harness.gate.prepare import Prepared, Wish
from harness.gate.verdict import depends, shows_nothing
from harness.model.foreseen import Foreseen, ForeseenTest
from harness.model.units import s
from harness.search.customers import Customers
from harness.search.gate_remedies import ended_by
from harness.search.gate_test import FoundWorst, GateTestOnModel
from harness.search.lengths import lasting
from harness.search.missing import missing
from harness.search.subject import Subject, of_site

SECONDS: Final = 18.0  # with what each test ends with below 20 s, on a busy machine too
REMEDY_S: Final = 10.0  # for what ends the worst; of its own, so that a slow machine foresees no less for it
LEFT: Final = 0.9  # of the time, for phases and lengths; the rest for the edges of the worst ones
_LEAVES_SERVERS: Final = ("haproxy-", "keepalived-", "vip-", "vrrp-lost")  # on a node that has some itself
ROUNDS: Final = 2  # the second with the time that others did not need


def foretell(name: str, prepared: Prepared, wish: Wish, seconds: float = SECONDS) -> Foretold:
    """Of the whole battery, also of what the lab is not asked; with `Wish.only` of those tests.

    No error of it changes a verdict, a defect included: then nothing is foreseen, and why is told.
    """
    try:
        return _foretold(of_site(name, prepared.pair), prepared, wish, seconds)
    except Exception as error:  # noqa: BLE001 - whatever it is, the lab can still judge
        return Foretold(Foreseen(not_foreseen=(f"every test: {own_failure(error)}",)), None)


def _foretold(subject: Subject, prepared: Prepared, wish: Wish, seconds: float) -> Foretold:
    began = time.monotonic()
    why_not = _why_not(subject, prepared, wish)
    found = dict(_found(subject, prepared, [test for test, why in why_not.items() if not why], began + seconds))
    known = {name: each for name, each in found.items() if not isinstance(each, str)}
    lacking = {test.name: why for test, why in why_not.items() if why}
    lacking |= {name: each for name, each in found.items() if isinstance(each, str)}
    worst = max(known.values(), key=lambda each: _weight(each, prepared), default=None)
    took = round(time.monotonic() - began, 1)
    first = sorted(why_not, key=lambda test: not worst or test.name != worst.told.name)
    foreseen = {test: known[test.name] for test in first if test.name in known}
    ends = ended_by(subject, prepared, foreseen, min(seconds, REMEDY_S))
    told = Foreseen(
        tests=tuple(_ended(each.told, ends.get(name, ())) for name, each in known.items()),
        not_foreseen=tuple(f"{name}: {why}" for name, why in lacking.items()),
        left_out=subject.left_out,
        worst=worst.told.name if worst else "",
        schedules=sum(each.told.schedules for each in known.values()),
        seconds=took,
        whole=all(each.whole for each in known.values()),
    )
    return Foretold(told, worst.test if worst else None)


def _ended(told: ForeseenTest, by: tuple[str, ...]) -> ForeseenTest:
    return replace(told, worst=replace(told.worst, ended_by=by))


def _why_not(subject: Subject, prepared: Prepared, wish: Wish) -> dict[GateTest, str]:
    """Each test that may be foreseen → why it is not; "" if it can be."""
    owner, victim, used = subject.pair().owner, prepared.target.victim, uses(prepared.pair)
    other = "" if owner == victim else f"the model takes {owner} for the owner, and not {victim}"
    other = f"several nodes are master without any fault: {subject.never_rests}" if subject.never_rests else other
    unlike = _lists_differ(prepared)

    def why(test: GateTest) -> str:
        stand_in = shows_nothing(test.name, used) if depends(test.name, used) else ""
        own = prepared.target.servers_gone and not test.name.startswith(_LEAVES_SERVERS)
        servers = f"the model does not have the servers that are on {victim} itself" if own else ""
        return other or unlike or servers or stand_in or _lacks(missing(test.name, subject.left_out))

    return {test: why(test) for test in _tests(prepared, wish)}


def _lists_differ(prepared: Prepared) -> str:
    """The model gives each node of a router the addresses of its preferred one."""
    for router in prepared.pair.routers:
        if len({frozenset(member.addresses) for member in router.members}) > 1:
            return f"the nodes of {router.name} do not have the same addresses, and those of the model do"
    return ""


def _tests(prepared: Prepared, wish: Wish) -> Iterator[GateTest]:
    """The whole battery, also what this gate does not do on the lab; or what is asked for by name."""
    every = {test.name: test for test in battery(prepared.target, partitions_decide=wish.partitions_decide)}
    planned = {test.name: test for test in prepared.tests}
    chosen = planned if wish.only else every | planned
    yield from (test for name, test in chosen.items() if name != AT_REST)


def _found(
    subject: Subject, prepared: Prepared, tests: list[GateTest], until: float
) -> Iterator[tuple[str, FoundWorst | str]]:
    """Each test with what was foreseen, or why nothing was. What one does not need of its time is for the others."""
    customers, every = Customers(subject), list(battery(prepared.target))
    models = {each: GateTestOnModel(customers, each, until, varied=_varied(each, every)) for each in tests}
    lacking = {test: _lacks(model.unknown()) for test, model in models.items()}
    edges = time.monotonic() + LEFT * (until - time.monotonic())
    for _ in range(ROUNDS):
        left = [model for test, model in models.items() if not lacking[test] and not model.whole]
        for number, model in enumerate(left):
            now = time.monotonic()
            model.explore(now + (edges - now) / (len(left) - number))
    yield from ((test.name, lacking[test] or model.found()) for test, model in models.items())


def _varied(test: GateTest, tests: list[GateTest]) -> bool:
    """Not where another test of `tests` has the same fault with an end: `thaw` is `freeze` of every length.

    Also if that one is not asked for: `freeze` held on the lab, and "freeze fails" would be said of what ends.
    """
    made = lasting(test.fault, s) if test.fault else None
    others = (each.fault for each in tests if each.ends_ns and each is not test and each.fault)
    return bool(test.ends_ns) or made not in [lasting(each, s) for each in others]


def _lacks(what: str) -> str:
    return f"the model does not know {what}" if what else ""


def _weight(found: FoundWorst, prepared: Prepared) -> tuple[bool, bool, bool, bool, float, float]:
    """What the battery may miss first; then what makes the pair UNSAFE; what ends without service; what is likely."""
    worst = found.told.worst
    shown = found.told.failing == 1 and any(test.name == found.told.name for test in prepared.tests)
    lost = None in worst.recovery_s.values()
    took = max((took or 0.0 for took in worst.recovery_s.values()), default=0.0)
    return worst.fails, not shown, worst.decides, lost, worst.share, took / worst.bound_s
