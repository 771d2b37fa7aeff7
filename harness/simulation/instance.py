"""One vrrp_instance of keepalived 2.3.3, as rules: a packet or a timer in, actions out. No I/O, no clock of its own.

Facts were read in vrrp.c and vrrp_scheduler.c of keepalived v2.3.3; each rule names its function. `World` does what
`Actions` asks for. Times are ns from the plan's start.
"""

from harness.model.keepalived import ADDRESS_OWNER
from harness.model.units import s, us
from harness.simulation.actions import Actions, Packet, Where
from harness.simulation.group import Group
from harness.simulation.role import Role
from harness.simulation.settings import Settings


class Instance(Role):
    """`faults`: what keeps it in FAULT. `unproved`: scripts that have not ended once."""

    __slots__ = ("faults", "group", "unproved")

    def __init__(self, where: Where, settings: Settings, do: Actions, group: Group | None = None) -> None:
        super().__init__(where, settings, do)
        self.faults: set[str] = set()
        self.unproved: set[str] = set()
        self.group = group
        if group:
            group.members.append(self)

    @property
    def running(self) -> bool:
        return self.state in ("BACKUP", "MASTER")

    @property
    def master(self) -> bool:
        return self.state == "MASTER"

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

    def lost_vip(self, now: int) -> None:
        """set_vrrp_backup() in keepalived_netlink.c: it resigns, and after its skew it is master again."""
        if self.state != "MASTER":
            return
        for one in self.group.members if self.group else [self]:
            if one.state == "MASTER":
                one.resign_for_skew(now)
        if self.group:
            self.group.state = "BACKUP"

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

    # -- rules

    def _time_out(self) -> None:
        """vrrp_state_goto_master(): one that its sync group does not let waits for a whole master-down again."""
        self.wants_master = True
        if self.group is None or self.group.lets_be_master(self):
            self.state = "MASTER"
        else:
            self.down_ns = self.master_down_ns()

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
