"""Is A better than B, asked after every pair of trials, with the error rate kept. Pure, and exact: whole numbers.

Trials are compared in pairs, and only pairs in which one was good and the other was not count (A. Wald, Sequential
Analysis, 1947, chapter 6: double dichotomies). If A is no better than B, A wins such a pair with a probability of at
most 1/2. The evidence is a mixture of likelihood ratios, 1/2 against every greater probability, evenly weighted
(H. Robbins, Ann. Math. Stat. 41, 1970): its expectation stays at most 1 then, so by Ville's inequality (1939) it ever
reaches 1/alpha with a probability of at most alpha, however often it is looked at.
"""

from fractions import Fraction
from itertools import accumulate
from math import comb
from typing import Final

ALPHA: Final = Fraction(5, 100)
"""Of both directions together: each may reach 2/alpha = 40."""

BOUND: Final = 2 / ALPHA


def evidence(wins: int, losses: int) -> Fraction:
    """That the winner's probability is above 1/2. 2 ∫ (2p)^wins (2 − 2p)^losses dp, from 1/2 to 1.

    Raises `ValueError` for negative numbers.
    """
    if wins < 0 or losses < 0:
        raise ValueError(f"{wins} wins, {losses} losses")
    n = wins + losses
    below = sum(comb(n + 1, k) for k in range(wins + 1))
    return Fraction(below, (n + 1) * comb(n, wins))


def decided(pairs: list[bool | None]) -> int | None:
    """After how many pairs it is known which is better; None: not yet. True: A wins; None: a tie."""
    wins = list(accumulate(pair is True for pair in pairs))
    losses = list(accumulate(pair is False for pair in pairs))
    for number, (won, lost) in enumerate(zip(wins, losses, strict=True), 1):
        if max(evidence(won, lost), evidence(lost, won)) >= BOUND:
            return number
    return None


def hopeless(wins: int, losses: int, left: int) -> bool:
    """Could not even `left` more pairs, all for one side, decide? To stop then makes no error larger."""
    return evidence(wins + left, losses) < BOUND and evidence(losses + left, wins) < BOUND
