"""Blips of 800 ms, judged by captured frames.

For each blip: the achieved duration (acknowledgement of the drop to acknowledgement of its release) against the one
that was asked for; how many frames of a stream of 10,000/s passed inside (none may); and whether each op's own times
(begun … acknowledged) agree with the last and first frames around it. Quantiles are order statistics: the value that no
less than that share of the blips does not exceed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import docker
import msgspec

from harness.agents.network.gauge import Question, Verdict
from harness.bench.bare import BareLab, Events, bare_lab
from harness.lab.agent import AgentClient
from harness.lab.engine import connect
from harness.lab.exec import ExecStream
from harness.model.errors import NotMeasured
from harness.model.events import OpApplied, OpReleased
from harness.model.ops import Drop, plan
from harness.model.protocol import Arm
from harness.model.units import ms, us
from harness.statistics import order_statistic

BLIP_NS: Final = 800 * ms
RATE_HZ: Final = 12_000
BUSY_LIMIT_S: Final = 900
HOG: Final = "while True: pass"


class Blip(msgspec.Struct, frozen=True):
    applied: OpApplied
    released: OpReleased
    wire: Verdict

    @property
    def error_ns(self) -> int:
        return self.released.t - self.applied.t - BLIP_NS

    @property
    def wire_error_ns(self) -> int:
        return (self.wire.first_passed or 0) - (self.wire.last_passed or 0) - BLIP_NS

    @property
    def late_ns(self) -> int:
        return max(self.applied.begun_ns - self.applied.asked_ns, self.released.begun_ns - self.released.asked_ns)

    @property
    def op_ns(self) -> int:
        return max(self.applied.t - self.applied.begun_ns, self.released.t - self.released.begun_ns)

    @property
    def outside(self) -> tuple[str, ...]:
        """How frames contradict the ops' own times, of the drop and of its release.

        Empty: both ops are inside their bracket.
        """
        w = self.wire
        if w.last_passed is None or w.first_missing is None or w.last_missing is None or w.first_passed is None:
            return ("no frames before, inside or after the blip",)
        by = {
            "offered after the drop, and passed": w.last_passed - self.applied.t,
            "missing before the drop": self.applied.begun_ns - w.first_missing - w.transit,
            "offered after the release, and missing": w.last_missing - self.released.t,
            "passed before the release": self.released.begun_ns - w.first_passed,
        }
        return tuple(f"a frame was {what}, by {ns / us:.0f} µs" for what, ns in by.items() if ns > 0)


class Summary(msgspec.Struct, frozen=True):
    """Times in µs."""

    blips: int
    busy: bool
    error_p50: float
    error_p99: float
    error_max: float
    wire_error_p50: float  # first frame after - last frame before, against the duration that was asked for
    wire_error_max: float
    late_p50: float
    late_p99: float
    late_max: float
    op_p50: float
    op_max: float
    frames_inside: int
    frames_dropped: int
    inside_bracket: int
    outside: tuple[str, ...]  # why the others are not
    transit_max: float
    rate_hz_min: float
    capture_lost: int
    notes: tuple[str, ...]


def measure(client: AgentClient, events: Events, gauge: "GaugeClient", port: str, count: int) -> list[Blip]:
    client.lease("bench", (port,))
    return [_blip(client, events, gauge, port, number) for number in range(1, count + 1)]


def _blip(client: AgentClient, events: Events, gauge: "GaugeClient", port: str, number: int) -> Blip:
    blip = plan([Drop(port, "ingress")], BLIP_NS)
    client.ask(lambda request: Arm(request, number, blip))
    seen = events.done(number)
    applied = next(e for e in seen if isinstance(e, OpApplied) and not e.error)
    released = next(e for e in seen if isinstance(e, OpReleased) and not e.error)
    return Blip(applied, released, gauge.ask(Question(applied.begun_ns, applied.t, released.begun_ns, released.t)))


class GaugeClient:
    """The gauge in the agent's container: a stream from `left` to `right`."""

    def __init__(self, lab: BareLab) -> None:
        left, right = lab.topology.node("left").ports[0], lab.topology.node("right").ports[0]
        lab.nodes["left"].reload()
        pid = str(lab.nodes["left"].attrs["State"]["Pid"])
        arguments = [pid, left.device, right.mac, left.tap, right.tap, str(RATE_HZ)]
        assert lab.agent
        self._stream = ExecStream(lab.agent, ["python3", "-m", "harness.agents.network.gauge", *arguments])
        self._unread = b""

        self._line()  # the stream has begun

    def ask(self, question: Question) -> Verdict:
        self._stream.write(msgspec.json.encode(question) + b"\n")
        return msgspec.json.decode(self._line(), type=Verdict)

    def _line(self) -> bytes:
        """Raises `NotMeasured` with the gauge's stderr if it has died."""
        while b"\n" not in self._unread:
            chunk = self._stream.read()
            if not chunk:
                raise NotMeasured(f"the gauge has died: {self._stream.stderr.decode()}")
            self._unread += chunk
        line, _, self._unread = self._unread.partition(b"\n")
        return line

    def close(self) -> None:
        self._stream.close()


def summary(blips: list[Blip], busy: bool, notes: tuple[str, ...]) -> Summary:  # noqa: FBT001
    errors = [abs(blip.error_ns) for blip in blips]
    wire = [abs(blip.wire_error_ns) for blip in blips if blip.wire.first_passed]
    late = [blip.late_ns for blip in blips]
    op = [blip.op_ns for blip in blips]
    return Summary(
        blips=len(blips),
        busy=busy,
        error_p50=order_statistic(errors, 0.5) / us,
        error_p99=order_statistic(errors, 0.99) / us,
        error_max=max(errors) / us,
        wire_error_p50=order_statistic(wire, 0.5) / us,
        wire_error_max=max(wire) / us,
        late_p50=order_statistic(late, 0.5) / us,
        late_p99=order_statistic(late, 0.99) / us,
        late_max=max(late) / us,
        op_p50=order_statistic(op, 0.5) / us,
        op_max=max(op) / us,
        frames_inside=sum(blip.wire.inside for blip in blips),
        frames_dropped=sum(blip.wire.dropped for blip in blips),
        inside_bracket=sum(not blip.outside for blip in blips),
        outside=tuple(reason for blip in blips for reason in blip.outside),
        transit_max=max(blip.wire.transit for blip in blips) / us,
        rate_hz_min=min(blip.wire.rate_hz for blip in blips),
        capture_lost=sum(blip.wire.lost for blip in blips),
        notes=notes,
    )


@contextmanager
def hogs(client: docker.DockerClient, lab: str, image: str) -> Iterator[None]:
    """One busy process for each core of the engine's machine, in a container of their own, for 15 minutes at most."""
    cores = int(client.info()["NCPU"])
    script = f"for i in $(seq {cores}); do timeout {BUSY_LIMIT_S} python3 -c '{HOG}' & done; wait"
    container = client.containers.run(image, ["sh", "-c", script], name=f"{lab}-hogs", detach=True, network_mode="none")
    try:
        yield
    finally:
        container.remove(force=True)


@contextmanager
def _idle() -> Iterator[None]:
    yield


def run(lab: str, image: str, count: int, *, busy: bool) -> Summary:
    """In a bare lab of its own. Raises `EnvironmentProblem`, `NotMeasured`."""
    engine = connect()
    with bare_lab(engine, lab, image) as bare, hogs(engine, lab, image) if busy else _idle():
        client, events = bare.observed_hand()
        gauge = GaugeClient(bare)
        blips = measure(client, events, gauge, "left.external", count)
        notes = client.hello().notes
        gauge.close()
        client.close()
        return summary(blips, busy, notes)
