"""Every op says of itself what others need to know, is in its union, and is performed by the agent that it names."""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Literal, get_args, get_origin, get_type_hints
from unittest.mock import patch

import msgspec
import pytest

from harness.agents.executor import Executor
from harness.agents.loop import Loop
from harness.agents.network.nft import Drops
from harness.history.upgrade import upgrade_events
from harness.lab.compose import topology
from harness.model import ops
from harness.model.errors import AgentError, BadValue, HarnessError
from harness.model.events import OpApplied
from harness.model.ops import Act, AnyOp, Disturbs, Drop, DropGarp, Held, LinkDown, NetworkOp, Op, ServiceOp, Signal
from harness.model.ops.base import FACTS, OnNode, require

# pyroute2 and PyMySQL are in the agents' images alone. Nothing is sent here: no node is there.
ABSENT = {name: ModuleType(name) for name in ("pymysql", "pymysql.constants", "pyroute2", "pyroute2.iproute.linux")}
ABSENT["pymysql.constants"].CLIENT = None  # type: ignore[attr-defined]
ABSENT["pyroute2.iproute.linux"].IPRoute = object  # type: ignore[attr-defined]
with patch.dict(sys.modules, ABSENT):
    from harness.agents.network.executor import NetworkExecutor
    from harness.agents.network.wiring import Wiring
    from harness.agents.services.executor import ServiceExecutor

LAB = topology()
EVERY: tuple[type[AnyOp], ...] = get_args(AnyOp)
RECORDED = (Path(__file__).parents[1] / "data" / "ops.jsonl").read_text().splitlines()
NAMES = {"port": "lb-ext-1.external", "switch": "sw-a", "virtual_router": "external", "ip": "10.77.0.100"}
VALUES = {str: "lb-ext-1", int: 1, float: 1.0, bool: True}


class NoKernel(Drops):
    """Makes the messages, and sends none."""

    def __init__(self) -> None:
        self.removed: list[bytes] = []

    def remove(self, message: bytes) -> None:
        self.removed.append(message)


def sample(kind: type[AnyOp]) -> AnyOp:
    """One of this kind, whatever its fields are."""
    hints = get_type_hints(kind)
    required = [field.name for field in msgspec.structs.fields(kind) if field.required]
    return msgspec.convert({name: NAMES.get(name, value(hints[name])) for name in required}, kind)


def value(hint: object) -> object:
    if get_origin(hint) is Literal:
        return get_args(hint)[0]
    return VALUES[hint] if isinstance(hint, type) and hint in VALUES else ()


def executor(agent: str) -> Executor:
    """Of an agent that has just started, and sees no node."""
    if agent == "network-agent":
        return NetworkExecutor(Loop(), LAB, Wiring(LAB), NoKernel())
    return ServiceExecutor(dict, lambda _: None)


def refusal(work: Callable[[], object]) -> str:
    """Empty: there was none. Raises whatever else `work` raises: an op that is not performed is no `AgentError`."""
    try:
        work()
    except AgentError as refused:
        return str(refused)
    return ""


each = pytest.mark.parametrize("kind", EVERY, ids=lambda kind: kind.__name__)


def test_every_class_of_the_folder_is_in_the_union() -> None:
    """Of every file: those that nothing is derived from. An op that its subject's union lacks cannot be decoded."""
    modules = [importlib.import_module(f"{ops.__name__}.{m.name}") for m in pkgutil.iter_modules(ops.__path__)]
    classes = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    found = {each for each in classes if issubclass(each, Op) and not each.__subclasses__()}
    assert found == set(EVERY)


@each
def test_it_is_an_act_or_held(kind: type[AnyOp]) -> None:
    assert [issubclass(kind, Act), issubclass(kind, Held)] == [not kind.held, kind.held]


@each
def test_the_union_that_it_is_in_names_its_agent(kind: type[AnyOp]) -> None:
    """As the agents tell them apart."""
    unions = {"network-agent": NetworkOp, "service-agent": ServiceOp}
    assert kind in get_args(unions[kind.agent])


@each
def test_it_is_performed_by_its_agent(kind: type[AnyOp]) -> None:
    """Who performs it looks for its node. An op that its subject's executor forgets ends with an AssertionError."""
    refused = refusal(lambda: executor(kind.agent).prepare(sample(kind)))
    assert not refused or "not running" in refused


@each
def test_it_is_not_performed_by_the_other(kind: type[AnyOp]) -> None:
    (other,) = {"network-agent", "service-agent"} - {kind.agent}
    with pytest.raises(HarnessError, match="an op of the"):
        executor(other).prepare(sample(kind))


@each
def test_its_agent_undoes_what_an_earlier_life_held(kind: type[AnyOp]) -> None:
    if not kind.held:
        with pytest.raises(BadValue, match="a held op of the"):
            executor(kind.agent).restore(sample(kind), "")
        return
    refused = refusal(lambda: executor(kind.agent).restore(sample(kind), ""))
    assert not refused or "not running" in refused


def test_a_fact_that_is_not_stated_is_noticed() -> None:
    class Forgetful(OnNode, Held, frozen=True, tag="forgetful"):
        agent = "service-agent"
        lane = ""

    incomplete: list[type] = [Forgetful, Op]
    with pytest.raises(TypeError, match="Forgetful does not state its disturbs, undo_rank, outlives_node, blocks"):
        require(incomplete[0])
    with pytest.raises(TypeError, match=", ".join(FACTS)):
        require(incomplete[1])


@pytest.mark.parametrize("line", RECORDED)
def test_a_recorded_op_is_read_as_ever(line: str) -> None:
    """Histories hold these tags and fields; those of schema 1 (this file is of that time) called a router a pair."""
    event = f'{{"event":"op_applied","t":1,"plan":1,"part":0,"op":{line},"asked_ns":1,"begun_ns":1}}'.encode()
    (upgraded,) = upgrade_events(1, [event])
    op = msgspec.json.decode(upgraded, type=OpApplied).op
    assert msgspec.json.encode(op).decode() == line.replace('"pair"', '"virtual_router"')


def test_fast_inverses_come_first() -> None:
    names = ("Drop", "Signal", "PinNeighbour", "LinkDown", "ServiceDown", "SqlRoll")
    ranks = [getattr(ops, name).undo_rank for name in names]
    assert ranks == sorted(set(ranks))
    assert DropGarp.undo_rank == Drop.undo_rank


def test_what_an_op_on_a_port_blocks() -> None:
    drop, down = Drop("trunk.a", "egress"), LinkDown("gw-1.external")
    garp = DropGarp("lb-ext-1.external", "ingress", "10.77.0.100")
    assert (drop.blocks.drops_all, down.blocks.drops_all, garp.blocks.drops_all) == (True, False, False)
    assert (drop.place, down.place, garp.leased) == ("trunk", "gw-1", "lb-ext-1.external")
    assert [op.disturbs for op in (drop, down, garp)] == [
        Disturbs.silently,
        Disturbs.openly,
        Disturbs.announcements,
    ]


def test_what_is_in_a_nodes_files_outlives_it() -> None:
    assert [kind.__name__ for kind in EVERY if kind.outlives_node] == ["SqlPin"]
    assert Signal("db-1").blocks is None
