"""A lab's topology in a file of its own, YAML or TOML: the keys of x-lab, and its nodes.

::

    segments: {external: 10.77.0.0/24}  # and switches, trunks, rings, virtual_routers, vantages, …: as x-lab
    nodes:
      lb-1:
        kind: balancer                        # and ports, routes, sticky_arp, forwards: as a service's x-lab
        environment: {KEY: value}             # optional, as cpu_shares and image are: see `Options`
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, NamedTuple

import msgspec
import yaml

from harness.model import rules
from harness.model.errors import UnknownName, UsageError
from harness.model.node import Node, Port, Route
from harness.model.topology import Topology

_Keys = Mapping[str, object]
_NODES: Final = "nodes"
_SHOWN: Final = 8


class Options(msgspec.Struct, frozen=True):
    """How a node's container differs from others of its kind. `image`: of a site's own, in the place of the kind's.

    `sysctls`: of its network namespace. `hosts`: name → address, in its /etc/hosts. `pids_limit`: processes and threads
    at most. `mem_limit_mb`: megabytes, swap included.
    """

    environment: dict[Annotated[str, msgspec.Meta(pattern=r"^(?!HARNESS_)[A-Za-z_][A-Za-z0-9_]*$")], str] = {}
    cpu_shares: Annotated[int, msgspec.Meta(ge=2, le=262_144)] | None = None
    pids_limit: Annotated[int, msgspec.Meta(ge=64, le=2**22)] | None = None
    mem_limit_mb: Annotated[int, msgspec.Meta(ge=64, le=2**20)] | None = None
    image: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][\w./:@-]*$")] | None = None
    sysctls: dict[Annotated[str, msgspec.Meta(pattern=r"^net\.[\w./-]+$")], str] = {}
    hosts: dict[
        Annotated[str, msgspec.Meta(pattern=r"^[\w.-]+$")], Annotated[str, msgspec.Meta(pattern=r"^[\da-f.:]+$")]
    ] = {}


class LabFile(NamedTuple):
    topology: Topology
    options: dict[str, Options]  # node → its own; all of them


def read(path: Path) -> LabFile:
    """Raises `UsageError` naming the file, each bad value, and what would be valid."""
    document = _document(path)
    _refuse_unknown(path, "", document, _fields(Topology))
    nodes = _tables(path, document.get(_NODES, {}))
    lab = {key: value for key, value in document.items() if key != _NODES}
    options = {name: _options(path, name, keys) for name, keys in nodes.items()}
    shapes = {name: _shape(path, name, keys) for name, keys in nodes.items()}
    topology = _topology(path, lab, shapes)
    if found := rules.problems(topology):
        raise UsageError(_told(path, found))
    return LabFile(topology, options)


def _document(path: Path) -> dict[str, object]:
    readers: dict[str, Callable[[str], object]] = {
        ".toml": tomllib.loads,
        ".yaml": yaml.safe_load,
        ".yml": yaml.safe_load,
    }
    if path.suffix not in readers:
        raise UsageError(f"The topology {str(path)!r} has an unknown suffix: valid are {', '.join(readers)}.")
    try:
        document = readers[path.suffix](path.read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The topology {str(path)!r} cannot be read: {error}.") from error
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path} is not {path.suffix.lstrip('.').upper()}: {error}.") from error
    return _table(path, "the file", document)


def _options(path: Path, name: str, keys: _Keys) -> Options:
    try:
        return msgspec.convert({key: value for key, value in keys.items() if key in _fields(Options)}, Options)
    except msgspec.ValidationError as error:
        raise UsageError(f"{path}: {_at(str(error), f'nodes.{name}')}.") from error


def _shape(path: Path, name: str, keys: _Keys) -> dict[str, object]:
    """The node as the x-lab of a service. Raises `UsageError` for an unknown key."""
    own = {key: value for key, value in keys.items() if key not in _fields(Options)}
    _refuse_unknown(path, f" of nodes.{name}", own, [key for key in _fields(Node) if key != "name"])
    lists = (("ports", _fields(Port) - {"node", "index"}), ("routes", _fields(Route)))
    for key, valid in lists:
        found = own.get(key, [])
        for place, each in enumerate(found if isinstance(found, list) else []):
            where = f"nodes.{name}.{key}[{place}]"
            _refuse_unknown(path, f" of {where}", _table(path, where, each), valid)
    return own


def _topology(path: Path, lab: _Keys, shapes: Mapping[str, object]) -> Topology:
    """The lab's own keys first, then each node alone, so that an error names its place in the file."""
    bare = {key: {} for key in _fields(Topology) - {_NODES, "storm_limit"}} | dict(lab)
    services = {name: {"x-lab": shape} for name, shape in shapes.items()}
    _fit(path, "", {"x-lab": lab, "services": {}})
    for name, service in services.items():
        _fit(path, f"nodes.{name}", {"x-lab": bare, "services": {name: service}})
    try:
        return Topology.from_compose({"x-lab": dict(lab), "services": services})
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from error


def _fit(path: Path, place: str, compose: dict[str, object]) -> None:
    """Raises `UsageError` for a wrong shape. Unknown names are reported later, once every shape is right."""
    try:
        Topology.from_compose(compose)
    except UsageError as error:
        if isinstance(error.__cause__, msgspec.ValidationError):
            raise UsageError(f"{path}: {_at(str(error.__cause__), place)}.") from error


def _at(message: str, place: str) -> str:
    """msgspec's own words, with the place as the file has it: ``$.services[...].x-lab.kind`` → ``nodes.lb-1.kind``."""
    for inner in ("$.services[...].x-lab", "$.x-lab.", "$."):
        message = message.replace(inner, place if inner.startswith("$.services") else f"{place}." if place else "")
    return message + (". Put it in quotes" if "Expected `str`, got `int`" in message else "")


def _refuse_unknown(path: Path, where: str, keys: _Keys, valid: Iterable[str]) -> None:
    for key in keys:
        if key not in valid:
            raise UsageError(f"{path}: {UnknownName(f'key{where}', str(key), valid)}")


def _tables(path: Path, value: object) -> dict[str, dict[str, object]]:
    return {name: _table(path, f"nodes.{name}", each) for name, each in _table(path, _NODES, value).items()}


def _table(path: Path, what: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise UsageError(f"{path}: {what} is {value!r}; valid are keys with values.")
    return {str(key): each for key, each in value.items()}


def _fields(kind: type[msgspec.Struct]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(kind)}


def _told(path: Path, found: list[str]) -> str:
    shown = "\n".join(f"  {each}." for each in found[:_SHOWN])
    more = f"\n  And {len(found) - _SHOWN} more." if len(found) > _SHOWN else ""
    return f"{path} is no lab that could run:\n{shown}{more}\nNext: correct it; harness up --dry-run --topology {path}"
