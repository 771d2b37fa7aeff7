"""Docker Compose, as a command: the contract that users know, which brings the lab up without the harness too."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import yaml

from harness.model.errors import EnvironmentProblem
from harness.model.topology import Topology

FOLDER: Final = Path(__file__).resolve().parents[2] / "compose"
FILE: Final = FOLDER / "compose.yaml"
DEFAULT_LAB: Final = "failover-harness"

Say = Callable[[str], None]


def topology() -> Topology:
    """The wiring of the lab, from the checkout's compose.yaml."""
    return Topology.from_compose(yaml.safe_load(FILE.read_text()))


def up(lab: str) -> None:
    """Creates and starts every container. Raises `EnvironmentProblem` with Compose's last words."""
    compose(lab, "up", "--detach", "--no-build", "--quiet-pull")


def down(lab: str) -> None:
    """Removes the lab's containers and networks; what is not there is not an error."""
    compose(lab, "down", "--timeout", "1", "--volumes", "--remove-orphans")


def compose(lab: str, *arguments: str) -> str:
    """``docker compose -p LAB …`` → its stdout. Raises `EnvironmentProblem`: exit status, last output, what to try."""
    command = ["docker", "compose", "--project-name", lab, "--file", str(FILE), *arguments]
    environment = {**os.environ, "HARNESS_LAB": lab, "COMPOSE_ANSI": "never", "COMPOSE_PROGRESS": "plain"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).strip().splitlines()[-8:])
        raise EnvironmentProblem(
            f"docker compose {arguments[0]} ended with exit status {done.returncode}. It said:\n{last}\n"
            f"Try: harness doctor; harness down --lab {lab}"
        )
    return done.stdout
