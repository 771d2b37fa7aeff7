"""What an instance does when it becomes master, steps back or fails: the frames, the VIPs, what it says.

Facts were read in vrrp.c of keepalived v2.3.3; each rule names its function. Times are ns from the plan's start.
"""

from harness.simulation.actions import Actions, Packet, State, Where
from harness.simulation.settings import Settings
from harness.simulation.timers import Timers


class Role(Timers):
    """`number`: its place among all. `wants_master`: its timer ran out, and its sync group does not let it.

    `life`: counts its ends, so that what an earlier process had planned does nothing.
    """

    __slots__ = (
        "_do",
        "has_vips",
        "ip",
        "last_sent_ns",
        "life",
        "node",
        "number",
        "port",
        "preempt_at_ns",
        "router",
        "wants_master",
    )

    def __init__(self, where: Where, settings: Settings, do: Actions) -> None:
        super().__init__(settings)
        self.node, self.router, self.port, self.ip = where
        self._do = do
        self.number = 0
        self.has_vips = self.wants_master = False
        self.preempt_at_ns = self.last_sent_ns = self.life = 0

    def resign_for_skew(self, now: int) -> None:
        self._do.advertise(self, 0)
        self._step_back(now)
        self.down_ns = self.skew_ns()
        self.arm(now)

    def announce_to_rival(self) -> None:
        vrrp = self.vrrp
        if vrrp.garp_lower_prio_repeat:
            self._do.announce(self, vrrp.garp_lower_prio_repeat)
            if vrrp.garp_lower_prio_delay_ns:
                self._do.later(self, vrrp.garp_lower_prio_delay_ns, "lower", vrrp.garp_lower_prio_repeat)

    def _transmit(self, now: int) -> None:
        """vrrp_state_master_tx(): the advert first, so that the old master lets go before gratuitous ARP is sent."""
        self._advertise(now)
        if not self.has_vips:
            self._become_master()

    def _become_master(self) -> None:
        """vrrp_state_become_master(). The learnt interval is forgotten inside a test for ``--log-detail``."""
        if self.vrrp.version == 3:
            self.learnt_ns = self.vrrp.advert_int_ns
        self._hold(present=True)
        vrrp, delay = self.vrrp, self.vrrp.garp_master_delay_ns
        self._do.announce(self, vrrp.garp_master_repeat)
        if delay:
            self._do.later(self, delay, "burst", vrrp.garp_master_repeat)
        if vrrp.garp_master_refresh_ns:
            self._do.later(self, delay + vrrp.garp_master_refresh_ns, "refresh", vrrp.garp_master_refresh_repeat)
        self._do.says(self, "MASTER")

    def _step_back(self, now: int) -> None:
        """vrrp_state_leave_master(): to BACKUP, without a frame."""
        self.down_ns, self.preempt_at_ns, self.state = self.master_down_ns(), 0, "BACKUP"
        self.wants_master = False
        if self.has_vips:
            self._hold(present=False)
        self._do.says(self, "BACKUP")
        self.arm(now)

    def _leave(self, state: State) -> None:
        if self.state == "MASTER":
            self._do.advertise(self, 0)
        if self.has_vips:
            self._hold(present=False)
        self.state, self.wants_master = state, False
        self._do.says(self, state)

    def _back_up(self) -> None:
        self.state, self.learnt_ns, self.preempt_at_ns = "BACKUP", self.vrrp.advert_int_ns, 0
        self.wants_master = False
        self.down_ns = self.master_down_ns()
        self._do.says(self, "BACKUP")

    def _hold(self, *, present: bool) -> None:
        """Bursts that are still to come are *not* cancelled on leaving: they are sent if the VIP is set by then."""
        self.has_vips = present
        self._do.hold(self, present=present)

    def _advertise(self, now: int) -> None:
        self.last_sent_ns = now
        self._do.advertise(self, self.priority)

    def _learn(self, packet: Packet) -> None:
        if self.vrrp.version == 3:
            self.learnt_ns = packet.advert_int_ns
