"""What is left when a process is killed: a client that holds a fault, or the agent that carries the whole network.

All instants are by the lab's clock. A client is killed after an agent has stamped a mark, so the figure is an upper
bound. The agent is killed by a process in its container, which takes the time just before.
"""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from typing import Final

from requests.exceptions import ConnectionError as RequestsConnectionError
from requests.exceptions import ReadTimeout

from harness.bench.command import harness
from harness.bench.figures import Figure, sampled
from harness.bench.part import Bench, Part
from harness.bench.records import read_records
from harness.bench.temporary_lab import temporary_lab
from harness.history.history import Requests
from harness.lab.exec import ExecStream, find_container
from harness.lab.feed import Feed
from harness.lab.lab import Lab
from harness.lab.load import open_load
from harness.model.errors import NotMeasured
from harness.model.events import AnyEvent, OpApplied, OpReleased, Wired
from harness.model.load import PROBE
from harness.model.requests import Stream
from harness.model.units import ms, s
from harness.recovery.estimator import Arrivals, good

VICTIM: Final = "customer-3"  # no other node depends on it
PATIENCE_S: Final = 20.0
WATCH_NS: Final = 12 * s  # an agent that lives for 10 s is restarted at once the next time: Docker forgets its backoff
KILL: Final = "import os, time; print(time.monotonic_ns(), flush=True); os.kill({pid}, 9)"


def measure(bench: Bench) -> Iterator[Figure]:
    agents = ceil(0.3 * bench.count)
    with temporary_lab(bench.lab):
        bench.say(f"{bench.count} clients killed while they hold a fault")
        released = [_kill_client(bench.lab) / ms for _ in range(bench.count)]
        bench.say(f"network agent killed {agents} times")
        killed = [_kill_agent(bench.lab) for _ in range(agents)]
    wired, served = zip(*killed, strict=True)
    yield sampled("client killed while it holds a fault → released", "ms", released)
    yield sampled("network agent killed → every node wired", "s", [t / s for t in wired])
    yield sampled("network agent killed → every vantage point served", "s", [t / s for t in served])


class HandEvents:
    """All events of a lab's hand."""

    def __init__(self) -> None:
        self.events: list[AnyEvent] = []
        self.feed = Feed(self.events.append)

    def wait(self, kind: type[AnyEvent], count: int = 1) -> list[AnyEvent]:
        """Waits for `count` events of a kind; returns them. Raises `NotMeasured`."""

        def missing() -> str:
            return "" if len(self._of(kind)) >= count else f"{len(self._of(kind))} of {count} seen"

        self.feed.wait(kind.__name__, missing, PATIENCE_S)
        return self.feed.read(lambda: self._of(kind))

    def _of(self, kind: type[AnyEvent]) -> list[AnyEvent]:
        return [event for event in self.events if isinstance(event, kind)]


def _kill_client(name: str) -> int:
    """ns from just before SIGKILL to the acknowledged release of the last op."""
    seen = HandEvents()
    with Lab(name, seen.feed.take) as lab:
        lab.watch("hand")
        holder = subprocess.Popen(harness("inject", "blackhole", VICTIM, "--lab", name), stdout=subprocess.DEVNULL)
        try:
            held = len(seen.wait(OpApplied, 2))  # both directions
            killed = lab.mark("kill")
        finally:
            os.kill(holder.pid, signal.SIGKILL)
            holder.wait()
        return last_release(seen.wait(OpReleased, held)) - killed


def last_release(events: list[AnyEvent]) -> int:
    """The instant, ns. Raises `NotMeasured` if a release failed, or had another cause than the client's death."""
    released = [event for event in events if isinstance(event, OpReleased)]
    wrong = [event for event in released if event.error or event.why != "lease lost"]
    if wrong:
        raise NotMeasured(f"Not released by the loss of the lease: {wrong}")
    return max(event.t for event in released)


def _kill_agent(name: str) -> tuple[int, int]:
    """ns from SIGKILL until every node has its cables again, and until the last vantage point is served again."""
    with Lab(name) as lab:
        load = open_load(lab.docker, lab.name)
        load.set(Stream.probe, PROBE)
        begins = load.sync()
        with _restarted(lab, "network-agent"):
            killed = _kill_container(lab)
        wired = _rewired(name, killed)
        ends = load.sync(before_ns=killed + WATCH_NS, patience_ns=WATCH_NS + 5 * s)
        load.close()
        records = read_records(lab, begins, ends)
    served = max(served_again(vantage, requests, killed) for vantage, requests in records.items())
    return wired - killed, served - killed


@contextmanager
def _restarted(lab: Lab, service: str) -> Iterator[None]:
    """Returns when the engine has started the service's container again. Raises `NotMeasured`."""
    container = find_container(lab.docker, lab.name, service)
    starts = lab.docker.events(filters={"container": container.id, "event": "start"})
    yield
    try:
        next(starts)
    except (ReadTimeout, RequestsConnectionError, StopIteration) as error:
        raise NotMeasured(f"{container.name} was killed, and the engine did not start it again: {error!r}") from error
    finally:
        starts.close()


def _kill_container(lab: Lab) -> int:
    """Kills its first process from inside: `docker kill` would disable the restart policy. Returns the instant, ns."""
    container = find_container(lab.docker, lab.name, "network-agent")
    script = KILL.format(pid=int(container.attrs["State"]["Pid"]))  # pid: host, so its number is the same inside
    stream = ExecStream(container, ["python3", "-c", script])
    stamp = stream.read()
    if not stamp:
        raise NotMeasured(f"The network agent was not killed: {stream.stderr.decode(errors='replace')}")
    return int(stamp)


def _rewired(name: str, killed: int) -> int:
    """The instant at which the restarted agent had wired the last node, ns."""
    seen = HandEvents()
    with Lab(name, seen.feed.take, PATIENCE_S) as lab:
        lab.watch("hand")
        wired = seen.wait(Wired, len(lab.topology.nodes))
    if min(event.t for event in wired) < killed:
        raise NotMeasured("The network agent was not killed: its cables are older than the kill.")
    return max(event.t for event in wired)


def served_again(vantage: str, requests: Requests, killed: int) -> int:
    """The end of the last outage. Raises `NotMeasured` if there was none, or it is not known to be over."""
    watched = requests[(requests["due"] >= killed) & (requests["due"] < killed + WATCH_NS)]
    arrivals = Arrivals(watched["due"], good(watched), killed + WATCH_NS)
    end = arrivals.outages()[-1].end_ns if arrivals.state == "recovered" else None
    if end is None:
        raise NotMeasured(f"The network agent was killed; {vantage} after {WATCH_NS / s:.0f} s: {arrivals.state}.")
    return end


PART = Part("a client and an agent are killed", 10, lambda count: 20 + 3 * count + 14 * ceil(0.3 * count), measure)
