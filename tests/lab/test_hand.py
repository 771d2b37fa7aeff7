"""The hand, in a lab of two nodes that only sleep: what it wires, breaks, and takes back."""

import json
from collections.abc import Iterator
from typing import Final

import docker
import pytest

from harness.bench.bare import BareLab, Events, bare_lab
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.images import tag
from harness.model.errors import AgentError, LeaseConflict, UsageError
from harness.model.events import AgentStarted, AnyEvent, Armed, OpApplied, OpReleased, Unwired, Wired
from harness.model.ops import Alignment, Announce, AnyOp, Drop, FlushFdb, FlushNeighbours, LinkDown, Part, Plan, plan
from harness.model.protocol import LEASE_SILENCE_NS, Act, Arm, Lease
from harness.model.units import ms

pytestmark = pytest.mark.lab

IMAGE: Final = f"failover-harness-agent:{tag()}"
VIP: Final = "10.77.0.100"
PING: Final = "ping -c 1 -W 0.3 10.77.0.2"
# An advert as keepalived sends it, as far as anybody here looks: IPv4, protocol 112, then version and type, VRID.
ADVERT: Final = """
import socket, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("lan0", 0x0800))
head = bytes.fromhex("01005e000012" "027700000001" "0800" "4500001c00000000ff700000" "0a4d0001" "e0000012")
for vrid in (50, 51, 51):
    time.sleep(0.05); print(time.monotonic_ns()); s.send(head + bytes([0x31, vrid, 150, 1]) + bytes(20))
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[docker.DockerClient]:
    client = connect()
    yield client
    client.close()


@pytest.fixture(scope="module")
def lab(engine: docker.DockerClient) -> Iterator[BareLab]:
    with bare_lab(engine, "hand-test", IMAGE) as made:
        made.observed_hand()[0].close()
        yield made


@pytest.fixture
def hand(lab: BareLab) -> Iterator[tuple[AgentClient, Events]]:
    """A subscribed client that holds both nodes and the trunk."""
    client, events = lab.observed_hand()
    client.lease("test", ("left", "right", "trunk"))
    yield client, events
    client.close()


def run(lab: BareLab, node: str, *command: str) -> tuple[int, str]:
    code, output = lab.nodes[node].exec_run(list(command))
    assert code is not None
    assert isinstance(output, bytes)
    return code, output.decode()


def shell(lab: BareLab, node: str, command: str) -> str:
    """What it prints; fails the test if the command fails."""
    code, output = run(lab, node, "sh", "-c", command)
    assert code == 0, f"{node}: {command}: {output}"
    return output


def reaches(lab: BareLab) -> bool:
    return run(lab, "left", "sh", "-c", PING)[0] == 0


def hold(hand: tuple[AgentClient, Events], *ops: AnyOp) -> list[AnyEvent]:
    client, events = hand
    client.ask(lambda number: Arm(number, number, plan(ops)))
    told = events.wait("applied ops", lambda seen: len([e for e in seen if isinstance(e, OpApplied)]) == len(ops))
    assert not [event for event in told if isinstance(event, OpApplied) and event.error]
    return told


def test_a_node_gets_what_the_topology_says(lab: BareLab) -> None:
    (link,) = json.loads(shell(lab, "right", "ip -j addr show lan0"))
    assert (link["address"], link["addr_info"][0]["local"]) == ("02:77:00:00:00:02", "10.77.0.2")
    assert "10.88.1.0/24 via 10.77.0.1" in shell(lab, "right", "ip route")
    assert shell(lab, "right", "cat /proc/sys/net/ipv4/neigh/lan0/delay_first_probe_time").strip() == "14400"
    assert shell(lab, "left", "cat /proc/sys/net/ipv4/neigh/lan0/delay_first_probe_time").strip() == "5"
    assert shell(lab, "right", "cat /proc/sys/net/ipv4/conf/lan0/forwarding").strip() == "1"
    assert shell(lab, "left", "cat /proc/sys/net/ipv4/conf/lan0/forwarding").strip() == "0"
    assert reaches(lab)


CUTS: Final = (
    Drop("left.external", "ingress"),
    Drop("trunk.b", "egress"),
    Drop("right.external", "egress"),
    LinkDown("trunk.a"),
)


@pytest.mark.parametrize("op", CUTS)
def test_a_held_op_cuts_and_its_undo_heals(lab: BareLab, hand: tuple[AgentClient, Events], op: Drop | LinkDown) -> None:
    hold(hand, op)
    assert not reaches(lab)
    assert hand[0].undo() == ()
    assert reaches(lab)
    assert hand[0].hello().held == ()


def test_link_down_takes_the_carrier(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, LinkDown("left.external"))
    assert shell(lab, "left", "cat /sys/class/net/lan0/carrier").strip() == "0"
    hand[0].undo()
    assert shell(lab, "left", "cat /sys/class/net/lan0/carrier").strip() == "1"


def test_a_blip_is_as_long_as_asked(hand: tuple[AgentClient, Events]) -> None:
    client, events = hand
    client.ask(lambda number: Arm(number, 7, plan([Drop("trunk.a", "ingress"), Drop("trunk.a", "egress")], 100 * ms)))
    told = events.done(7)
    applied = [event for event in told if isinstance(event, OpApplied)]
    released = [event for event in told if isinstance(event, OpReleased)]
    assert len(applied) == len(released) == 2
    for begin, end in zip(applied, released, strict=True):
        assert end.asked_ns - begin.asked_ns == 100 * ms
        assert begin.asked_ns <= begin.begun_ns <= begin.t
        assert end.asked_ns <= end.begun_ns <= end.t  # never earlier; how exact is `make bench`'s business


def test_a_conflict_names_the_holder(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    other = lab.hand()
    with pytest.raises(LeaseConflict, match="held by test"):
        other.lease("intruder", ("trunk.a",))
    with pytest.raises(AgentError, match="no lease"):
        other.ask(lambda number: Arm(number, 1, plan([Drop("trunk.a", "egress")], ms)))
    with pytest.raises(UsageError, match="an act"):
        other.ask(lambda number: Act(number, Drop("trunk.a", "egress")))
    other.ask(lambda number: Act(number, FlushFdb("sw-a")))  # an operator may act while somebody else holds a fault
    other.close()
    assert hand[0].hello().held == ()


def test_a_client_that_is_gone_leaves_nothing(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    watcher, seen = lab.observed_hand()
    hold(hand, Drop("trunk.a", "egress"), LinkDown("left.external"))
    hand[0].close()
    told = seen.wait("release of both", lambda events: len([e for e in events if isinstance(e, OpReleased)]) == 2)
    assert [event.why for event in told if isinstance(event, OpReleased)] == ["lease lost"] * 2
    assert reaches(lab)
    watcher.close()


def test_a_client_that_falls_silent_loses_its_lease(lab: BareLab) -> None:
    client, events = lab.observed_hand()
    client.ask(lambda number: Lease(number, "silent", ("trunk",)))  # unlike `lease`, without a heartbeat
    begin = hold((client, events), Drop("trunk.a", "egress"))[-1].t
    (end,) = (e for e in events.wait("release", _released) if isinstance(e, OpReleased))
    assert end.why == "lease lost"
    assert 0.9 < (end.t - begin) / LEASE_SILENCE_NS < 2
    client.close()


def test_a_restarted_node_is_rewired_without_its_faults(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, Drop("right.external", "egress"), Drop("trunk.a", "egress"))
    lab.nodes["right"].restart(timeout=0)
    told = hand[1].wait("second life", lambda seen: len(_lives(seen, "right")) == 2)
    assert [e.why for e in told if isinstance(e, OpReleased)] == ["restart"], "the trunk's is not its own"
    assert len([e for e in told if isinstance(e, Unwired)]) == 1
    assert not reaches(lab)
    hand[0].undo()
    assert reaches(lab)


def test_no_op_on_a_node_that_is_not_there(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    lab.nodes["right"].kill()
    hand[1].wait("death", lambda seen: any(isinstance(e, Unwired) for e in seen))
    with pytest.raises(AgentError, match=r"right\.external is not wired"):
        hand[0].ask(lambda number: Arm(number, 1, plan([Drop("right.external", "egress")])))
    assert hand[0].hello().missing == ("right",)
    lab.nodes["right"].start()
    hand[1].wait("second life", lambda seen: len(_lives(seen, "right")) == 2)


def test_alignment(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    """1 ms after the second advert of vrid 51: vrid 50 does not count."""
    client, events = hand
    aligned = Plan(
        (Part(Drop("left.external", "ingress"), 0, 5 * ms),), Alignment(("left.external",), 51, 1 * ms, skip=1)
    )
    client.ask(lambda number: Arm(number, 3, aligned))
    sent = int(run(lab, "left", "python3", "-c", ADVERT)[1].split()[-1])
    told = events.done(3)
    (armed,) = (event for event in told if isinstance(event, Armed))
    # Its kernel timestamp lies after the sender's own; and it is the last advert: the one before came 50 ms earlier.
    assert armed.start_ns - sent >= 1 * ms


def test_alignment_to_nobody_is_refused(hand: tuple[AgentClient, Events]) -> None:
    aligned = Plan(
        (Part(Drop("left.external", "ingress"), 0, 5 * ms),), Alignment(("left.external",), 99, 1 * ms, skip=0)
    )
    with pytest.raises(UsageError, match="vrid 99"):
        hand[0].ask(lambda number: Arm(number, 3, aligned))
    assert hand[0].hello().held == ()


def test_announce_tells_every_cache(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    with pytest.raises(AgentError, match="no node has it"):
        hand[0].ask(lambda number: Act(number, Announce("external")))
    shell(lab, "left", f"ip addr add {VIP}/32 dev lan0")
    shell(lab, "right", f"ip neigh replace {VIP} lladdr 02:77:00:00:00:99 nud stale dev lan0")
    hand[0].ask(lambda number: Act(number, Announce("external")))
    assert "02:77:00:00:00:01" in shell(lab, "right", f"ip neigh show {VIP}")
    shell(lab, "left", f"ip addr del {VIP}/32 dev lan0")


def test_a_flush_forgets_what_was_learnt_and_nothing_else(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    for entry in ("10.77.0.50 lladdr 02:00:00:00:00:50 nud permanent", "10.77.0.51 lladdr 02:00:00:00:00:51 nud stale"):
        shell(lab, "right", f"ip neigh replace {entry} dev lan0")
    hand[0].ask(lambda number: Act(number, FlushNeighbours("right", "10.77.0.9")))
    assert "10.77.0.51" in shell(lab, "right", "ip neigh")
    hand[0].ask(lambda number: Act(number, FlushNeighbours("right")))
    left = shell(lab, "right", "ip neigh")
    assert "10.77.0.50" in left
    assert "10.77.0.51" not in left
    shell(lab, "right", "ip neigh del 10.77.0.50 dev lan0")


def test_an_agent_that_is_killed_comes_back_and_undoes(lab: BareLab, hand: tuple[AgentClient, Events]) -> None:
    hold(hand, Drop("trunk.a", "egress"))
    assert lab.agent
    lab.agent.restart(timeout=0)
    client, events = lab.observed_hand()
    (started,) = (e for e in events.wait("start", lambda seen: True) if isinstance(e, AgentStarted))
    assert started.replayed == 1
    assert reaches(lab)
    client.close()


def _released(seen: list[AnyEvent]) -> bool:
    return any(isinstance(event, OpReleased) for event in seen)


def _lives(seen: list[AnyEvent], node: str) -> list[Wired]:
    return [event for event in seen if isinstance(event, Wired) and event.node == node]
