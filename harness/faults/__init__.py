"""Faults: one file each. `faults.blackhole("trunk", duration=800 * ms)` is pure data until a trial or `inject` runs it.

To add one: copy the shortest file, name it after the fault, export it here in lower case (a test reads the folder).
"""

from harness.faults.blackhole import Blackhole as blackhole
from harness.faults.fault import Fault
from harness.faults.freeze import Freeze as freeze
from harness.faults.link_down import LinkDownFault as link_down

__all__ = ["Fault", "blackhole", "freeze", "link_down"]
