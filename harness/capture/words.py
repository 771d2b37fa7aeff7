"""Instants, times and what is missing, in the words of every judgement."""

from collections.abc import Iterable

from harness.capture.scene import Scene
from harness.model.outcome import Finding, Instant, Judgement
from harness.model.units import s


def at(scene: Scene, t: int) -> str:
    """``+1.234 s`` from when all points captured on."""
    return f"{(t - scene.begin) / s:+.3f} s"


def lasting(ns: int) -> str:
    return f"{ns / s:.3f} s"


def names(items: Iterable[str]) -> str:
    """``gw-1, gw-2 and gw-3``."""
    *first, last = dict.fromkeys(items) or ("no node",)
    return f"{', '.join(first)} and {last}" if first else last


def found(
    verdict: Judgement, sentence: str, missing: Iterable[str] = (), instants: Iterable[Instant] = (), bound: object = ""
) -> Finding:
    """`missing`: what would have to be captured too; it is named once each."""
    lacks = "; ".join(dict.fromkeys(missing))
    said = f"{sentence} Missing: {lacks}." if lacks else sentence
    return Finding("", verdict, said.strip(), tuple(instants)[:20], str(bound))


def unseen_nodes(scene: Scene) -> list[str]:
    """The nodes at whose interfaces no point was: what they sent and received may not have been seen."""
    lacks = [
        f"a capture at the interface of {name} (name it with --at {name}=FILE)"
        for name in scene.nodes
        if not scene.seen_at(name)
    ]
    if len(scene.nodes) < 2:
        lacks.append("the other nodes of the pair, which sent no advert (name them with --node NAME=IP)")
    return lacks
