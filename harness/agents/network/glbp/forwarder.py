"""One virtual MAC address, as one gateway sees it: which gateway forwards for it, and how long it may live. Pure.

Priorities 167 and 135 are those of a router that a forwarder belongs to, and of one that stands in, in Cisco's debug
log. Redirect and timeout: Cisco, "Configuring GLBP", ``glbp timers redirect``; the owner's hellos set both anew, as
``show glbp`` tells: "Redirection enabled, 599.343 sec remaining".
"""

from typing import Final

from harness.agents.network.glbp.wire import State
from harness.model.glbp import GlbpGroup, Rank

PRIMARY: Final = 167
SECONDARY: Final = 135


class Forwarder:
    """`owner`: the MAC address that names the gateway which it belongs to; empty: not known. `mine`: to this one."""

    def __init__(self, group: GlbpGroup, number: int, owner: bytes, weight: int, t: int, *, mine: bool) -> None:
        self.number = number
        self.owner = owner
        self.weight = weight
        self.mine = mine
        self.state = State.LISTEN
        self._group = group
        self._active_until = t + group.hold_ns
        self._redirect_until = t + group.redirect_ns
        self._lives_until = t + group.timeout_ns
        self._preempts_at = None if group.forwarder_preempt_ns is None else t + group.forwarder_preempt_ns

    @property
    def priority(self) -> int:
        return PRIMARY if self.mine else SECONDARY

    def listen(self, t: int) -> None:
        """As after a start: it waits for a hold time, and, if another gateway forwards, until it may preempt."""
        self.state = State.LISTEN
        self._active_until = t + self._group.hold_ns
        delay = self._group.forwarder_preempt_ns
        self._preempts_at = None if delay is None else t + delay

    def settle(self) -> None:
        """As if the group had run for long."""
        self.state = State.ACTIVE if self.mine else State.LISTEN

    def redirects(self, t: int) -> bool:
        """May hosts still get its MAC address?"""
        return self.mine or t < self._redirect_until

    def lives(self, t: int) -> bool:
        return self.mine or t < self._lives_until

    def due(self) -> int | None:
        """When `tick` must be called next; None: never."""
        times = [] if self.mine else [self._lives_until]
        if self.state == State.LISTEN:
            times += [self._active_until]
            times += [self._preempts_at] if self.mine and self._preempts_at is not None else []
        return min(times, default=None)

    def tick(self, t: int) -> None:
        if self.state != State.LISTEN:
            return
        preempts = self.mine and self._preempts_at is not None and t >= self._preempts_at
        if self.lives(t) and (t >= self._active_until or preempts):
            self.state = State.ACTIVE

    def hear(self, priority: int, weight: int, sender: bytes, ranks: tuple[Rank, Rank], t: int) -> None:
        """Another gateway says that it forwards. `ranks`: that one's and ours, of this forwarder."""
        if priority == PRIMARY and not self.mine:
            self.owner, self.weight = sender, weight
            self._redirect_until, self._lives_until = t + self._group.redirect_ns, t + self._group.timeout_ns
        theirs, ours = ranks
        if self.state == State.ACTIVE and theirs < ours:
            return  # that one hears our hello, and yields
        self.state, self._active_until = State.LISTEN, t + self._group.hold_ns
