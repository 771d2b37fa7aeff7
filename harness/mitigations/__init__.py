"""Mitigations: one file each. What an operator does during the incident.

To add one: copy the shortest file, name it after the act, export it here in lower case (a test reads the folder).
"""

from harness.mitigations.analyse_statistics import AnalyseStatistics as analyse_statistics
from harness.mitigations.announce import Announce as announce
from harness.mitigations.fail_over import FailOver as fail_over
from harness.mitigations.flush_arp import FlushArp as flush_arp
from harness.mitigations.force_index import ForceIndex as force_index
from harness.mitigations.kill_stuck_queries import KillStuckQueries as kill_stuck_queries
from harness.mitigations.mitigation import Mitigation
from harness.mitigations.restart_keepalived import RestartKeepalived as restart_keepalived

__all__ = [
    "Mitigation",
    "analyse_statistics",
    "announce",
    "fail_over",
    "flush_arp",
    "force_index",
    "kill_stuck_queries",
    "restart_keepalived",
]
