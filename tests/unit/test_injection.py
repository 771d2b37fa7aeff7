"""One plan by hand, on a lab that is a list of events: how its wait ends."""

import threading
from collections.abc import Callable

import pytest

from harness.bench.bare import COMPOSE
from harness.lab import injection
from harness.lab.injection import Injection
from harness.model.events import AnyEvent, OpApplied, OpReleased, PlanDone
from harness.model.ops import LinkDown, Part, Plan
from harness.model.topology import Topology
from harness.model.units import s

LINK = LinkDown("right.external")
FLAPPING = Plan((Part(LINK, 0, 1 * s), Part(LINK, 3_000 * s, 3_600 * s)))
NUMBER = 7


class StagedLab:
    """Its agents tell `story`, from their thread, as soon as the plan is armed."""

    story: tuple[AnyEvent, ...] = ()
    topology = Topology.from_compose(COMPOSE)

    def __init__(self, _: str, take: Callable[[AnyEvent], None]) -> None:
        self._take = take
        self.undone = 0

    def watch(self, *_: str) -> None: ...

    def lease(self, targets: tuple[str, ...], plan: Plan) -> None: ...

    def close(self) -> None: ...

    def now(self) -> int:
        return 0

    def arm(self, _: Plan) -> int:
        threading.Timer(0.05, lambda: [self._take(event) for event in self.story]).start()
        return NUMBER

    def undo(self) -> None:
        self.undone += 1


def ended(monkeypatch: pytest.MonkeyPatch, *story: AnyEvent) -> Injection:
    """An hour of flapping, which must not take an hour."""
    monkeypatch.setattr(injection, "Lab", type("Lab", (StagedLab,), {"story": story}))
    over = list[bool]()
    typed = Injection("lab", FLAPPING, ("right",), lambda _: None)

    def run() -> None:
        with typed:
            over.append(typed.run())

    monkeypatch.setattr(injection, "uninterrupted", lambda *_: typed._feed._changed)  # signals are the main thread's
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(5)
    assert over == [True]
    return typed


BEGUN = OpApplied(1 * s, NUMBER, 0, LINK, 1 * s, 1 * s)
UNDONE = OpReleased(3 * s, NUMBER, 0, LINK, 3 * s, 3 * s, "undo")


def test_it_does_not_wait_for_parts_that_another_client_has_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = ended(monkeypatch, BEGUN, UNDONE, PlanDone(3 * s, NUMBER, undone=True))
    assert typed.undone
    assert [part.achieved_s for part in typed.outcome().parts] == [2.0, None]


def test_another_plan_that_is_cancelled_is_not_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    released = OpReleased(2 * s, NUMBER, 0, LINK, 2 * s, 2 * s)
    again = (BEGUN, released, BEGUN, released, PlanDone(3 * s, NUMBER))
    typed = ended(monkeypatch, PlanDone(0, NUMBER + 1, undone=True), *again)
    assert not typed.undone
