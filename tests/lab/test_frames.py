"""Some frames are lost, changed or held up at a port: counted where they arrive, in the fault and after its undo."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import sqrt
from statistics import median
from typing import Final

import pytest

from harness.agents.network.frames import gratuitous
from harness.bench.bare import BareLab, Events, bare_lab
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.images import tag
from harness.model.events import OpApplied
from harness.model.ops import Announce, AnyOp, Corrupt, Delay, LimitGarp, LimitRate, Lose, Side, plan
from harness.model.protocol import Act, Arm
from harness.model.units import ms, s
from tests.lab.shared import wait_for

pytestmark = pytest.mark.lab

VIP: Final = "10.77.0.100"
MAC: Final = {"left": "02:77:00:00:00:01", "right": "02:77:00:00:00:02"}
SENT: Final = 4_000
WAY: Final[tuple[tuple[str, Side], ...]] = (
    ("left.external", "ingress"),
    ("trunk.a", "egress"),
    ("trunk.b", "ingress"),
    ("right.external", "egress"),
)
"""The points that a frame from left to right crosses, one after the other."""

# No socket of the other node has this port: its kernel counts each datagram that arrives whole as one without a port.
DATAGRAMS: Final = """
import socket
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range({count}):
    udp.sendto(bytes(100), ("10.77.0.2", 9))
"""
FLOOD: Final = """
import os, socket, time
udp, end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), time.monotonic() + 10
while time.monotonic() < end and not os.path.exists("/tmp/enough"):
    udp.sendto(bytes({payload}), ("10.77.0.2", 9))
    time.sleep(0.0005)
"""
ARRIVING: Final = """
import time
def arrived():
    lines = [line.split() for line in open("/proc/net/snmp") if line.startswith("Udp:")]
    return int(dict(zip(*lines))["NoPorts"])
first = arrived()
while arrived() == first:
    time.sleep(0.01)
time.sleep(0.3)
begun, before = time.monotonic(), arrived()
time.sleep(1)
print((arrived() - before) / (time.monotonic() - begun))
"""
FRAMES: Final = """
import socket
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("lan0", 0))
for _ in range({count}):
    raw.send(bytes.fromhex("{frame}"))
"""
ANNOUNCED, PER_S = 50, 3
Hand = tuple[AgentClient, Events]


@pytest.fixture(scope="module")
def bare() -> Iterator[BareLab]:
    client = connect()
    with bare_lab(client, "frames-test", f"failover-harness-agent:{tag()}") as made:
        made.observed_hand()[0].close()
        shell(made, "left", f"ip addr add {VIP}/32 dev lan0")
        yield made
    client.close()


@pytest.fixture
def hand(bare: BareLab) -> Iterator[Hand]:
    """Both nodes know each other's MAC for good: no ARP is among the frames that are counted."""
    client, events = bare.observed_hand()
    client.lease("test", ("left", "right", "trunk"))
    know_each_other(bare)
    yield client, events
    client.close()


def know_each_other(bare: BareLab) -> None:
    shell(bare, "left", f"ip neigh replace 10.77.0.2 lladdr {MAC['right']} nud permanent dev lan0")
    shell(bare, "right", f"ip neigh replace 10.77.0.1 lladdr {MAC['left']} nud permanent dev lan0")


def shell(bare: BareLab, node: str, command: str) -> str:
    return execute(bare, node, "sh", "-c", command)


def python(bare: BareLab, node: str, script: str) -> str:
    return execute(bare, node, "python3", "-c", script)


def execute(bare: BareLab, node: str, *command: str) -> str:
    code, output = bare.nodes[node].exec_run([*command])
    assert isinstance(output, bytes)
    assert code == 0, f"{node}: {command}: {output.decode()}"
    return output.decode()


def hold(hand: Hand, *ops: AnyOp) -> list[str]:
    """The error of each op."""
    client, events = hand
    earlier = len(applied(events))
    number = earlier + 1
    client.ask(lambda ask: Arm(ask, number, plan(ops)))
    events.wait("applied ops", lambda _: len(applied(events)) == earlier + len(ops))
    return [event.error for event in applied(events)[earlier:]]


def applied(events: Events) -> list[OpApplied]:
    return [event for event in events.wait("events", lambda _: True) if isinstance(event, OpApplied)]


@contextmanager
def held(hand: Hand, *ops: AnyOp) -> Iterator[None]:
    assert not any(hold(hand, *ops))
    yield
    assert hand[0].undo() == ()


def counters(bare: BareLab) -> dict[str, int]:
    """Of right's kernel, of datagrams that arrived whole (NoPorts) and of wrong IP headers (InHdrErrors)."""
    rows = [line.split() for line in shell(bare, "right", "grep -E '^(Ip|Udp):' /proc/net/snmp").splitlines()]
    pairs = (pair for names, values in (rows[:2], rows[2:]) for pair in zip(names[1:], values[1:], strict=True))
    return {name: int(value) for name, value in pairs if name in ("NoPorts", "InHdrErrors")}


def arrived(bare: BareLab) -> tuple[int, int]:
    """How many of `SENT` datagrams came to right whole, and with a wrong header."""
    before = counters(bare)
    python(bare, "left", DATAGRAMS.format(count=SENT))
    after = counters(bare)
    return after["NoPorts"] - before["NoPorts"], after["InHdrErrors"] - before["InHdrErrors"]


def as_often_as(percent: float, count: int) -> bool:
    """Within five standard deviations of the binomial distribution: it is outside once in 1.7 million times."""
    share = percent / 100
    return abs(count - SENT * share) <= 5 * sqrt(SENT * share * (1 - share))


def test_rules_for_some_frames_cost_nothing_while_none_is_in_force(bare: BareLab, hand: Hand) -> None:
    def asleep() -> bool:
        assert bare.agent
        listed = bare.agent.exec_run(["nft", "list", "table", "bridge", "harness_some"])
        return "flags dormant" in str(listed.output)

    # The agent has just started: this is the first test of the module.
    first, second = Lose("left.external", "ingress", 1.0), LimitGarp("trunk.a", "egress", VIP, PER_S)
    assert asleep()
    with held(hand, first, second):
        assert not asleep()
    assert asleep()


@pytest.mark.parametrize("port, side", WAY)
@pytest.mark.parametrize("percent", [20.0, 0.5])
def test_a_share_is_lost_and_none_after_the_undo(
    bare: BareLab, hand: Hand, port: str, side: Side, percent: float
) -> None:
    with held(hand, Lose(port, side, percent)):
        whole, wrong = arrived(bare)
    assert (as_often_as(percent, SENT - whole), wrong) == (True, 0), SENT - whole
    assert arrived(bare) == (SENT, 0)


@pytest.mark.parametrize("port, side", WAY)
def test_a_share_is_corrupt_and_none_after_the_undo(bare: BareLab, hand: Hand, port: str, side: Side) -> None:
    """The receiver counts each of them as one with a wrong header; on the way there, so does br_netfilter's kernel."""
    with held(hand, Corrupt(port, side, 20.0)):
        whole, wrong = arrived(bare)
    assert as_often_as(20, SENT - whole), whole
    if (port, side) in WAY[2:]:
        assert wrong == SENT - whole
    assert arrived(bare) == (SENT, 0)


def test_the_other_direction_is_left_alone(bare: BareLab, hand: Hand) -> None:
    with held(hand, *(Lose(port, "egress" if side == "ingress" else "ingress", 100.0) for port, side in WAY)):
        assert arrived(bare) == (SENT, 0)


def test_an_announcement_that_is_corrupt_names_a_mac_that_no_device_has(bare: BareLab, hand: Hand) -> None:
    def entry() -> str:
        shell(bare, "right", f"ip neigh replace {VIP} lladdr 02:77:00:00:00:99 nud stale dev lan0")
        hand[0].ask(lambda number: Act(number, Announce("external")))
        return shell(bare, "right", f"ip neigh show {VIP}")

    with held(hand, Corrupt("right.external", "egress", 100.0)):
        assert "12:77:00:00:00:01" in entry()
    assert MAC["left"] in entry()


PAYLOAD, FRAME, LIMIT = 958, 1_000, 2_000_000


@pytest.mark.parametrize("port, side", WAY)
def test_a_rate_is_kept_and_is_none_after_the_undo(bare: BareLab, hand: Hand, port: str, side: Side) -> None:
    """More is offered than passes: datagrams of 1,000 bytes with their headers, some 2,000 a second."""
    with held(hand, LimitRate(port, side, LIMIT)):
        assert 0.9 < passing(bare) * FRAME * 8 / LIMIT < 1.1
    assert passing(bare) * FRAME * 8 / LIMIT > 2


def passing(bare: BareLab) -> float:
    """Datagrams a second that come to right, once all queues are full."""
    shell(bare, "left", "rm -f /tmp/enough")
    with ThreadPoolExecutor() as pool:
        flood = pool.submit(python, bare, "left", FLOOD.format(payload=PAYLOAD))
        rate = float(python(bare, "right", ARRIVING))
        shell(bare, "left", "touch /tmp/enough")
        flood.result()
    return rate


def test_a_foreign_qdisc_is_neither_replaced_nor_deleted(bare: BareLab, hand: Hand) -> None:
    shell(bare, "left", "tc qdisc add dev lan0 root handle 7: tbf rate 1gbit burst 64k latency 10ms")
    before = shell(bare, "left", "tc qdisc show dev lan0")
    try:
        (error,) = hold(hand, LimitRate("left.external", "ingress", LIMIT))
        assert "File exists" in error
        assert hand[0].undo() == ()
        assert shell(bare, "left", "tc qdisc show dev lan0") == before
    finally:
        shell(bare, "left", "tc qdisc del dev lan0 root")


def test_one_share_at_a_time(bare: BareLab, hand: Hand) -> None:
    """The kernel would keep the older one and report success."""
    first, second = Lose("left.external", "ingress", 100.0), Lose("left.external", "ingress", 20.0)
    with held(hand, first, first):
        (error,) = hold(hand, second)
        assert str(first) in error
        assert arrived(bare) == (0, 0)
    assert arrived(bare) == (SENT, 0)


@pytest.mark.parametrize("port, side", WAY)
def test_some_announcements_a_second_arrive(bare: BareLab, hand: Hand, port: str, side: Side) -> None:
    """Counted with whatever else comes to right meanwhile, such as IPv6's own multicast. Others are not limited."""
    with held(hand, LimitGarp(port, side, VIP, PER_S)):
        assert PER_S <= announced(bare, VIP) < ANNOUNCED / 2
        assert announced(bare, "10.77.0.101") >= ANNOUNCED
    assert announced(bare, VIP) >= ANNOUNCED


def announced(bare: BareLab, address: str) -> int:
    """Frames that came to right while left announced the address `ANNOUNCED` times, in milliseconds."""
    frame = gratuitous(bytes.fromhex(MAC["left"].replace(":", "")), address).hex()
    before = received(bare)
    python(bare, "left", FRAMES.format(count=ANNOUNCED, frame=frame))
    return received(bare) - before


def received(bare: BareLab) -> int:
    return int(shell(bare, "right", "cat /sys/class/net/lan0/statistics/rx_packets"))


def test_a_node_that_starts_again_has_no_limit(bare: BareLab, hand: Hand) -> None:
    hold(hand, LimitRate("left.external", "ingress", LIMIT))
    assert "tbf" in shell(bare, "left", "tc qdisc show dev lan0")
    bare.nodes["left"].restart(timeout=0)
    bare.observed_hand("left")[0].close()
    assert "tbf" not in shell(bare, "left", "tc qdisc show dev lan0")
    assert hand[0].undo() == ()


LATE_MS: Final = 50


@pytest.mark.parametrize("port, side", WAY)
def test_frames_are_late_and_in_time_after_the_undo(bare: BareLab, hand: Hand, port: str, side: Side) -> None:
    """Of ARP too: the first request of a node that must ask for the other's MAC first is late twice."""
    with held(hand, Delay(port, side, LATE_MS * ms)):
        assert LATE_MS <= median(round_trips(bare)) < 1.5 * LATE_MS
        shell(bare, "left", "ip neigh del 10.77.0.2 dev lan0")
        assert 2 * LATE_MS <= round_trips(bare, 1)[0] < 3.5 * LATE_MS
        know_each_other(bare)
    assert median(round_trips(bare)) < LATE_MS / 2


def test_jitter_spreads_frames_and_keeps_their_order(bare: BareLab, hand: Hand) -> None:
    with held(hand, Delay("left.external", "ingress", LATE_MS * ms, 20 * ms)):
        times = round_trips(bare, 40)
    assert LATE_MS - 20 <= min(times) < LATE_MS - 5
    assert max(times) > LATE_MS + 5


def round_trips(bare: BareLab, count: int = 20) -> list[float]:
    """Of pings from left to right, 20 ms apart, in ms. All are answered, in their order."""
    said = shell(bare, "left", f"ping -i 0.02 -c {count} -W 5 10.77.0.2")
    found = re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", said)
    assert [int(number) for number, _ in found] == list(range(1, count + 1)), said
    return [float(time) for _, time in found]


TRANSFERRED: Final = 8_000_000
LISTENER: Final = """
import hashlib, socket
server = socket.create_server(("10.77.0.2", 7000))
peer, digest = server.accept()[0], hashlib.sha256()
while data := peer.recv(65536):
    digest.update(data)
peer.sendall(digest.digest())
"""
TRANSFER: Final = """
import hashlib, os, socket, time
for _ in range(200):
    try:
        peer = socket.create_connection(("10.77.0.2", 7000))
        break
    except ConnectionRefusedError:
        time.sleep(0.05)
data = os.urandom({size})
peer.sendall(data)
peer.shutdown(socket.SHUT_WR)
assert peer.recv(32, socket.MSG_WAITALL) == hashlib.sha256(data).digest()
"""


@pytest.mark.parametrize("port, side", WAY)
def test_data_that_is_late_is_whole(bare: BareLab, hand: Hand, port: str, side: Side) -> None:
    """TCP hands over large frames without a checksum; the kernel is told again what to do with them."""
    other: Side = "egress" if side == "ingress" else "ingress"
    with held(hand, Delay(port, side, 5 * ms), Delay(port, other, 5 * ms)), ThreadPoolExecutor() as pool:
        listener = pool.submit(python, bare, "right", LISTENER)
        python(bare, "left", TRANSFER.format(size=TRANSFERRED))
        listener.result()


def test_frames_that_wait_at_the_undo_are_sent(bare: BareLab, hand: Hand) -> None:
    with held(hand, Delay("left.external", "ingress", 5 * s)):
        before = counters(bare)["NoPorts"]
        assert arrived(bare) == (0, 0)
    wait_for(lambda: counters(bare)["NoPorts"] - before == SENT, "all datagrams to arrive", 2)


def test_frames_pass_when_the_process_that_delays_them_dies(bare: BareLab, hand: Hand) -> None:
    with held(hand, Delay("left.external", "ingress", 5 * s)):
        (process,) = delayers(bare)
        assert bare.agent
        bare.agent.exec_run(["kill", "-KILL", process])
        wait_for(lambda: arrived(bare) == (SENT, 0), "frames to pass", 3)


def test_a_node_that_ends_takes_its_delay_along(bare: BareLab, hand: Hand) -> None:
    hold(hand, Delay("left.external", "ingress", LATE_MS * ms))
    bare.nodes["left"].restart(timeout=0)
    bare.observed_hand("left")[0].close()
    assert hand[0].undo() == ()
    wait_for(lambda: not delayers(bare), "the process that delays to end", 5)
    assert median(round_trips(bare)) < LATE_MS / 2


def delayers(bare: BareLab) -> list[str]:
    """The processes that delay what comes in from left, or wait to do so."""
    assert bare.agent
    processes = bare.agent.top(ps_args="-eo pid,args")["Processes"]
    return [pid for pid, command in processes if command.endswith(".delayer lan0 left.external ingress")]
