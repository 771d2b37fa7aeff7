"""Which one line of keepalived.conf ends what is foreseen: the test holds with it, and so does all that held before."""

import time
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from harness.gate.battery import AFTER_NS, GateTest
from harness.gate.prepare import Prepared
from harness.gate.preventions.on_nodes import all_begin_as_backup
from harness.model.units import s
from harness.search.customers import Customers
from harness.search.gate_test import OF_HAPROXY, FoundWorst, GateTestOnModel
from harness.search.held import allowed_ns
from harness.search.remedy import LASTING, REMEDIES, Remedy
from harness.search.subject import Subject
from harness.simulation.settings import Settings

Found = Mapping[GateTest, FoundWorst]
_NEEDS_BACKUP: Final = ("nopreempt", "preempt_delay")  # keepalived clears both where a node begins as MASTER


def ended_by(subject: Subject, prepared: Prepared, found: Found, seconds: float) -> dict[str, tuple[str, ...]]:
    """Test that fails → lines, each for every node.

    `found`: the worst first, which has half of the time; each other half of what is left.

    Against the bounds of the files as they are: slower timers make no longer outage right. HAProxy's failures have no
    bound of their own where nothing watches it: then that of the check which is added (`_bounded`).
    """
    until, lines = time.monotonic() + seconds, dict[str, tuple[str, ...]]()
    held = [test for test, each in found.items() if not each.told.worst.fails]
    failing = [test for test, each in found.items() if each.told.worst.fails]
    for number, test in enumerate(failing):
        now = time.monotonic()
        trying = _Trying(subject, held, now + (until - now) / (2 if number + 1 < len(failing) else 1))
        ending = (each.line for each in _remedies(subject, prepared, test) if trying.ends(test, each))
        lines[test.name] = tuple(ending)
    return lines


class _Trying(NamedTuple):
    """`held`: tests that hold without a remedy. `until`: of `time.monotonic`; what is not known then ends nothing."""

    subject: Subject
    held: list[GateTest]
    until: float

    def ends(self, test: GateTest, remedy: Remedy) -> bool:
        customers = Customers(self.subject._replace(settings=remedy.on(self.subject.settings)))
        if customers.pair.owners != self.subject.pair().owners:  # the fault would meet a node without the addresses
            return False
        own = _bounded(test, customers) if test.name.startswith(OF_HAPROXY) else test
        tried = (GateTestOnModel(customers, each, self.until, varied=each is own) for each in (own, *self.held))
        return time.monotonic() < self.until and all(each.holds() for each in tried)


def _bounded(test: GateTest, customers: Customers) -> GateTest:
    """Within what the checks and timers need that are tried, where that is longer."""
    ns = max(test.bound.ns, allowed_ns(customers.pair))
    return test._replace(bound=replace(test.bound, ns=ns), watch_ns=max(test.watch_ns, ns + AFTER_NS))


def _remedies(subject: Subject, prepared: Prepared, test: GateTest) -> Iterator[Remedy]:
    """Those that are not in force. Announcements and partitions are nothing to a HAProxy that is dead."""
    usable = _of_partitions(prepared)
    every = LASTING if test.name.startswith(OF_HAPROXY) else (*usable, *LASTING)
    yield from (remedy for remedy in every if remedy.changes(subject.settings))


def _of_partitions(prepared: Prepared) -> Iterator[Remedy]:
    refresh = max(1, prepared.target.peer_dead.ns // s // 2)  # a longer period ends it too, but later than is allowed
    for remedy in (_refreshed(refresh), *REMEDIES):
        usable = not remedy.line.startswith(_NEEDS_BACKUP) or all_begin_as_backup(prepared.pair)
        if usable and not remedy.line.startswith("garp_master_refresh 10"):
            yield remedy


def _refreshed(period_s: int) -> Remedy:
    def change(settings: Settings) -> Settings:
        vrrp = replace(settings.vrrp, garp_master_refresh_ns=period_s * s, garp_master_refresh_repeat=1)
        return replace(settings, vrrp=vrrp)

    return Remedy(f"garp_master_refresh {period_s} (vrrp_instance)", change)
