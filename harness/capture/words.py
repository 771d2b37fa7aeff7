"""Instants, times and what is missing, in the words of every judgement."""

from collections.abc import Iterable
from typing import Final

from harness.capture.scene import Scene
from harness.model.outcome import Finding, Instant, Judgement
from harness.model.units import s

_MOST_NAMED: Final = 10


def at(scene: Scene, t: int) -> str:
    """``+1.234 s`` from the begin of what is judged."""
    return f"{(t - scene.begin) / s:+.3f} s"


def lasting(ns: int) -> str:
    return f"{ns / s:.3f} s"


def names(items: Iterable[str]) -> str:
    """``gw-1, gw-2 and gw-3``. Of many, as the senders of a flood are, the first and how many more."""
    *first, last = _few(items) or ("no node",)
    return f"{', '.join(first)} and {last}" if first else last


def _few(items: Iterable[str]) -> list[str]:
    every = list(dict.fromkeys(items))
    return every if len(every) <= _MOST_NAMED else [*every[: _MOST_NAMED - 1], f"{len(every) - _MOST_NAMED + 1} more"]


def found(
    verdict: Judgement, sentence: str, missing: Iterable[str] = (), instants: Iterable[Instant] = (), bound: object = ""
) -> Finding:
    """`missing`: what would have to be captured too; it is named once each."""
    lacks = "; ".join(_few(missing))
    said = f"{sentence} Missing: {lacks}." if lacks else sentence
    return Finding("", verdict, said.strip(), tuple(instants)[:20], str(bound))


def unseen_nodes(scene: Scene) -> list[str]:
    """The nodes at whose interfaces no point was: what they sent and received may not have been seen."""
    lacks = [
        f"a capture at the interface of {name} (name it with --at {name}=FILE)"
        for name in scene.nodes
        if not scene.seen_at(name)
    ]
    lacks += [lack for name in scene.nodes for lack in unseen_times(scene, name)]
    if len(scene.nodes) < 2:
        lacks.append("the other nodes of the pair, which sent no advert (name them with --node NAME=IP)")
    return lacks


def unseen_times(scene: Scene, node: str) -> list[str]:
    """When the capture at the node's interface had not begun yet, or had ended."""
    return [
        f"what {node} sent and received from {at(scene, each.begin)} to {at(scene, each.end)} (its capture does "
        "not cover that)"
        for each in scene.unseen(node)
    ]
