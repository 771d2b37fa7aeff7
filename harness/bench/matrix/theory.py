"""Predicts from VRRP's timers what happens, phase by phase: two state machines, no lab. Pure.

Sources: RFC 5798 section 6.4 (states), 6.1 (skew, master-down); keepalived, vrrp_state_master_rx(): a master that hears
one of lower priority advertises at once and sends gratuitous ARP, and again `garp_master_delay` (5 s) later; one that
hears a higher priority becomes backup without a frame. Frames take no time; what microseconds decide is a race
(`None`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from harness.bench.matrix.cells import BLIP, CARRIER, EQUAL, FIRST_RETURN, UNEQUAL, Cell
from harness.model.units import ms, s

SECOND_BURST: Final = 5 * s
SETTLE: Final = 500 * ms  # as `Limits.settle`: at least 2 s, master-down and this
PHASES: Final = 400
NEVER: Final = 2**62

Side = Literal["owner", "standby"]
Lead = Literal["owner", "standby", "race"]
OTHER: Final[dict[Side, Side]] = {"owner": "standby", "standby": "owner"}


@dataclass(frozen=True)
class PredictedBlip:
    """`split`: once settled, before any second burst; `split_after`: after it. None: a race decides."""

    gains: int  # how often a node took the VIP
    dual_ns: int
    gap_ns: int
    split: bool | None
    split_after: bool | None


@dataclass(frozen=True)
class Expected:
    """Over all phases, all equally likely. With races, a share lies between the two values of its range."""

    takeover: float
    split: tuple[float, float]
    split_after: tuple[float, float]
    transitions: float
    dual_s: tuple[float, float]
    gap_s: tuple[float, float]


def master_down(advert_int_ns: int, priority: int) -> int:
    """3 × advert_int + skew."""
    return 3 * advert_int_ns + (256 - priority) * advert_int_ns // 256


def expected(cell: Cell, phases: int = PHASES) -> Expected:
    blips = [predict(cell, (2 * n + 1) * cell.advert_int_ns // (2 * phases)) for n in range(phases)]
    return Expected(
        takeover=sum(each.gains > 0 for each in blips) / phases,
        split=_share([each.split for each in blips]),
        split_after=_share([each.split_after for each in blips]),
        transitions=sum(each.gains for each in blips) / phases,
        dual_s=_range([each.dual_ns for each in blips]),
        gap_s=_range([each.gap_ns for each in blips]),
    )


def predict(cell: Cell, phase_ns: int) -> PredictedBlip:
    """A blip that begins `phase_ns` after an advert of the owner."""
    return _PairModel(cell, phase_ns).run()


def _share(values: list[bool | None]) -> tuple[float, float]:
    surely, undecided = sum(value is True for value in values), sum(value is None for value in values)
    return surely / len(values), (surely + undecided) / len(values)


def _range(values: list[int]) -> tuple[float, float]:
    return min(values) / s, max(values) / s


@dataclass
class _Node:
    down_after: int
    master: bool
    hears: bool = True  # False: no carrier
    advert_due: int = NEVER
    down_due: int = NEVER
    held: list[tuple[int, int]] = field(default_factory=list)


class _PairModel:
    """Both nodes during one blip. Instants are in ns from its begin."""

    def __init__(self, cell: Cell, phase_ns: int) -> None:
        self._cell = cell
        priorities = EQUAL if cell.equal else UNEQUAL
        down = [master_down(cell.advert_int_ns, priority) for priority in priorities]
        self._nodes: dict[Side, _Node] = {
            "owner": _Node(down[0], True, advert_due=cell.advert_int_ns - phase_ns),
            "standby": _Node(down[1], False, down_due=down[1] - phase_ns),
        }
        self._since: dict[Side, int] = {"owner": -phase_ns}
        self._better: Side = "standby" if cell.equal else "owner"  # the higher address breaks a tie
        self._caches: dict[Side, Lead] = {"owner": "owner", "standby": "owner"}  # a cache's side → where it leads
        self._heard: dict[Side, tuple[int, Side]] = {}  # cache → the last burst that it heard
        self._bursts: list[tuple[int, Side]] = []
        self._gains = 0
        if cell.trigger == CARRIER:
            self._lose_carrier()

    def run(self) -> PredictedBlip:
        settled = BLIP + max(2 * s, max(node.down_after for node in self._nodes.values()) + SETTLE)
        self._until(settled)
        split = self._split()
        last = max((t for t, _ in self._bursts), default=0)
        end = max(settled, last + SETTLE)
        self._until(end)
        return PredictedBlip(self._gains, self._dual(end), self._gap(end), split, self._split())

    def _until(self, end: int) -> None:
        while (due := min(self._due()))[0] <= end:
            self._happen(*due)

    def _due(self) -> Iterator[tuple[int, str, Side]]:
        """The next event of every kind. A frozen owner's timers expire in the blip and are handled at its end."""
        yield NEVER, "", "owner"
        for name, node in self._nodes.items():
            yield self._served(name, node.advert_due), "advert", name
            yield self._served(name, node.down_due), "takeover", name
        if not self._nodes["owner"].hears:
            yield BLIP, "carrier", "owner"
        for t, name in self._bursts:
            yield t, "burst", name

    def _served(self, name: Side, t: int) -> int:
        return BLIP if name == "owner" and self._cell.trigger == "frozen" and 0 <= t < BLIP else t

    def _happen(self, t: int, what: str, name: Side) -> None:
        match what:
            case "advert":
                self._advertise(t, name)
            case "takeover":
                self._gain(t, name)
            case "carrier":
                self._back_to_backup(t, name)
            case "burst":
                self._bursts.remove((t, name))
                self._announce(t, name)

    def _advertise(self, t: int, name: Side) -> None:
        self._nodes[name].advert_due = t + self._cell.advert_int_ns
        if self._passes(t, name):
            self._hear(t, OTHER[name])

    def _hear(self, t: int, name: Side) -> None:
        node = self._nodes[name]
        if not node.hears:
            return
        if not node.master:
            if self._cell.equal or not self._cell.preempt or name != self._better:
                node.down_due = t + node.down_after
        elif self._better == name:
            self._announce_twice(t, name)
            self._advertise(t, name)
        else:
            self._step_back(t, name)

    def _gain(self, t: int, name: Side) -> None:
        self._nodes[name].master, self._nodes[name].down_due = True, NEVER
        self._since[name] = t
        self._gains += 1
        self._announce_twice(t, name)
        self._advertise(t, name)

    def _step_back(self, t: int, name: Side) -> None:
        """Becomes backup without sending a frame, and drops its pending burst."""
        node = self._nodes[name]
        node.master, node.advert_due, node.down_due = False, NEVER, t + node.down_after
        node.held.append((self._since.pop(name), t))
        self._bursts = [(due, node_name) for due, node_name in self._bursts if node_name != name]

    def _announce_twice(self, t: int, name: Side) -> None:
        self._announce(t, name)
        self._bursts.append((t + SECOND_BURST, name))

    def _announce(self, t: int, name: Side) -> None:
        """If both nodes announce in the same instant, the order of their frames is a race."""
        for side in self._caches:
            if self._reaches(t, name, side):
                rival = self._heard.get(side) == (t, OTHER[name])
                self._caches[side] = "race" if rival else name
                self._heard[side] = (t, name)

    def _reaches(self, t: int, name: Side, side: Side) -> bool:
        return side == name or self._passes(t, name)

    def _passes(self, t: int, name: Side) -> bool:
        """May a frame from `name` cross to the other at `t`?"""
        first = self._cell.trigger == "trunk, one way back first" and name == "owner"
        return not 0 <= t < (FIRST_RETURN if first else BLIP)

    def _lose_carrier(self) -> None:
        owner = self._nodes["owner"]
        owner.master, owner.hears, owner.advert_due = False, False, NEVER
        owner.held.append((self._since.pop("owner"), 0))

    def _back_to_backup(self, t: int, name: Side) -> None:
        self._nodes[name].hears = True
        self._nodes[name].down_due = t + self._nodes[name].down_after

    def _split(self) -> bool | None:
        """Does a cache lead elsewhere than to the owner? Only a trunk has caches on the owner's side, too."""
        owner = next((name for name, node in self._nodes.items() if node.master), None)
        sides: list[Side] = ["owner", "standby"] if self._cell.trigger.startswith("trunk") else ["standby"]
        leads = [self._caches[side] for side in sides]
        if any(lead not in (owner, "race") for lead in leads):
            return True
        return None if "race" in leads else False

    def _intervals(self, name: Side, end: int) -> list[tuple[int, int]]:
        return [*self._nodes[name].held, *([(self._since[name], end)] if name in self._since else [])]

    def _dual(self, end: int) -> int:
        pairs = [(a, b) for a in self._intervals("owner", end) for b in self._intervals("standby", end)]
        return sum(max(0, min(a[1], b[1]) - max(a[0], b[0])) for a, b in pairs)

    def _gap(self, end: int) -> int:
        held = sum(e - max(b, 0) for name in OTHER for b, e in self._intervals(name, end) if e > 0)
        return end + self._dual(end) - held
