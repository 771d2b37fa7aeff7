"""Runs the battery on a lab of the site's own files: one run folder, one verdict."""

from collections.abc import Callable, Iterable
from math import inf
from pathlib import Path
from time import monotonic
from typing import Final, Protocol

import msgspec

from harness.experiment.session import Session
from harness.gate.attempt import Attempt, Subject, attempt
from harness.gate.battery import GateTest
from harness.gate.dumps import dumps
from harness.gate.kept import redact
from harness.gate.prepare import seconds
from harness.gate.report import Tried
from harness.gate.rest import Rest, rest
from harness.gate.unstable import unstable
from harness.model.load import StreamSetting
from harness.model.units import s
from harness.site.secrets import secrets

PROBE: Final = StreamSetting(rate_hz=40)
QUIET_NS: Final = s
"""Of a trial no cause is judged, only its service: keepalived's second burst of GARPs may meet a fault."""
REPEATS: Final = 3
"""Of tests in all, because the machine was too busy: one that is always busy makes a gate longer, and not much."""
Say = Callable[[str], None]


class Repeat(Protocol):
    """Tries a test again, on the lab of the battery: `attempt`."""

    def __call__(self, subject: Subject, test: GateTest, wanted: int, name: str, /) -> Attempt: ...


class Battery:
    """`subject.prepared.target.victim`: the node that every fault meets. `until`: no test is repeated past it (s)."""

    def __init__(self, lab: str, subject: Subject, folder: Path, say: Say, until: float = inf) -> None:
        self._session = Session("gate", lab, folder, say, PROBE)
        self._subject, self._prepared, self._say, self._until = subject, subject.prepared, say, until
        self._repeats = REPEATS
        self.tried: list[Tried] = []  # also after an interrupt: the tests that ended
        self.unsteady: dict[str, int] = {}  # test → its trials before which the pair did not come to rest
        self.busy: set[str] = set()  # tests during which the machine was too busy
        self.complete = False  # every test that was to be tried was tried

    @property
    def folder(self) -> Path:
        return self._session.folder

    def run(self, tests: Iterable[GateTest], trials: int, then: Callable[[Repeat], None] = lambda _: None) -> None:
        """Each test, in order; none behind a pair that does not serve at rest. The outcome is written in any case.

        `then`: what is tried afterwards, on the same lab.
        """
        try:
            with self._session as session:
                session.run.quiet_ns, session.run.redundant = QUIET_NS, True
                self._each(session, tests, trials)
                self.complete = True
                then(lambda subject, test, wanted, name: attempt(session, subject, test, wanted, name))
        finally:
            self._session.write_outcome()
            redact(self.folder, secrets(self._prepared.pair.site))

    def _each(self, session: Session, tests: Iterable[GateTest], trials: int) -> None:
        before: GateTest | None = None  # the last one that broke something
        every = list(tests)
        for number, test in enumerate(every):
            left_s = sum(map(seconds, every[number + 1 :])) * trials
            seen = self._attempt(session, test, trials, before.about if before else "", left_s)
            self.tried.append(unless_undecided(seen, before))
            before = test if test.fault and seen.broke else before
            self.unsteady[test.name] = seen.unsteady
            self.busy |= {test.name} if seen.busy else set()
            if test.kind == "rest":
                self.tried[-1] = self._explained(session, self.tried[-1])
                if self.tried[-1].verdict != "held":
                    return

    def _attempt(self, session: Session, test: GateTest, trials: int, after: str, left_s: float) -> Attempt:
        """On a machine that is too busy a failure says nothing of the pair, and is repeated as an invalid trial is.

        `left_s`: what the tests behind it need.
        """
        seen, needs_s = attempt(session, self._subject, test, trials, after=after), seconds(test) * trials + left_s
        while seen.spoilt and self._repeats and monotonic() + needs_s < self._until:
            self._say(f"{test.name} is repeated: {seen.tried.failure}")
            self._repeats -= 1
            after = test.about if test.fault and seen.broke else after
            seen = attempt(session, self._subject, test, trials, after=after, before=seen)
        return seen

    def _explained(self, session: Session, tried: Tried) -> Tried:
        """What the lab shows at rest. Then its own failure is told from the pair's (`verdict`)."""
        down = [] if tried.verdict == "held" else unstable(session.lab, self._prepared.place.names.values())
        if down:  # lint has seen it start; and a keepalived that just starts cannot be asked
            return msgspec.structs.replace(tried, verdict="not measured", failure="; ".join(down))
        return explained(tried, self._seen(session))

    def _seen(self, session: Session) -> Rest:
        theirs = {own: name for name, own in self._prepared.place.names.items()}
        told = {theirs[own]: running for own, running in dumps(session.lab, theirs).items()}
        view = session.run.view
        owners = {vip.address: tuple(theirs[own] for own in view.owners(vip)) for vip in view.topology.vips}
        return rest(self._prepared.pair, told, owners)


def unless_undecided(seen: Attempt, before: GateTest | None) -> Tried:
    """What a test that does not decide leaves behind fails no test that does: then that one was not measured."""
    inherited = seen.tried.verdict == "failed" and seen.inherited == seen.tried.failed
    if not inherited or before is None or before.decides:
        return seen.tried
    return msgspec.structs.replace(seen.tried, verdict="not measured")


def explained(tried: Tried, seen: Rest) -> Tried:
    """A check that fails here for what the lab has not may move the addresses at the site: no fault shows whether.

    Of a keepalived that does not tell its state it is not known which checks fail.
    """
    told = msgspec.structs.replace(tried, rest=seen)
    if tried.verdict == "failed" or not seen.hidden:
        return told
    why = f"{seen.hidden[0].removesuffix('.')}; {tried.failure}" if tried.failure else seen.hidden[0]
    return msgspec.structs.replace(told, verdict="not measured", failure=why)
