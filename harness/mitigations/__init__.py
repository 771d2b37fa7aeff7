"""Mitigations: one file each. What an operator does during the incident.

To add one: copy the shortest file and name it after the act. It is a command from then on. To use it in Python as
``mitigations.NAME``, with its arguments checked, export it here in lower case.
"""

from harness.mitigations.analyse_statistics import AnalyseStatistics as analyse_statistics
from harness.mitigations.announce import Announce as announce
from harness.mitigations.cache_tokens import CacheTokens as cache_tokens
from harness.mitigations.fail_over import FailOver as fail_over
from harness.mitigations.flush_arp import FlushArp as flush_arp
from harness.mitigations.force_index import ForceIndex as force_index
from harness.mitigations.kill_stuck_queries import KillStuckQueries as kill_stuck_queries
from harness.mitigations.mitigation import Mitigation
from harness.mitigations.reboot import Reboot as reboot
from harness.mitigations.reload_keepalived import ReloadKeepalived as reload_keepalived
from harness.mitigations.restart_keepalived import RestartKeepalived as restart_keepalived
from harness.mitigations.session_limit import SessionLimit as session_limit
from harness.mitigations.share_report_servers import ShareReportServers as share_report_servers

__all__ = [
    "Mitigation",
    "analyse_statistics",
    "announce",
    "cache_tokens",
    "fail_over",
    "flush_arp",
    "force_index",
    "kill_stuck_queries",
    "reboot",
    "reload_keepalived",
    "restart_keepalived",
    "session_limit",
    "share_report_servers",
]
