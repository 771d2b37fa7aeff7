"""What the service agent sees of all that its ops can change: services, processes, HAProxy, databases, toxics, files.

On a thread of its own: a database that hangs delays no deadline and no sample.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from harness.agents.services import folders, processes, resource_ops
from harness.agents.services.haproxy import runtime
from harness.agents.services.mariadb import replication
from harness.agents.services.mariadb import session as mariadb
from harness.agents.services.node_files import NodeFiles
from harness.agents.services.runit import supervised
from harness.agents.services.toxiproxy import toxics
from harness.model.errors import AgentError
from harness.model.node import Node
from harness.model.ops import BURNER, KEPT
from harness.model.survey import Survey, Thing, Topic, Unasked
from harness.model.topology import Topology

Told = Iterator[tuple[str, str, bool]]
"""(what, state, ours)."""

_CHANGING: Final = ("gtid", "timestamp", "pseudo", "last_", "insert_id", "rand_seed", "in_transaction", "identity")
"""How MariaDB's variables begin that change by themselves."""


def survey(topology: Topology, pids: Mapping[str, int]) -> Survey:
    """`pids`: node → its PID 1. What cannot be asked is in `unasked`, with the reason."""
    found = Survey()
    for name, node in topology.nodes.items():
        for topic, ask in _questions(node, pids.get(name, 0)):
            found += _asked(name, topic, ask, runs=name in pids)
    return found


def _questions(node: Node, init: int) -> Iterator[tuple[Topic, Callable[[], Told]]]:
    yield "services", partial(_services, node.name, init)
    yield "files", partial(_files, init)
    if node.kind == "balancer":
        yield "haproxy", partial(_haproxy, init)
    if node.kind == "database":
        yield "database", partial(_database, init)
        yield "toxiproxy", partial(_toxics, init)


def _asked(name: str, topic: Topic, ask: Callable[[], Told], *, runs: bool) -> Survey:
    if not runs:
        return Survey(unasked=(Unasked(name, topic, f"its {topic}: it does not run"),))
    try:
        return Survey(tuple(Thing(name, topic, *told) for told in ask()))
    except (AgentError, OSError) as error:
        return Survey(unasked=(Unasked(name, topic, f"its {topic}: {error}"),))


def _services(node: str, init: int) -> Told:
    for service in supervised.services(node, init):
        status, pid = service.status(), service.pid()
        wanted = "nothing supervises it" if status is None else "up" if status.wanted_up else "down"
        yield f"service {service.name}", wanted, service.name == BURNER
        if pid and (limit := processes.limit(pid, "Max open files")):
            yield f"open files of {service.name}, at most", limit, False
            if fewer := _fewer(pid, limit):
                yield f"open files of children of {service.name}, at most", fewer, False
    for pid in processes.tree(init):
        if processes.state(pid) == "T":
            yield f"process {pid}", f"stopped: {' '.join(processes.arguments(pid))[:60]}", False


def _fewer(root: int, limit: str) -> str:
    """The limits of its children that are below its own: children come and go, but they inherit it, or raise it."""
    each = {processes.limit(pid, "Max open files") for pid in processes.tree(root)} - {limit, ""}
    return "; ".join(sorted(every for every in each if _soft(every) < _soft(limit)))


def _soft(limit: str) -> float:
    return float(limit.split(maxsplit=1)[0].replace("unlimited", "inf"))


def _haproxy(init: int) -> Told:
    """Raises `AgentError` if it does not answer: also for one without a stats socket, of which nothing is known."""
    for name in runtime.names(init, frontends=True):
        yield f"sessions of {name}, at most", runtime.read(init, f"maxconn frontend {name.split('/')[0]}"), False
    for name in runtime.names(init):
        yield f"server {name}", runtime.read(init, f"server {name} state"), False
        yield f"weight of {name}", runtime.read(init, f"weight {name}"), False


def _database(init: int) -> Told:
    with mariadb.session(init) as opened:
        for name, value in opened.rows("SHOW GLOBAL VARIABLES"):
            if not str(name).startswith(_CHANGING):
                yield f"variable {name}", str(value), False
        if "sql_delay" in (replica := opened.named("SHOW SLAVE STATUS")):
            yield "delay of the replica, s", str(replica["sql_delay"]), False
            for thread in replication.THREADS:
                yield f"{thread} of the replica", "runs" if replication.runs(replica.get(thread)) else "stopped", False
        yield "optimizer's choice for token authentication", opened.plan().key, False


def _toxics(init: int) -> Told:
    for proxy, toxic, attributes in toxics.every(init):
        yield f"toxic {toxic} of {proxy}", attributes, toxic.startswith(toxics.PREFIX)


def _files(init: int) -> Told:
    for path in resource_ops.fillers(init):
        yield path, "it fills the file system", True
    for path, state in folders.told(NodeFiles.of(init)):
        yield path.encode(errors="replace").decode(), state, path.endswith(KEPT)  # a name may be of any bytes
