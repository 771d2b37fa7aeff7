"""Schedules of a campaign: typed, drawn, and as a test that a lab runs."""

import ast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.campaign.as_test import as_test
from harness.campaign.carry_out import pairs
from harness.campaign.job import BLIPS, RANDOM, Cell, Job
from harness.campaign.schedules import ACTS, fault_of, fits, parse, rounded, scheduled, text
from harness.model.errors import BadValue, UnknownName
from harness.model.units import ms
from harness.search.schedule import Act, Schedule

QUICK, SLOW = "advert-100ms", "default"
PAIRS = pairs()
PAIR = PAIRS(QUICK)
JUNE_13 = Schedule(
    (Act("blackhole trunk --direction a-to-b", 0, 550 * ms), Act("blackhole trunk --direction b-to-a", 0, 800 * ms)),
    45 * ms,
)


@example(1_099_511_627_775, 495)  # the first draw has a blackhole of both directions and one of a single one
@given(st.integers(0, 2**40), st.integers(1, 500))
def test_what_is_drawn_can_be_planned_typed_and_drawn_again(seed: int, trial: int) -> None:
    job = Job(Cell(RANDOM, "", QUICK), seed, trial)
    drawn = scheduled(job, PAIR)
    assert 1 <= len(drawn.acts) <= ACTS
    assert drawn == rounded(drawn)
    assert min(act.begin for act in drawn.acts) == 0
    assert fault_of(drawn, PAIR.words).plan(PAIR.topology).parts
    assert parse(text(drawn), PAIR.words) == drawn == scheduled(job, PAIR)


def test_trials_differ_and_one_to_three_faults_come() -> None:
    drawn = [scheduled(Job(Cell(RANDOM, "", QUICK), 1, trial), PAIR) for trial in range(1, 101)]
    assert len(set(drawn)) == 100
    assert {len(each.acts) for each in drawn} == {1, 2, 3}


def test_every_configuration_meets_the_same_blips() -> None:
    """Each in a phase of its own, since adverts come at its own interval."""
    for trial in range(1, 20):
        quick, slow = (scheduled(Job(Cell(BLIPS, "", name), 3, trial), PAIRS(name)) for name in (QUICK, SLOW))
        assert quick.acts == slow.acts
        assert quick.phase <= PAIRS(QUICK).advert_int_ns < PAIRS(SLOW).advert_int_ns


def test_what_people_type() -> None:
    assert parse(text(JUNE_13), PAIR.words) == JUNE_13
    assert parse("freeze lb-ext-1 for 0.35 s", PAIR.words).acts == (Act("freeze lb-ext-1", 0, 350 * ms),)
    assert parse(str(JUNE_13), PAIR.words) == JUNE_13  # as `harness search` prints it


@pytest.mark.parametrize("told", ["freeze lb-ext-1", "freeze lb-ext-1 for long", "freeze lb-ext-1 for 3 h", " for "])
def test_what_is_no_schedule_is_refused(told: str) -> None:
    with pytest.raises(BadValue, match="valid is"):
        parse(told, PAIR.words)


def test_a_fault_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'freeze lb-ext-2'"):
        parse("freeze lb-ext-3 for 1s", PAIR.words)


def test_two_faults_of_one_thing_at_once_are_refused() -> None:
    """The second would find nothing left to change, and which of them ends it is not defined."""
    with pytest.raises(BadValue, match="at a time"):
        parse("freeze lb-ext-1 for 1s & hung lb-ext-1 --service keepalived for 2s at +500ms", PAIR.words)
    assert fits(parse("freeze lb-ext-1 for 1s & freeze lb-ext-1 for 1s at +1500ms", PAIR.words))
    assert fits(JUNE_13)


def test_its_test_does_the_same() -> None:
    """What the file builds is the fault of the schedule: run here up to the loop over trials."""
    source = as_test(JUNE_13, text(JUNE_13), PAIR.words, QUICK, "external")
    compile(source, "test_schedule.py", "exec")
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    built = next(node for node in function.body if isinstance(node, ast.Assign))
    scope: dict[str, object] = {}
    exec("from harness import faults\nfrom harness.model.units import ms, s\n" + ast.unparse(built), scope)
    assert scope["fault"] == fault_of(JUNE_13, PAIR.words)
    assert "phase=45 * ms" in source
