"""`harness exec`."""

import os
import sys
from typing import Annotated

import typer

from harness.cli._console import DEFAULT, LabName
from harness.lab import engine
from harness.lab.exec import find_container

Node = Annotated[str, typer.Argument(help="A node, an agent or load-master.", show_default=False)]
Command = Annotated[list[str] | None, typer.Argument(help="What to run there (default: a shell).", show_default=False)]


def exec_in_node(node: Node, command: Command = None, lab: LabName = DEFAULT) -> None:
    """Log in to a node, or run one command there; options of `harness` come before NODE.

    Examples:

      harness exec gw-1 ip neigh

      harness exec gw-1

      harness exec --lab second lb-ext-1 sv status keepalived
    """
    container = find_container(engine.connect(), lab, node)
    terminal = ["--tty"] if sys.stdin.isatty() and sys.stdout.isatty() else []
    argv = ["docker", "exec", "--interactive", *terminal, str(container.id), *(command or ["bash"])]
    os.execvp("docker", argv)  # noqa: S606 - signals, exit status and terminal are then docker's own
