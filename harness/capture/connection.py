"""TCP connections to a VIP: when each was begun, answered and ended. Headers only; no payload is kept.

An arrival is a SYN. It is *answered* by a SYN with ACK; what came of it is an `Outcome`, as far as frames tell. The
status of an HTTP answer is payload: a capture does not tell it.
"""

import struct
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from harness.model.requests import Outcome
from harness.model.units import s

MOST_OPEN: Final = 65_536
MOST_KEPT: Final = 1_000_000
DTYPE: Final = [
    ("due", "<i8"), ("answered", "<i8"), ("done", "<i8"), ("client", "<u4"), ("vip", "<u4"), ("sequence", "<u4"),
    ("port", "<u2"), ("service", "<u2"), ("outcome", "u1"), ("over", "u1"), ("acked", "u1"),
    ("mac", "S6"), ("device", "S6"),
]  # fmt: skip
_RECORD: Final = struct.Struct("<qqqIIIHHBBB6s6s")
FIN, SYN, RST, ACK = 1, 2, 4, 16
_PAUSE_NS: Final = s
"""What the VIP sends later than that after an answer is no part of it, but came of itself."""

Connections = NDArray[np.void]


class Wait(NamedTuple):
    """The longest time in which a client waited for an answer on a connection that had served it before.

    `quiet`: the longest time in which no question was seen on one. Was none asked, or did none come by this point?
    `again`: was there a question at all on a connection that had served before?
    `unsure`: the longest time in which it may have waited: it sent on meanwhile, and the VIP confirmed that, as of an
    upload; or not all that it sends is a question, since the VIP sends of itself on the connection, or only confirmed
    the last message (a WINDOW_UPDATE of HTTP/2, a keep-alive probe); or no end was seen, and its frames may have gone
    to another node or by another gateway. Of a wait without an end `length` has what passed until the client's last
    frame.
    """

    length: int = 0
    begin: int = 0
    quiet: int = 0
    again: bool = False
    unsure: int = 0


_NONE: Final = Wait()


class _Open:
    """One connection. `asked`: since when the client waits for an answer to what it sent; 0: it does not.

    `since`: the same, of what it sent after the VIP had `confirmed` what came before. `heard`: its last segment.
    `told`: when the VIP last sent data; `pushes`: data that came of itself, after a pause.
    `rested`: when the VIP last answered a question. `exchanges`: how many it answered. `acked`: did the client confirm
    a handshake? It got a SYN with ACK then, even if that did not pass this point.
    """

    __slots__ = (
        "acked", "answered", "asked", "confirmed", "device", "due", "exchanges", "heard", "mac", "pushes", "replied",
        "rested", "sequence", "since", "told",
    )  # fmt: skip

    def __init__(self, due: int, sequence: int, device: bytes) -> None:
        self.due, self.sequence, self.device = due, sequence, device
        self.answered = self.replied = self.asked = self.exchanges = self.rested = 0
        self.since = self.heard = self.told = 0
        self.acked = self.confirmed = self.pushes = False
        self.mac = b""


class Connector:
    """Follows the TCP segments of one point. Memory is bounded: `lost` counts connections that were not followed."""

    def __init__(self) -> None:
        self._open: dict[bytes, _Open] = {}
        self._kept = bytearray()
        self.lost = 0
        self.waits: dict[bytes, Wait] = {}
        self.replies = 0
        """Segments that the VIP sent: without any, the way back does not pass this point."""

    def asks(  # noqa: PLR0917 - for each packet: without a value that only carries these
        self, key: bytes, t: int, flags: int, sequence: int, size: int, device: bytes
    ) -> None:
        """A segment of the client. `key`: client, VIP, their ports. `size`: of its payload, by the headers. `device`:
        the frame's source."""
        known = self._open.get(key)
        if flags & SYN:
            if known is None or known.sequence != sequence:
                self._begin(key, t, sequence, device)
            return
        if known is None:
            if not size:
                return
            known = self._begin(key, 0, -1, device)
        known.heard = t
        if flags & (ACK | RST) == ACK:
            known.acked = True
        if size and not known.asked:
            self._rested(key, known, t, again=True)
            known.asked = t
        if size and (known.confirmed or known.asked == t):
            known.since, known.confirmed = t, False
        if flags & (FIN | RST):
            self._end(key, t, Outcome.failed if flags & RST else Outcome.eof, of_client=True)

    def answers(self, key: bytes, t: int, flags: int, size: int, mac: bytes) -> None:
        """A segment of the VIP to that client."""
        self.replies += 1
        known = self._open.get(key)
        if known is None:
            return
        known.mac = known.mac or mac
        if flags & SYN:
            known.answered = known.answered or t
        elif size:
            known.replied = known.replied or t
            if known.asked:
                self._waited(key, known, t)
                known.exchanges += 1
                known.asked, known.rested = 0, t
            elif known.exchanges and t - known.told > _PAUSE_NS:
                known.pushes = True
            known.told = t
        else:
            known.confirmed = True
        if flags & (FIN | RST):
            self._end(key, t, _ended(known, flags), of_client=False)

    def close(self, t: int) -> None:
        """The capture's end: what is open has no outcome yet, unless it was answered."""
        for key in list(self._open):
            self._end(key, t, Outcome.failed, of_client=True, over=False, seen=False)

    @property
    def connections(self) -> Connections:
        """All that began within the capture, in order of `due`. `over` 0: the capture ended first."""
        records = np.frombuffer(bytes(self._kept), DTYPE)
        found: Connections = records[np.argsort(records["due"], kind="stable")]
        return found

    def _begin(self, key: bytes, t: int, sequence: int, device: bytes) -> _Open:
        if key in self._open:
            self._end(key, t, Outcome.connect_timeout, of_client=True, seen=False)
        if len(self._open) >= MOST_OPEN:
            oldest = next(iter(self._open))
            self._end(oldest, t, Outcome.failed, of_client=True, over=False, seen=False)
        begun = self._open[key] = _Open(t, sequence, device)
        return begun

    def _end(
        self, key: bytes, t: int, outcome: Outcome, *, of_client: bool, over: bool = True, seen: bool = True
    ) -> None:
        """`over` False: the capture ended first. `seen`: so was its end; else the client may have ended it before."""
        known = self._open.pop(key)
        if known.asked:
            known.pushes |= known.confirmed
            self._waited(key, known, t if seen else known.heard)
            if not over:
                self._unanswered(key, known, t)
        else:
            self._rested(key, known, t, again=False)
        if not known.due:
            return
        if len(self._kept) >= MOST_KEPT * _RECORD.size:
            self.lost += 1
            return
        done = known.replied or (known.answered if not known.asked else 0) or t
        came = _came(known, outcome, of_client=of_client)
        self._kept += _RECORD.pack(
            known.due, known.answered, done, int.from_bytes(key[:4], "big"), int.from_bytes(key[4:8], "big"),
            known.sequence & 0xFFFFFFFF, int.from_bytes(key[8:10], "big"), int.from_bytes(key[10:], "big"),
            came, over or came == Outcome.ok, known.acked, known.mac, known.device,
        )  # fmt: skip

    def _waited(self, key: bytes, known: _Open, t: int) -> None:
        """Of each client and VIP the longest wait is kept."""
        if not known.exchanges:
            return
        worst, since = self.waits.get(key[:8], _NONE), t if known.pushes else known.since
        if t - since >= worst.length:
            worst = worst._replace(length=t - since, begin=since)
        unsure = t - known.asked if since > known.asked else 0
        self._keep(key[:8], worst._replace(unsure=max(unsure, worst.unsure)))

    def _unanswered(self, key: bytes, known: _Open, t: int) -> None:
        """At the capture's end."""
        worst = self.waits.get(key[:8], _NONE)
        if known.exchanges and t - known.asked > worst.unsure:
            self._keep(key[:8], worst._replace(unsure=t - known.asked))

    def _rested(self, key: bytes, known: _Open, t: int, *, again: bool) -> None:
        if not known.exchanges:
            return
        worst = self.waits.get(key[:8], _NONE)
        if t - known.rested > worst.quiet or (again and not worst.again):
            quiet = max(worst.quiet, t - known.rested)
            self._keep(key[:8], worst._replace(quiet=quiet, again=again or worst.again))

    def _keep(self, who: bytes, wait: Wait) -> None:
        if who in self.waits or len(self.waits) < MOST_OPEN:
            self.waits[who] = wait


def _ended(known: _Open, flags: int) -> Outcome:
    if flags & RST:
        return Outcome.reset if known.answered else Outcome.refused
    return Outcome.eof


def _came(known: _Open, outcome: Outcome, *, of_client: bool) -> Outcome:
    """What came of a connection that ended with `outcome`: data from the VIP, or a handshake without a question."""
    shaken = known.answered or known.acked
    if known.replied or (of_client and shaken and not known.asked):
        return Outcome.ok
    if of_client:
        return Outcome.read_timeout if shaken else Outcome.connect_timeout
    return outcome
