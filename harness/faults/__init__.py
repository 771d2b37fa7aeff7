"""Faults: one file each. `faults.blackhole("trunk", duration=800 * ms)` is pure data until a trial or `inject` runs it.

To add one: copy the shortest file and name it after the fault. It is a command from then on. To use it in Python as
``faults.NAME``, with its arguments checked, export it here in lower case.
"""

from harness.faults.address_deleted import AddressDeleted as address_deleted
from harness.faults.address_taken import AddressTakenFault as address_taken
from harness.faults.arp_ignored import ArpIgnored as arp_ignored
from harness.faults.blackhole import Blackhole as blackhole
from harness.faults.card_replaced import CardReplaced as card_replaced
from harness.faults.card_vanished import CardVanished as card_vanished
from harness.faults.check_broken import CheckBroken as check_broken
from harness.faults.configuration_changed import ConfigurationChanged as configuration_changed
from harness.faults.connections_used_up import ConnectionsUsedUp as connections_used_up
from harness.faults.corrupt import CorruptFault as corrupt
from harness.faults.cpu_starved import CpuShort as cpu_starved
from harness.faults.delay import DelayFault as delay
from harness.faults.fabric_failover import FabricFailover as fabric_failover
from harness.faults.fault import Fault
from harness.faults.fault import after as after
from harness.faults.firmware_upgrade import FirmwareUpgrade as firmware_upgrade
from harness.faults.flapping import Flapping as flapping
from harness.faults.flush_suppressed import FlushSuppressed as flush_suppressed
from harness.faults.freeze import Freeze as freeze
from harness.faults.garp_lost import GarpLost as garp_lost
from harness.faults.hung import Hung as hung
from harness.faults.killed import Killed as killed
from harness.faults.link_down import LinkDownFault as link_down
from harness.faults.link_reset import LinkReset as link_reset
from harness.faults.link_silent import LinkSilent as link_silent
from harness.faults.lock_held import LockHeld as lock_held
from harness.faults.loss import Loss as loss
from harness.faults.narrow_link import NarrowLink as narrow_link
from harness.faults.one_direction_first import OneDirectionFirst as one_direction_first
from harness.faults.open_files import OpenFiles as open_files
from harness.faults.power_cut import PowerCut as power_cut
from harness.faults.querier_gone import QuerierGone as querier_gone
from harness.faults.rate import Rate as rate
from harness.faults.reconvergence_late import ReconvergenceLate as reconvergence_late
from harness.faults.replication_lag import ReplicationLag as replication_lag
from harness.faults.ring_loop import RingLoop as ring_loop
from harness.faults.session_flood import SessionFlood as session_flood
from harness.faults.slow_close import SlowClose as slow_close
from harness.faults.slow_link import SlowLink as slow_link
from harness.faults.slow_query import SlowQuery as slow_query
from harness.faults.stopped import Stopped as stopped
from harness.faults.tcp_lost import TcpLost as tcp_lost
from harness.faults.tmpfs_full import TmpfsFull as tmpfs_full
from harness.faults.vrrp_lost import VrrpLost as vrrp_lost
from harness.faults.vrrp_stranger import VrrpStranger as vrrp_stranger

__all__ = [
    "Fault",
    "address_deleted",
    "address_taken",
    "arp_ignored",
    "blackhole",
    "card_replaced",
    "card_vanished",
    "check_broken",
    "configuration_changed",
    "connections_used_up",
    "corrupt",
    "cpu_starved",
    "delay",
    "fabric_failover",
    "firmware_upgrade",
    "flapping",
    "flush_suppressed",
    "freeze",
    "garp_lost",
    "hung",
    "killed",
    "link_down",
    "link_reset",
    "link_silent",
    "lock_held",
    "loss",
    "narrow_link",
    "one_direction_first",
    "open_files",
    "power_cut",
    "querier_gone",
    "rate",
    "reconvergence_late",
    "replication_lag",
    "ring_loop",
    "session_flood",
    "slow_close",
    "slow_link",
    "slow_query",
    "stopped",
    "tcp_lost",
    "tmpfs_full",
    "vrrp_lost",
    "vrrp_stranger",
]
