"""What a campaign's rows read, as digests: the results of other files are those of another campaign."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec

from harness import __version__
from harness.campaign.job import Cell
from harness.campaign.plan import Plan
from harness.experiment.catalogue import find_experiment
from harness.model.configuration import Configuration
from harness.model.folders import COMPOSE

IMAGE: Final = ("base", "balancer")  # folders of compose/: what the balancers' image is made of


def sealed(asked: Plan) -> Plan:
    """With `Plan.contents` as they are now. Raises `UsageError` for what is not there."""
    found = {name: digest for cell in asked.cells for name, digest in _read(cell)}
    found |= {"the harness": __version__, "the balancers' image": _of_files(_image())}
    return msgspec.structs.replace(asked, contents=tuple(sorted(found.items())))


def _read(cell: Cell) -> Iterator[tuple[str, str]]:
    name = configuration_of(cell)
    yield f"configuration {name}", _of_configuration(name)
    if cell.test:
        yield f"experiment {cell.what}", _of_files([Path(find_experiment(cell.what).path)])


def configuration_of(cell: Cell) -> str:
    return cell.configuration or find_experiment(cell.what).choose(cell.test)[0].configuration


def _of_configuration(name: str) -> str:
    """Settings, and each file of a node with that of `default` under it; not what is written about it."""
    loaded = Configuration.load(name)
    return _short(msgspec.json.encode((loaded.settings, sorted(loaded.sources.items()))))


def _image() -> Iterator[Path]:
    for name in IMAGE:
        files = (path for path in (COMPOSE / name).rglob("*") if path.is_file())
        yield from sorted(path for path in files if "__pycache__" not in path.parts)


def _of_files(paths: Iterable[Path]) -> str:
    return _short(b"".join(sha256(path.name.encode() + b"\0" + path.read_bytes()).digest() for path in paths))


def _short(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]
