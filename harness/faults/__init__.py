"""Faults: one file each. `faults.blackhole("trunk", duration=800 * ms)` is pure data until a trial or `inject` runs it.

To add one: copy the shortest file and name it after the fault. It is a command from then on. To use it in Python as
``faults.NAME``, with its arguments checked, export it here in lower case.
"""

from harness.faults.arp_ignored import ArpIgnored as arp_ignored
from harness.faults.blackhole import Blackhole as blackhole
from harness.faults.fault import Fault
from harness.faults.freeze import Freeze as freeze
from harness.faults.garp_lost import GarpLost as garp_lost
from harness.faults.link_down import LinkDownFault as link_down
from harness.faults.session_flood import SessionFlood as session_flood
from harness.faults.slow_link import SlowLink as slow_link
from harness.faults.slow_query import SlowQuery as slow_query

__all__ = [
    "Fault",
    "arp_ignored",
    "blackhole",
    "freeze",
    "garp_lost",
    "link_down",
    "session_flood",
    "slow_link",
    "slow_query",
]
