"""A lab's topology as it is handed to agents and load: a file in their containers, there before they start.

A container without that file (after ``docker compose up`` alone) has the topology of the Compose files in its image.
"""

import hashlib
from pathlib import Path
from typing import Final

import msgspec

from harness.model import composition
from harness.model.errors import UsageError
from harness.model.topology import Topology

PATH: Final = "/etc/harness/topology.json"


def encode(topology: Topology) -> bytes:
    """In its own order, which the numbers in request records follow."""
    return msgspec.json.encode(topology)


def digest(topology: Topology) -> str:
    """By this, two processes know that they have the same topology."""
    return hashlib.sha256(encode(topology)).hexdigest()


def read(compose: Path, file: Path = Path(PATH)) -> Topology:
    """The topology that was handed over, else that of the Compose files in `compose`, every overlay included.

    Raises `UsageError` for a file of another form, such as another version of the harness writes.
    """
    if not file.is_file():
        return composition.topology(compose)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Topology)
    except msgspec.DecodeError as error:
        raise UsageError(f"{file} is no topology of this version: {error}. Next: harness down, harness up.") from error
