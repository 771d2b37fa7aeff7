"""The instances of one node that change their state together: a vrrp_sync_group. Source: vrrp_sync.c of keepalived."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.actions import State
    from harness.simulation.instance import Instance


class Group:
    """`state`: that it has reached together. An instance joins it when it is made."""

    def __init__(self) -> None:
        self.members: list[Instance] = []
        self.state: State = "BACKUP"

    def lets_be_master(self, one: "Instance") -> bool:
        """vrrp_sync_can_goto_master(): only if each other member's timer ran out, too, and no advert came since."""
        return self.state == "MASTER" or all(other.wants_master for other in self._others(one))

    def follow(self, one: "Instance", before: "State", now: int) -> None:
        """VRRP_TSM_HANDLE(): what a packet or a timer made of one member, the others become."""
        if one.state == "MASTER":
            self._master(one, now)
        elif before == "MASTER" and one.state == "BACKUP":
            self.back_up(one, now)

    def start(self) -> None:
        """As initialise_tracking_priorities() leaves it."""
        waits = any(member.faults or member.unproved for member in self.members)
        self.state = "FAULT" if waits else "BACKUP"

    def fail(self, one: "Instance", now: int) -> None:
        """vrrp_sync_fault(): each other master resigns, and is in FAULT, too."""
        if self.state != "FAULT":
            for other in self._others(one):
                other.fail_with_group(now)
            self.state = "FAULT"

    def heal(self, one: "Instance", now: int) -> None:
        """try_up_instance(): only when no member has a failure of its own."""
        if not any(member.faults or member.unproved for member in self.members):
            one.recover(now)
            self.back_up(one, now)

    def back_up(self, one: "Instance", now: int) -> None:
        """vrrp_sync_backup()"""
        if self.state != "BACKUP":
            for other in self._others(one):
                other.back_up_with_group(now)
            self.state = "BACKUP"

    def _master(self, one: "Instance", now: int) -> None:
        """vrrp_sync_master()"""
        if self.state == "MASTER" or not self.lets_be_master(one):
            return
        for other in self._others(one):
            if other.state in ("BACKUP", "MASTER"):
                other.be_master(now)
        self.state = "MASTER"

    def _others(self, one: "Instance") -> "list[Instance]":
        return [member for member in self.members if member is not one]
