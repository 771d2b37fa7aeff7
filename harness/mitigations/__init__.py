"""Mitigations: one file each. What an operator does during the incident.

To add one: copy the shortest file, name it after the act, export it here in lower case (a test reads the folder).
"""

from harness.mitigations.announce import Announce as announce
from harness.mitigations.flush_arp import FlushArp as flush_arp
from harness.mitigations.mitigation import Mitigation

__all__ = ["Mitigation", "announce", "flush_arp"]
