"""Networks that the usual lab can have instead of its own: compose/networks/NAME.yaml, laid over compose.yaml.

Such a lab is one with a topology of its own (`harness.lab.generated`): the usual lab does not change, and both may run.
"""

from typing import Final

from harness.lab import generated
from harness.model import composition, folders, rules
from harness.model.errors import UnknownName, UsageError
from harness.model.topology import Topology

FOLDER: Final = folders.COMPOSE / "networks"


def names() -> tuple[str, ...]:
    """``full``."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.yaml")))


def topology(name: str) -> Topology:
    """Raises `UnknownName`, and `UsageError` for a file that is no lab that could run."""
    if name not in names():
        raise UnknownName("network", name, names())
    path = FOLDER / f"{name}.yaml"
    made = Topology.from_compose(
        composition.laid_over(composition.read(folders.COMPOSE / composition.BASE), read(name))
    )
    if found := rules.problems(made):
        raise UsageError(f"{path} is no lab that could run: {'; '.join(found)}.")
    return made


def read(name: str) -> composition.Document:
    """The file alone: what differs from the usual lab."""
    return composition.read(FOLDER / f"{name}.yaml")


def compose_file(lab: str, name: str) -> str:
    """The Compose file of a lab with this network, as text. Raises what `topology` raises, and `BadValue` for `lab`."""
    return generated.compose_file(lab, topology(name), {}, f"compose/networks/{name}.yaml")
