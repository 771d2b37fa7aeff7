"""The election of the active virtual gateway, which answers ARP. Pure: the caller gives each instant, in ns.

The states and most of the events are those of HSRP (RFC 2281 section 5), as the letters of the events in Cisco's debug
log show: ``g/Active timer expired``, ``k/Hello rcvd from higher pri Active router``, ``f/Standby timer expired``.
"""

from harness.agents.network.glbp.wire import State
from harness.model.glbp import Rank


class VirtualGateway:
    """`state` changes in `start`, `stop`, `hear`, `tick` alone. `active`: who is, None if that is not known."""

    def __init__(self, rank: Rank, hold_ns: int, *, preempt: bool) -> None:
        self.rank = rank
        self.state = State.INIT
        self.active: Rank | None = None
        self._preempt = preempt
        self._hold_ns = hold_ns
        self._active_until = 0
        self._standby_until = 0

    def start(self, t: int) -> None:
        """Its interface is up. For one hold time it only listens."""
        self._become(State.LISTEN, t)
        self.active, self._active_until = None, t + self._hold_ns

    def settle(self, ranks: list[Rank], t: int) -> None:
        """As if the group had run for long. `ranks`: of all its gateways."""
        first, *others = sorted(ranks, reverse=True)
        second = others[0] if others else None
        settled = {first: State.ACTIVE, second: State.STANDBY}
        self.state = settled.get(self.rank, State.LISTEN)
        self.active = None if self.state == State.ACTIVE else first
        self._active_until = self._standby_until = t + self._hold_ns

    def stop(self) -> None:
        self.state, self.active = State.INIT, None

    def due(self) -> int | None:
        """When `tick` must be called next."""
        match self.state:
            case State.INIT | State.ACTIVE:
                return None
            case State.STANDBY:
                return self._active_until
            case State.SPEAK:
                return self._standby_until
            case _:
                return min(self._active_until, self._standby_until)

    def tick(self, t: int) -> None:
        """What is due by `t`; it is due again at `due()`."""
        if self.state == State.STANDBY and t >= self._active_until:
            self.active = None
            self._become(State.ACTIVE, t)
        elif self.state == State.SPEAK and t >= self._standby_until:
            self._become(State.STANDBY, t)
        elif self.state == State.LISTEN and t >= min(self._active_until, self._standby_until):
            if t >= self._active_until:
                self.active, self._active_until = None, t + self._hold_ns
            self._become(State.SPEAK, t)

    def hear(self, state: int, rank: Rank, t: int) -> None:
        """A hello of another gateway of the group."""
        match state:
            case _ if self.state == State.INIT:
                pass
            case State.ACTIVE:
                self._hear_active(rank, t)
            case State.STANDBY:
                self._hear_standby(rank, t)
            case State.SPEAK if rank > self.rank and self.state in (State.SPEAK, State.STANDBY):
                self._become(State.LISTEN, t)
            case _:
                pass

    def _hear_active(self, rank: Rank, t: int) -> None:
        if self.state == State.ACTIVE and rank < self.rank:
            return  # that one hears our hello, and yields
        was, self.active, self._active_until = self.state, rank, t + self._hold_ns
        if was == State.ACTIVE:
            self._become(State.SPEAK, t)
        elif self._preempt and rank < self.rank:
            self._become(State.SPEAK if was == State.LISTEN else State.ACTIVE, t)

    def _hear_standby(self, rank: Rank, t: int) -> None:
        if self.state == State.LISTEN and rank < self.rank:
            self._become(State.SPEAK, t)
        elif self.state == State.LISTEN:
            self._standby_until = t + self._hold_ns
        elif self.state in (State.SPEAK, State.STANDBY) and rank > self.rank:
            self._become(State.LISTEN, t)

    def _become(self, state: State, t: int) -> None:
        """The standby's timer begins anew where it decides how long a gateway listens or speaks."""
        self.state = state
        if state in (State.LISTEN, State.SPEAK):
            self._standby_until = t + self._hold_ns
        if state == State.ACTIVE:
            self.active = None
