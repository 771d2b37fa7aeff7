"""The Mann-Whitney test against values of others, and against all permutations counted by hand."""

from collections.abc import Sequence
from itertools import combinations
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.compare.holm import holm
from harness.compare.ranks import _normal, doubled_ranks, p_larger

ages = ([20.0, 11.0, 17.0, 12.0], [19.0, 22.0, 16.0, 29.0, 24.0])
"""Of the example of scipy.stats.mannwhitneyu: U = 17, exact two-sided p = 0.1111."""


def counted(baseline: Sequence[float], candidate: Sequence[float]) -> float:
    """The share of all ways to choose the candidate with a rank sum at least as large."""
    ranks = doubled_ranks([*baseline, *candidate])
    sums = [sum(each) for each in combinations(ranks, len(candidate))]
    return sum(each >= sum(ranks[len(baseline) :]) for each in sums) / len(sums)


def test_known_values() -> None:
    assert p_larger([1, 2, 3], [4, 5, 6]) == pytest.approx(1 / 20)
    assert p_larger([4, 5, 6], [1, 2, 3]) == 1.0
    assert 2 * p_larger(*ages) == pytest.approx(0.1111, abs=5e-5)
    assert p_larger(range(10), range(10, 20)) == pytest.approx(1 / 184_756)


def test_equal_values_share_a_rank() -> None:
    assert doubled_ranks([7.0, 1.0, 7.0, inf]) == [5, 2, 5, 8]
    assert p_larger([1.0] * 10, [1.0] * 10) == 1.0


def test_what_is_never_served_again_is_larger_than_any_time() -> None:
    assert p_larger([1.0, 2.0, 3.0], [inf, inf, inf]) == pytest.approx(1 / 20)
    assert p_larger([inf] * 5, [inf] * 5) == 1.0


few = st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0, inf]), min_size=1, max_size=5)


@given(few, few)
def test_it_counts_all_permutations(baseline: list[float], candidate: list[float]) -> None:
    assert p_larger(baseline, candidate) == pytest.approx(counted(baseline, candidate))


def test_many_values_give_nearly_the_same_by_the_approximation() -> None:
    baseline, candidate = [float(n) for n in range(25)], [n + 4.5 for n in range(25)]
    ranks = doubled_ranks([*baseline, *candidate])
    exact = p_larger(baseline, candidate)
    assert _normal(ranks, 25, sum(ranks[25:])) == pytest.approx(exact, rel=0.03)
    assert p_larger(baseline * 2, candidate * 2) < exact
    assert p_larger([1.0] * 50, [1.0] * 50) == 1.0


@pytest.mark.parametrize("baseline, candidate", [([], [1.0]), ([1.0], [])])
def test_without_values_nothing_is_compared(baseline: list[float], candidate: list[float]) -> None:
    with pytest.raises(ValueError, match="no values"):
        p_larger(baseline, candidate)


def test_holm_as_in_his_paper() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.6]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []
