"""The priority of an instance and its timers, as keepalived 2.3.3 reckons them. Times are ns."""

from typing import Final

from harness.model.keepalived import ADDRESS_OWNER
from harness.model.units import ms, s
from harness.simulation.actions import State
from harness.simulation.settings import Settings

NEVER: Final = 2**62
CENTISECOND: Final = 10 * ms


class Timers:
    """`due_ns`: when its one timer is due. `down_ns`: what the next master-down timer is.

    `base`, `priority`: as configured, and with what trackers add. `learnt_ns`: the interval that the master told
    (VRRPv3). `starts_ns`: when its ``vrrp_startup_delay`` is over.
    """

    __slots__ = (
        "_added",
        "_down_key",
        "_down_known",
        "base",
        "down_ns",
        "due_ns",
        "learnt_ns",
        "priority",
        "set",
        "starts_ns",
        "state",
        "vrrp",
    )

    def __init__(self, settings: Settings) -> None:
        self.set, self.vrrp = settings, settings.vrrp
        self.state: State = "INIT"
        self.base = settings.vrrp.priority
        self._added = {watch.cause: watch.adds(failed=False) for watch in settings.watches}
        self.priority = settings.rest_priority
        self.learnt_ns = self.vrrp.advert_int_ns
        self.due_ns, self.starts_ns = NEVER, 0
        self._down_key, self._down_known = (0, 0), 0
        self.down_ns = self.master_down_ns()

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
