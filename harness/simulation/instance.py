"""One vrrp_instance of keepalived 2.3.3, as rules: a packet or a timer in, actions out. No I/O, no clock of its own.

Facts were read in vrrp.c and vrrp_scheduler.c of keepalived v2.3.3; each rule names its function. `World` does what
`Actions` asks for. Times are ns from the plan's start.
"""

from typing import Final, Literal, NamedTuple, Protocol

from harness.model.units import ms, s
from harness.simulation.settings import Settings

NEVER: Final = 2**62
CENTISECOND: Final = 10 * ms
State = Literal["INIT", "BACKUP", "MASTER", "FAULT", "STOP"]
Repeat = Literal["burst", "refresh", "lower"]


class Packet(NamedTuple):
    """An advertisement as its receiver reads it. `ip`: of the sender, as a number."""

    priority: int
    ip: int
    advert_int_ns: int


class Where(NamedTuple):
    """`port`: where adverts leave. `ip`: of that port, as a number."""

    node: str
    router: str
    port: str
    ip: int


class Actions(Protocol):
    """What an instance asks for. Nothing of it takes time for the instance."""

    def advertise(self, one: "Instance", priority: int) -> None: ...
    def hold(self, one: "Instance", *, present: bool) -> None: ...
    def announce(self, one: "Instance", repeat: int) -> None: ...
    def later(self, one: "Instance", after_ns: int, what: Repeat, repeat: int) -> None: ...
    def says(self, one: "Instance", state: str) -> None: ...


class Instance:
    """`due_ns`: when its one timer is due.

    `down_ns`: what the next master-down timer is. `learnt_ns`: the interval that the master told (VRRPv3).
    `life`: counts its ends, so that what an earlier process had planned does nothing.
    """

    __slots__ = (
        "_do", "_down_key", "_down_known", "down_ns", "due_ns", "has_vips", "ip", "last_sent_ns", "learnt_ns", "life",
        "node", "port", "preempt_at_ns", "priority", "router", "set", "state", "vrrp",
    )  # fmt: skip

    def __init__(self, where: Where, settings: Settings, do: Actions) -> None:
        self.node, self.router, self.port, self.ip = where
        self._do = do
        self.set, self.vrrp = settings, settings.vrrp
        self.priority = settings.vrrp.effective_priority
        self.learnt_ns = self.vrrp.advert_int_ns
        self.state: State = "INIT"
        self.due_ns = NEVER
        self.has_vips = False
        self.preempt_at_ns = self.last_sent_ns = self.life = 0
        self._down_key, self._down_known = (0, 0), 0
        self.down_ns = self.master_down_ns()

    @property
    def running(self) -> bool:
        return self.state in ("BACKUP", "MASTER")

    @property
    def master(self) -> bool:
        return self.state == "MASTER"

    # -- timers

    def skew_ns(self, steps: int | None = None) -> int:
        """VRRP_TIMER_SKEW: by the *effective* priority and, in VRRPv3, by the *learnt* interval in centiseconds."""
        steps = 256 - self.priority if steps is None else steps
        if self.vrrp.version == 3:
            return steps * (self.learnt_ns // CENTISECOND) * 625 // 16 * 1000
        return steps * s // 256

    def master_down_ns(self) -> int:
        key = (self.learnt_ns, self.priority)
        if key != self._down_key:
            self._down_key = key
            self._down_known = self.vrrp.down_timer_adverts * self.learnt_ns + self.skew_ns()
        return self._down_known

    def arm(self, now: int) -> None:
        """vrrp_init_instance_sands()"""
        if self.state == "MASTER":
            self.due_ns = now + self.vrrp.advert_int_ns
        elif self.state == "BACKUP":
            self.due_ns = now + self.down_ns
        else:
            self.due_ns = NEVER

    # -- what happens to it

    def start(self, now: int) -> None:
        """vrrp_init_state(): ``state MASTER`` below 255 is BACKUP for one interval and the least skew."""
        self._back_up()
        if self.set.state_master:
            self.down_ns = self.learnt_ns + self.skew_ns(1)
        self.arm(now)

    def recover(self, now: int) -> None:
        """try_up_instance(): BACKUP with a whole master-down of its own interval."""
        self._back_up()
        self.arm(now)

    def stop(self, now: int) -> None:
        """shutdown_vrrp_instances(): a master resigns with priority 0."""
        self._leave("STOP")
        self.life += 1
        self.arm(now)

    def vanish(self, now: int) -> None:
        """SIGKILL: no resignation. Its addresses stay, until keepalived starts again and removes them."""
        self.state, self.life = "STOP", self.life + 1
        self.arm(now)

    def fail(self, now: int) -> None:
        """vrrp_state_leave_master(): FAULT; a master resigns, which without carrier reaches no node."""
        self._leave("FAULT")
        self.arm(now)

    def timer(self, now: int) -> None:
        """vrrp_dispatcher_read_timeout()"""
        if self.state == "BACKUP":
            self.state = "MASTER"
        if self.state == "MASTER":
            self._transmit(now)
        self.arm(now)

    def hear(self, now: int, packet: Packet) -> None:
        """vrrp_dispatcher_read(): the timer is set anew after each packet, whatever became of the packet."""
        if self.state == "BACKUP":
            self._hear_as_backup(now, packet)
        elif self.state == "MASTER":
            self._hear_as_master(now, packet)
            if self.master and self.set.lower_prio_no_advert:
                return
        else:
            return
        self.arm(now)

    def overdue(self, now: int) -> None:
        """vrrp_thread_timeout_handler(), timer_expired_backup: a master that was scheduled late steps back itself."""
        other = self.set.highest_other
        if not other or self.state != "MASTER" or self.vrrp.preempt:
            return
        own = self.vrrp.advert_int_ns
        if self.last_sent_ns + 3 * own + (256 - other) * (own if self.vrrp.version == 3 else s) // 256 <= now:
            self._step_back(now)

    # -- rules

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

    def _hear_as_backup(self, now: int, packet: Packet) -> None:
        """vrrp_state_backup()"""
        if packet.priority == 0:
            self.down_ns = self.skew_ns()
        elif self._accepts(now, packet.priority):
            self._learn(packet)
            self.down_ns = self.master_down_ns()
            self._delay_preemption(now, packet.priority)
        else:
            self.down_ns = max(0, self.due_ns - now)  # ignored: what is left of the timer, not a new one

    def _accepts(self, now: int, priority: int) -> bool:
        waits = self.vrrp.preempt_delay_ns and (not self.preempt_at_ns or self.preempt_at_ns > now)
        return not self.vrrp.preempt or priority >= self.priority or bool(waits)

    def _delay_preemption(self, now: int, priority: int) -> None:
        if not self.vrrp.preempt_delay_ns:
            return
        if priority >= self.priority:
            self.preempt_at_ns = 0
        elif not self.preempt_at_ns:
            self.preempt_at_ns = now + self.vrrp.preempt_delay_ns

    def _hear_as_master(self, now: int, packet: Packet) -> None:
        """vrrp_state_master_rx()"""
        priority, ip, _ = packet
        better = priority > self.priority or (priority == self.priority and ip > self.ip)
        if priority == 0 or (self.vrrp.higher_prio_send_advert and better):
            self._advertise(now)
        if better:
            self._learn(packet)
            self._step_back(now)
        elif priority and (priority < self.priority or ip < self.ip):
            self._rival(now)

    def _rival(self, now: int) -> None:
        """One of lower priority is master, too."""
        vrrp = self.vrrp
        if not self.set.lower_prio_no_advert:
            self._advertise(now)
        if vrrp.garp_lower_prio_repeat:
            self._do.announce(self, vrrp.garp_lower_prio_repeat)
            if vrrp.garp_lower_prio_delay_ns:
                self._do.later(self, vrrp.garp_lower_prio_delay_ns, "lower", vrrp.garp_lower_prio_repeat)
        self._do.says(self, "MASTER_RX_LOWER_PRI")

    def _step_back(self, now: int) -> None:
        """vrrp_state_leave_master(): to BACKUP, without a frame."""
        self.down_ns, self.preempt_at_ns, self.state = self.master_down_ns(), 0, "BACKUP"
        if self.has_vips:
            self._hold(present=False)
        self._do.says(self, "BACKUP")
        self.arm(now)

    def _leave(self, state: State) -> None:
        if self.state == "MASTER":
            self._do.advertise(self, 0)
        if self.has_vips:
            self._hold(present=False)
        self.state = state
        self._do.says(self, state)

    def _back_up(self) -> None:
        self.state, self.learnt_ns, self.preempt_at_ns = "BACKUP", self.vrrp.advert_int_ns, 0
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
