"""How checks write instants, lengths of time and lists."""

from collections.abc import Iterable

from harness.history import Step
from harness.model.units import s


def at(step: Step, t: int) -> str:
    """An instant as people read it: seconds since the step's first effect."""
    return f"{(t - step.first_effect_ns) / s:+.3f} s"


def lasting(ns: int) -> str:
    return f"{ns / s:.3f} s"


def names(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; each once. Of none: ``nobody``."""
    *first, last = dict.fromkeys(words) or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last
