"""What faults of the service agent left in nodes: swapped files, full file systems, burners, toxics."""

import contextlib
from collections.abc import Iterable, Mapping
from functools import partial

from harness.agents.leftover import Leftover
from harness.agents.services import burner, folders, resource_ops
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.toxiproxy import toxics
from harness.model.errors import AgentError
from harness.model.ops import KEPT

Files = Iterable[tuple[int, str]]
"""(PID 1 of its node, path)."""


def left(pids: Mapping[str, int], databases: Iterable[str]) -> Leftover:
    """Looks into each node: a second for each. `databases`: nodes with a Toxiproxy."""
    kept = [(init, path) for init in pids.values() for path, _ in _told(init) if path.endswith(KEPT)]
    fillers = [(init, path) for init in pids.values() for path in resource_ops.fillers(init)]
    burners = {node: init for node, init in pids.items() if NodeFiles.of(init).exists(burner.FOLDER)}
    ours = [each for node in databases if node in pids for each in _toxics(pids[node])]
    return Leftover(partial(_put_right, fillers, kept), partial(_end, burners, ours))


def _told(init: int) -> Iterable[tuple[str, str]]:
    return folders.told(NodeFiles.of(init))


def _toxics(init: int) -> list[toxics.Present]:
    """None of a Toxiproxy that does not answer: the survey says that."""
    with contextlib.suppress(AgentError):
        return toxics.ours(init)
    return []


def _put_right(fillers: Files, kept: Files) -> None:
    """Empties what is full, puts the originals of swapped files back where nothing stands.

    Where another file stands it cannot be told whose that is: it stays, and so does the original.
    """
    for init, path in fillers:
        NodeFiles.of(init).remove(path)
    for init, path in kept:
        files, name = NodeFiles.of(init), path.removesuffix(KEPT)
        if files.there(path) and not files.there(name):
            files.replace(name, by=path)


def _end(burners: Mapping[str, int], ours: Iterable[toxics.Present]) -> None:
    for node in burners:
        burner.end(node, burners.__getitem__)
    for toxic in ours:
        toxics.remove(toxic)
