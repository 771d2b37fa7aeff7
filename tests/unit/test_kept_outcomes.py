"""Outcomes that are the same on each machine are those of today's code and data: looked at where that is quick."""

import msgspec
import pytest

from harness.compare.judging import LEAST
from harness.lab import compose
from harness.model.comparisons import MOST
from harness.search.blip import Blip, on_trunk
from harness.search.foresee import AS_IT_IS, foresee
from harness.search.remedy import REMEDIES
from harness.search.subject import of_configuration
from scripts import comparison, conform, foresee_figures, search_sites
from scripts.outcomes import RUNS, Comparisons, Conformance, Held, Shares
from tests.unit.simulation.replayed import FOLDERS
from tests.unit.simulation.test_conformance import RACES


def kept(name: str) -> bytes:
    return (RUNS / name).read_bytes()


def test_the_model_was_held_to_every_recording() -> None:
    """`test_conformance.py` does each of them: alike with timers as late as recorded, and but for races on time."""
    found = msgspec.json.decode(kept("conform.json"), type=Conformance)
    assert set(conform.recordings()) == set(FOLDERS.values())
    assert found == Conformance(len(FOLDERS), found.trials, found.trials - len(RACES), found.trials)


def test_comparisons_were_drawn_from_the_recorded_trials() -> None:
    found = msgspec.json.decode(kept("comparison.json"), type=Comparisons)
    every = comparison.pools()
    assert (found.tests, found.trials) == (len(every), sum(len(each.tests[0].trials) for each in every))
    assert (found.a_side, found.most, found.seed) == (LEAST, MOST, comparison.SEED)
    assert all(each.found.value == each.wrong / each.pairs <= each.allowed for each in found.drawn)


def test_every_line_that_is_tried_has_its_shares() -> None:
    """Of those that change the configuration; some have it already."""
    told = msgspec.json.decode(kept("foresee.json"), type=Shares).report
    first, *lines = [each.setting for each in told.settings]
    assert (first, told.subject) == (AS_IT_IS, foresee_figures.CONFIGURATION)
    known = [remedy.line for remedy in REMEDIES]
    assert lines == [line for line in known if line in lines]
    assert set(known) - set(lines) == {line for line in known if line.startswith("no ")}
    assert {each.blips for each in told.settings} == {1_000}


def test_the_sites_hold_as_the_model_has_it_today() -> None:
    found = {each.site: each for each in msgspec.json.decode(kept("held_sites.json"), type=Held).sites}
    assert list(found) == list(search_sites.sound())
    assert search_sites.held_of("wiki-minimal") == found["wiki-minimal"]


@pytest.mark.nightly
def test_the_shares_are_those_of_todays_model() -> None:
    """Of the pair as it is: two seconds."""
    told = msgspec.json.decode(kept("foresee.json"), type=Shares)
    subject = of_configuration(foresee_figures.CONFIGURATION, compose.topology(()))
    pair = subject.pair(told.report.router)
    blip = on_trunk(Blip(), subject.topology, pair.router)
    assert blip.describe() == told.report.blip
    assert foresee(pair, blip, 1_000, told.seed) == told.report.settings[0]
