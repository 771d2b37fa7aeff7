"""A vantage point's fate over trials, in words."""

import msgspec
import pytest

from harness.model.outcome import VantageOutcome, VantageState
from harness.report.page.words import fate, interval, shares, spread

BASE = VantageOutcome(1.0, False, 0.0, 0.0, 0.0, 0.0, 0, 0, None, state="unaffected")


def seen(*recoveries: float | VantageState) -> list[VantageOutcome]:
    return [
        msgspec.structs.replace(
            BASE,
            affected=each != 0,
            recovery_s=each if isinstance(each, float) else None,
            state=each if isinstance(each, str) else "recovered" if each else "unaffected",
        )
        for each in recoveries
    ]


@pytest.mark.parametrize(
    "recoveries, words",
    [
        ((0.0,), "unaffected"),
        ((0.812,), "served again after 0.812 s"),
        ((0.812, 1.004), "served again after 0.812–1.004 s"),
        (("down",), "down"),
        (("down", "down"), "down 2/2"),
        (("down", 1.0, 2.0), "down 1/3, else after 1.000–2.000 s"),
        (("no arrivals",), "no arrivals"),
        (("censored", 0.0), "censored 1/2, else after 0.000 s"),
    ],
)
def test_a_fate(recoveries: tuple[float | VantageState, ...], words: str) -> None:
    assert fate(seen(*recoveries)) == words


@pytest.mark.parametrize(
    "recoveries, words",
    [
        ((1.0,), ""),
        ((0.0, 0.0), ""),
        ((1.0, "censored"), ""),  # what is not known has no median
        ((1.0, 2.0, 3.0), "median 2.000 s, n = 3: too few for an interval (6 are needed)"),
        ((1.0, 2.0, 3.0, 4.0, 5.0, 6.0), "median 3.000 s (95 %: 1.000 to 6.000 s, n = 6)"),
        ((1.0, 2.0, 3.0, 4.0, 5.0, "down"), "median 3.000 s (95 %: 1.000 without an upper bound, n = 6)"),
        (("down", "down", "down", 1.0), "in more than half of 4 trials not served in the end"),
    ],
)
def test_an_interval(recoveries: tuple[float | VantageState, ...], words: str) -> None:
    assert interval(seen(*recoveries)) == words


@pytest.mark.parametrize(
    "values, words",
    [
        ((1.0, 1.0), "100 %"),
        ((0.0,), "0 %"),
        ((0.99999,), "99.999 %"),
        ((0.5, 1.0), "50.0–100 %"),
        ((None, 1.0), "100 %, unknown 1/2"),
        ((None,), "unknown 1/1"),
        ((), "–"),
    ],
)
def test_shares_are_never_rounded_to_all(values: tuple[float | None, ...], words: str) -> None:
    assert shares(values) == words


def test_a_spread() -> None:
    assert spread([0.8, None, 0.9], never="not released") == "0.800–0.900 s, not released 1/3"
    assert spread([None]) == "never"
    assert spread([]) == "–"
