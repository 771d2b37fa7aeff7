"""A trial's announcements and samples: rows of marks, and lines. Pure."""

from collections.abc import Iterator

from harness.export._lane import Line, Mark, Marks, look
from harness.export._trial import Trial
from harness.history import History
from harness.history.timeline import Interval
from harness.model.events import DatabaseSample, HaproxySample, ListenSample


def announcements(history: History, trial: Trial) -> Iterator[Marks]:
    """Adverts of each router as they left a node, and gratuitous ARP for its VIPs."""
    for router in history.topology.virtual_routers.values():
        adverts = history.adverts([router.segment], router.vrid, trial.window)
        for node in router.nodes:
            port = f"{node}.{router.segment}"
            sent = [Mark(a.t, f"advert, priority {a.priority}", False) for a in adverts if a.port == port]
            said = [
                Mark(garp.t, f"gratuitous ARP {vip.address}", True)
                for vip in router.owned
                for garp in history.garps(vip, node, trial.window)
            ]
            yield Marks(
                f"VRID {router.vrid}: adverts, gratuitous ARP",
                node,
                look(router.nodes, node),
                sorted([*sent, *said]),
            )


def lines(history: History, window: Interval) -> Iterator[Line]:
    """Each series that has a sample inside the window."""
    yield from _sessions(history, window)
    yield from _queues(history, window)
    yield from _databases(history, window)


def _sessions(history: History, window: Interval) -> Iterator[Line]:
    samples: dict[tuple[str, str], list[HaproxySample]] = {}
    for each in history.of(HaproxySample, window):
        if each.proxy.endswith("/FRONTEND"):
            samples.setdefault((each.node, each.proxy.removesuffix("/FRONTEND")), []).append(each)
    for (node, proxy), seen in sorted(samples.items()):
        points = [(each.t, float(each.sessions)) for each in seen]
        yield Line(f"sessions of {proxy}", node, points, [float(each.session_limit) for each in seen])


def _queues(history: History, window: Interval) -> Iterator[Line]:
    """Connections that the kernel has and HAProxy has not accepted: no queue of HAProxy's shows them."""
    samples: dict[tuple[str, int], list[ListenSample]] = {}
    for each in history.of(ListenSample, window):
        samples.setdefault((each.node, each.port), []).append(each)
    for (node, port), seen in sorted(samples.items()):
        points = [(each.t, float(each.waiting)) for each in seen]
        yield Line(f"waiting in the kernel at port {port}", node, points, [float(each.backlog) for each in seen])


def _databases(history: History, window: Interval) -> Iterator[Line]:
    samples: dict[str, list[DatabaseSample]] = {}
    for each in history.of(DatabaseSample, window):
        samples.setdefault(each.node, []).append(each)
    for node, seen in sorted(samples.items()):
        yield Line(
            "authentications that run", node, [(each.t, float(each.running)) for each in seen], [0.0] * len(seen)
        )
