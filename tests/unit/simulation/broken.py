"""Rules of the model, each broken at one place, and the recording of tests/data that notices it."""

from typing import Final, NamedTuple

from harness.simulation import caches, done
from harness.simulation.actions import Packet
from harness.simulation.caches import Caches
from harness.simulation.ears import Ears
from harness.simulation.group import Group
from harness.simulation.instance import Instance
from harness.simulation.layer2 import Layer2
from harness.simulation.netlink import Netlink
from harness.simulation.nodes import Nodes
from harness.simulation.state import State
from harness.simulation.tracking import Tracking
from harness.simulation.watchers import Script, Watchers

NO_RECORDING: Final = ""
"""None of tests/data depends on this rule. Rules of `State.choose` are explored, not decided."""


class Broken(NamedTuple):
    """`attribute` of `owner` is `instead`. `shown_by`: a recording."""

    owner: object
    attribute: str
    instead: object
    shown_by: str


def never(*_arguments: object, **_options: object) -> None:
    return None


def _first_failure_counts(self: Script, *, first: bool) -> bool | None:
    turned, self.result = self.result > 0 or first, 0
    return turned or None


def _first_success_counts(self: Script) -> bool | None:
    turned, self.result = self.result < self.watch.rise, self.best
    return False if turned else None


def _as_any_advert(self: Instance, now: int, packet: Packet) -> None:
    _HEAR_AS_BACKUP(self, now, packet._replace(priority=max(1, packet.priority)))


def _lower_address_wins(self: Instance, now: int, packet: Packet) -> None:
    _HEAR_AS_MASTER(self, now, packet._replace(ip=2 * self.ip - packet.ip))


def _fail_anyway(self: Instance, now: int, cause: str, adds: int) -> None:
    (self.down if adds <= 0 else self.up)(now, cause)


def _heal_alone(_self: Group, one: Instance, now: int) -> None:
    one.recover(now)


def _known_at_start(_self: Tracking, _one: object, _watch: object) -> bool:
    return False


def _only_the_process_counts(self: Watchers, node: str, _watch: object) -> bool:
    return self._state.gone[node] > 0


def _announces(self: Instance, now: int) -> None:
    self.timer(now)


def _timer_first(_self: State, options: int, what: str) -> int:
    return int(options > 1 and what == "thaw")


def _whole_master_down(self: Instance, now: int) -> None:
    self._do.advertise(self, 0)
    self._step_back(now)


def _quick_start(self: Instance, now: int) -> None:
    _START(self, now)
    if self.state == "BACKUP":
        self.down_ns = self.learnt_ns
        self.arm(now)


_HEAR_AS_BACKUP: Final = Instance._hear_as_backup
_HEAR_AS_MASTER: Final = Instance._hear_as_master
_START: Final = Instance.start

BROKEN: Final[dict[str, Broken]] = {
    "a standby steps back with an announcement": Broken(
        Instance, "_step_back", lambda self, now: self.timer(now), "outage"
    ),
    "a master that hears a rival says nothing": Broken(Instance, "_rival", never, "rival"),
    "the skew does not count": Broken(Instance, "skew_ns", lambda *_: 0, "process_check"),
    "an advert that is heard does not arm the timer": Broken(Instance, "_hear_as_backup", never, "process_check"),
    "an ignored advert starts a whole master-down": Broken(Instance, "_accepts", lambda *_: True, "weight_up"),
    "an advert of priority 0 is as any other": Broken(Instance, "_hear_as_backup", _as_any_advert, "process_check"),
    "of equals the lower address wins": Broken(Instance, "_hear_as_master", _lower_address_wins, NO_RECORDING),
    "a planned stop says nothing": Broken(Instance, "stop", Instance.vanish, "keepalived_stopped"),
    "a killed keepalived takes its addresses along": Broken(Instance, "vanish", Instance.stop, "keepalived_killed"),
    "a new keepalived waits for one interval alone": Broken(Instance, "start", _quick_start, NO_RECORDING),
    "a failure that is over leaves FAULT": Broken(Instance, "up", never, "failback"),
    "keepalived does not notice its carrier": Broken(Netlink, "carrier", never, "gone"),
    "keepalived does not notice a deleted VIP": Broken(Instance, "lost_vip", never, "address_deleted"),
    "after a deleted VIP it waits a whole master-down": Broken(
        Instance, "resign_for_skew", _whole_master_down, "address_deleted"
    ),
    "keepalived does not miss its own address": Broken(Netlink, "own_address", never, "own_address_gone"),
    "announcements planned for later are not sent": Broken(Nodes, "later", never, "weight_up"),
    "nothing is announced": Broken(Nodes, "announce", never, "process_check"),
    "a thawed process serves its timer before its socket": Broken(State, "choose", _timer_first, NO_RECORDING),
    "adverts to a unicast peer do not arrive": Broken(Ears, "by_unicast", lambda *_: False, "unicast_check"),
    "a sync group does not fail together": Broken(Group, "fail", never, "group_link"),
    "a sync group does not step back together": Broken(Group, "back_up", never, "group_reboot"),
    "a member takes over without its sync group": Broken(Group, "lets_be_master", lambda *_: True, "group_link"),
    "a sync group does not take over together": Broken(Group, "_master", never, "group_link"),
    "a sync group heals one by one": Broken(Group, "heal", _heal_alone, NO_RECORDING),
    "no script fails": Broken(Script, "_failed", never, "process_check"),
    "one failure of a script is enough": Broken(Script, "_failed", _first_failure_counts, "weight_up"),
    "one success of a script is enough": Broken(Script, "_succeeded", _first_success_counts, "weight_reboot"),
    "a weight means FAULT": Broken(Instance, "weigh", _fail_anyway, "weight_up"),
    "a weight changes nothing": Broken(Instance, "weigh", never, "weight_up"),
    "a new keepalived knows its scripts": Broken(Tracking, "_failed_at_start", _known_at_start, "group_reboot"),
    "a new HAProxy listens at once": Broken(done, "BINDS_AFTER", 0, "weight_reboot"),
    "a check waits for no answer": Broken(Watchers, "failing", _only_the_process_counts, "weight_reboot"),
    "drops do not drop": Broken(Layer2, "passes", lambda self, port, *_: not self.down[port], "announce"),
    "switches learn nothing": Broken(Layer2, "learn", lambda *_: [], NO_RECORDING),
    "switches forget nothing": Broken(Layer2, "forget", lambda *_: [], NO_RECORDING),
    "a flushed entry is not asked for": Broken(Caches, "_asks_soon", never, "flush"),
    "no entry times out": Broken(Caches, "_probes", never, "arp_timeout"),
    "an entry changes by no announcement": Broken(Caches, "_heard", never, "process_check"),
    "owners ask for no device": Broken(Caches, "_owner_asks", never, NO_RECORDING),
    "an entry is never locked": Broken(caches, "LOCKTIME", 0, NO_RECORDING),
}
