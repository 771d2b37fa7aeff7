"""Docker Compose, as a command: the contract that users know, which brings the lab up without the harness too."""

import os
import subprocess
from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from harness.lab.dockerfile import PREFIX
from harness.model import composition
from harness.model.errors import EnvironmentProblem
from harness.model.folders import COMPOSE
from harness.model.topology import Topology

DEFAULT_LAB: Final = "failover-harness"

Say = Callable[[str], None]


def topology(chosen: Iterable[str] = ()) -> Topology:
    """The wiring of a lab with these overlays. Raises `UnknownName` for one that is not there."""
    return composition.topology(COMPOSE, chosen)


def overlays() -> tuple[str, ...]:
    """What a lab can be brought up with: ``databases``."""
    return composition.overlays(COMPOSE)


def services(chosen: Iterable[str] = ()) -> list[str]:
    """Nodes, agents and the load's master: all that ``exec`` and ``logs`` can name in such a lab."""
    documents = [composition.read(path) for path in composition.files(COMPOSE, chosen)]
    return list(dict.fromkeys(name for document in documents for name in msgspec.convert(document, _Services).services))


def images(chosen: Iterable[str] = ()) -> set[str]:
    """The images that such a lab runs, by their names: ``database``."""
    documents = [composition.read(path) for path in composition.files(COMPOSE, chosen)]
    every = [each for document in documents for each in msgspec.convert(document, _Services).services.values()]
    return {service.image.removeprefix(PREFIX).split(":")[0] for service in every if service.image}


def present(found: Iterable[str]) -> tuple[str, ...]:
    """The overlays of a lab, told by its services: one that is there has services which compose.yaml has not."""
    extra = set(found) - set(services())
    return tuple(name for name in overlays() if extra.intersection(services([name])))


def up(lab: str, chosen: Iterable[str] = ()) -> None:
    """Creates and starts every container. Raises `EnvironmentProblem` with Compose's last words."""
    compose(lab, "up", "--detach", "--no-build", "--quiet-pull", chosen=chosen)


def down(lab: str) -> None:
    """Removes the lab's containers and networks; what is not there is not an error."""
    compose(lab, "down", "--timeout", "1", "--volumes", "--remove-orphans")


def compose(lab: str, *arguments: str, chosen: Iterable[str] = ()) -> str:
    """``docker compose -p LAB …`` → its stdout. Raises `EnvironmentProblem`: exit status, last output, what to try."""
    laid = [word for path in composition.files(COMPOSE, chosen) for word in ("--file", str(path))]
    command = ["docker", "compose", "--project-name", lab, *laid, *arguments]
    environment = {**os.environ, "HARNESS_LAB": lab, "COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "plain"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise EnvironmentProblem(
            f"docker compose {arguments[0]} ended with exit status {done.returncode}. It said:\n{last}\n"
            f"Try: harness doctor; harness down --lab {lab}"
        )
    return done.stdout


class _Service(msgspec.Struct):
    image: str = ""


class _Services(msgspec.Struct):
    services: dict[str, _Service]
