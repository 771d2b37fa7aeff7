"""What a fault does and the model does not have is told by `search` and `foresee`: it did nothing there."""

from typing import NamedTuple

import pytest

from harness import faults
from harness.cli.search import _show, report
from harness.faults import Fault
from harness.lab import compose
from harness.model.units import ms
from harness.search.blip import Blip, on_trunk
from harness.search.find import Searched
from harness.search.foresee import foresee
from harness.search.pair import SimulatedPair
from harness.search.schedule import Act, Schedule
from harness.search.subject import Subject, of_configuration


class Strange(NamedTuple):
    """Instead of a word of the search."""

    def lasting(self, ns: int) -> Fault:
        return faults.cpu_starved("lb-ext-1", duration=ns)


@pytest.fixture
def subject() -> Subject:
    return of_configuration("advert-100ms", compose.topology(()))


@pytest.fixture
def pair(subject: Subject) -> SimulatedPair:
    return subject.pair("external")


def test_a_pair_keeps_what_all_its_runs_lacked(pair: SimulatedPair) -> None:
    pair.words["strange"] = Strange()  # type: ignore[assignment]
    pair.run(Schedule((Act("strange", 0, 100 * ms),), 0))
    pair.run(Schedule((Act("freeze lb-ext-1", 0, 100 * ms),), 0))
    assert pair.world.unknown == []
    assert pair.lacks == {"cpu starved of lb-ext-1"}


def test_foresee_tells_what_its_blips_lacked(pair: SimulatedPair) -> None:
    blip = on_trunk(Blip(), pair.topology, pair.router)
    assert foresee(pair, blip, 2, 1).lacks == ()
    pair.lacks.add("delay of trunk")
    assert foresee(pair, blip, 2, 1).lacks == ("delay of trunk",)


def test_search_tells_it_in_text_and_json(subject: Subject, capsys: pytest.CaptureFixture[str]) -> None:
    found = Searched(1, alone=True, mechanisms=(), left=0, lacks=("delay of trunk",))
    _show(found, subject)
    assert "Not in the model, so not searched:\n  delay of trunk" in capsys.readouterr().out
    assert report(subject, "external", found).lacks == ("delay of trunk",)
