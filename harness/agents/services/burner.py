"""The service of a node that uses processor time: made for one op, started by the node's own supervisor, removed after.

It is in the node's control group, so that it competes with the node's services; its death ends the fault.
"""

import signal
from collections.abc import Callable
from typing import Final

from harness.agents.executor import taken_back
from harness.agents.services import processes
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit.supervised import SERVICES, Service
from harness.agents.services.until import until
from harness.model.errors import AgentError
from harness.model.ops import BURNER, CpuStarved
from harness.model.units import s

FOLDER: Final = f"{SERVICES}/{BURNER}"
START_NS: Final = 15 * s
"""runsvdir looks for new services every 5 s, and when a child of its own ends."""
END_NS: Final = 5 * s
# `down`: a node that starts again does not start it. `timeout` is the leader of the group that it ends.
RUN: Final = """#!/bin/sh
exec timeout --signal=KILL {seconds} sh -c 'for _ in $(seq {processes}); do while :; do :; done & done; wait'
"""

Find = Callable[[str], int]


def expect_none(node: str, init: int) -> None:
    """Raises `AgentError` if there is one."""
    if NodeFiles.of(init).exists(FOLDER):
        raise AgentError(f"{node}: its processor time is used by {BURNER} already.")


def start(op: CpuStarved, find: Find) -> None:
    """Acknowledged when it runs. After an error it is gone again. Raises `StillInForce` if it is not."""
    init = find(op.node)
    files, service = NodeFiles.of(init), Service(op.node, init, BURNER)
    files.make_folder(FOLDER)  # of another one, if it is there: then that one is not removed
    with taken_back(lambda: end(op.node, find)):
        files.create(f"{FOLDER}/down", "")
        files.create(f"{FOLDER}/run", RUN.format(seconds=op.at_most_s, processes=op.processes))
        files.chmod(f"{FOLDER}/run", 0o755)
        for supervisor in processes.children(init):
            processes.send(supervisor, signal.SIGCHLD)
        until(lambda: service.status() is not None, f"{op.node}: its supervisor to see {BURNER}", START_NS)
        service.control("o")
        until(lambda: bool(service.pid()), f"{op.node}: the start of {BURNER}", END_NS)


def end(node: str, find: Find) -> None:
    """Also one that is not there, or half."""
    init = find(node)
    files, service = NodeFiles.of(init), Service(node, init, BURNER)
    if not files.exists(FOLDER):
        return
    _kill(service)
    if _supervised(init):
        service.control("dx")
        until(lambda: not _supervised(init), f"{node}: the end of {BURNER}", END_NS)
    files.remove_tree(FOLDER)


def _kill(service: Service) -> None:
    """SIGKILL for all: the shell would wait for its children."""
    root = processes.find(service.pid())
    if root:
        processes.kill([root])


def _supervised(init: int) -> bool:
    """Is there a runsv(8) of it, which could still write into its folder?"""
    found = (each for runsvdir in processes.children(init) for each in processes.children(runsvdir))
    return any(processes.arguments(each)[:2] == ["runsv", BURNER] for each in found)
