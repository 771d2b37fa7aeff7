"""One vrrp_instance of keepalived 2.3.3, as rules: a packet or a timer in, actions out. No I/O, no clock of its own.

Facts were read in vrrp.c and vrrp_scheduler.c of keepalived v2.3.3; each rule names its function. `World` does what
`Actions` asks for. Times are ns from the plan's start.
"""

from typing import Final, Literal, NamedTuple, Protocol

from harness.model.keepalived import ADDRESS_OWNER
from harness.model.units import ms, s, us
from harness.simulation.group import Group
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
    """`due_ns`: when its one timer is due. `number`: its place among all.

    `down_ns`: what the next master-down timer is. `learnt_ns`: the interval that the master told (VRRPv3).
    `life`: counts its ends, so that what an earlier process had planned does nothing. `faults`: what keeps it in FAULT.
    `starts_ns`: when its ``vrrp_startup_delay`` is over. `unproved`: scripts that have not ended once.
    `wants_master`: its timer ran out, and its sync group does not let it.
    """

    __slots__ = (
        "_added",
        "_do",
        "_down_key",
        "_down_known",
        "base",
        "down_ns",
        "due_ns",
        "faults",
        "group",
        "has_vips",
        "ip",
        "last_sent_ns",
        "learnt_ns",
        "life",
        "node",
        "number",
        "port",
        "preempt_at_ns",
        "priority",
        "router",
        "set",
        "starts_ns",
        "state",
        "unproved",
        "vrrp",
        "wants_master",
    )  # fmt: skip

    def __init__(self, where: Where, settings: Settings, do: Actions, group: Group | None = None) -> None:
        self.node, self.router, self.port, self.ip = where
        self._do = do
        self.number = 0
        self.set, self.vrrp = settings, settings.vrrp
        self.base = settings.vrrp.priority
        self._added = {watch.cause: watch.adds(failed=False) for watch in settings.watches}
        self.priority = settings.rest_priority
        self.faults: set[str] = set()
        self.unproved: set[str] = set()
        self.wants_master = False
        self.group = group
        if group:
            group.members.append(self)
        self.learnt_ns = self.vrrp.advert_int_ns
        self.state: State = "INIT"
        self.due_ns = NEVER
        self.has_vips = False
        self.preempt_at_ns = self.last_sent_ns = self.life = self.starts_ns = 0
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
        """vrrp_init_instance_sands(): a backup's timer begins when the startup delay is over."""
        if self.state == "MASTER":
            self.due_ns = now + self.vrrp.advert_int_ns
        elif self.state == "BACKUP":
            self.due_ns = max(now, self.starts_ns) + self.down_ns
        else:
            self.due_ns = NEVER

    # -- what happens to it

    def start(self, now: int) -> None:
        """vrrp_init_state(): BACKUP for a whole master-down; an address owner for 1 µs.

        ``state MASTER`` shortens it in a sync group alone: to one interval and the least skew. While something that it
        tracks has failed, or a script has not ended once, it is in FAULT.
        """
        self.starts_ns = now + self.set.startup_delay_ns if self.set.startup_delay_ns else 0
        if self.faults or self.unproved or (self.group and self.group.state == "FAULT"):
            self.state = "FAULT"
            if self.faults:
                self._do.says(self, "FAULT")
        else:
            self._back_up()
            self.wants_master = self.set.state_master or self.base == ADDRESS_OWNER
            if self.base == ADDRESS_OWNER:
                self.down_ns = us
            elif self.set.state_master and self.group:
                self.down_ns = self.learnt_ns + self.skew_ns(1)
        self.arm(now)

    def recover(self, now: int) -> None:
        """try_up_instance(): BACKUP with a whole master-down of its own interval."""
        self._back_up()
        self.arm(now)

    def down(self, now: int, cause: str) -> None:
        """down_instance(): only the first of several failures changes the state."""
        first = not self.faults
        self.faults.add(cause)
        self.unproved.discard(cause)
        if first and self.state != "STOP":
            self.fail(now)
            if self.group:
                self.group.fail(self, now)

    def up(self, now: int, cause: str) -> None:
        """try_up_instance(): only the end of the last failure changes the state."""
        self.faults.discard(cause)
        self.unproved.discard(cause)
        if self.state != "FAULT" or self.faults or self.unproved:
            return
        if self.group:
            self.group.heal(self, now)
        else:
            self.recover(now)

    def weigh(self, now: int, cause: str, adds: int) -> None:
        """vrrp_set_effective_priority(): a backup's timer moves by what its master-down changes; not of an owner."""
        if self.base == ADDRESS_OWNER:
            return
        self._added[cause] = adds
        priority = self._weighed()
        if priority == self.priority:
            return
        self.priority, before = priority, self.down_ns
        self.down_ns = self.master_down_ns()
        if self.state == "BACKUP":
            self.due_ns = max(now, self.due_ns + self.down_ns - before)

    def begin_with(self, added: dict[str, int]) -> None:
        """A new process. `added`: what each tracker adds to the priority, as far as it is known."""
        self.base, self._added = self.vrrp.priority, added
        self.priority = self._weighed()

    def _weighed(self) -> int:
        if self.base == ADDRESS_OWNER:
            return ADDRESS_OWNER
        return max(1, min(254, self.base + self.set.files_add + sum(self._added.values())))

    def lost_vip(self, now: int) -> None:
        """set_vrrp_backup() in keepalived_netlink.c: it resigns, and after its skew it is master again."""
        if self.state != "MASTER":
            return
        for one in self.group.members if self.group else [self]:
            if one.state == "MASTER":
                one.resign_for_skew(now)
        if self.group:
            self.group.state = "BACKUP"

    def resign_for_skew(self, now: int) -> None:
        self._do.advertise(self, 0)
        self._step_back(now)
        self.down_ns = self.skew_ns()
        self.arm(now)

    # -- with its sync group

    def be_master(self, now: int) -> None:
        """vrrp_state_goto_master(), from vrrp_sync_master()"""
        if self.state == "BACKUP":
            self.wants_master = True
            self.state = "MASTER"
            self._transmit(now)
            self.arm(now)

    def fail_with_group(self, now: int) -> None:
        if self.state in ("BACKUP", "MASTER"):
            self.fail(now)

    def back_up_with_group(self, now: int) -> None:
        if self.state == "MASTER":
            self._step_back(now)
        elif self.state == "FAULT":
            self.recover(now)

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
        before = self.state
        if before == "BACKUP":
            self._time_out()
        if self.state == "MASTER":
            self._transmit(now)
        if self.group:
            self.group.follow(self, before, now)
        self.arm(now)

    def hear(self, now: int, packet: Packet) -> None:
        """vrrp_dispatcher_read(): the timer is set anew after each packet, whatever became of the packet.

        During ``vrrp_startup_delay`` no packet is read (keepalived #2099).
        """
        if now < self.starts_ns:
            return
        before = self.state
        if before == "BACKUP":
            self._hear_as_backup(now, packet)
        elif before == "MASTER":
            self._hear_as_master(now, packet)
        else:
            return
        if self.group:
            self.group.follow(self, before, now)
        if not (self.master and self.set.lower_prio_no_advert):
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

    def _time_out(self) -> None:
        """vrrp_state_goto_master(): one that its sync group does not let waits for a whole master-down again."""
        self.wants_master = True
        if self.group is None or self.group.lets_be_master(self):
            self.state = "MASTER"
        else:
            self.down_ns = self.master_down_ns()

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
            self.down_ns, self.wants_master = self.master_down_ns(), False
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
        if priority == self.priority == ADDRESS_OWNER:
            self.base = self.priority = ADDRESS_OWNER - 1  # two nodes that say that the address is their own
        better = priority > self.priority or (priority == self.priority and ip > self.ip)
        if priority == 0 or (self.vrrp.higher_prio_send_advert and better):
            self._advertise(now)
        if better:
            self._learn(packet)
            self._step_back(now)
        elif priority and (priority < self.priority or ip < self.ip):
            self._rival(now)

    def _rival(self, now: int) -> None:
        """One of lower priority is master, too. Each member of a sync group announces its addresses."""
        if not self.set.lower_prio_no_advert:
            self._advertise(now)
        for one in self.group.members if self.group else [self]:
            one.announce_to_rival()
        self._do.says(self, "MASTER_RX_LOWER_PRI")

    def announce_to_rival(self) -> None:
        vrrp = self.vrrp
        if vrrp.garp_lower_prio_repeat:
            self._do.announce(self, vrrp.garp_lower_prio_repeat)
            if vrrp.garp_lower_prio_delay_ns:
                self._do.later(self, vrrp.garp_lower_prio_delay_ns, "lower", vrrp.garp_lower_prio_repeat)

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
