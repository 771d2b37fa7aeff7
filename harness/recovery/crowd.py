"""Clients at a balancer: its sessions, connections in the kernel's accept queue, and SYNs without an answer. Pure.

This number differs from that of the customers present. It excludes clients whose connection was lost when a balancer
rebooted, although they wait until their timeout. It includes sessions whose client has timed out, until the answer.
"""

from typing import Final, NamedTuple

from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import ConnectingSample, HaproxySample, ListenSample
from harness.model.units import s, seconds
from harness.recovery.sessions import Fill

RECENT_NS: Final = s  # an older sample does not describe the present
BEFORE_NS: Final = 2 * s  # the length over which rates before an act are taken


class Crowd(NamedTuple):
    sessions: int
    queued: int  # connected, and not accepted
    connecting: int

    @property
    def size(self) -> int:
        return sum(self)


def crowd(history: History, frontend: Fill, t: int) -> Crowd:
    """The crowd of a frontend at `t`, from the newest samples before it. What was not sampled counts as 0."""
    recent = Interval(t - RECENT_NS, t)
    sessions = _samples(history, frontend, recent)
    queues = {x.port: x.waiting for x in history.of(ListenSample, recent) if x.node == frontend.node}
    connecting = {x.node: x.connecting for x in history.of(ConnectingSample, recent)}
    return Crowd(sessions[-1].sessions if sessions else 0, sum(queues.values()), sum(connecting.values()))


def ended_hz(history: History, frontend: Fill, window: Interval) -> float:
    """How many sessions ended per second, if each session has one request: requests minus growth of sessions."""
    samples = _samples(history, frontend, window)
    if len(samples) < 2 or samples[0].requests > samples[-1].requests:  # HAProxy has restarted meanwhile
        return 0.0
    first, last = samples[0], samples[-1]
    ended = (last.requests - first.requests) - (last.sessions - first.sessions)
    return max(0, ended) / seconds(last.t - first.t)


def _samples(history: History, frontend: Fill, window: Interval) -> list[HaproxySample]:
    return [x for x in history.of(HaproxySample, window) if (x.node, x.proxy) == (frontend.node, frontend.proxy)]
