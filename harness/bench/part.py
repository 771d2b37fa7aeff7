"""A part of the bench: one file of a folder each, found by its name."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from harness.bench import parts
from harness.bench.figures import Figure
from harness.model.errors import BadValue, UnknownName

Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """What a part needs. A part brings up the lab that it measures under the name `lab`, and takes it down again."""

    lab: str
    image: str  # the agent's
    count: int
    realtime: bool  # the machine has real-time scheduling: then deadlines have bounds
    say: Say


@dataclass(frozen=True)
class Part:
    """`seconds` says how long `count` samples are expected to take."""

    about: str
    count: int
    seconds: Callable[[int], float]
    measure: Callable[[Bench], Iterator[Figure]]


def find_parts() -> dict[str, Part]:
    """Name → part: every file of harness/bench/parts/."""
    names = [module.name for module in pkgutil.iter_modules(parts.__path__)]
    return {name: importlib.import_module(f"{parts.__name__}.{name}").PART for name in names}


def choose(known: Iterable[str], only: str) -> list[str]:
    """A comma-separated list of names; "": all. Raises `UnknownName` with the nearest."""
    every = list(known)
    wanted = [name.strip() for name in only.split(",") if name.strip()]
    for name in wanted:
        if name not in every:
            raise UnknownName("part", name, every)
    return [name for name in every if not wanted or name in wanted]


def read_counts(texts: Iterable[str], known: Iterable[str]) -> dict[str, int]:
    """``30`` for every part, ``blips=30`` for one; the last one counts. Raises `BadValue`, `UnknownName`."""
    every, counts = list(known), dict[str, int]()
    for text in texts:
        name, _, value = text.rpartition("=")
        if not value.isdecimal() or int(value) < 1:
            raise BadValue("--count", text, "N or PART=N with N from 1 on")
        counts.update(dict.fromkeys(choose(every, name), int(value)))
    return counts
