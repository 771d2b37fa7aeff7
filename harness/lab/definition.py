"""What a lab is made of: compose.yaml and overlays, or the Compose file that was made from a topology of its own.

The latter is ``.harness/labs/NAME/compose.yaml`` (`harness.lab.generated`): where there is one, it is the lab.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from harness.lab import compose
from harness.lab.lab_name import is_name
from harness.model import composition, folders
from harness.model.errors import UsageError
from harness.model.topology import Topology


class Definition(msgspec.Struct, frozen=True):
    """`topology`: what is in the lab. `every`: with what overlays may add; agents get it, files of nodes may name it.

    `services`: nodes, agents, the load's master. `images`: ours that they run, by name: ``database``.
    """

    files: tuple[Path, ...]
    topology: Topology
    every: Topology
    services: tuple[str, ...]
    images: frozenset[str]
    generated: bool = False

    @property
    def readers(self) -> list[str]:
        """The services that read the topology: agents and load."""
        nodes = self.topology.nodes
        return [name for name in self.services if name not in nodes or nodes[name].kind == "customer"]


def of(lab: str, overlays: Iterable[str] = ()) -> Definition:
    """The definition of a lab with these overlays. Raises `UnknownName` for an overlay that does not exist.

    Raises `UsageError` for an overlay whose nodes are missing in a lab with a topology of its own.
    """
    if is_generated(lab):
        return _generated(lab, overlays)
    chosen = tuple(overlays)
    files = composition.files(folders.COMPOSE, chosen)
    every = compose.topology(compose.overlays())
    return _define(files, compose.topology(chosen), every)


def is_generated(lab: str) -> bool:
    """Does the lab have a topology of its own?"""
    return is_name(lab) and file_of(lab).is_file()


def file_of(lab: str) -> Path:
    """Where the Compose file of such a lab is kept."""
    return folders.lab(lab) / composition.BASE


def _generated(lab: str, overlays: Iterable[str]) -> Definition:
    path = file_of(lab)
    topology = Topology.from_compose(composition.read(path))
    made = msgspec.structs.replace(_define((path,), topology, topology), generated=True)
    for overlay in overlays:
        added = [each for each in compose.services([overlay]) if each not in compose.services()]
        if missing := [each for each in added if each not in made.services]:
            raise UsageError(
                f"The lab {lab!r} has a topology of its own, without {', '.join(missing)} of the overlay {overlay}. "
                f"Add them to its file, then: harness up --topology FILE --lab {lab}; or use another lab."
            )
    return made


def _define(files: tuple[Path, ...], topology: Topology, every: Topology) -> Definition:
    return Definition(files, topology, every, compose.services_in(files), compose.images_in(files))
