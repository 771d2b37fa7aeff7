"""A stop condition in a trial: what it reads, and how often."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.experiment import stopping as module
from harness.experiment.run import Run
from harness.experiment.stopping import LOOKS_NS, Stopping
from harness.lab import compose
from harness.model.errors import UnknownName
from harness.model.stop_condition import StopCondition
from harness.model.units import ms, s

TOPOLOGY = compose.topology()


class Seen:
    """`shares`: what each vantage point gets. `owners`: of the VIP. `looks`: how often the records were read."""

    def __init__(self) -> None:
        self.shares: dict[str, float | None] = dict.fromkeys(TOPOLOGY.vantages, 1.0)
        self.owners: tuple[str, ...] = ("lb-ext-1",)
        self.looks = 0
        self.lab = SimpleNamespace(topology=TOPOLOGY)
        self.view = SimpleNamespace(now=10 * s, topology=TOPOLOGY, owners=lambda _vip: self.owners)

    def after(self, ns: int) -> None:
        self.view.now += ns


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    made = Seen()

    def shares(_run: Run) -> dict[str, float | None]:
        made.looks += 1
        return made.shares

    monkeypatch.setattr(module, "newest_successes", shares)
    return made


Make = Callable[[str], Stopping]


@pytest.fixture
def stop(seen: Seen) -> Make:
    return lambda text: Stopping(cast("Run", cast("Any", seen)), StopCondition.parse(text))


def test_it_is_met_once_it_has_lasted(seen: Seen, stop: Make) -> None:
    stopping = stop("success(customer-2) < 0.5 for 2s")
    assert not stopping.met()
    seen.shares["customer-2"] = 0.2
    for _ in range(3):
        seen.after(s)
        assert stopping.met() == (seen.view.now >= 13 * s)
    seen.shares["customer-2"] = 1.0
    seen.after(s)
    assert stopping.met(), "it stays met"


def test_without_a_name_the_worst_counts(seen: Seen, stop: Make) -> None:
    stopping = stop("success < 0.5")
    seen.shares["customer-3"] = 0.1
    assert stopping.met()


def test_what_is_unknown_meets_nothing(seen: Seen, stop: Make) -> None:
    seen.shares = {"customer-1": 0.0, "customer-2": None, "customer-3": 0.0}
    assert not stop("success < 0.5").met()
    assert not stop("success(customer-2) < 0.5").met()


def test_owners(seen: Seen, stop: Make) -> None:
    stopping = stop("owners > 1")
    assert not stopping.met()
    seen.owners = ("lb-ext-1", "lb-ext-2")
    seen.after(s)
    assert stopping.met()


def test_records_are_not_read_after_every_event(seen: Seen, stop: Make) -> None:
    stopping = stop("success < 0.5")
    for _ in range(10):
        stopping.met()
        seen.after(LOOKS_NS // 10)
    assert seen.looks == 1


@pytest.mark.parametrize("later_ns, looks", [(200 * ms - 1, 1), (200 * ms, 2)])
def test_they_are_read_five_times_a_second(seen: Seen, stop: Make, later_ns: int, looks: int) -> None:
    stopping = stop("success < 0.5")
    stopping.met()
    seen.after(later_ns)
    stopping.met()
    assert seen.looks == looks


def test_they_are_read_at_once(seen: Seen, stop: Make) -> None:
    """However short a time the lab's clock has run."""
    seen.view.now = 1
    seen.shares["customer-2"] = 0.0
    assert stop("success < 0.5").met()


def test_where_no_vantage_point_asks_none_is_badly_served(seen: Seen, stop: Make) -> None:
    seen.shares = {}
    assert not stop("success < 0.5").met()


def test_what_the_lab_does_not_have_is_refused(stop: Make) -> None:
    with pytest.raises(UnknownName, match="customer-9"):
        stop("success(customer-9) < 0.5")
