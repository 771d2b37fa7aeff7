"""Whether a change helps: from counts alone, and never from too few of them."""

from math import comb
from pathlib import Path
from typing import Final

import pytest

from harness.gate.battery import AT_REST
from harness.gate.preventions.decide import CHANCE, Counted, among, overall, repeated
from harness.model.prevention import Prevention, Repeated, Word

GATE: Final = Path("docs/gate.md")


@pytest.mark.parametrize(
    "before, after, word",
    [
        (Counted(3, 3), Counted(0, 3), "helps"),
        (Counted(2, 2), Counted(0, 2), "not decided"),
        (Counted(1, 3), Counted(0, 3), "not decided"),
        (Counted(4, 5), Counted(0, 5), "helps"),
        (Counted(3, 5), Counted(0, 5), "not decided"),
        (Counted(3, 3), Counted(3, 3), "does not help"),
        (Counted(1, 3), Counted(2, 3), "does not help"),
        (Counted(3, 3), Counted(1, 3), "not decided"),
        (Counted(0, 3), Counted(0, 3), "not decided"),
        (Counted(3, 3), Counted(), "not decided"),
        (Counted(3, 3), Counted(3, 3, unsteady=1), "not decided"),
        (Counted(3, 3), Counted(0, 3, why="the machine was too busy"), "not decided"),
        (Counted(1, 1, why="no time within the budget"), Counted(0, 3), "not decided"),
    ],
)
def test_the_word(before: Counted, after: Counted, word: Word) -> None:
    assert repeated("freeze", before, after).word == word


def test_a_pair_that_does_not_come_to_rest_is_not_helped_to_rest() -> None:
    assert repeated(AT_REST, Counted(3, 3), Counted(3, 3, unsteady=3)).word == "does not help"


def test_counts_are_added_and_a_reason_stays() -> None:
    assert Counted(1, 1).plus(Counted(1, 2, why="late")) == Counted(2, 3, why="late")


def by_chance(trials: int, changes: int) -> float:
    """How often one of so many changes that do nothing helps, at most: over every share of failures of the test.

    The first trial before is one that failed: else no change would be tried.
    """
    return max(_by_chance(share / 100, trials, changes) for share in range(1, 100))


def _by_chance(share: float, trials: int, changes: int) -> float:
    some_holds = 1 - (1 - (1 - share) ** trials) ** changes
    failed = {n + 1: comb(trials - 1, n) * share**n * (1 - share) ** (trials - 1 - n) for n in range(trials)}
    return some_holds * sum(
        likely
        for n, likely in failed.items()
        if repeated("freeze", Counted(n, trials), Counted(0, trials)).word == "helps"
    )


@pytest.mark.parametrize("trials", range(3, 9))
def test_chance_alone_helps_rarely_where_one_change_is_tried(trials: int) -> None:
    assert by_chance(trials, 1) <= CHANCE


@pytest.mark.parametrize("trials, changes, at_most", [(3, 4, 0.11), (4, 4, 0.03)])
def test_of_several_changes_one_helps_by_chance_as_often_as_documented(
    trials: int, changes: int, at_most: float
) -> None:
    assert at_most - 0.01 < by_chance(trials, changes) <= at_most
    assert f"{at_most:.0%}".replace("%", " %") in GATE.read_text()


def test_it_is_said_how_many_changes_were_measured_for_a_test() -> None:
    """One that there was no time for is none of them."""
    late = Repeated("it", "not decided", 3, 3, 0, 0, "no time")
    found = among(
        Prevention("a change", each.word, (), (each,)) for each in (row("it", "helps"), row("it", "helps"), late)
    )
    assert [each.tests[0].tried for each in found] == [2, 2, 2]
    assert found[0].lines == ["helps: it: failed 3 of 3 times before, 0 of 3 with it; 2 changes were tried for it"]
    assert found[2].lines == ["not decided: it (no time)"]
    assert among([Prevention("alone", "helps", (), (row("it", "helps"),))])[0].tests[0].said.endswith("with it")


@pytest.mark.parametrize("before, after", [(0, 0), (0, 3), (3, 0)])
def test_without_trials_on_both_sides_nothing_is_counted(before: int, after: int) -> None:
    assert Repeated("it", "not decided", 0, before, 0, after, "busy").said == "it (busy)"


def row(test: str, word: Word) -> Repeated:
    return Repeated(test, word, 3, 3, 0, 3)


@pytest.mark.parametrize(
    "words, word",
    [
        (("helps", "does not help"), "helps"),
        (("does not help", "does not help"), "does not help"),
        (("does not help", "not decided"), "not decided"),
        ((), "not decided"),
    ],
)
def test_one_test_that_it_helps_with_is_enough(words: tuple[Word, ...], word: Word) -> None:
    assert overall(tuple(row("it", each) for each in words)) == word


def test_the_headline_names_what_it_helps_with_and_what_fails_now() -> None:
    tests = (row("haproxy-killed", "helps"), row("haproxy-hung", "does not help"))
    assert Prevention("it", "helps", (), tests, but=("return",)).headline == (
        "helps with haproxy-killed, but with it return fails"
    )
    assert Prevention("it", "helps", (), tests, but=("return", "thaw")).headline.endswith("with it return, thaw fail")
    assert Prevention("it", "helps", (), tests).headline == "helps with haproxy-killed"
    assert Prevention("it", "not decided", (), tests[1:]).headline == "not decided"


@pytest.mark.parametrize(
    "word, tried, told",
    [("helps", 2, "; 2 changes were tried for it"), ("helps", 1, ""), ("helps", 0, ""), ("does not help", 2, "")],
)
def test_of_several_changes_one_may_help_by_chance(word: Word, tried: int, told: str) -> None:
    """What does not help needs no such warning."""
    repeated = Repeated("it", word, 3, 3, 1, 3, tried=tried)
    assert repeated.said == f"it: failed 3 of 3 times before, 1 of 3 with it{told}"
