"""Whether a change helps: from counts alone, and never from too few of them."""

import pytest

from harness.gate.battery import AT_REST
from harness.gate.preventions.decide import Counted, overall, repeated
from harness.model.prevention import Prevention, Repeated, Word


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
    assert Prevention("it", "helps", (), tests).headline == "helps with haproxy-killed"
    assert Prevention("it", "not decided", (), tests[1:]).headline == "not decided"
