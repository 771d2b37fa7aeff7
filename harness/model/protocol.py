"""What clients and agents say to each other: JSON Lines over a Unix socket, one reply per request, events in between.

Client → agent: ``{"id": 7, "ask": "arm", …}``; agent → client: ``{"id": 7, "reply": "armed", …}`` or an event line.
"""

from typing import Final

import msgspec

from harness.model.ops import AnyOp, Plan
from harness.model.survey import Survey

SOCKET = "/run/agent/{name}.sock"  # name: hand, eye, service
HEARTBEAT_NS = 500_000_000
LEASE_SILENCE_NS = 5_000_000_000
"""After so much silence a lease is lost, and everything under it undone. On a starved machine 2 s were too few."""


class Ask(msgspec.Struct, frozen=True, tag_field="ask"):
    id: int


class Hello(Ask, frozen=True, tag="hello"):
    """Asks for the agent's state. Reply `Greeting`."""


class Subscribe(Ask, frozen=True, tag="subscribe"):
    """Send me every event from now on; first the baseline as events (what exists now), then reply `Done`."""


class Mark(Ask, frozen=True, tag="mark"):
    """Stamp an instant: emits `Marked` to every subscriber, in order, and replies `Done` with the same `t`."""

    name: str
    trial: int = -1
    step: str = ""


class Lease(Ask, frozen=True, tag="lease"):
    """Claim targets (node, port, trunk, switch names). Refused with the holder's name if any is taken."""

    holder: str
    targets: tuple[str, ...]


class Heartbeat(Ask, frozen=True, tag="heartbeat"):
    """I am alive. Renews the lease of this connection."""


class Arm(Ask, frozen=True, tag="arm"):
    """Run this plan (only this agent's share) at absolute `at_ns`; 0: as soon as its alignment, or 5 ms, allows.

    Needs a lease on this connection that covers its targets. Reply `Done` with t = start (0 if still aligning).
    """

    plan_id: int
    plan: Plan
    at_ns: int = 0


class Act(Ask, frozen=True, tag="act"):
    """Do one act now, without a lease: operators must be able to act while a fault is held. Reply `Done`."""

    op: AnyOp
    plan_id: int = 0


class Undo(Ask, frozen=True, tag="undo"):
    """Undo what this connection holds, or (`everything`) what any client holds. Reply `Done`; `left` lists failures.

    `plan_id`: only what was armed under this number.
    """

    everything: bool = False
    plan_id: int | None = None


class Measure(Ask, frozen=True, tag="measure"):
    """eye: start (rate_hz > 0) or stop (0) a measuring stream of marker frames that cross these (port, side) points."""

    points: tuple[tuple[str, str], ...]
    rate_hz: int


class Look(Ask, frozen=True, tag="look"):
    """What is all that a fault can change like now? Reply `Seen`."""


class Sweep(Ask, frozen=True, tag="sweep"):
    """Undo what an earlier process of the agent left, and remove what only this harness makes. Reply `Done`.

    While an op is held, what it made cannot be told from what was left: it stays.
    """


class Reply(msgspec.Struct, frozen=True, tag_field="reply"):
    id: int


class Done(Reply, frozen=True, tag="done"):
    t: int
    left: tuple[str, ...] = ()


class Refused(Reply, frozen=True, tag="refused"):
    """`kind`: ``lease`` (another client holds it), ``usage``, ``failed``."""

    kind: str
    why: str


class Seen(Reply, frozen=True, tag="seen"):
    t: int
    survey: Survey


class HeldOp(msgspec.Struct, frozen=True):
    """One fault that is active now."""

    holder: str
    plan: int
    part: int
    op: AnyOp
    since_ns: int


LEFT: Final = "left by an earlier process of this agent, not yet undone"
"""How a note begins that names such an op, or an entry of the journal that cannot be read."""


class Greeting(Reply, frozen=True, tag="greeting"):
    """The agent's state: `notes` says what this machine lacks and what is done without it."""

    agent: str
    t: int
    boot_id: str
    wall_minus_mono_ns: int
    wired: tuple[str, ...]
    missing: tuple[str, ...]
    held: tuple[HeldOp, ...]
    notes: tuple[str, ...]
    topology: str = ""  # the digest of the one that it has (`harness.model.handed_topology`)


AnyAsk = Hello | Subscribe | Mark | Lease | Heartbeat | Arm | Act | Undo | Measure | Look | Sweep
AnyReply = Done | Refused | Greeting | Seen
