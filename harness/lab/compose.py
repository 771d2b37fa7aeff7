"""Docker Compose, as a command: users know it, and it brings the lab up without the harness too."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec

from harness.lab.dockerfile import PREFIX
from harness.model import composition
from harness.model.errors import EnvironmentProblem
from harness.model.folders import COMPOSE
from harness.model.topology import Topology

DEADLINE_S: Final = 600  # a lab of 15 containers is down after 4 s, and created after 10 s
TOO_LATE: Final = -1_000  # no signal's number

Say = Callable[[str], None]


def topology(chosen: Iterable[str] = ()) -> Topology:
    """The wiring of a lab with these overlays. Raises `UnknownName` for one that is not there."""
    return composition.topology(COMPOSE, chosen)


def overlays() -> tuple[str, ...]:
    """The overlays that a lab can be brought up with: ``databases``."""
    return composition.overlays(COMPOSE)


def services(chosen: Iterable[str] = ()) -> tuple[str, ...]:
    """Nodes, agents and the load's master: all that ``exec`` and ``logs`` can name in such a lab."""
    return services_in(composition.files(COMPOSE, chosen))


def services_in(files: Iterable[Path]) -> tuple[str, ...]:
    """Of these Compose files, each once, in order."""
    return tuple(dict.fromkeys(name for path in files for name in _services(path)))


def images(chosen: Iterable[str] = ()) -> frozenset[str]:
    """The images that such a lab runs, by their names: ``database``."""
    return images_in(composition.files(COMPOSE, chosen))


def images_in(files: Iterable[Path]) -> frozenset[str]:
    """Of these Compose files; a site's own image, which is not built here, is left out."""
    every = [service.image for path in files for service in _services(path).values()]
    return frozenset(image.removeprefix(PREFIX).split(":")[0] for image in every if image.startswith(PREFIX))


def _services(path: Path) -> dict[str, "_Service"]:
    return msgspec.convert(composition.read(path), _Services).services


def present(found: Iterable[str]) -> tuple[str, ...]:
    """The overlays of a lab, known by those of its services that compose.yaml does not have."""
    extra = set(found) - set(services())
    return tuple(name for name in overlays() if extra.intersection(services([name])))


def create(lab: str, files: Iterable[Path]) -> None:
    """Creates what is missing or has changed, and starts nothing. Raises `EnvironmentProblem` with its last output."""
    compose(lab, "up", "--no-start", "--no-build", "--quiet-pull", "--remove-orphans", files=files)


def start(lab: str, files: Iterable[Path]) -> None:
    """Starts every container that does not run. Raises `EnvironmentProblem` with Compose's last output."""
    compose(lab, "start", files=files)


def down(lab: str) -> None:
    """Removes the lab's containers and networks, whatever files made them. A missing lab is not an error."""
    compose(lab, "down", "--timeout", "1", "--volumes", "--remove-orphans")


def compose(lab: str, *arguments: str, files: Iterable[Path] = (COMPOSE / composition.BASE,)) -> str:
    """``docker compose -p LAB …`` → its stdout. Raises `EnvironmentProblem`: exit status, last output, what to try."""
    laid = [word for path in files for word in ("--file", str(path))]
    command = ["docker", "compose", "--project-name", lab, *laid, *arguments]
    environment = {**os.environ, "HARNESS_LAB": lab, "COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "plain"}
    status, out, err = _run(command, environment)
    if status:
        last = "\n".join((out + err).strip().splitlines()[-8:])
        how = f"has not ended within {DEADLINE_S} s" if status == TOO_LATE else f"ended with exit status {status}"
        raise EnvironmentProblem(
            f"docker compose {arguments[0]} {how}. Its last output:\n{last}\n"
            f"Try: harness doctor; harness down --lab {lab}"
        )
    return out


def _run(command: list[str], environment: dict[str, str]) -> tuple[int, str, str]:
    """Exit status, or `TOO_LATE`; stdout; stderr. An engine may never answer: libnetwork of 20.10 can block itself.

    Compose runs below the command ``docker``, and would hold its pipes: both are ended, as one group.
    """
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, process_group=0
    ) as process:
        try:
            out, err = process.communicate(timeout=DEADLINE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return TOO_LATE, *process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGINT)  # a terminal's Ctrl-C does not reach a group of its own
            raise
    return process.returncode, out, err


class _Service(msgspec.Struct):
    image: str = ""


class _Services(msgspec.Struct):
    services: dict[str, _Service]
