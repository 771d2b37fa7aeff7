"""How checks write instants, lengths of time and lists."""

from collections.abc import Iterable

from harness.history import Step
from harness.model.units import s


def at(step: Step, t: int) -> str:
    """An instant as seconds since the step's first effect."""
    return f"{(t - step.first_effect_ns) / s:+.3f} s"


def lasting(ns: int) -> str:
    return f"{ns / s:.3f} s"


def unsettled(step: Step) -> str:
    """A sentence: why the step has no settled part."""
    held = [str(applied.op) for applied in step.in_force if step.release_of(applied) is None]
    if held:
        return f"A fault is still held, so nothing has to be settled: {names(held)}."
    return "The watch ended before the pair had to be settled."


def rivals(nodes: Iterable[str]) -> str:
    """The nodes of a virtual router that must not hold the VIP at the same time."""
    return "both nodes" if len(tuple(nodes)) == 2 else "several nodes"


def names(words: Iterable[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``; each once. Without words: ``no node``."""
    *first, last = dict.fromkeys(words) or ["no node"]
    return f"{', '.join(first)} and {last}" if first else last


def entries(caches: Iterable[str]) -> str:
    """``The ARP entries of gw-2 and customer-3``: the begin of a sentence."""
    each = list(dict.fromkeys(caches))
    return f"The ARP {'entry' if len(each) == 1 else 'entries'} of {names(each)}"
