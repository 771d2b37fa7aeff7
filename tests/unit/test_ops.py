"""Every op says of itself what others need to know, is in its union, and is performed by the agent that it names."""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from harness.agents.executor import Executor
from harness.agents.loop import Loop
from harness.agents.network.executor import NetworkExecutor
from harness.agents.network.nft import Drops
from harness.agents.network.wiring import Wiring
from harness.agents.services.executor import ServiceExecutor
from harness.history.upgrade import upgrade_events
from harness.lab.compose import topology
from harness.model import ops
from harness.model.errors import AgentError, BadValue, HarnessError
from harness.model.events import OpApplied
from harness.model.ops import (
    Act,
    Alignment,
    AnyOp,
    Blocked,
    Disturbs,
    Drop,
    DropGarp,
    Held,
    LinkDown,
    NetworkOp,
    Op,
    Part,
    Plan,
    ServiceOp,
    Side,
    Signal,
)
from harness.model.ops.base import FACTS, OnNode, require

LAB = topology()
EVERY: tuple[type[AnyOp], ...] = get_args(AnyOp)
RECORDED = (Path(__file__).parents[1] / "data" / "ops.jsonl").read_text().splitlines()
NAMES = {
    "port": "lb-ext-1.external",
    "switch": "sw-a",
    "virtual_router": "external",
    "ip": "10.77.0.100",
    "segment": "external",
}
VALUES = {str: "lb-ext-1", int: 1, float: 1.0, bool: True}


class NoKernel(Drops):
    """Makes the messages, and sends none."""

    def __init__(self) -> None:
        self.removed: list[bytes] = []
        self.lacks = {}

    def counted(self, get: bytes) -> bytes:
        return b""

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
    with pytest.raises(TypeError, match="Forgetful does not state its undo_rank, outlives_node, disturbs, blocks"):
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


def test_statistics_were_once_counted_once_alone() -> None:
    """The oldest histories have `sql_analyse` without `until_right`."""
    assert msgspec.json.decode('{"op":"sql_analyse","node":"db-1"}', type=AnyOp) == ops.SqlAnalyse("db-1", False)


RANKS = (
    (  # one message
        "AddressKeptAway",
        "Corrupt",
        "Drop",
        "DropGarp",
        "DropTcp",
        "DropVrrp",
        "ForceOpen",
        "LimitGarp",
        "LimitRate",
        "Lose",
        "Repin",
        "SpeakVrrp",
    ),
    ("Delay", "FilesLimited", "FolderFilled", "IgnoreChanges", "OpenLate", "Signal", "SqlConnections", "SqlLock"),
    ("PinNeighbour",),
    ("AddressGone", "AddressTaken", "CardGone", "LinkDown", "MacChanged"),  # a kernel must notice the carrier
    ("CpuStarved", "FileEdited", "FileSwapped", "ServiceDown", "ServiceKilled"),  # an order to a supervisor
    (
        "Flood",
        "SqlDelayed",
        "SqlPin",
        "SqlRoll",
        "SqlSet",
        "Toxic",
    ),  # an answer of another program
)


def test_fast_inverses_come_first() -> None:
    """What a message undoes does not wait for what a database takes seconds for."""
    held = [kind for kind in EVERY if kind.held]
    ranks = sorted({kind.undo_rank for kind in held})
    assert tuple(tuple(sorted(k.__name__ for k in held if k.undo_rank == rank)) for rank in ranks) == RANKS
    assert ranks == [*range(6)]  # as `Op.undo_rank` lists them


def test_of_an_act_there_is_nothing_to_undo() -> None:
    acts = [kind for kind in EVERY if not kind.held]
    assert {(kind.undo_rank, kind.outlives_node, kind.blocks) for kind in acts} == {(0, False, None)}


def test_what_every_op_states() -> None:
    """A package with an op that lacks one of these cannot be imported."""
    facts = ("agent", "held", "disturbs", "undo_rank", "outlives_node", "place", "leased", "lane", "blocks")
    assert sorted(FACTS) == sorted(facts)


@pytest.mark.parametrize(
    "op, shown",
    [
        (LinkDown("gw-1.external"), "link down gw-1.external"),
        (Signal("db-1"), "signal db-1"),  # of the whole node: no service is named
        (Signal("db-1", "mariadb"), "signal db-1 mariadb"),
        (Drop("trunk.a", "egress"), "drop trunk.a egress"),
    ],
)
def test_an_op_is_one_line_of_what_it_names(op: AnyOp, shown: str) -> None:
    assert str(op) == shown


@pytest.mark.parametrize(
    "side, announced, all_",
    [("ingress", None, True), ("ingress", "10.77.0.100", False), (None, None, False), (None, "10.77.0.100", False)],
)
def test_a_port_that_drops_all_keeps_its_carrier(side: Side | None, announced: str | None, all_: bool) -> None:  # noqa: FBT001
    """Without carrier the kernel notices; where announcements alone are dropped the rest passes."""
    assert Blocked("trunk.a", side, announced).drops_all is all_


def test_a_toxic_meets_every_connection_and_a_roll_ends() -> None:
    """Unless it is told otherwise. Toxiproxy's toxicity is the share of connections that a toxic meets."""
    assert ops.Toxic("db-1", "clients", "latency", ()).toxicity == 1.0
    assert ops.SqlRoll("db-1").at_most == 100


FIRST, SECOND = LinkDown("gw-1.external"), Drop("trunk.a", "egress")
ACT = ops.FlushNeighbours("gw-1")


@pytest.mark.parametrize(
    "parts, ends_ns",
    [
        ((Part(FIRST, 0, 5), Part(SECOND, 3, 9)), 9),
        ((Part(FIRST, 0, 9), Part(SECOND, 3, 5)), 9),
        ((Part(FIRST, 0, 5), Part(SECOND, 3)), None),  # until undone
        ((Part(FIRST, 0, 5), Part(ACT, 7)), 7),  # an act ends as it begins
        ((Part(ACT, 7),), 7),
    ],
)
def test_a_plan_ends_with_its_last_part(parts: tuple[Part, ...], ends_ns: int | None) -> None:
    assert Plan(parts).ends_ns == ends_ns


def test_plans_merge_in_order_and_keep_the_first_alignment() -> None:
    one, two = Alignment(("lb-ext-1.external",), 51, 1, 0), Alignment(("lb-ext-2.external",), 51, 2, 0)
    first, second = Part(FIRST, 0, 5), Part(SECOND, 0, 5)
    assert Plan((first,), one) & Plan((second,), two) == Plan((first, second), one)
    assert Plan((first,)) & Plan((second,), two) == Plan((first, second), two)
    assert Plan((first,), one) & Plan((second,)) == Plan((first, second), one)


def test_each_agent_gets_its_share_of_a_plan() -> None:
    mine, theirs = Part(FIRST, 0, 5), Part(Signal("db-1"), 0, 5)
    both = Plan((mine, theirs))
    assert (both.share_of("network-agent"), both.share_of("service-agent")) == (Plan((mine,)), Plan((theirs,)))


def test_what_an_op_on_a_port_blocks() -> None:
    drop, down = Drop("trunk.a", "egress"), LinkDown("gw-1.external")
    garp = DropGarp("lb-ext-1.external", "ingress", "10.77.0.100")
    assert (drop.blocks.drops_all, down.blocks.drops_all, garp.blocks.drops_all) == (True, False, False)
    assert (drop.place, down.place, garp.leased) == ("trunk", "gw-1", "lb-ext-1.external")
    assert [op.disturbs for op in (drop, down, garp)] == [
        Disturbs.frames,
        Disturbs.openly,
        Disturbs.announcements,
    ]


def test_what_is_in_a_nodes_files_outlives_it() -> None:
    assert [kind.__name__ for kind in EVERY if kind.outlives_node] == [
        "CpuStarved",
        "FileSwapped",
        "FileEdited",
        "SqlPin",
        "SqlDelayed",
    ]
    assert Signal("db-1").blocks is None
