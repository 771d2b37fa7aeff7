"""Is A better than B: the error rate is kept, and the answer does not depend on who did which trial when."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.campaign.job import Cell
from harness.campaign.plan import Plan
from harness.campaign.question import answer, parse
from harness.campaign.result import Result, known
from harness.campaign.sequential import ALPHA, BOUND, evidence, hopeless
from harness.campaign.table import table
from harness.model.errors import BadValue, UnknownName
from tests.unit.campaign.campaigns import A, B, result

COUNT = st.integers(0, 60)


@given(COUNT, COUNT)
def test_the_evidence_is_a_martingale_where_both_are_equal(wins: int, losses: int) -> None:
    """So that the chance that it ever reaches 1/alpha is at most alpha (Ville)."""
    assert (evidence(wins + 1, losses) + evidence(wins, losses + 1)) / 2 == evidence(wins, losses)


def test_the_evidence_is_as_computed_by_hand() -> None:
    assert [evidence(0, 0), evidence(1, 0), evidence(0, 1)] == [1, Fraction(3, 2), Fraction(1, 2)]
    assert evidence(7, 0) < BOUND <= evidence(8, 0)


def test_equals_are_told_apart_in_at_most_one_of_twenty_campaigns() -> None:
    """Exactly, for 120 pairs: the chance of each number of wins that has never reached the bound."""
    open_paths, wrong = {0: Fraction(1)}, Fraction(0)
    for n in range(1, 121):
        arrived: dict[int, Fraction] = {}
        for wins, chance in open_paths.items():
            for more in (0, 1):
                arrived[wins + more] = arrived.get(wins + more, Fraction(0)) + chance / 2
        reached = {wins for wins in arrived if max(evidence(wins, n - wins), evidence(n - wins, wins)) >= BOUND}
        wrong += sum((arrived.pop(wins) for wins in reached), Fraction(0))
        open_paths = arrived
    assert 0.01 < wrong <= ALPHA


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="-1 wins"):
        evidence(-1, 0)


@given(COUNT, COUNT, st.integers(0, 20))
def test_what_is_hopeless_would_not_be_decided_by_all_that_is_left(wins: int, losses: int, left: int) -> None:
    best = max(evidence(wins + left, losses), evidence(losses + left, wins))
    assert hopeless(wins, losses, left) == (best < BOUND)


def asked(trials: int = 12) -> Plan:
    return Plan((A, B), trials, 1, "better a b")


def both(trials: int, *, a: bool, b: bool) -> list[Result]:
    return [each for n in range(1, trials + 1) for each in (result(A, n, good=a), result(B, n, good=b))]


def test_eight_pairs_that_one_side_wins_decide() -> None:
    for a, b, said in ((True, False, "yes"), (False, True, "no")):
        found = answer(asked(), known(both(8, a=a, b=b)))
        assert found
        assert (found.said, found.jobs, found.pairs) == (said, 16, 8)
        seven = answer(asked(), known(both(7, a=a, b=b)))
        assert seven
        assert (seven.said, seven.jobs) == ("open", None)


def test_ties_decide_nothing_and_too_few_trials_are_noticed_at_once() -> None:
    tied = answer(asked(), known(both(5, a=True, b=True)))
    assert tied
    assert tied.said == "cannot be decided"
    assert tied.pairs == 5
    none = answer(asked(7), known([]))
    assert none
    assert none.said == "open"
    one = answer(asked(7), known(both(1, a=True, b=False)))
    assert one
    assert (one.said, one.jobs) == ("cannot be decided", 2)


def test_the_answer_is_that_of_the_plan_whatever_ended_first() -> None:
    """A later pair counts only when all before it are over."""
    results = both(9, a=True, b=False)
    late = [each for each in results if each.job.trial != 1]
    waiting = answer(asked(), known(late))
    assert waiting
    assert waiting.said == "open"
    chance = Random(5)
    tables = {table(asked(), chance.sample(results, len(results))).sentence for _ in range(20)}
    assert len(tables) == 1


def test_trials_after_the_answer_do_not_count() -> None:
    once = table(asked(), both(8, a=True, b=False))
    more = table(asked(), [*both(8, a=True, b=False), result(A, 9, good=False), result(B, 11, good=True)])
    assert more == once
    assert (once.verdict, once.rows[0].planned, once.left) == ("passed", 8, 0)


def test_a_trial_that_was_given_up_makes_its_pair_no_pair() -> None:
    lost = [Result(result(A, 1, good=True).job, n, "lost") for n in (1, 2)]
    rest = [each for each in both(9, a=True, b=False) if each.job.trial > 1 or each.job.cell == B]
    found = answer(asked(), known([*lost, *rest]))
    assert found
    assert (found.said, found.pairs) == ("yes", 8)


def test_experiments_are_compared_too() -> None:
    cells = tuple(Cell("june_13", test, name) for test in ("flush", "announce") for name in ("x", "y"))
    found = parse("better june_13:announce june_13:flush", cells)
    assert found.sides == ((cells[2], cells[0]), (cells[3], cells[1]))


@pytest.mark.parametrize("text", ["better a", "worse a b", "better a a", ""])
def test_what_is_no_question_is_refused(text: str) -> None:
    with pytest.raises(BadValue, match="better A B"):
        parse(text, (A, B))


def test_a_side_that_is_not_there_is_refused_with_what_is() -> None:
    with pytest.raises(UnknownName, match="Did you mean"):
        parse("better a blip", (A, Cell("blips", "", "c")))
