"""A REP ring of pure machines in simulated time: links lose signal or frames, messages take their time."""

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from harness.model.rep import Deed, Flush, RepSwitch, Say, Turn
from harness.model.rep_messages import RepMessage
from harness.model.ring import Ring
from harness.model.units import ms

TRUNKS = {"ab": ("a", "b"), "bc": ("b", "c"), "ca": ("c", "a")}
ENDS = {f"{trunk}.{end}": switch for trunk, pair in TRUNKS.items() for end, switch in zip("ab", pair, strict=True)}
PEER = {end: end[:-1] + ("b" if end.endswith("a") else "a") for end in ENDS}


class SimulatedRing:
    """`delay`: how long the next message takes, in ns. `silent`: the ends whose frames do not arrive."""

    def __init__(self, delay: Callable[[], int], age_ms: int = 300) -> None:
        self.ring = Ring("ring", tuple(TRUNKS), "ca.b", age_ms)
        self.now, self.delay = 10**12, delay
        self.silent: set[str] = set()
        self.down: set[str] = set()
        self.turns: list[tuple[int, Turn]] = []
        self.flushes: list[tuple[int, str]] = []
        self.least = 1  # fewest ports that were blocked at any instant
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._count = count()
        keys = {end: number for number, end in enumerate(ENDS)}
        self.switches = {
            name: RepSwitch(name, self.ring, {e: keys[e] for e, at in ENDS.items() if at == name}, self.now)
            for name in "abc"
        }

    def blocked(self) -> list[str]:
        return [end for end, switch in ENDS.items() if self.switches[switch].role(end) != "open"]

    def roles(self) -> dict[str, str]:
        return {end: self.switches[switch].role(end) for end, switch in ENDS.items()}

    def set_down(self, trunk: str, *, down: bool) -> None:
        (self.down.add if down else self.down.discard)(trunk)
        for end in (f"{trunk}.a", f"{trunk}.b"):
            switch = self.switches[ENDS[end]]
            self._do(ENDS[end], (switch.lost_signal if down else switch.has_signal)(end, self.now))

    def run(self, until: int) -> None:
        """Every message and every timer up to `until`."""
        while True:
            ticks = min((switch.due_ns(), name) for name, switch in self.switches.items())
            message = self._queue[0][0] if self._queue else until + 1
            at = max(self.now, min(ticks[0], message))
            if at > until:
                self.now = until
                return
            self.now = at
            if message <= ticks[0]:
                heappop(self._queue)[2]()
            else:
                self._do(ticks[1], self.switches[ticks[1]].tick(self.now))
            self.least = min(self.least, len(self.blocked()))

    def pass_ms(self, milliseconds: int) -> None:
        self.run(self.now + milliseconds * ms)

    def _do(self, switch: str, deeds: list[Deed]) -> None:
        for deed in deeds:
            match deed:
                case Say(port, message):
                    self._send(port, message)
                case Turn():
                    self.turns.append((self.now, deed))
                case Flush():
                    self.flushes.append((self.now, switch))

    def _send(self, port: str, message: RepMessage) -> None:
        if port in self.silent or port.partition(".")[0] in self.down:
            return
        peer = PEER[port]

        def arrive() -> None:
            if peer.partition(".")[0] not in self.down:
                self._do(ENDS[peer], self.switches[ENDS[peer]].hears(peer, message, self.now))

        heappush(self._queue, (self.now + self.delay(), next(self._count), arrive))
