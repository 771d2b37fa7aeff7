"""Which Compose files describe a lab: compose.yaml and the overlays beside it, merged as Compose merges them.

An overlay is any other file of that folder with an ``x-lab``; its name is the file's: ``databases``.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import yaml

from harness.model.errors import UnknownName
from harness.model.topology import Topology

BASE: Final = "compose.yaml"
_LAB: Final = "x-lab"

Document = dict[str, object]


def overlays(folder: Path) -> tuple[str, ...]:
    """Every overlay that can be named, in order."""
    others = sorted(path for path in folder.glob("*.yaml") if path.name != BASE)
    return tuple(path.stem for path in others if _LAB in read(path))


def files(folder: Path, chosen: Iterable[str]) -> tuple[Path, ...]:
    """compose.yaml first. Raises `UnknownName` for an overlay that is not there."""
    valid = overlays(folder)
    for name in chosen:
        if name not in valid:
            raise UnknownName("overlay", name, valid)
    return (folder / BASE, *(folder / f"{name}.yaml" for name in valid if name in chosen))


def topology(folder: Path, chosen: Iterable[str] | None = None) -> Topology:
    """The wiring with these overlays; None: with every overlay, so with every node that a lab can have."""
    wanted = overlays(folder) if chosen is None else tuple(chosen)
    merged: Document = {}
    for path in files(folder, wanted):
        merged = laid_over(merged, read(path))
    return Topology.from_compose(merged)


def read(path: Path) -> Document:
    """Uses libyaml, which is 10 times faster, where PyYAML was built with it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: Document = yaml.load(path.read_bytes(), loader)  # noqa: S506 - both loaders are safe ones
    return document


def laid_over(base: Document, over: Document) -> Document:
    """Mappings merge, at every depth; anything else replaces."""
    both: Document = {}
    for key in base.keys() & over.keys():
        below, above = base[key], over[key]
        if isinstance(below, dict) and isinstance(above, dict):
            both[key] = laid_over(below, above)
    return base | over | both
